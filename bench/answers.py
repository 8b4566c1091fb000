"""How well answers are understood: ``python -m bench.answers [FOLDER]``.

A folder holds ``staff.jsonl`` and ``customers.jsonl`` (``tests/understanding/README.md`` tells their form): the
product's own when none is named.  Prints for each how many answers were understood at once, how many were asked back,
read in part, read wrongly, and how many did what must never come of them; with ``--wrong`` each of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.understanding.answering import KINDS, SETS, listed, measured


def main() -> None:
    """Parse the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SETS)
    parser.add_argument("--wrong", action="store_true", help="name every answer that was not understood at once")
    options = parser.parse_args()
    counts = {path.stem: measured(path) for path in sorted(options.folder.glob("*.jsonl"))}
    print(f"{'':20}" + "".join(f"{name:>14}" for name in counts))
    print(f"{'answers':20}" + "".join(f"{count.answers:>14}" for count in counts.values()))
    for kind in KINDS:
        print(f"{kind:20}" + "".join(f"{_shown(len(c.of.get(kind, ())), c.answers):>14}" for c in counts.values()))
    if options.wrong:
        for count in counts.values():
            for line in listed(count):
                print(line)


def _shown(number: int, of: int) -> str:
    return f"{number} {100 * number / max(1, of):.1f} %"


if __name__ == "__main__":
    main()
