"""Attachments: which mails need not be decoded for the archive, and how decoded names become files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.adapters.archive.folders import FolderArchive
from mailflow.adapters.archive.tables import may_have_attachments, outgoing_subject
from mailflow.scheduled.archive import archive
from mailflow.stages.decode import decode
from tests.adapters.archive.builder import Office, mail

HEAD = b"From: a@b.cn\r\nSubject: x\r\n"
PLAIN = [
    HEAD + b"\r\ntext",
    HEAD + b"Content-Type: text/plain; charset=gb18030\r\n\r\n" + "少了".encode("gb18030"),
    HEAD + b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n'
    b"Content-Type:\r\n text/html\r\n\r\n<p>text\r\n--b--\r\n",
]
CARRYING = [
    HEAD + b"Content-Type: application/pdf\r\n\r\n%PDF",
    HEAD + b"Content-Type: text/plain; name=a.txt\r\n\r\ntext",
    HEAD + b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\ntext",
    HEAD + b"\r\nbegin 644 a.txt\r\n#86%A\r\n`\r\nend\r\n",
    HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n'
    b"Content-Type:\r\n image/png\r\n\r\nx\r\n--b--\r\n",
    (HEAD + b"Content-Type: application/pdf\r\n\r\n%PDF").replace(b"\r\n", b"\r"),
]


@pytest.mark.parametrize("raw", PLAIN)
def test_a_mail_of_words_alone_need_not_be_decoded(raw: bytes) -> None:
    assert not may_have_attachments(raw)
    assert decode(raw, None).attachments == ()


@pytest.mark.parametrize("raw", CARRYING)
def test_a_mail_that_may_carry_a_file_is_decoded(raw: bytes) -> None:
    assert may_have_attachments(raw)


def test_decoded_attachments_lie_in_the_folder_under_their_safe_names(tmp_path: Path) -> None:
    office = Office(tmp_path / "storage")
    office.archive = FolderArchive(office.storage / "archive", office.vault, office.dossiers, decode)
    case = office.case(office.customer())
    names = {"../照片.jpg": b"\xff\xd8one", "清单.xlsx": b"PK two", "a:b.txt": b"three"}
    office.mail(case, mail("投诉", "见附件", names))
    assert archive(office.dossiers, office.archive) == 1
    folder = office.storage / "archive/KH-00001/TS-2026-0001/附件"
    assert sorted(path.read_bytes() for path in folder.iterdir()) == sorted(names.values())
    assert all(path.name.startswith("000001-") for path in folder.iterdir())
    (row,) = office.index()["communications"].values()
    assert [item["name"] for item in row["attachments"]] == [a.name for a in decode(mail("", "", names)).attachments]


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        (b"Subject: plain", "plain"),
        (b"SUBJECT: =?utf-8?B?5bey5pS25Yiw?=\r\n =?utf-8?B?5p2l5L+h?=", "已收到来信"),
        ("Subject: 直接".encode(), "直接"),
        (b"Subject: =?nonsense?B?5bey?=", "=?nonsense?B?5bey?="),
        (b"X: y", ""),
    ],
)
def test_the_subject_of_a_sent_mail_is_shown_decoded(line: bytes, subject: str) -> None:
    assert outgoing_subject(b"From: a\r\n" + line + b"\r\nTo: b\r\n\r\nSubject: in the body") == subject
