"""``mailflow sign``: a signature on paper is filed at the machine; the scan is its evidence, none without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import fail, one_line_errors, opened, out
from mailflow.commands.language import t
from mailflow.commands.tasks import TaskId, told_next
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.commands.byhand import Hand
    from mailflow.domain.model import Attachment
    from mailflow.domain.paper_ports import Shown
    from mailflow.domain.ports import Scan

MAX_SCAN = 100_000_000

_PROBLEMS = {
    "not_a_scan": sentence("is neither a PDF nor a picture"),
    "too_large": sentence("is too large"),
    "locked": sentence("is protected by a password"),
    "broken": sentence("is broken"),
}


def sign(
    task: TaskId,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE]...",
            help="what was filled in on the paper",
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="who signed")] = "",
    scan: Annotated[Path | None, typer.Option("--scan", metavar="FILE", help="scan of the signed page")] = None,
    compared: Annotated[
        bool,
        typer.Option(
            "--compared",
            help=(
                "no QR code is read, or the cell is taken for empty: I looked at number, version and signature myself"
            ),
        ),
    ] = False,
) -> None:
    """File a signature given on paper; the scan is its evidence."""
    from mailflow.casework.signing import Evidence
    from mailflow.casework.signing import sign as sign_task
    from mailflow.commands.byhand import (
        actor_of,
        at_task,
        checked_holder,
        checked_way,
        opened_now,
        staff_member,
        typed_values,
    )

    with one_line_errors():
        if not by:
            fail(t("--by PERSON is missing: who signed?"))
        if scan is None:
            fail(t("--scan FILE is missing: nobody's signature is entered without the signed page"))
        file, actor = _attachment(scan), actor_of("")
        with opened() as app:
            person, seen = staff_member(app, by), _seen(app, file)
            shown = {} if compared else _compared(app, seen, file)
            with at_task(app, task, actor, "signed") as hand:
                checked_way(hand, signing=True)
                checked_holder(person, hand, app)
                content = _of_this_record(seen, file, hand, app, compared)
                _signed_there(shown, hand)
                suffix = scan.suffix.lower()
                values = typed_values(assignments or [], hand, app)
                evidence = Evidence("scan", content, suffix)
                hand.blobs += sign_task(hand.step, hand.task, person, values, evidence)
                record = hand.work.issued_record(hand.task.record)
            number = record.number if record else ""
            out.print(
                t(
                    "{number} {record}: signed on paper by {name} ({title})",
                    number=hand.file.case.number,
                    record=number,
                    name=person.name,
                    title=hand.title,
                ),
                soft_wrap=True,
            )
            told_next(opened_now(hand, app), hand.file.state.status.value)


# ------------------------------------------------------------------------------------------------------------ parts


def _attachment(path: Path) -> Attachment:
    from mailflow.casework.returned_files import PAPER
    from mailflow.domain.model import Attachment

    if path.suffix.lower() not in PAPER:
        kinds = ", ".join(PAPER)
        fail(t("{name} is no scan -> one of: {kinds}", name=path.name, kinds=kinds))
    try:
        if path.stat().st_size > MAX_SCAN:
            fail(f"{path.name} " + t(_PROBLEMS["too_large"]))
        content = path.read_bytes()
    except OSError as error:
        fail(t("{path} cannot be read: {strerror} -> check the path", path=path, strerror=error.strerror))
    return Attachment(path.name, path.name, "application/octet-stream", content)


def _seen(app: App, file: Attachment) -> Scan:
    """What the scan shows; ends the command for a file that is none.  Slow, so before the transaction."""
    seen = app.services.scans(file)
    if words := _PROBLEMS.get(seen.problem):
        fail(f"{file.name} " + t(words))
    return seen


def _compared(app: App, seen: Scan, file: Attachment) -> dict[str, Shown]:
    """What the pages of each record in the scan show, by its number.  Slow, so before the transaction."""
    from dataclasses import replace

    from mailflow.casework.returned_files import printed_as
    from mailflow.casework.step import Turn
    from mailflow.records import qr
    from mailflow.records.scanned import pages_of_record
    from mailflow.runtime.clock import now_utc

    services, found = app.services, {}
    for code, pages in pages_of_record(seen).records.items():
        claim = qr.verify(code, services.desk.secret)
        with services.ledger.begin(durable=False) as work:
            record = printed_as(Turn(services.desk, work, now_utc()), code)
        if claim and record:
            found[claim.record] = services.papers(replace(file, content=services.scans.cut(file, pages)), record)
    return found


def _signed_there(shown: Mapping[str, Shown], hand: Hand) -> None:
    """Refused when the signer's cell is as empty as it was printed; whoever sees more than that says ``--compared``."""
    from mailflow.casework.signing import Refused
    from mailflow.domain.paper_ports import Cell

    record = hand.work.issued_record(hand.task.record)
    page = shown.get(record.number) if record else None
    if record and page and page.cells.get(hand.file.spec(hand.task).sign) is Cell.EMPTY:
        raise Refused(
            "unsigned_page",
            record.number,
            t("-> if it is signed, add --compared"),
        )


def _of_this_record(seen: Scan, file: Attachment, hand: Hand, app: App, compared: bool) -> bytes:
    """The pages of the scan that are the record to be signed; Refused when they are another's, or nobody can tell."""
    from mailflow.casework.signing import Refused
    from mailflow.records import qr
    from mailflow.records.scanned import pages_of_record

    record = hand.work.issued_record(hand.task.record)
    if record is None or not seen.pages or not any(page.codes for page in seen.pages):
        if compared:
            _looked(hand)
            return file.content
        raise Refused(
            "unreadable_scan",
            file.name,
            t("-> scan again, or compare it and add --compared"),
        )
    sorted_pages = pages_of_record(seen)
    others: list[str] = []
    for code, pages in sorted_pages.records.items():
        claim = qr.verify(code, app.services.desk.secret)
        if claim is None:
            raise Refused("forged", file.name)
        if claim.record != record.number:
            others.append(claim.record)
        elif claim.version != str(record.revision):
            raise Refused("old_version", claim.record)
        else:
            if compared:
                _looked(hand)
            return app.services.scans.cut(file, pages)
    raise Refused("other_record", *others)


def _looked(hand: Hand) -> None:
    """Whoever sits at the machine answers for what is on the paper."""
    record = hand.work.issued_record(hand.task.record)
    hand.work.journal(
        "scan.compared", hand.now, case=hand.file.case.id, task=hand.task.name, record=record.number if record else ""
    )
