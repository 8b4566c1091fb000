"""The ledger's rows that wait for a PDF: letters before they leave, signed copies for the archive.

The row is the queue, each with an index of what waits alone.
"""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows
from mailflow.adapters.sql.tables import outbox, records, signatures
from mailflow.domain.print_ports import UnprintedCopy, UnprintedLetter

DUE, MADE, AS_WORD = "due", "pdf", "word"
"""What ``printing`` of a letter says: waits for its PDF, has it, goes out as the Word file; empty: there is none."""

_WAITS = sa.and_(outbox.c.printing == DUE, outbox.c.claimed_by == "", outbox.c.status.in_(("pending", "parked")))
_later = signatures.alias("later")
_newer = records.alias("newer")
_SUPERSEDED = sa.or_(
    signatures.c.current.is_(False),
    signatures.c.copy_digest == "",
    sa.exists().where(
        _later.c.record_id == signatures.c.record_id,
        _later.c.id > signatures.c.id,
        _later.c.current.is_(True),
        _later.c.copy_digest != "",
    ),
    sa.exists().where(_newer.c.number == records.c.number, _newer.c.revision > records.c.revision),
)


class PrintRows(Rows):
    """The columns ``outbox.printing`` and ``signatures.copy_pdf``."""

    def print_later(self, mail: int) -> None:
        """A letter that was just queued does not leave before its Word file became a PDF, or cannot."""
        self.connection.execute(outbox.update().where(outbox.c.id == mail).values(printing=DUE))

    def letters_to_print(self, limit: int) -> list[UnprintedLetter]:
        """The letters that wait for their PDF, oldest first."""
        query = sa.select(outbox.c.id, outbox.c.case_id, outbox.c.message_id, outbox.c.raw).where(_WAITS)
        rows = self.connection.execute(query.order_by(outbox.c.id).limit(limit))
        return [UnprintedLetter(row.id, row.case_id, row.message_id, bytes(row.raw)) for row in rows]

    def letter_printed(self, mail: int, raw: bytes | None) -> bool:
        """The letter with its PDF, or None: it goes out as it is.  False when it is leaving, or settled, already."""
        values = {"printing": AS_WORD} if raw is None else {"printing": MADE, "raw": raw}
        done = self.connection.execute(outbox.update().where(outbox.c.id == mail, _WAITS).values(**values))
        return done.rowcount == 1

    def copies_to_print(self, limit: int) -> list[UnprintedCopy]:
        """Signed copies nobody looked at yet, oldest first."""
        query = (
            sa.select(
                signatures.c.id, signatures.c.case_id, signatures.c.copy_digest, sa.not_(_SUPERSEDED).label("top")
            )
            .join(records, records.c.id == signatures.c.record_id)
            .where(signatures.c.copy_pdf.is_(None))
            .order_by(signatures.c.id)
            .limit(limit)
        )
        rows = self.connection.execute(query)
        return [UnprintedCopy(row.id, row.case_id, row.copy_digest, bool(row.top)) for row in rows]

    def copy_printed(self, signature: int, pdf: str) -> None:
        """The digest of a signed copy's PDF; empty: it gets none."""
        self.connection.execute(signatures.update().where(signatures.c.id == signature).values(copy_pdf=pdf))
