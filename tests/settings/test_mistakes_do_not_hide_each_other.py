"""A mistake of form hides no mistake of meaning: all of a file, and of all files, are told at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from mailflow.cli import main
from mailflow.domain.errors import Problem
from mailflow.excluding.machine_marks import load_marks
from mailflow.office.calendar_files import load_calendars
from mailflow.office.staff_file import load_staff, role_keys
from mailflow.procedures.load import load_procedures
from mailflow.reading.answers.words import load_answer_words
from mailflow.reading.matching.rulebook import load as load_rulebook
from mailflow.settings import config, shipped

SHIPPED = Path(__file__).resolve().parents[2]

STAFF = """\
departments:
  客服部: {title: Service, chief: 甲}
  质量部: {head: 无人}
roles:
  service: {zh: 客服, en: Service}
  quality: {zh: 质量}
people:
  - name: 甲
    address: a@firm.example
    left: 下周
    roles: [service, wizard]
    deputy: 无名
  - name: 乙
    address: not an address
    department: 外星部
    superior: 甲
    leave: [{from: 2027-03-02, to: 2027-03-01}, {from: soon, to: 2027-03-01}]
  - address: A@firm.example
    roles: [quality, 7]
    superior: 乙
  - name: 丙
    address: c@firm.example
    superior: 丁
    shoe_size: 42
  - name: 丁
    address: d@firm.example
    superior: 丙
    roles: {service: yes}
routes:
  - when: {kind: [nonsense]}
    role: [wizard]
    person: 无名
  - whenn: {words: [价格]}
    department: 质量部
"""


def told(problems: list[Problem]) -> list[str]:
    return [f"{Path(problem.file).name}:{problem.line} {problem.code}" for problem in sorted(problems)]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_of_the_staff_file_all_is_told_and_nothing_that_only_follows(tmp_path: Path) -> None:
    calendars, _ = load_calendars(SHIPPED / "rules/calendars", ZoneInfo("Asia/Shanghai"))
    path = write(tmp_path / "staff.yaml", STAFF)
    staff, problems = load_staff(path, calendars)
    assert staff is None
    assert told(problems) == [
        f"staff.yaml:{line}"
        for line in (
            "2 MF010",  # chief
            "3 MF011",  # no title
            "3 MF761",  # the head is nobody, and the department is known nevertheless
            "6 MF011",
            "10 MF012",  # left
            "11 MF763",  # and the role nobody knows, and the deputy, of the same person
            "12 MF761",
            "14 MF012",
            "15 MF762",
            "17 MF012",
            "17 MF766",
            "18 MF011",
            "18 MF760",  # the same address again, of a person without a name
            "19 MF012",
            "23 MF765",  # superiors in a circle; 乙, whose address is wrong, is nevertheless somebody's superior
            "24 MF010",
            "28 MF012",
            "30 MF012",
            "31 MF763",
            "32 MF761",
            "33 MF010",
            "33 MF011",
        )
    ]
    assert role_keys(path) == frozenset({"service", "quality"})


SETTINGS = """\
company:
  english_name: Example
  staff: [nobody, else]
  freemail_domains: [a, b.com, c]
mailboxes:
  - {name: one, host: imap.example.com, port: many, username: a, password_env: A, token_file: b}
  - {name: one, type: folder, sent_folder: auto, authserv_ids: mx, colour: red}
  - {name: two, password_env: A, arc_sealers: [x, y]}
smtp:
  host: smtp.example.com
ledger: {password_env: X, password_file: y}
journal: {key_env: A, key_file: b, kee: c}
timezone: Mars
limits: {mail_bytes: 1}
reading: {order_shapes: ["[", "a*"]}
"""


def test_of_the_settings_all_is_told_and_nothing_that_only_follows(tmp_path: Path) -> None:
    path = write(tmp_path / "mailflow.yaml", SETTINGS)
    _, problems = config.check(path)
    assert told(problems) == [
        f"mailflow.yaml:{line}"
        for line in (
            *("1 MF011", "3 MF012", "3 MF012", "4 MF012", "4 MF012"),
            *("6 MF012", "6 MF012"),  # the port; two secrets
            *("7 MF010", "7 MF012", "7 MF012", "7 MF012"),  # colour, authserv_ids, the name once more, sent_folder
            *("8 MF012", "8 MF012", "8 MF012", "8 MF012"),  # two sealers, no host, a secret without a username
            "9 MF011",
            *("11 MF012", "11 MF012"),  # two passwords, and no address they are for
            *("12 MF010", "12 MF012"),
            *("13 MF012", "14 MF012", "15 MF012", "15 MF012"),
        )
    ]


MARKS = """\
rules:
  - {name: one, kind: machine, look_in: [text], phrases: [x], weight: heavy, matches: [no], misses: [y]}
  - {name: one, kind: robot, look_in: [header], regex: ["a*"], weight: 1, matches: [a], misses: [b]}
  - {name: two, kind: machine, look_in: [text], phrase: [x], weight: 1}
  - {name: three, kind: machine, look_in: [text], phrases: [x], weight: 1, matches: [no]}
"""

RULES = """\
about: 试验
rules:
  - {name: one, finds: product, phrases: [泵], matches: [一台阀], confidence: 7, misses: [泵]}
  - {name: one, finds: nothing, phrases: [泵], matches: [泵]}
  - {name: two, finds: product, phrases: [泵], matches: [阀]}
  - {name: three, finds: kind, matches: [阀], shapes: ["a*", "("]}
