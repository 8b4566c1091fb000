"""Whatever a stranger writes, the time to read it grows with its length alone: each public parser, and ``read``.

The parsers are found, not listed: a function of these packages that takes text is tried here as soon as it exists.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.casework.corrections import NotUnderstood
from mailflow.customers.profile_file import FILE as ARCHIVE
from mailflow.customers.profile_file import load_archive_rules
from mailflow.domain.errors import MailflowError
from mailflow.domain.model import Message
from mailflow.flow import read
from mailflow.reading.answers.decisions import read_minutes
from mailflow.reading.answers.held_words import read_decisions
from mailflow.reading.answers.kind_words import named_kinds
from mailflow.reading.answers.move_words import load_move_words
from mailflow.reading.answers.profile_words import read_judgements
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import load_answer_words
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.people.card import read_card
from mailflow.reading.people.ours import Ours
from mailflow.settings import shipped
from mailflow.stages.extract import RuleReader
from mailflow.trust.level import OwnServer, trust_in
from tests import read_once
from tests.excluding.builder import OWN, marks
from tests.growth import grows_with_its_input

PACKAGES = ("decoding", "excluding", "trust", "reading", "outgoing", "domain", "records", "casework")
TEXTS = ("str", "bytes", "Sequence[str]")
# A quarter of what is promised (64 kB against 128 kB) shows what grows with the square in a sixteenth of the time.
SIZE = int(os.environ.get("MAILFLOW_GROWTH", "16000"))
NOW = datetime(2026, 11, 1, tzinfo=UTC)

# What a parser is given besides the text, by the name of the parameter.
ARGUMENTS: dict[str, Any] = {
    "start": 0, "at": 0, "index": 0, "limit": 200, "language": "zh", "encoding": "base64", "codec": "gb18030",
    "alone": False, "received": NOW, "note": lambda *given: "note", "names": (), "plain": "a",
    "lexicon": shipped_lexicon(),
}  # fmt: skip
# Not tried alone, and why.
_OURS = "takes our own words, no stranger's"
_SPANS = "takes a span that was found in a text, which is tried"
ELSEWHERE = {
    "mailflow.casework.assign.excluded": _OURS,
    "mailflow.casework.going_out.with_words": _OURS,
    "mailflow.casework.issue.worded_in_brackets": _OURS,
    "mailflow.casework.places.asked_as": _OURS,
    "mailflow.casework.summary.page.counted": _OURS,
    "mailflow.casework.summary.page.table": _OURS,
    "mailflow.casework.repeats.alike": "takes values that were found in mails, which are bounded",
    "mailflow.casework.writing.lines_of": "bounds each line and their number",
    "mailflow.outgoing.compose.new_message_id": _OURS,
    "mailflow.outgoing.exchange.exchanged": _OURS,
    "mailflow.outgoing.templates.iso_words": _OURS,
    "mailflow.outgoing.reference.with_reference": _OURS,
    "mailflow.reading.answers.labelled.find": "takes the fields of a task; its caller cuts the answer at MAX_TEXT",
    "mailflow.reading.answers.labelled.unquoted": "takes the fields of a task and goes over the lines once",
    "mailflow.reading.answers.sentences.begins_with_name": "takes the fields of a task and looks at the beginning",
    "mailflow.reading.answers.pieces.slice_of": _SPANS,
    "mailflow.reading.dates.deadline_weight.is_until": _SPANS,
    "mailflow.reading.dates.deadline_weight.weigh": _SPANS,
    "mailflow.reading.matching.catalogue_rows.read_catalogue": "its table is bounded where it is read",
    "mailflow.reading.matching.customer_rows.read_customers": "its table is bounded where it is read",
    "mailflow.reading.matching.headed_table.headed": "its table is bounded where it is read",
    "mailflow.reading.matching.patterns.alternatives": _OURS,
    "mailflow.reading.matching.gate.ways": _OURS,
    "mailflow.reading.matching.pipeline.compile_shape": _OURS,
    "mailflow.reading.matching.reasons.misplaced": _OURS,
    "mailflow.reading.matching.scorer.chances": _OURS,
    "mailflow.reading.matching.scorer.each_chance": _OURS,
    "mailflow.reading.matter.unreal.unreal": "takes a hit of a rule and looks at so many characters round it",
    "mailflow.reading.products.english.whole": _SPANS,
    "mailflow.reading.products.names.end_of": _SPANS,
    "mailflow.reading.products.names.rule": _OURS,
    "mailflow.reading.text.numerals.number": "takes the digits a rule found, of which every rule bounds the number",
    "mailflow.records.numbering.number": _OURS,
    "mailflow.records.qr.payload": _OURS,
    "mailflow.records.qr.verify": "parse comes first, which is tried",
    "mailflow.records.registration.registration_fields": _OURS,
    "mailflow.records.changed_cells.changed_cells": "read_returned comes first, which is tried and has its own limits",
    "mailflow.records.registration.put_right": _OURS,
    "mailflow.reading.answers.corrections.fact_value": "takes one value, which it bounds",
    "mailflow.reading.answers.words.compiled": _OURS,
    "mailflow.records.returned.filled_cells": "read_returned comes first, which is tried and has its own limits",
    "mailflow.records.returned.altered": "read_returned comes first, which is tried and has its own limits",
}

PIECES = (
    "a", "A", "1", " ", "\t", "\n", "\r", "中", "-", "=", "?", ":", ";", ",", "(", ")", "<", ">", "[", '"', "'",
    "\\", "@", ".", "/", "*", "_", "#", "&", "%", "+", "~", "|", "，", "。", "（", "：", "\u3000", "\x1b$B",
    "~{", "=?", "?=", "=?utf-8?q?", "<b>", "<!--", "&#1;", "http://a.", "www.", "wrote:", "On ", "发件人:",
    "From: ", "--", "的", "请", "投诉", "2024-", "1月", "元", "订单号", "批号", "您好", "件", "no.",
    "begin 644 a\n", "dkim=pass ", "Content-Type:", "--b\n",
)  # fmt: skip
UNITS = (
    "a", "1", " ", "\n", "\r", "中", "-", "=", "?", ":", ";", ",", "(", "<", "[", '"', "\\", "@", ".", "/", "*",
    "_", "&", "%", "> ", "a ", "a1", "1.", "1-", "一二", "a\n", "\n ", "(\\", "+A", "a@b.c ", "=?utf-8?q?a?= ",
    "<b>", "http://a.", "| a ",
)  # fmt: skip


def parsers() -> Iterator[tuple[str, Callable[..., Any], list[inspect.Parameter]]]:
    """Every public function whose first parameter is text, with its parameters."""
    for package in PACKAGES:
        root = importlib.import_module(f"mailflow.{package}")
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            module = importlib.import_module(found.name)
            for name, function in vars(module).items():
                if inspect.isfunction(function) and not name.startswith("_") and function.__module__ == found.name:
                    parameters = list(inspect.signature(function, eval_str=False).parameters.values())
                    if parameters and parameters[0].annotation in TEXTS:
                        yield f"{found.name}.{name}", function, parameters


PARSERS = {name: (function, parameters) for name, function, parameters in parsers()}


def calls(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> Callable[[str], object] | None:
    """The parser as a function of the text alone; None when it needs something that nobody named."""
    kind = parameters[0].annotation
    others: dict[str, Any] = {}
    for each in parameters[1:]:
        if each.default is not each.empty:
            continue
        if each.annotation == "datetime":
            others[each.name] = NOW
        elif each.name in ARGUMENTS:
            others[each.name] = ARGUMENTS[each.name]
        elif each.name != "end" and each.annotation != "str":
            return None
        else:
            others[each.name] = "a"

    def call(text: str) -> object:
        value: Any = text.encode("utf-8", "replace") if kind == "bytes" else text.split("\n") if kind != "str" else text
        given = others | ({"end": len(value)} if "end" in others else {})
        with contextlib.suppress(MailflowError, NotUnderstood, ValueError):  # a refusal is an answer
            made = function(value, **given)
            return list(made) if inspect.isgenerator(made) else made
        return None

    return call


@cache
def reader() -> RuleReader:
    """The shipped rules."""
    book, problems = read_once.load_rulebook(shipped.folder("rules") / "reading")
    assert book is not None, problems
    return RuleReader(book, Ours(OWN, frozenset(), ("青屿阀门有限公司",)))


HEADERS = (
    "From", "To", "Subject", "Received", "Content-Type", "Content-Disposition", "Message-ID", "References", "Date",
    "Authentication-Results", "Received-SPF", "ARC-Seal", "List-Id", "Return-Path", "X-Loop",
)  # fmt: skip
# Where a stranger may put his text, which stands for NUL here.
_PARTS = b"Content-Type: multipart/mixed; boundary=b\n\n"
PLACES: dict[str, bytes] = {
    **{name: name.encode() + b": \0\n\nfine\n" for name in HEADERS},
    "known fields": b"From: a@b.example\n\0\nTo: b@c.example\nSubject: \0\n\nfine\n",
    "text": b"Subject: a\nContent-Type: text/plain; charset=utf-8\n\n\0",
    "quote": b"In-Reply-To: <a@b>\n\nyes\n\n> \0",
    "flowed": b"Content-Type: text/plain; charset=utf-8; format=flowed\n\n\0",
    "html": b"Content-Type: text/html; charset=utf-8\n\n<p>\0</p>",
    "style": b'Content-Type: text/html; charset=utf-8\n\n<p style="\0">a</p>',
    "parts": _PARTS + b"\0",
    "file": _PARTS + b'--b\nContent-Disposition: attachment; filename="\0"\n\na\n--b--\n',
    "forwarded": b"Content-Type: message/rfc822\n\nFrom: \0\nSubject: \0\n\n\0",
    "report": b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nA: b\n\n"
    b"Final-Recipient: rfc822; \0\nStatus: 5.1.1\nDiagnostic-Code: smtp; \0\n--b--\n",
    "bounce": b"From: mailer-daemon@a.example\nSubject: failure notice\n\n\0",
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n\0",
    "base64": b"Content-Transfer-Encoding: base64\n\n\0",
    "uuencode": b"Content-Transfer-Encoding: x-uuencode\n\n\0",
    "nothing else": b"\0",
}


def mail_of(place: str, unit: str) -> Callable[[int], bytes]:
    """A mail with so many bytes of this unit in that place."""
    return lambda n: PLACES[place].replace(b"\0", of_length(unit)(n).encode("utf-8", "replace")[:n])


def whole_way(raw: bytes) -> None:
    """Everything that is done with a stranger's bytes before anything is written."""
    found = read(raw, NOW, marks(), OWN, reader(), NOW)
    if found.message != Message():
        trust_in(found.message, OwnServer())


