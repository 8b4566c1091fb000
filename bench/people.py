"""The people of the benches: a staff file with somebody in every role, and how they answer what they are asked.

:class:`Colleagues` read what the SMTP sink took and put their answers into the mailbox.  They are people: most answer
at once, some only when reminded, some twice, some unclearly, some never; a few return a record or hand a task on.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from tests.flow.robots import usual, usual_point
from tests.flow.staffed import STAFF, Ask

DOMAIN = "bench.example"
FIRST_ASK = re.compile(r"^(?:\[[^\]]+\] )?(?:【[^】]+】)?(请签[字收]|请办理)")


def employ(home: Path) -> None:
    """Give a home of the benches its staff."""
    (home / "rules" / "staff.yaml").write_text(STAFF.replace("firm.example", DOMAIN), "utf-8")


def read(raw: bytes) -> Ask:
    """A mail as somebody got it."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return Ask(mail, str(mail["To"].addresses[0].addr_spec).lower())


def is_asked(ask: Ask) -> bool:
    """Is this the mail that asks for a signature or for work (not a reminder of it)?"""
    return "〔MF-" in ask.subject and FIRST_ASK.match(ask.subject) is not None


def _handing_on(ask: Ask) -> str:
    """He hands the task on; of several the first, and does the others."""
    if not ask.points:
        return HAND_ON
    return "\n".join([f"1 {HAND_ON}", *(usual_point(ask, number) for number in ask.points.values() if number > 1)])


def answer(ask: Ask, to: str, words: str = "", again: int = 0) -> bytes:
    """The reply a mail program makes of an obliging colleague's words; the same arguments give the same bytes."""
    key = hashlib.sha256(f"{ask.mail['Message-ID']} {again}".encode()).hexdigest()[:24]
    mail = EmailMessage()
    mail["Received"] = f"from mx.{DOMAIN} by mx.{DOMAIN} with ESMTP id {key}; Mon, 02 Mar 2026 10:00:00 +0800"
    mail["From"] = ask.to
    mail["To"] = to
    mail["Subject"] = f"回复: {ask.subject}"
    mail["Message-ID"] = f"<{key}@{DOMAIN}>"
    mail["In-Reply-To"] = mail["References"] = str(ask.mail["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in ask.text.splitlines())
    text = f'{words or usual(ask)}\n\n\n在 2026-03-02 09:30:00，"客服" <{to}> 写道：\n{quoted}\n'
    mail.set_content(text, charset="utf-8", cte="base64")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


HABITS = {
    "at once": 60, "late": 16, "twice": 10, "unclear first": 4, "never": 4, "returns": 4, "hands on": 2,
}  # fmt: skip
UNCLEAR = "收到，我看一下。"
RETURN = "退回：请补充现场照片和数量"
HAND_ON = "转 邓宁"


NOT_ANSWERED = ("〔MF-K", "〔MF-P", "〔MF-V")
"""Nobody says what kind a mail is, here as undisturbed, nor whether what is read of a customer holds."""


class Colleagues:
    """Everybody who is asked something.  ``put`` puts a mail into the mailbox; the same seed gives the same habits."""

    def __init__(self, folder: Path, put: Callable[[bytes], None], to: str, seed: int) -> None:
        self.habits: Counter[str] = Counter()
        self.answers: list[bytes] = []
        self._folder, self._put, self._to, self._seed = folder, put, to, seed
        self._read: set[Path] = set()
        self._known: set[str] = set()
        self._late: dict[str, tuple[float, Ask]] = {}  # token -> when he answers at the latest, what he was asked
        self._ended, self._prompt = threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="colleagues", daemon=True)
        self._thread.start()

    def hurry(self) -> None:
        """From now on everybody who answers at all answers at once."""
        self._prompt = True

    def stop(self) -> None:
        """They go home; whatever was put into the mailbox is in ``answers``."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._ended.wait(0.1):
            for path in sorted(set(self._folder.rglob("*.eml")) - self._read):
                self._read.add(path)
                self._take(read(path.read_bytes()))
            now = time.monotonic()
            for token in [token for token, (until, _) in self._late.items() if self._prompt or until < now]:
                self._say(self._late.pop(token)[1])

    def _take(self, ask: Ask) -> None:
        name = str(ask.mail["Message-ID"])
        if "〔MF-" not in ask.subject or name in self._known or any(mark in ask.subject for mark in NOT_ANSWERED):
            return
        self._known.add(name)
        if not is_asked(ask):  # a reminder
            if ask.token in self._late:
                self._say(self._late.pop(ask.token)[1])
            return
        chance = random.Random(f"{self._seed} {ask.token.rpartition('-')[0]} {ask.to}")
        habit = chance.choices(list(HABITS), list(HABITS.values()))[0]
        self.habits[habit] += 1
        if habit in ("at once", "twice"):
            self._say(ask)
        if habit == "twice":
            self._say(ask, "同意。\n" + usual(ask), 1)
        if habit == "returns" and "请签字" in ask.subject:
            self._say(ask, RETURN)
        if habit == "hands on":
            self._say(ask, _handing_on(ask))
        if habit == "unclear first":
            self._say(ask, UNCLEAR, 2)
        if habit in ("late", "unclear first"):
            self._late[ask.token] = time.monotonic() + chance.uniform(3, 20), ask

    def _say(self, ask: Ask, words: str = "", again: int = 0) -> None:
        raw = answer(ask, self._to, words, again)
        self.answers.append(raw)
        self._put(raw)
