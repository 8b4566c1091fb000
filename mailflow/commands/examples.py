"""``mailflow examples export``: people's corrections as examples for the reading rules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.casework.corrections import KIND, SEPARATOR
from mailflow.commands.common import err, fail, one_line_errors, opened
from mailflow.commands.language import t
from mailflow.domain.errors import NeedsPerson, PermanentError
from mailflow.runtime.private import users_files

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.model import Message


def export(
    target: Annotated[
        Path | None,
        typer.Option("--out", help="write this file (default: standard output)"),
    ] = None,
) -> None:
    """Turn people's corrections into examples for the reading rules; personal data is masked."""
    from mailflow.reading.review.examples import MOST, document, fact_example, kind_example

    with one_line_errors(), opened() as app:
        everything = app.lists.corrections()
        first = {(item.case_id, item.field): item for item in reversed(everything)}
        latest = {(item.case_id, item.field): item for item in everything}
        chosen = sorted(latest.values(), key=lambda item: -item.id)[:MOST]
        if not chosen:
            fail(t("no corrections yet -> mailflow correct makes them"), 1)
        facts, kinds = [], []
        for item in chosen:
            case = app.lists.case_by_id(item.case_id)
            assert case is not None
            messages = _messages(app, case)
            was = first[item.case_id, item.field].was  # what the rules said, before anybody corrected it
            sources = _correction(item.field, item.value, was, case, messages)
            if item.field == KIND:
                kinds.append(kind_example(sources, _speaking(app, messages)))
            else:
                facts.append(fact_example(sources))
        text = document(facts, kinds)
        if target is None:
            typer.echo(text, nl=False)
            return
        _write(target, text)
        counts = f"{len(facts)} facts, {len(kinds)} kinds"
        err.print(t("wrote {target}", target=target) + f"  ({counts})", soft_wrap=True)


# ------------------------------------------------------------------------------------------------------------ parts


def _correction(field: str, value: str, was: str, case: Mapping[str, Any], messages: Mapping[int, Message]) -> Any:
    from mailflow.reading.review.examples import Correction, Said

    rows = case["findings"]
    people = {row["value"] for row in rows if row["field"] == "contact"} | {row["name"] for row in case["contacts"]}
    people |= {item["value"] for item in case["corrections"] if item["field"] == "contact"}
    for message in messages.values():
        people |= {one.name for one in (*message.from_, *message.reply_to, *message.to, *message.cc)}
    firms = {row["value"] for row in rows if row["field"] == "customer_company"} | {case["company"]}
    said = [
        Said(row["message_id"], row["value"], row["words"], row["source"], row["rule"])
        for row in rows
        if row["field"] == field
    ]
    return Correction(
        case=case["number"],
        field=field,
        right=tuple(value.split(SEPARATOR)) if value else (),
        was=was,
        said=tuple(said),
        messages=messages,
        names=tuple(sorted(filter(None, people))),
        companies=tuple(sorted(filter(None, firms))),
    )


def _messages(app: App, case: Mapping[str, Any]) -> dict[int, Message]:
    """The case's handled mails, decoded out of the vault; one that is damaged there is left out."""
    from mailflow.stages.decode import decode

    found = {}
    for mail in case["mails"]:
        if mail["status"] == "handled":
            try:
                found[mail["id"]] = decode(app.vault.get(mail["digest"]), mail["arrived_at"])
            except NeedsPerson as error:
                err.print(f"{mail['id']}: {error}", style="yellow", soft_wrap=True)
    return found


def _speaking(app: App, messages: Mapping[int, Message]) -> list[str]:
    """The rules that speak for a kind in the mail that opened the case."""
    from mailflow.reading.matching import parts
    from mailflow.reading.review import doubts

    opening = next(iter(messages.values()), None)
    if opening is None:
        return []
    return [item.rule for item in doubts.fired(parts.read(opening, app.parts.rulebook.pipeline))]


def _write(target: Path, text: str) -> None:
    if target.exists():
        raise PermanentError(f"{target} exists already", remedy="choose another name; yours may hold your notes")
    part = target.with_name(f".{target.name}.part")
    try:
        with users_files():
            part.write_text(text, "utf-8")
        os.replace(part, target)
    except OSError as error:
        raise PermanentError(f"{target} cannot be written: {error.strerror}", remedy="check the folder") from error
