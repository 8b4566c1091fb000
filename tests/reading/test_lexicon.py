"""Word lists: the shipped ones pass their examples and are all in use; an office adds words without any program."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from mailflow import reading
from mailflow.domain.attached import FileText
from mailflow.domain.model import Address, Attachment, Details, Message
from mailflow.reading.matching.lexicon import Grammar, Lexicon, Words
from mailflow.reading.matching.lexicon_files import load, shipped_lexicon
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.matching.rulebook import load as load_rules
from mailflow.settings import shipped
from mailflow.stages.extract import extract
from tests.reading.conftest import OURS, RECEIVED

SHIPPED = shipped.folder("rules") / shipped.LEXICON
OWN = "about: ours\nlists:\n"


def own(folder: Path, text: str, name: str = "own.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(OWN + text, "utf-8")
    return folder


def reader(rulebook: Rulebook, lexicon: Lexicon) -> Callable[..., Details]:
    book = replace(rulebook, lexicon=lexicon)

    def read(subject: str, text: str, **fields: object) -> Details:
        message = Message(
            subject=subject, new_text=text, text=text, from_=(Address("", "a@b.example"),), received_at=RECEIVED
        )
        return extract(replace(message, **fields), book, own=OURS, now=RECEIVED, file_text=text_of(lexicon))  # type: ignore[arg-type]

    return read


def text_of(lexicon: Lexicon) -> Callable[[Attachment], FileText]:
    from mailflow.adapters.attachments.reader import AttachmentTexts

    return AttachmentTexts(lexicon)


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(reading.__path__, "mailflow.reading."):
        yield importlib.import_module(found.name)


def within(value: object) -> Iterator[object]:
    """A constant of a module, and what it is made of when it is a table."""
    yield value
    if isinstance(value, tuple | list):
        for item in value:
            yield from within(item)


# ------------------------------------------------------------------------------------------------- the shipped lists


def test_the_shipped_lists_pass_their_examples() -> None:
    found, problems = load(SHIPPED)
    assert problems == []
    assert found is not None


def test_every_shipped_list_says_what_it_is_for_and_has_examples_of_both_kinds() -> None:
    for file in sorted(SHIPPED.glob("*.yaml")):
        for name, entry in yaml.safe_load(file.read_text("utf-8"))["lists"].items():
            assert all(entry.get(key) for key in ("says", "matches", "misses")), name


def test_every_list_is_in_use_and_every_list_that_is_asked_for_is_there() -> None:
    lexicon = shipped_lexicon()
    asked: set[str] = set()
    for module in modules():
        for value in (each for constant in vars(module).values() for each in within(constant)):
            if isinstance(value, Grammar):
                lexicon(value)  # raises KeyError for a list that is not there, re.error for a slip
                asked.update(value.lists)
            elif isinstance(value, str) and value in lexicon:
                asked.add(value)  # asked for by its name
    assert set(lexicon) - asked == set()


def test_no_expression_takes_the_name_of_a_list_for_words() -> None:
    lexicon = shipped_lexicon()
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                assert [each for each in Grammar(value.pattern).lists if each in lexicon] == [], f"{module}.{name}"


# -------------------------------------------------------------------------------------------------- words of an office

HEADINGS = """\
  bad-headings:
    words: [漏水数, 渗漏数, 裂纹数, NG数]
    matches: [漏水数, ng数]
    misses: [到货数]
