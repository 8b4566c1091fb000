"""papers: Word files become PDFs where LibreOffice is there: letters before they leave, signed copies for the archive.

A letter is queued with its Word file in the transaction that decides it, and waits; here the file is exchanged for
the PDF and nothing else of the mail.  Without LibreOffice, or when it fails over this file, the Word file goes out at
once and whoever runs mailflow is told, once until it works again.  A letter is never lost over it: the one that nobody
printed for an hour leaves as it is (:mod:`mailflow.adapters.sql.outbox_rows`).

Making PDFs takes seconds and happens outside of every transaction.  A kill between costs the making again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from mailflow.casework import notices
from mailflow.casework.actions import WORD_TYPE
from mailflow.casework.desk import Desk
from mailflow.casework.step import Turn
from mailflow.domain.errors import MailflowError
from mailflow.domain.model import Attachment
from mailflow.domain.ports import Ledger, Printer, Vault
from mailflow.domain.print_ports import UnprintedLetter
from mailflow.outgoing.exchange import attached_to, exchanged
from mailflow.runtime.logs import event

PDF = "application/pdf"
LETTERS, COPIES = 10, 6  # in one round
TOLD = "letters.as_word"  # the ledger's mark: since when letters go out as Word files, and the managers know it


def print_letters(desk: Desk, ledger: Ledger, printer: Printer, now: datetime, *, limit: int = LETTERS) -> int:
    """Give waiting letters their PDFs; returns how many may leave now (0: none waits)."""
    with ledger.begin(durable=False) as work:
        waiting = work.letters_to_print(limit)
    if not waiting:
        return 0
    files = {letter.id: next(iter(attached_to(letter.raw, WORD_TYPE)), None) for letter in waiting}
    pdfs = _pdfs(printer, {key: file.content for key, file in files.items() if file is not None})
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        for letter in waiting:
            file = files[letter.id]
            raw = _with_pdf(letter, file, pdfs.get(letter.id, b""), desk.letter_files)
            if not work.letter_printed(letter.id, raw):
                continue
            event_name = "letter.printed" if raw is not None else "letter.as_word"
            turn.journal(event_name, case=letter.case_id, message=letter.message, outbox=letter.id)
            if letter.case_id is not None:
                work.touch_case(letter.case_id)
        _tell(turn, failed=any(file is not None and not pdfs.get(key) for key, file in files.items()))
    return len(waiting)


def print_copies(ledger: Ledger, vault: Vault, printer: Printer, *, limit: int = COPIES) -> int:
    """Give newest signed copies their PDFs, for the archive; returns how many were looked at (0: none waits)."""
    if not printer.is_there():
        return 0  # they wait: it may be installed later
    with ledger.begin(durable=False) as work:
        waiting = work.copies_to_print(limit)
    if not waiting:
        return 0
    wanted: dict[int, bytes] = {}
    for copy in waiting:
        if copy.newest:
            try:
                wanted[copy.signature] = vault.get(copy.digest)
            except MailflowError as error:
                event("pdf.no_copy", logging.WARNING, error=error.message)
    pdfs = _pdfs(printer, wanted)
    if pdfs:
        vault.put(list(pdfs.values()))  # durable before the commit that names them
    with ledger.begin() as work:
        for copy in waiting:
            pdf = pdfs.get(copy.signature)
            work.copy_printed(copy.signature, hashlib.sha256(pdf).hexdigest() if pdf else "")
            if pdf:
                work.touch_case(copy.case_id)
    return len(waiting)


# ------------------------------------------------------------------------------------------------------------ parts


def _pdfs(printer: Printer, files: Mapping[int, bytes]) -> dict[int, bytes]:
    """The PDFs; a file that breaks the whole group is tried with none beside it."""
    made = dict(printer.pdfs_of(files)) if files else {}
    if not made and len(files) > 1 and printer.is_there():
        for key, content in files.items():
            made |= printer.pdfs_of({key: content})
    return {key: pdf for key, pdf in made.items() if pdf.startswith(b"%PDF")}


def _with_pdf(
    letter: UnprintedLetter, file: Attachment | None, pdf: bytes, wanted: Literal["pdf", "word", "both"]
) -> bytes | None:
    """The mail with the PDF for its Word file, or beside it; None when it goes out as it is."""
    if file is None or not pdf or wanted == "word":
        return None
    name = f"{file.name.removesuffix('.docx')}.pdf"
    new = [Attachment(name, name, PDF, pdf)]
    try:
        return exchanged(letter.raw, file, [*new, file] if wanted == "both" else new)
    except ValueError as error:
        event("letter.not_exchanged", logging.ERROR, outbox=letter.id, error=str(error))
        return None


def _tell(turn: Turn, *, failed: bool) -> None:
    """Whoever runs mailflow hears once that letters go out as Word files, until one is a PDF again."""
    known = turn.work.noted(TOLD)
    if failed and not known:
        event("letters.as_word", logging.WARNING, remedy="install LibreOffice, or set casework: letters: word")
        turn.work.note_down(TOLD, turn.now.isoformat())
        notices.letters_as_word(turn)
    elif not failed and known:
        turn.work.note_down(TOLD, "")
