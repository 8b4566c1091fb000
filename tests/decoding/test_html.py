"""HTML letters become the text a reader sees."""

from __future__ import annotations

import pytest

from mailflow.decoding.html_text import ANSWER, coloured_lines, html_to_text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ('<p class="MsoNormal">one</p><p class="MsoNormal">two</p>', "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("a <b>bold</b>  word\n next", "a bold word next"),
        ("<b>订单号</b>：PO-1", "订单号：PO-1"),
        ("a&nbsp;&nbsp;b &lt;x&gt; &amp;", "a  b <x> &"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ol><li><p>one</p></li><li>two</li></ol>", "1. one\n2. two"),
        ("<table><tr><td>品名</td><td>轴承</td></tr><tr><td>数量</td><td>6</td></tr></table>", "品名\t轴承\n数量\t6"),
        ("<table><tr><td><p>品名</p></td><td><p>轴承</p></td></tr></table>after", "品名\t轴承\nafter"),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc"),
        ("<table><tr><td><table><tr><td>in</td><td>ner</td></tr></table></td></tr></table>", "in\tner"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("text without any tag", "text without any tag"),
        ("<title>t</title><style>p{}</style><script>x()</script>seen", "seen"),
        ("", ""),
    ],
)
def test_line_structure_is_kept(markup: str, expected: str) -> None:
    assert html_to_text(markup) == expected


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">secret</div>',
        '<span style="font-size:0px">secret</span>',
        '<span style="font-size: 0; color:red">secret</span>',
        '<span style="VISIBILITY: hidden">secret</span>',
        '<div style="max-height:0;overflow:hidden">secret</div>',
        '<span style="mso-hide:all">secret</span>',
        '<span style="color:#ffffff">secret</span>',
        '<font color="white">secret</font>',
        "<div hidden>secret</div>",
        "<!-- secret -->",
        '<style>.pre{display:none}</style><div class="x pre">secret</div>',
        "<del>secret</del>",
        "<s>secret</s>",
        "<strike>secret</strike>",
        '<span style="color:red; text-decoration: underline line-through">secret</span>',
        '<div style="display:none"><p>deep <b>secret</b></p></div>',
    ],
)
def test_what_a_reader_does_not_see_is_left_out(hidden: str) -> None:
    assert html_to_text(f"<p>seen</p>{hidden}<p>too</p>") == "seen\n\ntoo"


@pytest.mark.parametrize(
    "shown",
    [
        '<td bgcolor="#336699"><font color="#fff">shown</font></td>',
        '<div style="background:#336699"><span style="color:white">shown</span></div>',
        '<span style="font-size:0.9em">shown</span>',
        '<span style="font-size:12px">shown</span>',
        "<style>@media screen {.m{display:none}}</style><div class=m>shown</div>",
    ],
)
def test_what_a_reader_sees_stays(shown: str) -> None:
    assert "shown" in html_to_text(f"<table><tr>{shown}</tr></table>")


@pytest.mark.parametrize(
    "start",
    [
        '<blockquote type="cite">',
        '<blockquote class="gmail_quote">',
        '<blockquote id="isReplyContent">',
        '<blockquote style="border-left:2px solid #ccc">',
        "On 1 Jan 2026, A wrote:<blockquote>",
        "<p>在 2026-01-01，张三 写道：</p><blockquote>",
    ],
)
def test_somebody_elses_words_are_marked_as_quoted(start: str) -> None:
    lines = html_to_text(f"mine<br>{start}<div>theirs</div></blockquote>mine again").split("\n")
    assert "> theirs" in lines
    assert lines[-1] == "mine again"


def test_an_indented_paragraph_of_the_sender_is_no_quote() -> None:
    assert html_to_text('I mean:<blockquote style="margin-left:40px">this</blockquote>') == "I mean:\nthis"


def test_lines_in_a_bright_colour_are_marked_as_answers() -> None:
    text = html_to_text('<div>question?</div><div><span style="color:rgb(255,0,0)">answer</span></div><div>end</div>')
    assert ANSWER in text
    assert coloured_lines(text) == ("question?\nanswer\nend", frozenset({"answer"}))


def test_a_letter_all_in_one_colour_has_no_answers() -> None:
    assert coloured_lines(html_to_text('<font color="blue">one<br>two</font>'))[1] == frozenset()


def test_markup_nested_beyond_reason_is_still_read() -> None:
    inner = "<script>x()</script><!-- note -->one<br>two &amp; three"
    assert html_to_text("<div>" * 5000 + inner + "</div>" * 5000) == "one\ntwo & three"
