"""Whether two builds read the same: ``python -m bench.same_reading write FILE [--mails DIR]``, then ``compare A B``.

``write`` puts down what decode, exclude and extract make of every mail of the folders, and of the sentences that stand
as examples in the rules and the word lists, each by itself and several in one mail: one JSON object a line, all of it,
to the last digit.  Run as a file by another build's Python (``/other/.venv/bin/python bench/same_reading.py ...``) it
reads with that build.  ``compare`` names every mail that is read otherwise, and ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

NOW = datetime(2026, 3, 3, tzinfo=UTC)
USER = "service@bench.example"
OWN_SETS = Path(__file__).resolve().parents[1] / "tests" / "understanding" / "sets"
TOGETHER = 7  # sentences in one mail


def write(target: Path, folders: list[Path], rules: Path | None) -> None:
    """Read all and write it down; ``rules`` holds the examples, the shipped ones when None."""
    from mailflow.excluding.machine_marks import load_marks
    from mailflow.reading.matching import rulebook
    from mailflow.reading.people.ours import Ours
    from mailflow.settings import shipped
    from mailflow.stages.decode import decode
    from mailflow.stages.exclude import exclude
    from mailflow.stages.extract import extract

    home = shipped.folder("rules")
    marks, problems = load_marks(home / "exclusion.yaml")
    book, more = rulebook.load(home / "reading", whole=False)
    if marks is None or book is None:
        raise SystemExit(f"the rules have mistakes: {[*problems, *more][:3]}")
    own = Ours.at(USER)
    with target.open("w", encoding="utf-8") as stream:
        for name, raw in itertools.chain(_mails(folders), _sentences(rules or home)):
            message = decode(raw, NOW)
            machine = exclude(message, marks, own.addresses)
            details = extract(message, book, own=own, now=NOW)
            said = {"mail": name, "message": asdict(message), "aside": machine and asdict(machine)}
            said["details"] = asdict(details)
            stream.write(json.dumps(said, ensure_ascii=False, default=repr, sort_keys=True) + "\n")


def compare(one: Path, other: Path) -> int:
    """How many mails are read otherwise; each is named with the first fields that differ."""
    first, second = _read(one), _read(other)
    wrong = 0
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) == second.get(name):
            continue
        wrong += 1
        found = list(_differences("", first.get(name), second.get(name)))
        sys.stdout.write(f"{name}\n" + "".join(f"    {line}\n" for line in found[:5]))
    sys.stdout.write(f"{len(first)} and {len(second)} mails, {wrong} read otherwise\n")
    return wrong


def _mails(folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in sorted(folder.rglob("*.eml")):
            yield str(path), path.read_bytes()


def _sentences(rules: Path) -> Iterator[tuple[str, bytes]]:
    """A mail of each example, and one of every few of a file together."""
    for file in sorted([*(rules / "reading").rglob("*.yaml"), *(rules / "lexicon").glob("*.yaml")]):
        found = list(dict.fromkeys(_examples(yaml.safe_load(file.read_text("utf-8")))))
        for sentence in found:
            yield f"{file.name}: {sentence}", _mail("", sentence)
        for start in range(0, len(found), TOGETHER):
            group = found[start : start + TOGETHER]
            yield f"{file.name}, together from {group[0]}", _mail(group[0], "。\n".join(group))


def _examples(document: Any) -> Iterator[str]:
    entries = document.get("rules") or list((document.get("lists") or {}).values())
    for entry in entries:
        yield from map(str, (*entry.get("matches", ()), *entry.get("misses", ())))


def _mail(subject: str, text: str) -> bytes:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"] = "=?utf-8?b?546L5piO?= <wang@plant.example>"
    mail["To"] = USER
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    mail["Subject"] = " ".join(subject.split())
    mail.set_content(text)
    return mail.as_bytes()


def _read(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as stream:
        return {said.pop("mail"): said for said in map(json.loads, stream)}


def _differences(place: str, one: Any, other: Any) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _differences(f"{place}.{key}", one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list):
        for index, (left, right) in enumerate(itertools.zip_longest(one, other)):
            yield from _differences(f"{place}[{index}]", left, right)
    elif one != other:
        yield f"{place}: {one!r:.150} / {other!r:.150}"


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(dest="way", required=True)
    writes = ways.add_parser("write")
    writes.add_argument("target", type=Path)
    writes.add_argument("--mails", type=Path, action="append", help="a folder of .eml files; the labelled sets if none")
    writes.add_argument("--rules", type=Path, help="where the examples stand; the build's own rules if not given")
    compares = ways.add_parser("compare")
    compares.add_argument("one", type=Path)
    compares.add_argument("other", type=Path)
    options = parser.parse_args()
    if options.way == "write":
        write(options.target, options.mails or [OWN_SETS], options.rules)
    elif compare(options.one, options.other):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
