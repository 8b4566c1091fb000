"""How ``office.tar.xz`` was made: an office worked for eleven days by the code of release 0.1.

Run once, with the checkout and the environment of release 0.1 (commit b3d3352), and never again: what a later program
would build here is no office of 0.1.  It is kept so that everybody can read what is in the archive and why.

    cd CHECKOUT-OF-0.1 && .venv/bin/python THIS-FILE office.tar.xz

The archive holds one folder, ``office``: the home as ``mailflow init`` laid it out (``mailflow.yaml``, ``rules``,
``templates``, ``storage``), ``inbox`` with every mail that came, and ``delivered`` with what lay unanswered in people's
mailboxes.  The scan in it is a drawn sheet with the QR code of the record.  Names, addresses and the secret key are
invented.  The modules imported below are those of 0.1, so no later program can check their types.
"""

# mypy: ignore-errors
# ruff: noqa: I001, T201

from __future__ import annotations

import contextlib
import io
import itertools
import lzma
import os
import re
import sqlite3
import sys
import tarfile
import tempfile
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, os.getcwd())

from mailflow import app as composition
from mailflow import config as configuration
from mailflow import defaults
from mailflow.commands.correct import _correct
from mailflow.commands.setup import init
from mailflow.commands.work import make_worker
from mailflow.health import Health
from mailflow.lock import StorageLock
from tests.cases.papers import filled
from tests.cli.staffed_home import sheet
from tests.flow import staffed
from tests.flow.office import Office
from tests.flow.robots import WORK, play, usual
from tests.flow.staffed import Staffed, answer
from tests.servers.smtp_sink import SmtpSink

ZONE = ZoneInfo("Asia/Shanghai")
OLD = 1_000_000_000  # the time of a file that nobody is writing to any more
SETTINGS = """\
company:
  name: 示例精密机械有限公司
  english_name: Example Precision
  domains: [firm.example]
mailboxes:
  - {name: service, type: folder, path: inbox, addresses: [service@firm.example]}
smtp: {host: 127.0.0.1, port: 2525, security: plain, from_address: service@firm.example, from_name: 示例精密 客户服务部}
timezone: Asia/Shanghai
storage: storage
rules: rules
templates: templates
casework: {pdf: false}
"""
WANG, ZHAO, SUN = "wang@plant.example", "zhao@plant.example", "sun@works.example"
QIAN, TANG, ZHOU = "qian@mill.example", "tang@forge.example", "zhou@boiler.example"
WU, FENG, LATE = "wu@yard.example", "feng@gone.example", "he@late.example"
BAI, HAN, QIN, DENG, SHI, XUE, ZHENG = (
    f"{name}@firm.example" for name in ("bai", "han", "qin", "deng", "shi", "xue", "zheng")
)
NOTE = (
    "电话记录\n客户来电时间：今天上午9点20分\n客户：海诚机电有限公司\n联系人：方远 电话：13912340000\n"
    "内容：上月买的减速机漏油，订单号：DD20260210031，要求派人到现场处理。\n记录人：柳青"
)
MIDDLE = "TS-2026-0003"
PROMISE = "我们将于3月20日前免费更换三台离心泵，并派人到现场安装"
BOUNCE = """\
Return-Path: <>
Received: by mx.firm.example (Postfix) id 4Qd1Tm4k2Hz3; Mon, 09 Mar 2026 11:05:00 +0800 (CST)
From: MAILER-DAEMON@mx.firm.example (Mail Delivery System)
To: service@firm.example
Subject: Undelivered Mail Returned to Sender
Date: Mon, 09 Mar 2026 11:05:00 +0800
Message-ID: <4Qd1Tm4k2Hz3@mx.firm.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

<{to}>: host mx.gone.example[203.0.113.66] said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.firm.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown

--b1
Content-Type: text/rfc822-headers

From: service@firm.example
To: {to}
Message-ID: {mail}

--b1--
"""