"""
TABLES = (
    "检验结果如下：\n型号\t到货数\t{}\nHG-35\t300\t12\n请处理。",
    "检验结果如下：\n型号 | 到货数 | {}\nHG-35 | 300 | 12\n请处理。",
    "检验结果如下：\n型号：HG-35\n到货数：300\n{}：12\n请处理。",
)


@pytest.mark.parametrize("heading", ["漏水数", "渗漏数", "裂纹数", "NG数"])
@pytest.mark.parametrize("table", TABLES)
def test_a_heading_is_known_once_it_stands_in_a_list(
    tmp_path: Path, rulebook: Rulebook, heading: str, table: str
) -> None:
    lexicon, problems = load(own(tmp_path, HEADINGS))
    assert problems == []
    assert lexicon is not None
    details = reader(rulebook, lexicon)("质量投诉", table.format(heading))
    assert details.values("quantity") == ("12",)
    assert details.values("defect_or_issue") == ()  # a heading tells of no trouble


@pytest.mark.parametrize("heading", ["漏水数", "NG数"])
def test_a_heading_of_an_attached_file_is_known_as_well(tmp_path: Path, rulebook: Rulebook, heading: str) -> None:
    lexicon, _ = load(own(tmp_path, HEADINGS))
    assert lexicon is not None
    table = f"型号,到货数,{heading}\nHG-35,300,12\n".encode()
    file = Attachment("检验.csv", "检验.csv", "text/csv", table)
    details = reader(rulebook, lexicon)("质量投诉", "这批阀门砂眼多，检验结果见附件。", attachments=(file,))
    assert "12" in details.values("quantity")
    assert not [value for value in details.values("defect_or_issue") if "数" in value]


def test_without_the_word_the_column_says_nothing(rulebook: Rulebook) -> None:
    details = reader(rulebook, shipped_lexicon())("质量投诉", TABLES[0].format("漏水数"))
    assert details.values("quantity") == ()


@pytest.mark.parametrize(
    ("lists", "field", "text", "value"),
    [
        ("units: {words: [坨], matches: [三坨], misses: [三]}", "quantity", "收到的面团里有12坨发霉了。", "12坨"),
        (
            "ask-words: {words: [仰仗], matches: [仰仗], misses: [仗]}",
            "demand", "泵漏油。仰仗贵司重做一批。", "重做一批",
        ),
        (
            "company-trades: {words: [榨油], matches: [榨油], misses: [油]}",
            "customer_company", "机器坏了，请换货。\n\n谢谢\n青禾顺达榨油", "青禾顺达榨油",
        ),
        (
            "company-houses: {words: [车行], matches: [车行], misses: [车]}",
            "customer_company", "我是青禾顺达车行的，电池鼓包。", "青禾顺达车行",
        ),
        (
            "surnames: {words: [妫], matches: [妫], misses: [桌]}",
            "contact", "机器坏了。\n\n妫海涛\n13800001234", "妫海涛",
        ),
    ],
)  # fmt: skip
def test_a_word_of_any_list_is_read_without_any_program(
    tmp_path: Path, rulebook: Rulebook, lists: str, field: str, text: str, value: str
) -> None:
    lexicon, problems = load(own(tmp_path, f"  {lists}\n"))
    assert problems == []
    assert lexicon is not None
    assert value in reader(rulebook, lexicon)("投诉", text).values(field)
    assert value not in reader(rulebook, shipped_lexicon())("投诉", text).values(field)


TROUBLE = """\
about: troubles of this office
rules:
  - name: own-trouble
    finds: defect_or_issue
    kind: complaint
    subkind: 产品质量
    confidence: 0.9
    phrases: [溻芯]
    matches: ["滤芯溻芯"]
    misses: ["滤芯"]
