"""``mailflow explain``: why a case was read as it was, mail by mail, with today's rules beside what is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.casework.corrections import SEPARATOR, clean
from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.evidence import differences, doubts_of, show, show_changes
from mailflow.commands.language import t
from mailflow.commands.words import kind_words
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.model import Finding

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.flow import Reading
    from mailflow.reading.review.changes import Change

_FINDING = ("field", "value", "words", "source", "start", "end", "rule", "confidence")
_LANGUAGES = ("zh", "zh-Hant", "en")
_NUMBERED = re.compile(r"\s{0,8}\d\. {1,3}(.{1,200})")


def explain(
    number: Annotated[str, typer.Argument(metavar="CASE", help="case number")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show why a case was read as it was: marked mails, kinds, rules, facts, doubts, what later mails say otherwise,
    questions asked, corrections."""
    from mailflow.reading.review.changes import changes

    with one_line_errors(), opened() as app:
        wanted = clean(number).upper()
        case = app.lists.case(wanted)
        if case is None:
            shown = wanted[:60]
            fail(t("no case {shown} -> mailflow cases lists them", shown=shown), 4)
        mails = [_Again(mail, read_again(app, mail), _stored(case, mail)) for mail in sorted(case["mails"], key=_when)]
        changed = changes([(item.mail["id"], item.findings) for item in mails])
        if as_json:
            typer.echo(json.dumps(_data(app, case, mails, changed), ensure_ascii=False, default=str))
        else:
            _print(app, case, mails, changed)


@dataclass(frozen=True, slots=True)
class _Again:
    """A mail of the case read again, with the rows it was filed with."""

    mail: Mapping[str, Any]
    reading: Reading
    stored: list[Mapping[str, Any]]

    @property
    def findings(self) -> list[Finding]:
        """What today's rules find; what was filed when the mail cannot be read any more."""
        if self.reading.details is not None:
            return list(self.reading.details.findings)
        if self.mail["status"] != "handled":
            return []
        return [Finding(**{name: row[name] for name in _FINDING}) for row in self.stored]


def _print(app: App, case: Mapping[str, Any], mails: Sequence[_Again], changed: Sequence[Change]) -> None:
    from mailflow.app import attachment_text

    file_text = attachment_text(app.parts.rulebook.lexicon)
    out.print(
        f"{case['number']}  {kind_words(case['kind'])}  {cell(case['company'])}  {cell(case['subject'])}", style="bold"
    )
    for item in mails:
        mail = item.mail
        out.rule(t("mail {id}", id=mail["id"]) + f"  {_local(app, mail)}", align="left")
        show(item.reading, app.parts.rulebook.pipeline, file_text)
        lines = _otherwise(item)
        if lines:
            words = t("today's rules read this mail otherwise than when it was filed:")
            out.print(words, style="bold yellow")
        for line in lines:
            out.print("  " + cell(line), style="yellow", soft_wrap=True)
    show_changes(changed)
    for key, fields in questions(app, case):
        shown = "、".join(fields) if fields else t("nothing was asked")
        out.print(t("automatic reply {key} asked for: ", key=key) + shown, soft_wrap=True)
    _corrections(case)


def _data(app: App, case: Mapping[str, Any], mails: Sequence[_Again], changed: Sequence[Change]) -> dict[str, Any]:
    """The same for programs: each mail as ``read --json`` gives it, with its row and what was filed otherwise."""
    from mailflow.app import attachment_text
    from mailflow.commands.readout import readout

    book = app.parts.rulebook
    file_text, pipeline = attachment_text(book.lexicon), book.pipeline
    return {
        "case": case["number"],
        "kind": case["kind"],
        "mails": [
            readout(str(item.mail["id"]), item.reading, doubts_of(item.reading, pipeline, file_text))
            | {"id": item.mail["id"], "status": item.mail["status"], "otherwise": _otherwise(item)}
            for item in mails
        ],
        "changes": [asdict(change) for change in changed],
        "asked": [{"reply": key, "fields": fields} for key, fields in questions(app, case)],
        "corrections": case["corrections"],
        "facts": case["facts"],
    }


def read_again(app: App, mail: Mapping[str, Any]) -> Reading:
    """A stored mail read with today's rules, as of the time it arrived; never excluded when it was handled before."""
    from mailflow.domain.model import Message
    from mailflow.flow import Reading, read

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


def _stored(case: Mapping[str, Any], mail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in case["findings"] if row["message_id"] == mail["id"]]


def _when(mail: Mapping[str, Any]) -> tuple[datetime, int]:
    return mail["received_at"] or mail["arrived_at"] or mail["collected_at"], mail["id"]


def _otherwise(item: _Again) -> list[str]:
    """What today's rules read otherwise than those the mail was filed with, a line for each difference."""
    details, mail = item.reading.details, item.mail
    if details is None:
        return []
    lines = []
    if mail["status"] == "handled" and details.kind.value != mail["kind"]:
        lines.append(f"kind: {mail['kind']} -> {details.kind.value}")
    gone, new = differences(
        [(row["field"], row["value"]) for row in item.stored],
        [(finding.field, finding.value) for finding in details.findings],
    )
    if item.stored or mail["status"] == "handled":
        lines += [f"- {field}: {value}" for field, value in gone]
        lines += [f"+ {field}: {value}" for field, value in new]
    return lines


def _corrections(case: Mapping[str, Any]) -> None:
    if not case["corrections"]:
        return
    rows = table(t("correction"), t("was"), t("is"), t("who"), t("time"))
    for item in case["corrections"]:
        empty = t("(not in the mail)")
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
