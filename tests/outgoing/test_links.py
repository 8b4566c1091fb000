"""No mail of ours carries a stranger's link where a mail program would show one: subjects, names, facts."""

from __future__ import annotations

from dataclasses import replace
from unicodedata import normalize

import pytest

from mailflow.domain.model import Address
from mailflow.outgoing.compose import Draft, compose, thread_subject
from mailflow.outgoing.links import link_mark, without_links
from tests.growth import grows_with_its_input
from tests.outgoing.conftest import NOW, parsed

LINKS = [
    "http://evil.example/pay?x=1", "https://evil.example", "HTTPS://EVIL.EXAMPLE", "ftp://evil.example", "hxxp://evil",
    "ms-word:ofe|u|http://evil.example/x.docm", "www.evil.example", "evil.com", "evil.com/login", "evil.com:8080/a",
    "pay.evil.com.cn", "bit.ly/abc", "t.cn/A1b2", "evil.fr", "evil.example/login", "boss@evil.example", "x@evil.fr",
    "mailto:x@y", "javascript:alert(1)", r"\\evil.example\share\a", "www。evil。com", "evil。com", "evil．com",
    "中文.com", "例子.中国", "evil_x.com", "evil.zip",
    "ｅｖｉｌ．ｃｏｍ/ｘ", "ｗｗｗ．ｅｖｉｌ．ｅｘａｍｐｌｅ", "ＥＶＩＬ。ｃｏｍ", "evil․com/x",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("subject", ["{}", "请看{}领取", "Re: 水泵漏水 {} 请尽快", "【{}】", "[TS-1] {}", "转发: {}"])
@pytest.mark.parametrize("language", ["zh", "zh-Hant", "en"])
def test_no_subject_of_an_answer_carries_a_link(link: str, subject: str, language: str) -> None:
    made = thread_subject(subject.format(link), "TS-1", language)
    assert link_mark(language) in made
    for piece in ("evil", "中文.com", "例子.中国", "bit.ly", "t.cn", "://", "@", "mailto"):
        assert piece not in normalize("NFKC", made.replace("ms-word:ofe|u|", "")).lower()
    assert thread_subject(made, "TS-1", language) == made
    assert made.endswith(" [TS-1]")


@pytest.mark.parametrize(
    "words",
    [
        "件号A1.B2/C3 漏油", "GB/T1234.5-2020 不合格", "尺寸12.5mm", "No.5.3", "it leaks.It is bad", "V2.0 升级",
        "3.pcs/box", "价格5.5元/件", "CJ-50.A型", "2026.11.22 12:30", "ＧＢ／Ｔ１２３４．５",
        "型号ＡＢ．Ｃ１，漏油", "比例 1:2", "C:\\data", "质量差。comfort",
    ],
)  # fmt: skip
def test_numbers_models_and_sentences_are_no_links(words: str) -> None:
    assert without_links(words, "[链接略]") == words


def test_a_link_cut_by_the_limit_of_a_subject_leaves_no_piece_of_it() -> None:
    made = thread_subject("毛" * 92 + " http://evil.example/" + "a" * 300, "TS-1")
    assert "evil" not in made
    assert "http" not in made


@pytest.mark.parametrize("name", ["点击evil.com/pay", "www.evil.example", "boss@evil.example", "http://evil.example"])
def test_a_name_that_holds_a_link_is_left_out_of_the_recipients(name: str) -> None:
    draft = Draft(Address("客服 a.com", "k@a.example"), (Address(name, "w@b.example"),), "s", "t", "m@a.example", NOW)
    assert parsed(compose(draft))["To"] == "w@b.example"
    named = replace(draft, to=(Address("王建国", "w@b.example"),))
    assert str(parsed(compose(named))["To"]) == "王建国 <w@b.example>"
    assert "a.com" in str(parsed(compose(draft))["From"])  # our own name is ours to choose


@pytest.mark.parametrize("piece", ["a", "a.", "1.", "a-", "\\", "@", "a@", "a@a.", "www.", "中.", "_"])
def test_the_time_grows_with_the_text_alone(piece: str) -> None:
    def of_length(size: int) -> str:
        return piece * (size // len(piece)) + "."

    assert grows_with_its_input(lambda text: without_links(text, ""), of_length, 4000)
