"""Which columns of the ledger name blobs of the vault.  What no row names by one of these, nobody needs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.picture_rows import pictures
from mailflow.adapters.sql.restore_tables import sent_copies

Uses = dict[str, list[str]]  # digest -> what it is the bytes of


@dataclass(frozen=True, slots=True)
class BlobColumn:
    """A column of digests, empty where a row has no such blob; ``what`` and ``name`` say whose bytes they are."""

    digest: sa.Column[Any]
    what: str
    name: sa.Column[Any]


BLOBS = (
    BlobColumn(t.messages.c.digest, "mail", t.messages.c.id),
    BlobColumn(t.records.c.digest, "record", t.records.c.number),
    BlobColumn(t.signatures.c.copy_digest, "signed copy", t.signatures.c.copy_name),
    BlobColumn(t.signatures.c.copy_pdf, "PDF of the signed copy", t.signatures.c.copy_name),
    BlobColumn(t.signatures.c.evidence_digest, "evidence", t.signatures.c.evidence_name),
    BlobColumn(pictures.c.digest, "photo", pictures.c.name),
    BlobColumn(sent_copies.c.digest, "copy of a sent mail", sent_copies.c.mail_id),
)


def uses(connection: sa.Connection) -> Uses:
    """Every digest the ledger names, with what it is the bytes of."""
    found: Uses = defaultdict(list)
    for column in BLOBS:
        query = sa.select(column.digest, column.name).where(column.digest != "")
        for digest, name in connection.execute(query):
            found[digest].append(f"{column.what} {name}")
    return found
