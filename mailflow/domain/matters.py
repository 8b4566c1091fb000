"""What one mail tells of: its troubles, each with its own words and what it is about."""

from __future__ import annotations

from dataclasses import asdict, dataclass

TROUBLES = "troubles"
"""Where a case's troubles stand among the fields it came with: a list of what :meth:`Trouble.kept` gives."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble of a mail.

    ``words`` are the customer's and stand at ``[start:end]`` of the part named by ``source``.  ``subkind`` and ``code``
    are words and codes of :mod:`mailflow.reading.matching.reasons`, ``box`` is the class it ticks on the registration
    form; empty where its words name none.  ``product``, ``model``, ``batch_no`` and ``quantity`` are what the mail says
    of this trouble, several values joined by ``；``; empty where it does not say it of this one.
    """

    words: str
    source: str
    start: int
    end: int
    subkind: str = ""
    code: str = ""
    box: str = ""
    product: str = ""
    model: str = ""
    batch_no: str = ""
    quantity: str = ""

    def kept(self) -> dict[str, str]:
        """What a case keeps of it: everything but its place, as plain text."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, str) and name != "source"}
