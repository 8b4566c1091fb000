"""Is a signature seen, and an empty cell never taken for one: ``python -m bench.signatures``.

Every way of the tests, with many hands and without: what the signer's cell was found to show.  Ends with an error when
an empty cell counted as signed, or a signed one as empty.  Needs LibreOffice, which prints the form once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.adapters.scans.hands import WAYS, laid_out, written

HANDS = ((7, 45), (4, 90), (9, 30), (3, 110))  # width of the stroke in pixels of 300 dpi, and how dark it is


def main() -> None:
    """Print a row for each way, then the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hands", type=int, default=4, help="signatures tried for each way")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = laid_out(Path(folder))
    names = sorted(desk.sheets[0].printed.cells)
    empty: Counter[str] = Counter()
    signed: Counter[str] = Counter()
    began = time.process_time()
    print(f"{'way':30}{'not signed':40}{'signed'}")
    for way, change in WAYS.items():
        without = Counter(desk.cells(change(desk.page)).values())
        hands: Counter[str] = Counter()
        for number in range(arguments.hands):
            cell, (width, ink) = names[number % len(names)], HANDS[number % len(HANDS)]
            page = written(desk.page, desk.box(cell), number, width=width, ink=ink)
            hands[desk.cells(change(page))[cell]] += 1
        print(f"{way:30}{shown(without):40}{shown(hands)}")
        empty, signed = empty + without, signed + hands
    pages = len(WAYS) * (1 + arguments.hands)
    print(f"not signed: {shown(empty)};  signed: {shown(signed)};", end=" ")
    print(f"{(time.process_time() - began) / pages:.2f} s of the CPU a page")
    if empty["marked"] or signed["empty"]:
        sys.exit("an empty cell counted as signed, or a signed one as empty")


def shown(counts: Counter[str]) -> str:
    """The counts in words."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    main()
