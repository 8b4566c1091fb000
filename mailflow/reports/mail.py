"""A report as a mail: a page whose charts are pictures within it, words that stand alone, and the workbook beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.domain.model import Address, Attachment, OutgoingMail
from mailflow.outgoing.compose import Draft, compose
from mailflow.outgoing.letterhead import Letterhead
from mailflow.reports.html import page_of
from mailflow.reports.page import Report
from mailflow.reports.pictures import Drawn
from mailflow.reports.plain import text_of
from mailflow.sentences.catalogue import sentence, worded

PNG = "image/png"
PROBLEMS = {
    "no_font": sentence(
        "The charts are left out: no font of this machine has Chinese signs. All figures are in the tables."
    ),
    "late": sentence("The charts are left out: they could not be drawn in time. All figures are in the tables."),
    "lost": sentence("The charts are left out: they could not be drawn. All figures are in the tables."),
}


def with_word_of(report: Report, drawn: Drawn) -> Report:
    """The report, saying why charts are missing, if some are."""
    if drawn.problem not in PROBLEMS:
        return report
    return replace(report, opening=(*report.opening, worded(report.language, PROBLEMS[drawn.problem])))


def report_mail(
    report: Report, drawn: Drawn, files: Sequence[Attachment], *, letterhead: Letterhead, to: Address, message_id: str,
    now: datetime,
) -> OutgoingMail:  # fmt: skip
    """The mail for one reader; ``now`` is aware."""
    report = with_word_of(report, drawn)
    domain = message_id.rpartition("@")[2]
    left = message_id.rpartition("@")[0]
    pictures = [
        Attachment(f"{key}.png", f"{key}.png", PNG, content, content_id=f"{key}.{left}@{domain}", inline=True)
        for key, content in drawn.pictures.items()
    ]
    addresses = {key: f"cid:{picture.content_id}" for key, picture in zip(drawn.pictures, pictures, strict=True)}
    return compose(
        Draft(
            sender=letterhead.sender, to=(to,), subject=report.subject, text=text_of(report),
            html=page_of(report, name=to.name, pictures=addresses), message_id=message_id, date=now,
            language=report.language, auto_submitted="auto-generated", attachments=(*pictures, *files),
        )
    )  # fmt: skip
