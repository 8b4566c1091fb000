"""What a home holds, and how it differs from another over the same mails: the judge of :mod:`bench.chaos`.

A mail is known by the SHA-256 of its bytes, for rows, numbers and times may differ between two right runs.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mailflow import app as composition
from mailflow.settings import config

FIRST = "r.form = 'JL-23-01' AND r.revision = 1"  # the registration: one for each complaint, when its mail is filed
Outcome = tuple[str, str, str]  # status, kind, reason
Answer = tuple[str, str]  # In-Reply-To, recipient


@dataclass(frozen=True)
class Home:
    """A ledger, as far as two runs over the same mails must agree."""

    outcomes: dict[str, list[Outcome]]  # digest -> what became of each mail with these bytes
    cases: Counter[tuple[str, ...]]  # the digests filed in each case
    complaints: int
    records: Counter[str]  # digests of the mails that brought a record
    answers: Counter[Answer]  # what customers hear at once; of a case closed meanwhile that it is worked on again
    state: tuple[object, ...]  # what a second run must leave as it is


def read_home(home: Path, only: Collection[str] | None = None) -> Home:
    """Read the ledger of a home; with ``only``, what concerns the mails with these digests."""
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    filed: dict[int, list[str]] = defaultdict(list)
    with _ledger(home) as rows:
        for digest, case, *outcome in rows.execute("SELECT digest, case_id, status, kind, reason FROM messages"):
            if only is not None and digest not in only:
                continue
            outcomes[digest].append((outcome[0], outcome[1], outcome[2]))
            if case is not None:
                filed[case].append(digest)
        numbers = dict(rows.execute("SELECT id, kind FROM cases"))
        records = rows.execute(f"SELECT m.digest FROM records r JOIN messages m ON m.id = r.message_id WHERE {FIRST}")
        replies = rows.execute(
            "SELECT m.message_id, o.recipient FROM outbox o JOIN messages m ON m.id = o.message_id"
            " WHERE o.occasion LIKE 'receipt:%' OR o.occasion LIKE 'corrected:%' OR o.occasion LIKE 'reopened:%'"
        )
        tables = (
            "messages",
            "cases",
            "customers",
            "contacts",
            "records",
            "findings",
            "outbox",
            "deliveries",
            "journal",
            "tasks",
            "answers",
            "signatures",
            "promises",
        )
        return Home(
            outcomes={digest: sorted(found) for digest, found in outcomes.items()},
            cases=Counter(tuple(sorted(mails)) for mails in filed.values()),  # the calendar opens some without a mail
            complaints=sum(kind == "complaint" for kind in numbers.values()),
            records=Counter(digest for (digest,) in records),
            answers=Counter((message_id, recipient) for message_id, recipient in replies),
            state=tuple(rows.execute(f"SELECT count(*), max(rowid) FROM {table}").fetchone() for table in tables)
            + tuple(rows.execute("SELECT hash FROM journal ORDER BY id DESC LIMIT 1")),
        )


def standing(home: Path) -> dict[str, int]:
    """How far a run is: mails in the ledger, waiting, replies pending, archives behind."""
    questions = {
        "mails": "SELECT count(*) FROM messages",
        "waiting": "SELECT count(*) FROM messages WHERE status = 'waiting'",
        "pending": "SELECT count(*) FROM outbox WHERE status = 'pending'",
        "behind": "SELECT count(*) FROM customers WHERE archived < changed",
        "unmarked": "SELECT count(*) FROM messages WHERE marked = 0 AND status IN ('handled', 'aside')",
        "unasked": "SELECT count(*) FROM tasks WHERE status = 'open' AND asked_at IS NULL AND person <> ''",
    }
    try:
        with _ledger(home) as rows:
            return {name: rows.execute(question).fetchone()[0] for name, question in questions.items()}
    except sqlite3.OperationalError:
        return dict.fromkeys(questions, -1)


def differences(reference: Home, home: Home) -> list[str]:
    """Where a run's end is not that of the undisturbed one."""
    found = []
    for digest in sorted(reference.outcomes.keys() | home.outcomes.keys()):
        wanted, got = reference.outcomes.get(digest), home.outcomes.get(digest)
        if wanted != got:
            found.append(f"mail {digest[:12]}: {got} instead of {wanted}")
    for name, wanted_counts, got_counts in (
        ("case", reference.cases, home.cases),
        ("record for mail", reference.records, home.records),
        ("reply", reference.answers, home.answers),
    ):
        found += [f"{name} too many: {_short(key)} x {n}" for key, n in (got_counts - wanted_counts).items()]  # type: ignore[operator]
        found += [f"{name} missing: {_short(key)} x {n}" for key, n in (wanted_counts - got_counts).items()]  # type: ignore[operator]
    if home.complaints != reference.complaints:
        found.append(f"{home.complaints} complaint cases instead of {reference.complaints}")
    return found