def of_length(unit: str) -> Callable[[int], str]:
    """Text made of this unit again and again."""
    return lambda n: unit * (n // len(unit) + 1)


def test_every_parser_is_tried() -> None:
    assert {name for name, (function, parameters) in PARSERS.items() if calls(function, parameters) is None} <= set(
        ELSEWHERE
    )
    assert set(ELSEWHERE) <= set(PARSERS)
    assert {"mailflow.decoding.addresses.address_items", "mailflow.trust.results.read_results"} <= set(PARSERS)


@pytest.mark.parametrize("name", sorted(set(PARSERS) - set(ELSEWHERE)))
def test_a_parsers_time_grows_with_the_length_of_the_text(name: str) -> None:
    call = calls(*PARSERS[name])
    assert call is not None
    worse = [unit for unit in UNITS if not grows_with_its_input(call, of_length(unit), SIZE // 2)]
    assert worse == []


def test_the_time_to_read_which_kinds_an_answer_names_grows_with_its_length() -> None:
    words, _ = load_answer_words(shipped.folder("rules") / "answers.yaml")
    kinds, _ = load_move_words(shipped.folder("rules") / "moves.yaml")
    assert words is not None
    assert kinds is not None

    def call(text: str) -> object:
        return named_kinds(words, kinds, text, (1, 2, 3))

    assert [
        unit
        for unit in (*UNITS, "1 投诉\n", "1、", "全部")
        if not grows_with_its_input(call, of_length(unit), SIZE // 2)
    ] == []


def test_the_time_to_read_what_becomes_of_held_mail_grows_with_its_length() -> None:
    words, _ = load_answer_words(shipped.folder("rules") / "answers.yaml")
    moves, _ = load_move_words(shipped.folder("rules") / "moves.yaml")
    assert words is not None
    assert moves is not None

    def call(text: str) -> object:
        return read_decisions(words, moves, text, (1, 2, 3))

    assert [
        unit
        for unit in (*UNITS, "1 不要：", "1 放行\n", "1、", "全部")
        if not grows_with_its_input(call, of_length(unit), SIZE // 2)
    ] == []


def test_the_time_to_read_minutes_grows_with_their_length() -> None:
    words, problems = load_answer_words(shipped.folder("rules") / "answers.yaml", whole=False)
    assert words is not None, problems
    given = Reading(words, NOW, UTC, ("邓宁", "施磊"))

    def call(text: str) -> object:
        return read_minutes(given, text)

    assert [
        unit
        for unit in (*UNITS, "更换；邓宁；12月5日\n", "邓宁；", "（邓宁", "12月5日，")
        if not grows_with_its_input(call, of_length(unit), SIZE // 2)
    ] == []


def test_the_time_to_read_a_card_and_what_is_said_of_profiles_grows_with_the_length() -> None:
    words, _ = load_answer_words(shipped.folder("rules") / "answers.yaml")
    rules, _ = load_archive_rules(shipped.folder("rules") / ARCHIVE)
    assert words is not None
    assert rules is not None
    titles = {number: {"邮编": "postcode"} for number in (1, 2, 3)}

    def judgements(text: str) -> object:
        return read_judgements(words, rules.answers, titles, text)

    def card(text: str) -> object:
        return read_card(Message(new_text=text, signature=text), rules.labels)

    units = (*UNITS, "1 确认\n", "1、", "全部", "1 邮编：", "地址：", "电话：1 ", "传真: 0317-")
    for call in (judgements, card):
        assert [unit for unit in units if not grows_with_its_input(call, of_length(unit), SIZE // 2)] == []


@pytest.mark.parametrize("place", PLACES)
def test_the_time_to_read_a_mail_grows_with_its_length(place: str) -> None:
    worse = [unit for unit in WORST if not grows_with_its_input(whole_way, mail_of(place, unit), SIZE // 2)]
    assert worse == []


WORST = ("a", " ", "(\\", "@", ";", "\r", "a@b,", "1.", "<", "中\n")


@settings(max_examples=20, deadline=None, derandomize=True)
@given(unit=st.lists(st.sampled_from(PIECES), min_size=2, max_size=4).map("".join), place=st.sampled_from([*PLACES]))
def test_no_mixture_of_pieces_makes_reading_grow_faster(unit: str, place: str) -> None:
    assert grows_with_its_input(whole_way, mail_of(place, unit), SIZE // 2)