class Home(Office):
    """A home as ``mailflow init`` of 0.1 laid it out, kept open while it works."""

    @property
    def config(self):
        found = configuration.load(self.folder / "mailflow.yaml")
        return found.model_copy(update={"smtp": found.smtp.model_copy(update={"port": self.sink.port})})

    def put(self, *mails):
        for mail in mails:
            path = self.folder / "inbox" / f"{next(_files):04}.eml"
            path.write_bytes(mail)
            os.utime(path, (OLD, OLD))

    @contextlib.contextmanager
    def running(self):
        with StorageLock(self.storage), composition.open_app(self.config) as self.app:
            yield

    def work(self, *, way_out=True, **parts):
        config, stop = self.config, threading.Event()
        sender = composition.sender(config) if way_out else None
        worker = make_worker(self.app, composition.mailboxes(config, stop), sender, Health(self.storage), stop)
        worker.clock = self.clock
        worker.once(**parts)


_files = itertools.count(1)
_numbers = itertools.count(1)
staffed._numbers = itertools.count(10_000_001)  # the ids of the tests' own answers stay free


def main(target: Path) -> None:
    """Let the office work, verify it, pack it."""
    assert defaults.folder("rules").is_relative_to(os.getcwd()), "run it in the checkout of 0.1"
    with tempfile.TemporaryDirectory() as folder, SmtpSink() as sink:
        home = Home(Path(folder) / "office", None, sink, "service@firm.example")
        init(home.folder)
        (home.folder / "mailflow.yaml").write_text(SETTINGS, "utf-8")
        (home.folder / "inbox").mkdir()
        people = Staffed(home)
        with home.running():
            told = Told(people)
            first_week(told)
            second_week(told)
            last_evening(told)
            assert home.app.verify() == []
        with composition.open_app(home.config) as app:
            assert app.verify() == []
        describe(home)
        deliver_unanswered(told)
        pack(home.folder, target)
    print(target, target.stat().st_size)


# ----------------------------------------------------------------------------------------------------- eleven days


def first_week(told: Told) -> None:
    """An inquiry is answered and closed; of two complaints one is closed, one waits for the customer's word."""
    told.at(2, "09:00")
    told.arrives(WANG, "咨询：热水用球阀", "请问贵司有没有适合80度热水的球阀？想要一份产品样本。", "王强")
    told.arrives(
        ZHAO, "投诉：减速机异响", "贵司的减速机两台有异响，订单号：DD20260215077，请派人处理。", "赵明 13800001235"
    )
    told.arrives(
        SUN, "投诉：离心泵泄漏", "我厂的离心泵三台机械密封泄漏，订单号：DD20260220012，请更换。", "孙丽 13800001236"
    )
    told.go_on({"TS-2026-0001": {"是否需要纠正措施": "否"}, "TS-2026-0002": {"处理方案": PROMISE}})
    told.at(5, "08:45")  # the daily mails
    told.at(6, "10:00")
    told.answers(told.newest(ZHAO), "满意，谢谢。")
    told.go_on({})


def second_week(told: Told) -> None:
    """One is opened again; a case in the middle, a grave one, one by telephone, inquiries, mail that is no case."""
    told.at(9, "09:00")
    told.answers(told.newest(ZHAO), "上次修过的减速机又开始异响了，请立即派人处理！")
    told.arrives(
        WANG, "投诉：闸阀卡涩", "贵司的闸阀四台卡涩开不动，订单号：DD20260226031，请尽快处理。", "王强 13800001234"
    )
    words = "贵司安全阀爆裂，造成我司两名工人受伤送医，生产线停产，订单号：DD20260302019，请立即处理。"
    told.arrives(ZHOU, "紧急投诉：安全阀爆裂伤人", words, "周正")
    told.arrives("liu@firm.example", "电话记录：减速机漏油", NOTE, "")
    told.arrives(FENG, "咨询：法兰", "请问DN80法兰的供货周期多久？", "冯远")
    told.arrives(QIAN, "咨询：垫片", "请问贵司供应石墨垫片吗？请寄样本。", "钱进")
    told.people.work()
    in_the_middle(told)
    grave(told)
    told.at(9, "11:05")
    mail = told.newest(FENG).mail["Message-ID"]
    told.people.work(BOUNCE.format(to=FENG, mail=mail).replace("\n", "\r\n").encode())
    told.arrives("noreply@news.example", "本周行业资讯", "本周钢材行情，退订请点击。", "",
                 List_Unsubscribe="<mailto:off@news.example>")  # fmt: skip
    told.arrives("robot@plant.example", "自动回复：休假", "我正在休假。", "", Auto_Submitted="auto-replied")
    told.arrives("deng1980@mail.example", f"回复: {told.asked(MIDDLE, DENG, '调查').subject}", "同意", "")
    told.arrives(TANG, "投诉：轴承过热", "贵司的轴承座两套过热，订单号：DD20260303022，请处理。", "唐杰",
                 X_Padding="padding " * 30_000)  # fmt: skip
    told.at(10, "08:45")


