"""How often readings are right, by field, by what the rule said and by ground: the figures of ``bands.yaml``.

``python -m bench.understanding --calibrate [FOLDER ...]`` prints, for the sets hardly used for rules when none is
named, the share of right readings by raw confidence and by ground; then, for each set, how often what would be shown
to a customer is right when the bands are made of the other sets alone.  ``--bands FILE`` writes the counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailflow.app import attachment_text, reading_rules
from mailflow.casework.acknowledgement import LISTED
from mailflow.commands.read import receiving_address
from mailflow.domain.errors import ConfigError
from mailflow.domain.model import Details, Message
from mailflow.flow import read as read_mail
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.reading.review.sure import Band, Read, shipped, step
from mailflow.stages.decode import decode
from mailflow.stages.extract import as_ruled
from tests.understanding.reading import SETS, keys_of
from tests.understanding.scoring import alike, plain, values

HARDLY_USED = [folder for folder in SETS if folder.name in "efgho"]


@dataclass(frozen=True, slots=True)
class Case:
    """One reading of a labelled mail, and whether the key has it."""

    folder: str
    mail: str
    read: Read
    right: bool


@dataclass(slots=True)
class AsRuled:
    """A reader that keeps what the rules gave; mail that is excluded never comes to it."""

    rulebook: Rulebook
    own: Ours
    details: Details | None = None
    reads: list[Read] = field(default_factory=list)

    def read(self, message: Message, now: datetime) -> Details:
        """What was read, without findings; these are in ``reads``."""
        file_text = attachment_text(self.rulebook.lexicon)
        details, self.reads = as_ruled(message, self.rulebook, own=self.own, now=now, file_text=file_text)
        self.details = details
        return details


def readings(folders: Iterable[Path]) -> Iterator[tuple[str, Mapping[str, Any], AsRuled]]:
    """Every mail of these sets, read: the set's name, the mail's key, and the reader with what it gave."""
    rulebook, marks, problems = reading_rules(None)
    if rulebook is None or marks is None:
        raise ConfigError(problems)
    for folder in folders:
        for key in keys_of(folder):
            raw = (folder / "mails" / key["file"]).read_bytes()
            ours = frozenset(filter(None, [receiving_address(decode(raw))]))
            reader = AsRuled(rulebook, Ours.at(*ours))
            read_mail(raw, None, marks, ours, reader, datetime.now(UTC))
            yield folder.name, key, reader


Reading = Callable[[Path], AbstractContextManager[object]]
"""Within what it returns for a set, its mails are read as those of strangers."""


def cases_of(folders: Iterable[Path], reading: Reading) -> list[Case]:
    """Every value read from the mails of these sets, each once a mail; what was taken back is left out."""
    return [case for each in folders for case in _cases(each, reading)]


def _cases(place: Path, reading: Reading) -> list[Case]:
    found = []
    with reading(place):
        mails = list(readings([place]))
    for folder, key, reader in mails:
        seen = set()
        for read in reader.reads:
            name, said = read.finding.field, plain(read.finding.value)
            if name not in LISTED or not read.ground or (name, said) in seen:
                continue
            seen.add((name, said))
            options = [key.get(name), *(key.get("accept") or {}).get(name, ())]
            right = any(alike(name, each, read.finding.value) for option in options for each in values(option))
            found.append(Case(folder, key["file"], read, right))
    return found


def counted(cases: Iterable[Case]) -> dict[tuple[str, str, float], tuple[int, int]]:
    """Right readings and all of them, by cell."""
    counts: dict[tuple[str, str, float], tuple[int, int]] = {}
    for case in cases:
        right, every = counts.get(case.read.cell, (0, 0))
        counts[case.read.cell] = right + case.right, every + 1
    return counts


def held_out(cases: Sequence[Case]) -> dict[str, dict[str, tuple[int, int]]]:
    """By field and set: right and all of what would be shown by bands made of the other sets."""
    limits = shipped()
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for folder in dict.fromkeys(case.folder for case in cases):
        others = replace(limits, counts=counted(case for case in cases if case.folder != folder))
        for name in LISTED:
            shown = [
                case.right
                for case in cases
                if case.folder == folder
                and case.read.finding.field == name
                and others.band(others.share(case.read)) is Band.HIGH
            ]
            found[name][folder] = sum(shown), len(shown)
    return found


def show(folders: Sequence[Path], bands: Path | None, reading: Reading) -> None:
    """Print the tables; write the counts when a file is given."""
    cases = cases_of(folders or HARDLY_USED, reading)
    print("By raw confidence: right of all, share")
    for name in LISTED:
        by_step: dict[float, list[bool]] = defaultdict(list)
        for case in cases:
            if case.read.finding.field == name:
                by_step[step(case.read.finding.confidence)].append(case.right)
        print(f"  {name:20}" + "".join(f"  {at:.2f}-: {_share(sum(r), len(r))}" for at, r in sorted(by_step.items())))
    counts = counted(cases)
    sureness = replace(shipped(), counts=counts)
    print("By ground: right of all, confidence, band")
    for cell, (right, every) in sorted(counts.items()):
        some = next(case.read for case in cases if case.read.cell == cell)
        sure = sureness.share(some)
        name, ground, at = cell
        print(f"  {name:20}{ground:10}{at:.2f}-  {_share(right, every)}  {sure:.3f} {sureness.band(sure)}")
    print("Shown to the customer, each set by the bands of the others: right of shown, share; of all readings")
    for name, sets in held_out(cases).items():
        right, every = (sum(each[place] for each in sets.values()) for place in (0, 1))
        told = sum(case.read.finding.field == name for case in cases)
        each_set = "  ".join(f"{folder} {good}/{all_}" for folder, (good, all_) in sets.items())
        print(f"  {name:20}{_share(right, every)} of {told:4}   {each_set}")
    if bands is not None:
        bands.write_text(_written(counts), "utf-8")


def _share(right: int, every: int) -> str:
    return f"{right:4}/{every:<4}" + (f"{right / every:6.3f}" if every else "   -  ")


def _written(counts: Mapping[tuple[str, str, float], tuple[int, int]]) -> str:
    """``bands.yaml`` with these counts; what stands above ``fields`` is kept."""
    from mailflow.reading.review import sure

    head, _, _ = Path(sure.__file__).with_name("bands.yaml").read_text("utf-8").partition("fields:\n")
    lines = [f"{head}fields:"]
    for name in LISTED:
        cells = sorted((cell, count) for cell, count in counts.items() if cell[0] == name)
        lines += [f"  {name}:"] if cells else []
        for (_, ground, at), (right, every) in cells:
            lines.append(f"    - {{ground: {ground}, from: {at}, right: {right}, of: {every}}}")
    return "\n".join(lines) + "\n"
