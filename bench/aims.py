"""Where :mod:`bench.chaos` strikes: the thread, the stage, the depth ("" any); the weights say how often."""

from __future__ import annotations

AIMS: tuple[tuple[int, tuple[int, str, str]], ...] = (
    (1, (0, "opening", "")),
    (2, (0, "collecting", "between")),
    (3, (0, "collecting", "at the outside world")),
    (2, (0, "collecting", "in a transaction")),
    (3, (0, "collecting", "at the commit")),
    (3, (0, "settling", "between")),
    (4, (0, "settling", "in a transaction")),
    (4, (0, "settling", "at the outside world")),
    (5, (0, "settling", "at the commit")),
    (4, (0, "archiving", "")),
    (1, (0, "waiting", "")),
    (5, (1, "delivering", "at the outside world")),
    (5, (1, "delivering", "in a transaction")),
    (5, (1, "delivering", "at the commit")),
)
"""Taking mail in, filing and sending."""

CASEWORK_AIMS: tuple[tuple[int, tuple[int, str, str]], ...] = (
    (8, (0, "asking", "at the outbox")),
    (8, (0, "asking", "at a mark")),
    (8, (0, "asking", "at a step")),
    (5, (0, "asking", "at the commit")),
    (3, (0, "asking", "in a transaction")),
    (8, (0, "settling", "at a signature")),
    (8, (0, "settling", "at a mark")),
    (4, (0, "settling", "at the outbox")),
    (3, (0, "ticking", "at the outbox")),
    (2, (0, "ticking", "at a mark")),
    (2, (0, "ticking", "at the commit")),
)
"""Asking, reminding, signing, and the duties of the day."""
