"""Messages written by hand, and the shipped rules loaded once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from mailflow.domain.model import Address, Message, Report
from mailflow.excluding.machine_marks import MachineMarks, load_marks

RULES = Path(__file__).parents[2] / "rules" / "exclusion.yaml"
US = "kefu@women.example"
OWN = frozenset({US})


@cache
def marks() -> MachineMarks:
    loaded, problems = load_marks(RULES)
    assert loaded is not None, problems
    return loaded


def mail(
    text: str = "",
    *,
    subject: str = "",
    sender: str = "liming@kehu.example",
    name: str = "",
    headers: Mapping[str, str] | None = None,
    report: Report | None = None,
    content_type: str = "text/plain",
    to: str = US,
    reply_to: str = "",
    quoted: str = "",
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
    forwarded: tuple[Message, ...] = (),
) -> Message:
    """A mail to us; ``text`` is what its sender wrote this time."""
    return Message(
        subject=subject,
        from_=(Address(name, sender),) if sender else (),
        to=(Address("", to),) if to else (),
        reply_to=(Address("", reply_to),) if reply_to else (),
        text=f"{text}\n{quoted}" if quoted else text,
        new_text=text,
        quoted_text=quoted,
        headers={key.lower(): (value,) for key, value in (headers or {}).items()},
        report=report,
        content_type=content_type,
        in_reply_to=in_reply_to,
        references=references,
        forwarded=forwarded,
    )
