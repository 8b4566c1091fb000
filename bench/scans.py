"""Which spoilt scans of a signed record are still read, and how long that takes: ``python -m bench.scans``.

The variants of the tests, and a grid of harder ones: resolution by what was done to the sheet.  Seconds are wall time
of one file, its way to the child process and back included.  Needs LibreOffice, which prints the form once.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageFilter

from mailflow.adapters.scans.reader import ScanReader
from mailflow.domain.model import Attachment
from mailflow.domain.ports import Scan
from tests.adapters.scans.sheets import (
    Sheets,
    at,
    blurred,
    from_above,
    noisy,
    printed_and_signed,
    saved,
    speckled,
    turned,
    uneven,
)
from tests.adapters.scans.variants import EVERY

HARDER: dict[str, Callable[[Image.Image], Image.Image]] = {
    "turned 13 degrees": lambda sheet: turned(sheet, 13),
    "blur 1": lambda sheet: blurred(sheet, 1),
    "blur 1.5 and grain": lambda sheet: noisy(blurred(sheet, 1.5), 0.1),
    "blur 2.5": lambda sheet: blurred(sheet, 2.5),
    "blur 3": lambda sheet: blurred(sheet, 3),
    "blur 3.5": lambda sheet: blurred(sheet, 3.5),
    "blur 6": lambda sheet: blurred(sheet, 6),
    "strong grain": lambda sheet: noisy(sheet, 1.6),
    "faint and grainy": lambda sheet: noisy(sheet.point(lambda value: 225 + value * 25 // 255), 0.2),
    "dots all over": lambda sheet: speckled(speckled(speckled(sheet))),
    "two shadows": lambda sheet: uneven(uneven(sheet)),
    "thick print": lambda sheet: sheet.filter(ImageFilter.MinFilter(3)),
    "thin print": lambda sheet: sheet.filter(ImageFilter.MaxFilter(3)),
    "one bit": lambda sheet: sheet.convert("1").convert("L"),
    "leaning 15%": lambda sheet: from_above(sheet, 0.15),
    "leaning 25%": lambda sheet: from_above(sheet, 0.25),
}


def grid(sheets: Sheets) -> Iterator[tuple[str, bytes, list[set[str]]]]:
    """The harder ones, each of one page of the first record."""
    for dpi in (60, 72, 100, 150, 200):
        for name, change in HARDER.items():
            content = saved(change(at(sheets.first, dpi)), "JPEG", quality=50)
            yield f"{dpi} dpi, {name}", content, [{sheets.codes[0]}]


def main() -> None:
    """Print a row per variant, then how many were read and the seconds of the middle and the slowest one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", action="store_true", help="the harder ones too")
    arguments = parser.parse_args()
    reader = ScanReader()
    with tempfile.TemporaryDirectory() as folder:
        sheets = printed_and_signed(Path(folder))
    reader(Attachment("warm", "warm", "", saved(at(sheets.first, 72), "PNG")))
    rows = [(v.name, v.make(sheets), [{sheets.codes[record] for record in page} for page in v.pages]) for v in EVERY]
    if arguments.grid:
        rows += grid(sheets)
    counts = dict.fromkeys(("yes", "unknown", "part", "WRONG"), 0)
    times = []
    print(f"{'variant':44}{'read?':10}{'seconds':>8}")
    for name, content, wanted in rows:
        began = time.perf_counter()
        scan = reader(Attachment(name, name, "", content))
        times.append(time.perf_counter() - began)
        told = verdict(scan, wanted)
        counts[told] += 1
        print(f"{name:44}{told:10}{times[-1]:8.2f}")
    reader.close()
    print(", ".join(f"{told} {count}" for told, count in counts.items()), f"of {len(rows)};", end=" ")
    print(f"median {statistics.median(times):.2f} s, slowest {max(times):.2f} s")


def verdict(scan: Scan, wanted: list[set[str]]) -> str:
    """``yes`` when all was read, ``unknown`` when nothing was, ``WRONG`` when a code was found where it is not."""
    found = [set(page.codes) for page in scan.pages]
    if found == wanted:
        return "yes"
    if not all(codes <= expected for codes, expected in zip(found, wanted, strict=True)):
        return "WRONG"
    return "part" if any(found) else "unknown"


if __name__ == "__main__":
    main()
