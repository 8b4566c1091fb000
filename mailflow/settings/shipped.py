"""Where the shipped templates, rules and samples lie: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

LEXICON = "lexicon"  # the folder of word lists, in the folder of rules
OWN_WORDS = "own.yaml"  # there: what an office is given to write its own words into
_PACKAGE = Path(__file__).parent.parent


def folder(name: str) -> Path:
    """The shipped folder ``templates`` or ``rules``."""
    inside = _PACKAGE / "defaults" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def is_unchanged(file: Path) -> bool:
    """Is a file of rules byte for byte one that is shipped?  Tests proved it: nothing of it is to be tried again."""
    content = file.read_bytes() if file.is_file() else None
    return any(each.read_bytes() == content for each in folder("rules").rglob(file.name))


def are_unchanged(templates: Path, name: str) -> bool:
    """Is every mail template of this folder byte for byte the shipped one of ``templates/NAME``?"""
    files = [file for file in templates.rglob("*") if file.is_file()] if templates.is_dir() else []
    return bool(files) and all(is_template(file, f"{name}/{file.relative_to(templates).as_posix()}") for file in files)


def is_template(file: Path, name: str) -> bool:
    """Is a file byte for byte the shipped ``templates/NAME``?"""
    ours = folder("templates") / name
    return ours.is_file() and ours.read_bytes() == file.read_bytes()


def samples() -> Path:
    """The sample mails of ``mailflow demo``."""
    return _PACKAGE / "samples"


def sample_settings(name: str) -> str:
    """A file to begin with: ``mailflow`` for an office, ``demo`` with places for ``imap``, ``smtp``, ``address``; what
    ``form``s are filled with to be looked at.
    """
    return (samples() / f"{name}.yaml").read_text("utf-8")
