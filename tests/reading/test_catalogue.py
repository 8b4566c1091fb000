"""The company's own list of goods and customers in reading: it wins over guesses, and the words stay the customer's."""

from __future__ import annotations

import pytest

from mailflow.domain.catalogue import Buyer, Catalogue, Goods, changes
from mailflow.domain.model import Address, Details, Message
from mailflow.domain.table import Sheet, column_letter
from mailflow.reading.matching.catalogue_rows import read_catalogue
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.stages.extract import extract
from tests.reading.conftest import OURS, RECEIVED, assert_evidence

LISTED = Catalogue(
    (
        Goods("静音铰链", "QL-7", ("静享合页", "Quietline hinge"), "付", "五金一部"),
        Goods("云海棠", "YH-300", (), "榀", "门窗部"),
        Goods("水泵", "SP-20"),
        Goods("胶"),
    ),
    (Buyer("金华宏达五金有限公司", "KH8812"), Buyer("台州远望机械有限公司", "KH8813")),
)


@pytest.fixture(scope="module")
def book(rulebook: Rulebook) -> Rulebook:
    return rulebook.with_catalogue(LISTED)


def read(book: Rulebook, text: str, subject: str = "投诉") -> Details:
    message = Message(
        subject=subject, text=text, new_text=text, from_=(Address("", "x@mail.example"),), received_at=RECEIVED
    )
    details = extract(message, book, own=OURS, now=RECEIVED)
    assert_evidence(message, details)
    return details


def test_an_alias_gives_the_name_of_the_list_and_the_customers_words_stay_the_evidence(book: Rulebook) -> None:
    details = read(book, "上周到的静享合页断了3付，请换货。")
    (finding,) = [item for item in details.findings if item.field == "product"]
    assert (finding.value, finding.words) == ("静音铰链", "静享合页")


def test_what_no_rule_could_know_is_found(rulebook: Rulebook, book: Rulebook) -> None:
    text = "云海棠装上就掉漆，请处理。"
    assert read(rulebook, text).values("product") != ("云海棠",)
    assert read(book, text).values("product") == ("云海棠",)


def test_listed_goods_win_over_guessed_ones(book: Rulebook) -> None:
    assert read(book, "这批包装箱没问题，但是静音铰链全部生锈。").values("product") == ("静音铰链",)


def test_a_model_alone_names_the_goods_however_it_is_spelt(book: Rulebook) -> None:
    for model in ("QL-7", "QL7", "ql 7"):
        details = read(book, f"{model}异响，请换货。")
        assert details.values("product") == ("静音铰链",), model
        assert len(details.values("model")) == 1


@pytest.mark.parametrize("model", ["QL-70", "QL-7-A", "AQL-7", "QL7B"])
def test_a_piece_of_a_longer_code_is_no_model(book: Rulebook, model: str) -> None:
    assert "静音铰链" not in read(book, f"型号 {model} 异响。").values("product")


def test_a_name_that_only_begins_a_longer_one_is_not_meant(book: Rulebook) -> None:
    assert read(book, "品名：水泵控制柜\n开机就跳闸，请处理。").values("product") == ("水泵控制柜",)


def test_what_the_customer_fills_in_as_the_name_counts_though_no_list_has_it(book: Rulebook) -> None:
    text = "品名：卷帘门板\n和水泵放在一起，门板裂了。"
    assert read(book, text).values("product") == ("卷帘门板",)


def test_a_name_of_a_single_sign_is_not_looked_for(book: Rulebook) -> None:
    assert "胶" not in read(book, "塑胶外壳裂了。").values("product")


def test_the_units_of_the_list_count(rulebook: Rulebook, book: Rulebook) -> None:
    text = "云海棠有7榀变形，请换货。"
    assert read(rulebook, text).values("quantity") == ()
    assert read(book, text).values("quantity") == ("7榀",)


