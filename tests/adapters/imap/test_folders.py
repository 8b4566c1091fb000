"""Folder names: Chinese ones, broken ones, missing ones, and those behind a prefix."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.adapters.imap.folders import decode, encode, find, parse_list, show
from mailflow.domain.errors import PermanentError
from tests.adapters.imap.samples import mail
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate


def test_chinese_folders_are_read_and_listed(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1))
    dovecot.deliver(user, mail(2), "投诉/华东")
    dovecot.deliver(user, mail(3), "R&D 售后 &更多")
    mailbox = make(folders=("INBOX", "投诉/华东", "R&D 售后 &更多"))
    listings = mailbox.listing()
    assert [listing.folder for listing in listings] == ["INBOX", "投诉/华东", "R&D 售后 &更多"]
    got = [message.raw for listing in listings for message in mailbox.fetch(listing, listing.uids)]
    assert got == [mail(1), mail(2), mail(3)]
    assert "投诉/华东" in "\n".join(mailbox.probe())


def test_a_missing_folder_names_those_there_are(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1), "投诉")
    with pytest.raises(PermanentError, match="no folder 投拆") as caught:
        make(folders=("INBOX", "投拆")).listing()
    assert "投诉" in caught.value.remedy
    assert "INBOX" in caught.value.remedy


def test_inbox_in_any_case(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1))
    assert len(make(folders=("inbox",)).listing()[0].uids) == 1


def test_a_malformed_name_does_not_hide_the_others(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1), "投诉")

    def spoil(link: Any, line: bytes) -> bytes | None:
        tag, _, rest = line.partition(b" ")
        if not rest.upper().startswith(b"LIST"):
            return None
        names = [b'"&XfJZBHQ-"', b'"\xcd\xb6\xcb\xdf"', b'"broken', encode("投诉").encode(), b'"INBOX"']
        listed = b"".join(b'* LIST (\\HasNoChildren) "/" ' + name + b"\r\n" for name in names)
        return listed + tag + b" OK done\r\n"

    with Gate(dovecot.port, answer=spoil) as gate:
        mailbox = make(port=gate.port, folders=("投诉",))
        assert any("投诉" in line and "INBOX" in line for line in mailbox.probe())
        with pytest.raises(PermanentError, match="no folder"):
            make(port=gate.port, folders=("没有",)).listing()


def test_a_list_answer_is_read_line_by_line() -> None:
    folders = parse_list(
        [
            rb'(\HasNoChildren) "/" INBOX',
            rb'(\Noselect \HasChildren) "/" "[Gmail]"',
            rb'(\HasNoChildren) "/" "&XfJZBHQG-"',
            rb'(\HasNoChildren) "/" "&bad"',
            (rb'(\HasNoChildren) "/" {5}', b"a\\b c"),
            b"",
            None,
            rb'(\HasNoChildren "/" "unbalanced',
            rb"(\HasNoChildren) NIL 2024",
        ]
    )
    assert [folder.name for folder in folders if folder.usable] == ["INBOX", "已处理", "a\\b c", "2024"]
    assert show(folders) == "INBOX, 已处理, a\\b c, 2024"
    assert find(folders, "[Gmail]") is None
    assert find(folders, "inbox") == folders[0]


def test_prefixes_and_delimiters_are_tried() -> None:
    folders = parse_list([rb'() "." INBOX', rb'() "." "INBOX.&XfJZBHQG-"', rb'() "." "INBOX.a.b"'])
    done, nested = find(folders, "已处理", ["INBOX."]), find(folders, "a/b", ["INBOX."])
    assert done is not None
    assert done.wire == "INBOX.&XfJZBHQG-"
    assert nested is not None
    assert nested.wire == "INBOX.a.b"
    assert find(folders, "别的", ["INBOX."]) is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_name_comes_back_from_the_wire(name: str) -> None:
    wire = encode(name)
    assert wire.isascii()
    assert "\r" not in wire
    assert "\n" not in wire
    assert decode(wire.encode()) == name


@given(st.binary(max_size=40))
def test_no_bytes_break_the_decoder(wire: bytes) -> None:
    decode(wire)
    parse_list([b'() "/" ' + wire])
