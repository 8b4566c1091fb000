"""Bounces, receipts and feedback reports come with their machine-readable fields."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

from mailflow.stages.decode import decode
from tests.decoding.build import mail, multipart, part, text

STATUS = (
    b"Reporting-MTA: dns; mx.k.example\r\nArrival-Date: Wed, 21 Oct 2026 10:00:00 +0800\r\n\r\n"
    b"Final-Recipient: rfc822; z@k.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550\r\n  no such user\r\n\r\nFinal-Recipient: rfc822; y@k.example\r\nStatus: 4.2.2\r\n"
)
RETURNED = b"Message-ID: <sent@f.example>\r\nSubject: =?gb2312?B?zcu79Q==?=\r\n\r\nour words"


def test_a_delivery_status_gives_its_groups_and_the_returned_headers() -> None:
    raw = multipart(
        text("undeliverable"),
        part(STATUS, b"Content-Type: message/delivery-status"),
        part(RETURNED, b"Content-Type: message/rfc822"),
        kind=b"report; report-type=Delivery-Status",
    )
    message = decode(raw)
    report = message.report
    assert report is not None
    assert report.type == "delivery-status"
    assert [fields.get("status") for fields in report.fields] == [None, "5.1.1", "4.2.2"]
    assert report.fields[1]["diagnostic-code"] == "smtp; 550 no such user"
    assert report.original_headers["message-id"] == ("<sent@f.example>",)
    assert report.original_headers["subject"] == ("退货",)
    assert message.text == "undeliverable"
    assert message.forwarded[0].message_id == "sent@f.example"


def test_returned_headers_alone_are_enough() -> None:
    raw = multipart(
        part(STATUS, b"Content-Type: message/delivery-status"),
        part(RETURNED.partition(b"\r\n\r\n")[0], b"Content-Type: text/rfc822-headers"),
        kind=b"report",
    )
    report = decode(raw).report
    assert report is not None
    assert report.original_headers["message-id"] == ("<sent@f.example>",)
    assert decode(raw).attachments == ()


def test_a_read_receipt_is_a_report() -> None:
    fields = b"Final-Recipient: rfc822; z@k.example\r\nOriginal-Message-ID: <sent@f.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
    raw = multipart(
        text("read"),
        part(fields, b"Content-Type: message/disposition-notification"),
        kind=b"report; report-type=disposition-notification",
    )
    report = decode(raw).report
    assert report is not None
    assert report.type == "disposition-notification"
    assert report.fields[0]["original-message-id"] == "<sent@f.example>"


def test_a_feedback_report_is_a_report() -> None:
    fields = b"Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n"
    report = decode(multipart(text("x"), part(fields, b"Content-Type: message/feedback-report"), kind=b"report")).report
    assert report is not None
    assert (report.type, report.fields[0]["feedback-type"]) == ("feedback-report", "abuse")


def test_an_ordinary_mail_has_no_report() -> None:
    assert decode(mail(b"x")).report is None