def in_the_middle(told: Told) -> None:
    """Corrected, registered by Word file, plan approved and told, reviewed by a scan; the investigation is open."""
    case, home = MIDDLE, told.people.office
    with home.app.ledger.begin() as work:
        changes = {"quantity": ("6台",)}
        _, renewed = _correct(home.app, work.case_by_number(case), changes, "韩梅", work, home.clock())
        home.app.vault.put(renewed.blobs)
    told.people.work()
    ask = told.asked(case, BAI, "登记投诉")
    name, content = ask.file(".docx")
    told.answers(ask, "", files={name: filled(content, {"sign:registrar": "白露"})})
    told.answers(told.asked(case, BAI, "提出处理方案"), "处理方案：已安排质量部复检同批闸阀，并核对发货记录")
    told.answers(told.asked(case, HAN, "核准发给客户的方案"), "核准承诺：同意")
    told.answers(told.asked(case, HAN, "指派调查人"), "调查人：邓宁")
    ask = told.asked(case, HAN, "审核登记表")
    ((number, revision),) = home.ask("SELECT number, max(revision) FROM records WHERE form = 'JL-23-01' AND"
                                     " case_id = (SELECT id FROM cases WHERE number = ?)", case)  # fmt: skip
    scan = sheet(home, home.folder / "scan.png", number, str(revision))
    told.answers(ask, "已签", files={"扫描.png": scan.read_bytes()})
    scan.unlink()


def grave(told: Told) -> None:
    """Registered as grave; the executive has seen it, quality has signed the receipt, the others are asked."""
    case = told.case_of(ZHOU)
    told.answers(told.asked(case, BAI, "登记投诉"), "同意\n严重程度：恶性")
    told.answers(told.asked(case, ZHENG, "主管领导批示"), "知道了，抓紧办，务必查清原因")
    told.answers(told.asked(case, QIN, "质检科签收原件"), "收到")


def last_evening(told: Told) -> None:
    """A complaint nobody has touched; the mail server is not quite well, and then mailflow was stopped."""
    home = told.people.office
    told.at(11, "15:00")
    home.sink.refuse[LATE] = "451 4.7.1 greylisted, try again later"
    told.arrives(
        LATE, "投诉：压力表不准", "贵司的压力表十块读数偏低，订单号：DD20260305044，请换货。", "何平 13800001238"
    )
    told.people.work()
    told.at(11, "15:20")
    told.arrives(WU, "咨询：卡套接头", "请问卡套接头的最高使用压力是多少？谢谢！", "吴江 13800001239")
    home.work(way_out=False)  # its mails stay in the outbox, never tried


# ----------------------------------------------------------------------------------------------------------- parts