"""


def test_a_word_of_trouble_is_read_without_any_program_and_its_heading_tells_of_none(
    tmp_path: Path, rulebook: Rulebook
) -> None:
    (tmp_path / "trouble.yaml").write_text(TROUBLE, "utf-8")
    added, problems = load_rules(tmp_path)
    lists = "  bad-headings: {words: [溻芯数], matches: [溻芯数], misses: [到货数]}\n"
    lexicon, wrong = load(own(tmp_path / "lists", lists))
    assert (problems, wrong) == ([], [])
    assert added is not None
    assert lexicon is not None
    read = reader(replace(rulebook, rules=(*rulebook.rules, *added.rules)), lexicon)
    assert read("投诉", "滤芯溻芯了。").values("defect_or_issue") == ("滤芯溻芯了",)
    details = read("质量投诉", TABLES[0].format("溻芯数"))
    assert (details.values("quantity"), details.values("defect_or_issue")) == (("12",), ())


def test_an_office_leaves_a_word_out(tmp_path: Path) -> None:
    lexicon, problems = load(own(tmp_path, "  units: {without: [只], matches: [一套], misses: [一只]}\n"))
    assert problems == []
    assert lexicon is not None
    assert "只" not in lexicon.words("units")


def test_a_copy_of_a_shipped_file_changes_nothing(tmp_path: Path) -> None:
    for file in SHIPPED.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    found, problems = load(tmp_path)
    assert problems == []
    assert found is not None
    assert {name: found[name] for name in found} == {name: shipped_lexicon()[name] for name in shipped_lexicon()}


def test_a_folder_without_lists_is_served_with_the_shipped_ones(tmp_path: Path) -> None:
    found, problems = load(tmp_path / "nothing")
    assert problems == []
    assert found is not None
    assert set(found) == set(shipped_lexicon())


# ------------------------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("lists", "code", "line"),
    [
        ("  bad-heading: {words: [漏水数], matches: [漏水数]}\n", "MF207", 3),
        ("  units:\n    words: [坨]\n    matches: [坨]\n    without: [套, 嗨]\n", "MF208", 6),
        ("  units:\n    words: [坨]\n    matches:\n      - 一坨\n      - 一嗨\n", "MF209", 7),
        ("  units:\n    words: [坨]\n    matches: [坨]\n    misses: [一套]\n", "MF209", 6),
        ("  units:\n    words: [坨]\n", "MF011", 3),
        ("  units:\n    word: [坨]\n    matches: [一套]\n", "MF010", 4),
        ("  units:\n    shapes: ['(套{0,50}){0,50}']\n    matches: [一套]\n", "MF012", 4),
        ("  units:\n    shapes: ['套*']\n    matches: [一套]\n", "MF012", 4),
        ("  units:\n    shapes: ['套(']\n    matches: [一套]\n", "MF012", 4),
        ("  Units: {words: [坨], matches: [坨]}\n", "MF012", 3),
        ("  units: {words: [坨]\n", "MF004", 0),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, lists: str, code: str, line: int) -> None:
    for whole in (True, False):  # what an office wrote is tried at start as well
        lexicon, problems = load(own(tmp_path, lists), whole=whole)
        assert lexicon is None
        assert [(problem.file, problem.code) for problem in problems] == [(str(tmp_path / "own.yaml"), code)]
        assert not line or problems[0].line == line


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    own(tmp_path, "  unit: {words: [坨], matches: [坨]}\n  units: {words: [坨], matches: [嗨]}\n", "a.yaml")
    own(tmp_path, "  units: {words: [嗨嗨], matches: [嗨嗨]}\n", "b.yaml")
    _, problems = load(tmp_path)
    assert [(Path(problem.file).name, problem.code) for problem in problems] == [
        ("a.yaml", "MF207"), ("a.yaml", "MF209"), ("b.yaml", "MF206"),
    ]  # fmt: skip


def test_a_list_of_nearly_the_name_is_proposed(tmp_path: Path) -> None:
    _, problems = load(own(tmp_path, "  bad-heading: {words: [漏水数], matches: [漏水数]}\n"))
    assert "bad-headings" in problems[0].remedy


# ------------------------------------------------------------------------------------------------ what a list matches


def matches(words: Words, text: str) -> list[str]:
    return Lexicon({"some": words})(Grammar("<some>")).findall(text)


def test_the_longer_word_is_found_whatever_stands_first_in_the_file() -> None:
    assert matches(Words(("件", "件套", "套")), "三件套两件") == ["件套", "件"]


def test_a_latin_word_is_found_whole_unless_a_star_lets_it_go_on() -> None:
    assert matches(Words(("ng", "fail*", "*lt")), "ng数 ngs failed unfail gmbhlt") == ["ng", "fail", "lt"]


def test_words_are_folded_unless_they_are_to_stand_as_written() -> None:
    assert matches(Words(("漏水數", "NG")), "漏水数 ng") == ["漏水数", "ng"]
    assert matches(Words(("Ltd",), as_written=True), "Ltd ltd") == ["Ltd"]


def test_conditions_say_what_stands_beside_a_word() -> None:
    words = Words(
        not_before={"有": ("机", "色")}, not_after={"发": ("少",)}, only_before={"用": ("了",)}, alone=("对",)
    )
    assert matches(words, "有机 有水 少发 补发 用了 用电 一对， 一对儿") == ["有", "发", "用", "对"]
    assert matches(Words(only_after={"定": ("订", "约好")}), "定 订定 约好定 约定") == ["定", "定"]


def test_a_stranger_who_writes_the_name_of_a_list_has_written_words() -> None:
    lexicon = Lexicon({"some": Words(("件",))})
    assert lexicon(Grammar("<some>")).findall("<some> 件") == ["件"]