"""

PROCEDURE = """\
title: {zh: 投诉}
kinds: [complaint]
tasks:
  look: {title: {zh: 看, en: Look}, role: wizard, asks: [verdict, none], within: banana, done_by: reply, needs: [gone]}
  sign: {title: {zh: 签, en: Sign}, role: service, done_by: signature, form: QF-9, sign: x, needs: [look, sign]}
  tell: {title: {zh: 告, en: Tell}, roll: service, done_by: reply, asks: [verdict]}
"""
FIELDS = """\
fields:
  verdict: {title: {zh: 判定, en: Verdict}, type: choicy}
  when: {title: {zh: 判定}, type: date}
  what: {title: {zh: 何, en: What}, type: choice}
"""


def marks(folder: Path) -> list[Problem]:
    return load_marks(write(folder / "exclusion.yaml", MARKS))[1]


def rules(folder: Path) -> list[Problem]:
    write(folder / "reading/a.yaml", RULES)
    return load_rulebook(folder / "reading")[1]


def procedures(folder: Path) -> list[Problem]:
    write(folder / "procedures/fields.yaml", FIELDS)
    write(folder / "procedures/case.yaml", PROCEDURE)
    return load_procedures(folder / "procedures", forms={"QF-1": None}, roles=["service"])[1]


def answers(folder: Path) -> list[Problem]:
    text = (SHIPPED / "rules/answers.yaml").read_text("utf-8")
    head, _, tail = text.partition("\n  signed:")
    broken = head + "\n    colour: red\n  signed:" + tail.replace("    misses:", '    misses: ["同意"]\n    misses:', 0)
    return load_answer_words(write(folder / "answers.yaml", broken))[1]


def calendars(folder: Path) -> list[Problem]:
    text = (
        "name: office\ntitle: {zh: 办公室}\ncountry: CN\n"
        'hours:\n  mon: ["08:00-12:00", "11:00-13:00"]\nyears:\n  2027:\n    holidays: [2026-01-01]\n'
    )
    write(folder / "calendars/a.yaml", text)
    write(folder / "calendars/b.yaml", text.replace("country: CN", "country: DE"))
    return load_calendars(folder / "calendars", ZoneInfo("UTC"))[1]


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        # A rule's examples are tried when all of its patterns are known, whatever else is wrong with it.
        (marks, "2 MF012, 2 MF308, 3 MF012, 3 MF301, 3 MF302, 3 MF306, 4 MF010, 5 MF304, 5 MF308"),
        (rules, "3 MF012, 4 MF012, 5 MF204, 6 MF012, 6 MF012, 6 MF012"),
        (
            procedures,
            "1 MF011, 2 MF012, 3 MF011, 4 MF012, 4 MF804, 4 MF806, 4 MF808, 4 MF813, 5 MF805, 5 MF807, 6 MF010",
        ),
        (answers, "MF010"),
        (calendars, "2 MF011, 2 MF011, 3 MF012, 1 MF751, 5 MF752, 5 MF752, 8 MF753, 8 MF753"),
    ],
)
def test_of_rule_files_all_is_told_and_nothing_that_only_follows(
    tmp_path: Path, load: Callable[[Path], list[Problem]], expected: str
) -> None:
    found = sorted(entry.partition(":")[2] for entry in told(load(tmp_path)))
    if load is answers:
        found = [entry.split()[1] for entry in found]
    assert sorted(set(found)) == sorted(set(expected.split(", ")))


def test_check_tells_the_mistakes_of_all_files_when_the_settings_themselves_are_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "zh")
    for name in ("rules", "templates"):
        shutil.copytree(shipped.folder(name), tmp_path / name)
    write(tmp_path / "mailflow.yaml", "company: {name: 甲}\ncolour: red\nmailboxes:\n" + BOXES)
    form = next((tmp_path / "templates/forms").glob("*.yaml"))
    form.write_text(form.read_text("utf-8") + "colour: red\n", "utf-8")
    (tmp_path / "templates/forms/XX-1.yaml").write_text("code: XX-2\nnumber: '{n'\n", "utf-8")
    write(tmp_path / "rules/staff.yaml", "people:\n  - {name: 甲, address: a@b.example, left: 下周, roles: [wizard]}\n")
    write(tmp_path / "rules/calendars/extra.yaml", "name: extra\n")
    case = tmp_path / "rules/procedures/complaint.yaml"
    case.write_text(case.read_text("utf-8").replace("\n    form: ", "\n    form: X"), "utf-8")
    result = CliRunner().invoke(main, ["--config", str(tmp_path / "mailflow.yaml"), "check", "--offline"])
    assert result.exit_code == 2
    places = [
        ("mailflow.yaml:2", "MF010"),
        ("mailbox near", "MF602"),
        ("mailbox near", "MF601"),
        ("staff.yaml:2", "MF012"),
    ]
    places += [
        ("staff.yaml:2", "MF763"),
        ("extra.yaml:1", "MF011"),
        (f"{form.name}:", "MF010"),
        ("XX-1", "MF403"),
        ("XX-1.yaml:1", "MF401"),
    ]
    places += [("complaint.yaml:", "MF807")]
    for place, code in places:
        lines = [line for line in result.output.splitlines() if line.startswith(code) and place in line]
        assert lines, (place, code, result.output)
    assert "NO_SUCH" not in result.output  # what a mailbox with a mistake lacks is not told twice


BOXES = """\
  - {name: near, host: imap.example.com, security: plain}
  - {name: far, host: imap.example.com, port: x, username: a, password_env: NO_SUCH}
"""
