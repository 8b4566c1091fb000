"""The last line of a mail to a customer: there whatever the company made of its own templates."""

from __future__ import annotations

from mailflow.outgoing.reference import with_reference
from mailflow.outgoing.templates import MailTemplates

REFERENCE = "RF-57-ABCDEFGHIJKLMNOP"


def test_it_stands_inside_the_body_or_at_the_end_of_a_layout_without_one(templates: MailTemplates) -> None:
    text, html = with_reference("您好\n", "<html><body>您好</body></html>", templates, "zh", REFERENCE)
    assert text == f"您好\n回信时请保留此编号：{REFERENCE}\n"
    assert html.startswith("<html><body>您好<p ")
    assert html.endswith("</p>\n</body></html>")
    _, bare = with_reference("", "<p>您好", templates, "zh", REFERENCE)
    assert bare.startswith("<p>您好<p ")
    assert REFERENCE in bare


def test_without_one_a_mail_stays_as_it_is(templates: MailTemplates) -> None:
    assert with_reference("a", "b", templates, "zh", "") == ("a", "b")
