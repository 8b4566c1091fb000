"""Where the shipped templates, rules and samples lie: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def folder(name: str) -> Path:
    """The shipped folder ``templates`` or ``rules``."""
    inside = _PACKAGE / "defaults" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def samples() -> Path:
    """The sample mails of ``mailflow demo``."""
    return _PACKAGE / "samples"
