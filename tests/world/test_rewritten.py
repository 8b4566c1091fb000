"""What servers put in the place of what they cannot give: a mail of their own, an X for each byte."""

from __future__ import annotations

import pytest

from mailflow.stages.decode import decode

BODY = "\r\n你好，水泵 20 台漏油，请尽快处理。\r\n王芳\r\n"
MADE_UP = "unreadable: made up by the mail server in the place of a mail that is gone"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("XXXXXXXXXXXXXX", ""),
        ("Re: XXXXXXXX", "Re"),
        ("XXXXXX PO-2026-118", "PO-2026-118"),
        ("PO-2026-118 XXXX XXXXXX", "PO-2026-118"),
        ("[TS-2026-0001] XXXXXXXX", "TS-2026-0001"),
        ("XXXX: pump leaks", "pump leaks"),
    ],
)
def test_an_x_for_each_byte_of_a_subject_says_nothing(subject: str, shown: str) -> None:
    message = decode(f"From: a@b.example\r\nTo: c@d.example\r\nSubject: {subject}\r\n{BODY}".encode())
    assert message.subject == shown
    assert "header subject: a mail server put X in the place of characters" in message.problems


def test_an_x_for_each_byte_of_a_name_is_no_name() -> None:
    message = decode(f"From: XXXX <wang@kehu.example>\r\nTo: XXXXXX <c@d.example>\r\nSubject: x\r\n{BODY}".encode())
    assert [(person.name, person.address) for person in message.from_] == [("", "wang@kehu.example")]
    assert [person.name for person in message.to] == [""]
    assert "header from: a mail server put X in the place of characters" in message.problems


@pytest.mark.parametrize(
    "subject",
    ["Model XXL-40 leaks", "Type DNXXXX", "size XXX", "=?utf-8?b?5Z6L5Y+3WFhYWA==?=", "XXXX-118 broken", "aXXXXb"],
)
def test_what_people_write_with_x_stays(subject: str) -> None:
    message = decode(f"From: a@b.example\r\nTo: c@d.example\r\nSubject: {subject}\r\n{BODY}".encode())
    assert "X" in message.subject
    assert not any("put X" in problem for problem in message.problems)


@pytest.mark.parametrize(
    "head",
    [
        "From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n",
        "From: root@localhost\r\nSubject: message unavailable\r\n",
        "Subject: gone\r\nFrom: <root@LOCALHOST>\r\n",
        "From: postmaster@localhost.localdomain\r\n",
        "From: root@localhost\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n",
    ],
)
def test_what_a_server_made_up_for_a_mail_that_is_gone_waits_for_a_person(head: str) -> None:
    message = decode(f"{head}\r\nThis message is no longer available on the server.\r\n".encode())
    assert MADE_UP in message.problems


@pytest.mark.parametrize(
    "head",
    [
        "From: root@localhost\r\nDate: Mon, 02 Mar 2026 09:00:00 +0800\r\n",
        "From: root@localhost\r\nTo: kefu@firma.example\r\n",
        "From: root@localhost\r\nMessage-ID: <1@localhost>\r\n",
        "From: root@localhost\r\nReceived: from x by y; Mon, 02 Mar 2026 09:00:00 +0800\r\n",
        "From: li@kunde.example\r\nSubject: x\r\n",
        "Subject: x\r\n",
    ],
)
def test_what_was_sent_by_somebody_to_somebody_is_read(head: str) -> None:
    assert MADE_UP not in decode(f"{head}\r\n水泵漏油，请处理。\r\n".encode()).problems
