"""Headers of mail servers as they are, and as strangers would have them, are read in one pass."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.decoding.headers import decode_value
from mailflow.trust.results import MAX_RESULTS, read_received_spf, read_results, without_comments
from tests.growth import grows_with_its_input

GMAIL = """mx.google.com;
       dkim=pass header.i=@donggang.example header.s=s1 header.b=aBc/1+==;
       spf=pass (google.com: domain of qin@donggang.example designates 9.9.9.9 as permitted sender) smtp.mailfrom=qin@donggang.example;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=donggang.example"""  # noqa: E501
OUTLOOK = """spf=pass (sender IP is 9.9.9.9)
 smtp.mailfrom=donggang.example; dkim=pass (signature was verified)
 header.d=donggang.example;dmarc=fail action=oreject
 header.from=donggang.example;compauth=fail reason=000"""
RFC_8601_APPENDIX_B7 = """foo.example.net (foobar) 1 (baz);
    dkim (Because I like it) / 1 (One yay) = (wait for it) fail
      policy (A dot can go here) . (like that) expired
      (this surprised me) = (as I wasn't expecting it) 1362471462"""


def read(value: str) -> tuple[str, list[tuple[str, str, dict[str, str]]]]:
    """What was read of a header as it stands in a mail: the server, and each result."""
    found = read_results(decode_value(value.replace("\n", "\r\n").encode()))
    return found.server, [(item.method, item.result, dict(item.properties)) for item in found.results]


@pytest.mark.parametrize(
    ("value", "server", "results"),
    [
        (GMAIL, "mx.google.com", [
            ("dkim", "pass", {"header.i": "@donggang.example", "header.s": "s1", "header.b": "aBc/1+=="}),
            ("spf", "pass", {"smtp.mailfrom": "qin@donggang.example"}),
            ("dmarc", "pass", {"header.from": "donggang.example"}),
        ]),
        (OUTLOOK, "", [
            ("spf", "pass", {"smtp.mailfrom": "donggang.example"}),
            ("dkim", "pass", {"header.d": "donggang.example"}),
            ("dmarc", "fail", {"action": "oreject", "header.from": "donggang.example"}),
            ("compauth", "fail", {"reason": "000"}),
        ]),
        (RFC_8601_APPENDIX_B7, "foo.example.net", [("dkim", "fail", {"policy.expired": "1362471462"})]),
        ("mx.qq.com; spf=pass smtp.mailfrom=<qin@donggang.example>; dmarc=pass(permerror)", "mx.qq.com", [
            ("spf", "pass", {"smtp.mailfrom": "<qin@donggang.example>"}), ("dmarc", "pass", {}),
        ]),
        ("mx12; spf=softfail smtp.mail=qin@donggang.example; dkim=none", "mx12", [
            ("spf", "softfail", {"smtp.mail": "qin@donggang.example"}), ("dkim", "none", {}),
        ]),
        ("mx.firm.example;\n\tdkim=pass (2048-bit; unprotected) header.d=donggang.example header.b=Ab= ;\n\tarc=none",
         "mx.firm.example",
         [("dkim", "pass", {"header.d": "donggang.example", "header.b": "Ab="}), ("arc", "none", {})]),
        ("mx.firm.example (amavisd-new); dkim=fail (bad) header.d=a.example; dkim=pass header.d=b.example",
         "mx.firm.example",
         [("dkim", "fail", {"header.d": "a.example"}), ("dkim", "pass", {"header.d": "b.example"})]),
        ("mx.firm.example 1; none", "mx.firm.example", []),
        ("mx.firm.example dkim=pass header.d=donggang.example spf=fail", "mx.firm.example", [
            ("dkim", "pass", {"header.d": "donggang.example"}), ("spf", "fail", {}),
        ]),
        ("mx.firm.example; dmarc=fail header.from=donggang.example;", "mx.firm.example", [
            ("dmarc", "fail", {"header.from": "donggang.example"}),
        ]),
        ('"mx.firm.example"; spf=pass reason="good; (really) \\"dmarc=fail\\"" smtp.mailfrom="a b"@donggang.example',
         "mx.firm.example",
         [("spf", "pass", {"reason": 'good; (really) "dmarc=fail"', "smtp.mailfrom": "a b@donggang.example"})]),
        ("mx.firm.example; spf=fail (发件人 IP 不允许) smtp.mailfrom=东港.example; DKIM=FAIL", "mx.firm.example", [
            ("spf", "fail", {"smtp.mailfrom": "东港.example"}), ("dkim", "fail", {}),
        ]),
        ("", "", []),
        (";;=;= =;", "", []),
    ],
)  # fmt: skip
def test_headers_of_real_servers_are_read(value: str, server: str, results: list[Any]) -> None:
    assert read(value) == (server, results)


def test_what_stands_in_a_comment_or_in_quotes_is_no_result() -> None:
    """A sender chooses his HELO and the left side of his address; servers repeat both."""
    assert read('mx.a; spf=none (helo=x; dmarc=pass (header.from=b.example)) smtp.mailfrom="; dmarc=pass"@x')[1] == [
        ("spf", "none", {"smtp.mailfrom": "; dmarc=pass@x"})
    ]


def test_a_comment_without_an_end_hides_no_failure_and_makes_no_pass() -> None:
    found = read_results("mx.a; spf=pass (domain of x(@b.example; dkim=pass header.d=b.example; dmarc=fail")
    assert found.damaged
    assert [(item.method, item.result) for item in found.results][-1] == ("dmarc", "fail")
    assert read_results('mx.a; spf=pass smtp.mailfrom="x; dmarc=fail').damaged
    assert not read_results("mx.a; spf=pass (x) smtp.mailfrom=b.example").damaged


def test_an_arc_header_tells_its_place() -> None:
    found = read_results("i=2; mx.google.com; dkim=pass header.d=a.example; arc=pass (i=1)")
    assert (found.instance, found.server, [item.method for item in found.results]) == (
        2,
        "mx.google.com",
        ["dkim", "arc"],
    )


def test_received_spf_is_read() -> None:
    found = read_received_spf('Fail (mx: domain of x) receiver=mx.a; client-ip=9.9.9.9; envelope-from="q@b.example";')
    assert (found.result, found.domain("smtp.mailfrom")) == ("fail", "b.example")
    assert read_received_spf("").result == ""
    assert read_received_spf("receiver=mx.a").result == ""


@pytest.mark.parametrize(
    ("before", "hostile", "after"),
    [("", "(", ""), ("mx; dkim=pass ", "(\\", ""), ("", '"\\', ""), ('"', '""', ""), ("", "= ", ""), ("", "(a)", ""),
     ("mx", "; spf=pass", ""), ("mx;", " ", "="), ("", "\x01", ""), ("", "a . ", "")],
    ids=range(10),
)  # fmt: skip
def test_hostile_headers_take_time_by_their_length_alone(before: str, hostile: str, after: str) -> None:
    def of_length(size: int) -> str:
        return before + hostile * (size // len(hostile)) + after

    def read(value: str) -> None:
        assert len(read_results(value).results) <= MAX_RESULTS
        read_received_spf(value)
        without_comments(value)

    assert grows_with_its_input(read, of_length, 4000)


@given(st.text(alphabet='ab=;()"\\ ./\x01<>@1', max_size=60))
def test_nothing_raises(value: str) -> None:
    found = read_results(value)
    assert all(item.method and item.result for item in found.results)
    assert read_received_spf(value).method == "spf"
