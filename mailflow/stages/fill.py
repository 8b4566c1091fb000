"""fill: make the Word form a new case asks for, with its own record number.

The record's number, its row and its hash belong to the transaction; its bytes go to the vault before the commit and
into the customer's archive afterwards.  An issued record is never changed: a new version is a new file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mailflow.model import Case, FormSpec, Record
from mailflow.ports import Forms, StoredMessage, Work
from mailflow.records.series import Series

Fields = Callable[[FormSpec, str], Mapping[str, Any]]  # the values of a form, given its spec and record number


def fill(
    stored: StoredMessage, case: Case, forms: Forms, fields: Fields, work: Work, series: Series, now: datetime
) -> tuple[Record, bytes] | None:
    """Issue the record a new case of this kind needs, or None when it needs none.

    Raises PermanentError naming the form and field when a value is missing.
    """
    spec = next((spec for spec in forms.specs() if case.kind in spec.kinds), None)
    if spec is None or not case.is_new:
        return None
    number = series.next_record(spec.code, work, now)
    content = forms.fill(spec.code, fields(spec, number))
    record = Record(
        number=number,
        form=spec.code,
        version=spec.version,
        title=spec.title,
        digest=hashlib.sha256(content).hexdigest(),
        file_name=f"{number}.docx",
        issued_at=now,
    )
    work.add_record(case, stored.id, spec, record)
    work.journal("record.issued", now, message=stored.id, case=case.id, record=number, sha256=record.digest)
    return record, content
