"""Phrases are found word by word, all of them, wherever they stand."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from mailflow.reading.matching.phrases import WORD, Phrases


def found(phrases: list[str], text: str) -> list[tuple[str, str]]:
    index: Phrases[str] = Phrases()
    for phrase in phrases:
        index.add(phrase, phrase)
    return [(key, text[start:end]) for key, start, end in index.find(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("异响", "有异 响", ["异 响"]),
        ("异响", "有异\n响,又异响", ["异\n响", "异响"]),
        ("late", "late, not in translate or later", ["late"]),
        ("12315", "打12315,不是912315", ["12315"]),
        ("does not work", "it does not  work", ["does not  work"]),
        ("坏了", "坏", []),
        ("破", "破了", ["破"]),
    ],
)
def test_a_phrase_is_found_by_whole_words_whatever_blanks_stand_between(
    phrase: str, text: str, words: list[str]
) -> None:
    assert [said for _, said in found([phrase], text)] == words


def test_a_phrase_within_another_and_one_that_overlaps_are_found_as_well() -> None:
    assert sorted(found(["漏油", "漏油严重", "油严重", "油"], "漏油严重")) == [
        ("油", "油"),
        ("油严重", "油严重"),
        ("漏油", "漏油"),
        ("漏油严重", "漏油严重"),
    ]


def test_keys_of_one_phrase_come_in_the_order_they_were_added_and_each_once() -> None:
    index: Phrases[str] = Phrases()
    for key in ("b", "a", "b", "c"):
        index.add(key, "脱胶")
    assert list(index.find("脱胶")) == [("b", 0, 2), ("a", 0, 2), ("c", 0, 2)]


def test_the_index_finds_what_trying_every_phrase_at_every_word_finds() -> None:
    chance = random.Random(52)
    for _ in range(300):
        phrases = ["".join(chance.choices("漏油a b1", k=chance.randint(1, 5))) for _ in range(8)]
        text = "".join(chance.choices("漏油a b1 ", k=40))
        words = list(WORD.finditer(text))
        tried = {
            (phrase, text[words[first].start() : words[last - 1].end()], words[first].start())
            for phrase in phrases
            for first in range(len(words))
            for last in range(first + 1, len(words) + 1)
            if [word[0] for word in words[first:last]] == WORD.findall(phrase)
        }
        index: Phrases[str] = Phrases()
        for phrase in phrases:
            index.add(phrase, phrase)
        assert {(key, text[start:end], start) for key, start, end in index.find(text)} == tried


def test_spacy_is_loaded_when_the_first_mail_is_read_and_not_before() -> None:
    code = (
        "import sys\n"
        "from mailflow.reading.matching import rulebook\n"
        "from mailflow.settings import shipped\n"
        "book, problems = rulebook.load(shipped.folder('rules') / 'reading', whole=False)\n"
        "before = book.pipeline and 'spacy' in sys.modules\n"
        "found = [hit.rule.finds for hit in book.pipeline.hits('轴承异响,请尽快换货')]\n"
        "sys.exit(0 if 'defect_or_issue' in found and not before and 'spacy' in sys.modules else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