def test_a_customers_code_gives_his_name(book: Rulebook) -> None:
    assert read(book, "客户编号KH8812，铰链断了。").values("customer_company") == ("金华宏达五金有限公司",)
    assert read(book, "KH88125 铰链断了。").values("customer_company") == ()


def test_two_customers_of_the_list_name_nobody(book: Rulebook) -> None:
    assert read(book, "KH8812 和 KH8813 的铰链都断了。").values("customer_company") == ()


def test_without_a_catalogue_nothing_is_built(rulebook: Rulebook) -> None:
    assert rulebook.with_catalogue(Catalogue()) is rulebook


def test_known_units_leave_the_word_lists_as_they_are(rulebook: Rulebook) -> None:
    assert rulebook.with_catalogue(Catalogue((Goods("铰链", unit="件"),))).lexicon is rulebook.lexicon


def test_departments_are_those_of_the_goods_named() -> None:
    assert LISTED.departments("静音铰链；云海棠；别的") == ["五金一部", "门窗部"]
    assert LISTED.departments("") == []


def test_two_versions_of_a_list_are_compared_line_by_line() -> None:
    after = (Goods("静音铰链", "QL-7", unit="只"), Goods("新品"), *LISTED.goods[1:3])
    found = changes(LISTED.goods, after)
    assert [item.name for item in found.new] == ["新品"]
    assert [(old.unit, new.unit) for old, new in found.changed] == [("付", "只")]
    assert [item.name for item in found.gone] == ["胶"]
    assert found.same == 2
    assert not changes(after, tuple(reversed(after)))


# -------------------------------------------------------------------------------------------------------- the table


def table(*rows: tuple[str, ...], **more: object) -> tuple[Catalogue, list[str]]:
    found, problems = read_catalogue("f.xlsx", [Sheet("产品", rows, **more)], shipped_lexicon())  # type: ignore[arg-type]
    return found, [f"{item.line} {item.code} {item.message}" for item in problems]


def test_headings_are_known_wherever_they_stand_and_others_are_left_alone() -> None:
    found, problems = table(
        ("2026 年产品表",),
        ("序号", "规格型号", "品名*", "简称", "计量单位", "事业部"),
        ("1", "QL-7", "铰链", "合页、铰片", "付", "一部"),
        (),
    )  # fmt: skip
    assert problems == []
    assert found.goods == (Goods("铰链", "QL-7", ("合页", "铰片"), "付", "一部"),)


def test_all_mistakes_of_a_file_are_told_with_row_and_column() -> None:
    _, problems = table(
        ("名称", "型号", "别名"), ("", "A-1", ""), ("铰链", "QL-7", "合页"), ("铰链", "ql-7", ""),
        ("门吸", "M" * 101, "合页"), ("锁", "", "x"), ("", "F-2", ""), formulas=((7, 0),),
    )  # fmt: skip
    assert [words.split(":")[0] for words in problems] == [
        "2 MF224 cell 产品 A2 [名称]",
        "4 MF228 cell 产品 A4 [名称]",
        "5 MF226 cell 产品 B5 [型号]",
        "6 MF226 cell 产品 C6 [别名]",
        "7 MF225 cell 产品 A7 [名称]",
    ]


def test_an_alias_of_two_goods_is_a_mistake() -> None:
    _, problems = table(("名称", "别名"), ("铰链", "合页"), ("门吸", "合页"), ("合叶", "铰链"))
    assert [words.split(" ")[1] for words in problems] == ["MF229", "MF229"]
    assert "in row 2" in problems[0]


def test_a_table_without_headings_says_which_are_wanted() -> None:
    assert [words.split(" ")[1] for words in table(("甲", "乙"), ("1", "2"))[1]] == ["MF223"]


def test_customers_are_told_from_goods_by_their_headings() -> None:
    assert table(("客户名称", "客户编号"), ("金华宏达五金有限公司", "KH8812"))[0].buyers == LISTED.buyers[:1]


def test_columns_have_the_letters_of_excel() -> None:
    assert [column_letter(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
