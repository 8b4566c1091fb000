"""How well mails with a key are understood: ``python -m bench.understanding [FOLDER ...]``.

A folder holds ``mails/*.eml`` and ``key.jsonl``, one object a mail (``tests/understanding/README.md`` tells its form):
the product's own sets when none is named, or a company's own mails with the right answers beside them.  Prints for
each set how many kinds are right and the F1 of every field, and with ``--wrong`` each mail and field that is not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import calibrate, weights
from tests.understanding.reading import SETS, read_set
from tests.understanding.scoring import FIELDS, Score


def main() -> None:
    """Parse the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--wrong", action="store_true", help="name every mail and field that is wrong")
    parser.add_argument("--catalogue", type=Path, metavar="FILE", help="the company's own list of goods and customers")
    parser.add_argument(
        "--calibrate", action="store_true", help="how often readings are right, by confidence and ground"
    )
    parser.add_argument("--bands", type=Path, metavar="FILE", help="with --calibrate: write the counts")
    options = parser.parse_args()
    if options.calibrate:
        calibrate.show(options.folders, options.bands, weights.by_others())
        return
    scores = {folder.name: read_set(folder, options.catalogue) for folder in options.folders or SETS}
    print(f"{'':20}" + "".join(f"{name:>12}" for name in scores))
    _line("mails", scores, lambda score: str(score.mails))
    _line("kinds right", scores, lambda score: _share(score.kinds / score.mails))
    _line("suppressed", scores, lambda score: str(len(score.suppressed)))
    _line("graded too mild", scores, lambda score: str(len(score.too_mild)))
    for name in FIELDS:
        _line(name, scores, partial(_field, name))
    _line("all fields", scores, lambda score: _share(score.overall.f1))
    if options.wrong:
        for name, score in scores.items():
            for words in score.wrong:
                print(f"{name} {words}")


def _line(title: str, scores: dict[str, Score], figure: Callable[[Score], str]) -> None:
    print(f"{title:20}" + "".join(f"{figure(score):>12}" for score in scores.values()))


def _field(name: str, score: Score) -> str:
    return _share(score.fields[name].f1)


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    main()
