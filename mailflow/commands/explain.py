"""``mailflow explain``: why a case was read as it was, mail by mail, with today's rules beside what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.evidence import differences, show
from mailflow.corrections import SEPARATOR, clean
from mailflow.errors import NeedsPerson
from mailflow.wording import t

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.flow import Reading

_LANGUAGES = ("zh", "zh-Hant", "en")
_NUMBERED = re.compile(r"\s{0,8}\d\. {1,3}(.{1,200})")


def explain(number: Annotated[str, typer.Argument(metavar="CASE", help=t("案件编号", "case number"))]) -> None:
    """Show why a case was read as it was: marked mails, kinds, rules, facts, doubts, questions asked, corrections."""
    with one_line_errors(), opened() as app:
        wanted = clean(number).upper()
        case = app.lists.case(wanted)
        if case is None:
            shown = wanted[:60]
            fail(t(f"没有案件 {shown}；用 mailflow cases 查看", f"no case {shown} -> mailflow cases lists them"), 1)
        out.print(f"{case['number']}  {case['kind']}  {cell(case['company'])}  {cell(case['subject'])}", style="bold")
        for mail in case["mails"]:
            out.rule(t(f"邮件 {mail['id']}", f"mail {mail['id']}") + f"  {_local(app, mail)}", align="left")
            reading = read_again(app, mail)
            show(reading, app.parts.rulebook.pipeline)
            _compare(reading, mail, [row for row in case["findings"] if row["message_id"] == mail["id"]])
        _asked(app, case)
        _corrections(case)


def read_again(app: App, mail: Mapping[str, Any]) -> Reading:
    """A stored mail read with today's rules, as of the time it arrived; never excluded when it was handled before."""
    from mailflow.flow import Reading, read
    from mailflow.model import Message

    at = mail["received_at"] or mail["arrived_at"] or mail["collected_at"]
    services = app.services
    try:
        raw = services.vault.get(mail["digest"])
    except NeedsPerson as error:
        return Reading(Message(), error=error)
    marks = None if mail["status"] == "handled" else services.marks
    return read(raw, mail["arrived_at"], marks, services.own_mailboxes, services.reader, at)


def questions(app: App, case: Mapping[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """The facts each automatic reply of a case asked for, told by the very bytes that went out."""
    from mailflow.stages.decode import decode

    asks = {
        words: field for language in _LANGUAGES for field, words in app.parts.texts.labels(language, "asks").items()
    }
    replies = [row["id"] for row in case["replies"]]
    for key, raw in sorted(app.folders.dossiers.outgoing(replies).items()):
        lines = (_NUMBERED.match(line) for line in decode(raw).text.splitlines())
        asked = [asks.get(" ".join(line[1].split()), "") for line in lines if line]
        yield key, list(dict.fromkeys(filter(None, asked)))


# ------------------------------------------------------------------------------------------------------------ parts


def _compare(reading: Reading, mail: Mapping[str, Any], stored: list[Mapping[str, Any]]) -> None:
    """Say what today's rules read otherwise than those the mail was filed with."""
    if reading.details is None:
        return
    lines = []
    kind = reading.details.kind.value
    if mail["status"] == "handled" and kind != mail["kind"]:
        lines.append(f"kind: {mail['kind']} -> {kind}")
    gone, new = differences(
        [(row["field"], row["value"]) for row in stored],
        [(item.field, item.value) for item in reading.details.findings],
    )
    if stored or mail["status"] == "handled":
        lines += [f"- {field}: {cell(value)}" for field, value in gone]
        lines += [f"+ {field}: {cell(value)}" for field, value in new]
    if lines:
        out.print(
            t("今天的规则与归档时的结果不同：", "today's rules read this mail otherwise than when it was filed:"),
            style="bold yellow",
        )
        for line in lines:
            out.print("  " + line, style="yellow", soft_wrap=True)


def _asked(app: App, case: Mapping[str, Any]) -> None:
    for key, fields in questions(app, case):
        shown = "、".join(fields) if fields else t("没有提问", "nothing was asked")
        out.print(t(f"自动答复 {key} 询问：", f"automatic reply {key} asked for: ") + shown, soft_wrap=True)


def _corrections(case: Mapping[str, Any]) -> None:
    if not case["corrections"]:
        return
    rows = table(t("更正", "correction"), t("原为", "was"), t("现为", "is"), t("谁", "who"), t("时间", "time"))
    for item in case["corrections"]:
        empty = t("（邮件中没有）", "(not in the mail)")
        when = item["at"].strftime("%Y-%m-%d %H:%MZ") if isinstance(item["at"], datetime) else ""
        rows.add_row(item["field"], *map(cell, (item["was"], item["value"] or empty, item["actor"], when)))
    out.print(rows)
    for field, fact in case["facts"].items():
        if fact["corrected"] and fact["found"] and fact["found"] != fact["values"]:
            values, found = SEPARATOR.join(fact["values"]) or "-", SEPARATOR.join(fact["found"])
            out.print(f"{field}: {cell(found)} => {cell(values)}", style="bold", soft_wrap=True)


def _local(app: App, mail: Mapping[str, Any]) -> str:
    at = mail["received_at"] or mail["arrived_at"] or mail["collected_at"]
    return str(at.astimezone(app.config.zone).strftime("%Y-%m-%d %H:%M"))
