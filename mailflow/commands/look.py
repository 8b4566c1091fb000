"""``mailflow cases``, ``case`` and ``held``: what is there, for people and for programs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.wording import t

AsJson = Annotated[bool, typer.Option("--json", help=t("输出 JSON", "print JSON"))]


def cases(
    kind: Annotated[str, typer.Option(help=t("只列某类，如 complaint", "only this kind, such as complaint"))] = "",
    customer: Annotated[str, typer.Option(help=t("客户编号或名称", "customer number or name"))] = "",
    limit: Annotated[int, typer.Option(min=1, max=10000, help=t("最多条数", "at most"))] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest cases."""
    with one_line_errors(), opened() as app:
        rows = app.lists.cases(kind=kind, customer=customer, limit=limit)
        if as_json:
            _json(rows)
            return
        shown = table(
            t("案件", "case"), t("类别", "kind"), t("客户", "customer"), t("主题", "subject"), t("开立", "opened"),
            t("邮件", "mails"), t("记录", "record"),
        )  # fmt: skip
        for row in rows:
            name = f"{row['customer']} {row['company']}".strip()
            opened_at = _local(row["opened_at"], app.config.zone)
            shown.add_row(
                *map(cell, (row["number"], _kind(row), name, row["subject"], opened_at, row["mails"], row["record"]))
            )
        out.print(shown)


def case(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=t("案件编号", "case number"))], as_json: AsJson = False
) -> None:
    """Show one case in full: customer, mails, facts with their words, records, replies, journal."""
    with one_line_errors(), opened() as app:
        found = app.lists.case(number)
        if found is None:
            fail(t(f"没有案件 {number}；用 mailflow cases 查看", f"no case {number} -> mailflow cases lists them"), 1)
        if as_json:
            _json(found)
            return
        zone = app.config.zone
        out.print(f"{found['number']}  {found['kind']}  {cell(found['subject'])}", style="bold")
        out.print(t("客户：", "customer: ") + cell(f"{found['customer']} {found['company']}"))
        out.print(t("目录：", "folder: ") + found["folder"], soft_wrap=True)
        facts = table(t("项目", "field"), t("值", "value"), t("原文", "words"), t("邮件", "mail"), t("规则", "rule"))
        for row in found["findings"]:
            style = "dim" if row["corrected"] else None
            values = (row["field"], row["value"], row["words"], row["message_id"], row["rule"])
            facts.add_row(*map(cell, values), style=style)
        for name, fact in found["facts"].items():
            if fact["corrected"]:
                now = "；".join(fact["values"]) or t("（邮件中没有）", "(not in the mail)")
                facts.add_row(name, cell(now), t("更正", "corrected"), "", cell(fact["by"]), style="bold")
        out.print(facts)
        story = table(t("时间", "time"), t("谁", "who"), t("事件", "event"), t("内容", "data"))
        for row in found["journal"]:
            story.add_row(*map(cell, (_local(row["at"], zone), row["actor"], row["event"], row["data"])))
        out.print(story)
        for record in found["records"]:
            out.print(f"{record['number']}  {cell(record['title'])}  sha256 {record['digest'][:16]}…")
        for reply in found["replies"]:
            when = _local(reply["sent_at"], zone) if reply["sent_at"] else ""
            out.print(f"-> {cell(reply['recipient'])}  {reply['status']} {when} {cell(reply['last_error'])}")


def held(as_json: AsJson = False) -> None:
    """List the mails that wait for a person, with the reason."""
    with one_line_errors(), opened() as app:
        rows, unsure = app.lists.held(), app.lists.unsure()
        if as_json:
            _json(rows)
            return
        shown = table("ID", t("原因", "reason"), t("说明", "detail"), t("发件人", "from"), t("主题", "subject"))
        for row in rows:
            shown.add_row(*map(cell, (row["id"], row["reason"], row["detail"], row["sender"], row["subject"])))
        out.print(shown)
        if rows:
            out.print(
                t(
                    "放行：mailflow release ID（不再排除）；重读：mailflow replay ID（用现在的规则）",
                    "let one go on: mailflow release ID (not excluded again); read it anew: mailflow replay ID",
                )
            )
        if unsure:
            ask = table(t("案件", "case"), t("主题", "subject"), t("请确认类别", "which kind is it?"), title="")
            for row in unsure:
                ask.add_row(*map(cell, (row["number"], row["subject"], json.loads(row["data"])["kinds"])))
            out.print(ask)
            out.print(t("确认：mailflow correct 案件 kind=类别", "confirm: mailflow correct CASE kind=KIND"))


def _kind(row: dict[str, Any]) -> str:
    """The kind, marked when a person said it."""
    return str(row["kind"]) + ("*" if "kind" in row["corrected"] else "")


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def _local(moment: datetime | None, zone: Any) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""