class Told:
    """The people and what they have answered already."""

    def __init__(self, people: Staffed) -> None:
        self.people, self.done = people, set()

    def at(self, day: int, clock: str) -> None:
        """It is this hour of a day in March 2026; everything due is worked off, the calendar's duties too."""
        hour, minute = map(int, clock.split(":"))
        self.people.office.clock.now = datetime(2026, 3, day, hour, minute, tzinfo=ZONE).astimezone(UTC)
        self.people.office.work(calendar=True)

    def arrives(self, sender: str, subject: str, words: str, contact: str, **headers: str) -> None:
        """A mail lies in the inbox, and is worked off with the next ones."""
        now = self.people.office.clock().astimezone(ZONE).strftime("%a, %d %b %Y %H:%M:%S %z")
        mail = EmailMessage()
        mail["Received"] = f"from mx.a.example by mx.firm.example with ESMTP; {now}"
        mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, "service@firm.example", subject, now
        mail["Message-ID"] = f"<{next(_numbers)}.frozen@{sender.partition('@')[2]}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        signed = f"\n\n联系人：{contact}\n" if contact else "\n"
        mail.set_content(words + signed, charset="utf-8", cte="base64")
        self.people.office.put(mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def go_on(self, words: dict[str, dict[str, str]]) -> None:
        """Everybody answers what he is asked, case by case in these words, until nobody is asked any more."""

        def say(ask):
            self.done.add(ask.mail["Message-ID"])
            case = re.search(r"\[([^]]+)\]", ask.subject)[1]
            return usual(ask, {**WORK, **words.get(case, {})})

        self.people.work()
        play(self.people, say)

    def answers(self, ask, words: str, **more) -> None:
        """One answer, ten minutes later."""
        self.done.add(ask.mail["Message-ID"])
        self.people.office.clock.forward(minutes=10)
        self.people.work(answer(ask, words, **more))

    def newest(self, to: str):
        """The newest mail somebody got."""
        return self.people.sent(to)[-1]

    def asked(self, case: str, to: str, task: str):
        """The newest mail that asked somebody for this task of a case."""
        found = [
            item for item in self.people.sent(to) if f"[{case}]" in item.subject and staffed.ASKS.match(item.subject)
        ]
        found = [item for item in found if task in item.subject or f"“{task}”" in item.text]
        assert found, (case, to, task, [item.subject for item in self.people.sent(to)])
        return found[-1]

    def case_of(self, sender: str) -> str:
        """The newest case of a customer."""
        question = "SELECT c.number FROM messages m JOIN cases c ON c.id = case_id WHERE sender = ? ORDER BY m.id DESC"
        return self.people.office.ask(question, sender)[0][0]


def describe(home: Home) -> None:
    """Print what is in the ledger."""
    for question in (
        "SELECT number, kind, status, round, (SELECT group_concat(name) FROM tasks WHERE case_id = cases.id AND"
        " status = 'open') FROM cases ORDER BY id",
        "SELECT id, status, kind, reason, sender FROM messages WHERE status <> 'handled'",
        "SELECT recipient, attempts, occasion FROM outbox WHERE status <> 'sent'",
        "SELECT kind, words, due_at, kept_at FROM promises",
        "SELECT number, count(*) FROM records GROUP BY number HAVING count(*) > 1",
        "SELECT way, count(*) FROM signatures GROUP BY way",
        "SELECT event, count(*) FROM journal GROUP BY event",
        "SELECT result, count(*) FROM deliveries GROUP BY result",
        "SELECT name, due_at FROM duties",
    ):
        for row in home.ask(question):
            print(*row)
        print()


def deliver_unanswered(told: Told) -> None:
    """What lies in the people's mailboxes: requests nobody has answered yet, and the newest mail to each customer."""
    folder = told.people.office.folder / "delivered"
    folder.mkdir()
    newest = {mail.to: mail for mail in told.people.all_sent() if not mail.to.endswith("@firm.example")}
    open_tasks = {str(task) for (task,) in told.people.office.ask("SELECT id FROM tasks WHERE status = 'open'")}
    for number, (mail, received) in enumerate(
        zip(told.people.all_sent(), told.people.office.sink.mails, strict=True), 1
    ):
        asks = staffed.ASKS.match(mail.subject) and mail.mail["Message-ID"] not in told.done
        if (asks and mail.token.split("-")[1] in open_tasks) or newest.get(mail.to) is mail:
            (folder / f"{number:04}-{mail.to}.eml").write_bytes(received.content)


def pack(home: Path, target: Path) -> None:
    """One compressed archive in which nothing tells when and by whom it was made."""
    with contextlib.closing(sqlite3.connect(home / "storage" / "ledger.db", isolation_level=None)) as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ledger.execute("VACUUM")
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(home.rglob("*")):
            if path.name.endswith(("-wal", "-shm", ".lock")):
                continue
            entry = archive.gettarinfo(path, path.relative_to(home.parent).as_posix())
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = OLD, 0, 0, "", ""
            entry.mode = 0o755 if path.is_dir() else 0o600 if path.name == "secret.key" else 0o644
            archive.addfile(entry, io.BytesIO(path.read_bytes()) if path.is_file() else None)
    target.write_bytes(lzma.compress(stream.getvalue(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
