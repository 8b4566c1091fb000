"""Invented data for any form, to look at it before it is used: ``mailflow template preview``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml

from mailflow.domain.forms import FormSpec
from mailflow.settings.shipped import sample_settings

QR = "MF1:{number}:1:AAAAAAAAAAAAAAAA"
"""A code of the right size that no check accepts: a sample is no record."""

ROWS = 3

_SIGNED = "李梅 2026-11-22 10:05 邮件签字"


def sample_fields(spec: FormSpec, *, rows: int = ROWS, signed: bool = False) -> dict[str, Any]:
    """Values for every field of a form, half of its answers, and, when ``signed``, its signatures."""
    sample = yaml.safe_load(sample_settings("form"))
    values, answers = sample["fields"], sample["answers"]
    number = f"{spec.code}-2026-0001"
    fields: dict[str, Any] = {}
    for name, label in spec.fields.items():
        owner, _, column = name.partition(".")
        if column:
            table = fields.setdefault(owner, [])
            if not isinstance(table, list):
                table = fields[owner] = []
            table.extend({} for _ in range(rows - len(table)))
            for line, item in enumerate(table, 1):
                value = values.get(column, f"{label}{line}")
                item[column] = value if isinstance(value, str) else "、".join(value) or f"{label}{line}"
        else:
            fields[name] = values.get(name, f"（{label}）")
    fields |= {"record_no": number, "qr": QR.format(number=number)}
    fields["issued_at"] = datetime(2026, 11, 22, 1, 42, tzinfo=UTC)
    fields["answer"] = {name: value for name, value in answers.items() if name in spec.answers}
    fields["sig"] = dict.fromkeys(spec.signers, "李梅 2026-11-22 10:05 邮件签字") if signed else {}
    return fields