def check_alone(home: Path, mailbox: Iterable[bytes]) -> list[str]:
    """What must be right in any home over these mails: nothing lost, nothing twice, numbers, vault, archive, chain."""
    wanted = list(mailbox)
    found = []
    counts = Counter(hashlib.sha256(raw).hexdigest() for raw in wanted)
    with _ledger(home) as rows:
        ledger = Counter(digest for (digest,) in rows.execute("SELECT digest FROM messages"))
        found += [f"mail lost: {digest[:12]} x {n}" for digest, n in (counts - ledger).items()]
        found += [f"mail twice: {digest[:12]} x {n}" for digest, n in (ledger - counts).items()]
        for table in ("cases", "records WHERE revision = 1", "customers"):
            numbers = [number for (number,) in rows.execute(f"SELECT number FROM {table}")]
            if table == "customers":  # number 0 is the company itself, once the calendar opened a matter of its own
                numbers = [number for number in numbers if number.strip("KH-0")]
            found += [f"{table}: {what}" for what in _gaps(numbers)]
        for occasion, n in rows.execute(
            "SELECT message_id, count(*) n FROM outbox WHERE message_id > 0 GROUP BY message_id, recipient HAVING n > 1"
        ):
            found.append(f"mail {occasion} has {n} replies")
        for number, n in rows.execute(
            f"SELECT c.number, count(r.id) n FROM cases c LEFT JOIN records r ON r.case_id = c.id AND {FIRST}"
            " WHERE c.kind = 'complaint' GROUP BY c.id HAVING n <> 1"
        ):
            found.append(f"case {number} has {n} registrations")
        for folder, *counted in rows.execute(
            "SELECT folder, present, handled, aside, held, waiting, unknown FROM folders"
        ):
            if counted[0] != sum(counted[1:4]) or counted[4] or counted[5]:
                found.append(f"folder {folder} does not reconcile: {counted}")
    settings = config.load(home / "mailflow.yaml")
    with composition.open_app(settings) as app:
        for raw in wanted:
            digest = hashlib.sha256(raw).hexdigest()
            if not app.vault.path(digest).is_file() or app.vault.get(digest) != raw:
                found.append(f"vault: {digest[:12]} is not there byte for byte")
        found += [f"verify: {item}" for item in app.verify() if item.severity == "error"]
    return found


@dataclass(frozen=True)
class Replies:
    """What an SMTP server took, compared with the ledger and with what the undisturbed run sent."""

    taken: int
    distinct: int
    repeats: int  # the same Message-ID once more: the gap SMTP leaves
    troubles: list[str]


def check_replies(home: Path, sink: Path, reference_sink: Path, *, more: bool = False) -> Replies:
    """Compare everything the sink took (mail files anywhere below it) with the outbox and the reference.

    ``more``: colleagues answered here and not there, so that customers may have heard more.
    """
    taken, wanted = _read_sink(sink), _read_sink(reference_sink)
    troubles = []
    names: dict[Answer, set[str]] = defaultdict(set)
    occasions: dict[tuple[Answer, str], set[str]] = defaultdict(set)
    bodies: dict[str, set[str]] = defaultdict(set)
    for mail_id, answer, number, digest in taken:
        names[answer].add(mail_id)
        occasions[answer, number].add(mail_id)
        bodies[mail_id].add(digest)
    reference: dict[Answer, set[str]] = defaultdict(set)
    for mail_id, answer, _number, _digest in wanted:
        reference[answer].add(mail_id)
    for answer in sorted(reference.keys() | names.keys()):
        if len(names[answer]) < (1 if more else len(reference[answer])) and answer[0]:
            troubles.append(f"reply to {answer[0]} for {answer[1]} never arrived")
        if not more and len(names[answer]) > len(reference[answer]):
            troubles.append(f"reply to {answer[0]} for {answer[1]}: {len(names[answer])} Message-IDs")
    troubles += [f"{mail_id} went out with different bytes" for mail_id, found in bodies.items() if len(found) > 1]
    with _ledger(home) as rows:
        outbox = dict(rows.execute("SELECT mail_id, status FROM outbox"))
    troubles += [f"{mail_id} is {status} at the end" for mail_id, status in outbox.items() if status != "sent"]
    troubles += [f"{mail_id} is in the sink and not in the outbox" for mail_id in bodies.keys() - outbox.keys()]
    troubles += [f"{mail_id} is noted as sent and not in the sink" for mail_id in outbox.keys() - bodies.keys()]
    return Replies(len(taken), len(bodies), len(taken) - len(bodies), troubles)


# ------------------------------------------------------------------------------------------------------------ parts


class _ledger:  # noqa: N801 - reads like a function
    """A reading connection to a home's ledger."""

    def __init__(self, home: Path) -> None:
        self._connection = sqlite3.connect(f"file:{home / 'storage' / 'ledger.db'}?mode=ro", uri=True, timeout=30)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _read_sink(folder: Path) -> list[tuple[str, Answer, str, str]]:
    found = []
    for path in sorted(folder.rglob("*.eml")):
        raw = path.read_bytes()
        mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        answer = (str(mail["In-Reply-To"] or "").strip("<> "), str(mail["To"] or ""))
        number = str(mail["X-Mailflow-Case"] or "")
        found.append((str(mail["Message-ID"]).strip("<> "), answer, number, hashlib.sha256(raw).hexdigest()))
    return found


def _gaps(numbers: list[str]) -> list[str]:
    """Numbers given twice or left out, series by series (a series is what stands before the last digits)."""
    series: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        if match := re.fullmatch(r"(.*?)(\d+)", number):
            series[match[1]].append(int(match[2]))
    found = []
    for name, given in series.items():
        given.sort()
        if given[0] != 1:
            found.append(f"{name} begins with {given[0]}")
        found += [f"{name}{a} is followed by {b}" for a, b in pairwise(given) if b != a + 1]
    return found


def _short(key: object) -> str:
    return ",".join(str(item)[:40] for item in key) if isinstance(key, tuple) else str(key)[:12]
