"""How sure we are of a sender: what our own server found, where only it can have put it; the worst counts."""

from __future__ import annotations

import pytest

from mailflow.domain.model import Message
from mailflow.stages.decode import decode
from mailflow.trust.domains import aligned
from mailflow.trust.level import Level, OwnServer, Trust, trust_in
from mailflow.trust.policy import TABLE, Action, may, vouched
from mailflow.trust.proposal import sealers_seen

SENDER = "From: 秦朗 <qin@donggang.example>"
BORDER = (
    "Received: from mail.donggang.example (mail.donggang.example [9.9.9.9]) by mx.firm.example (Postfix) with ESMTPS"
)
STRANGER = "Received: from evil.example (unknown [6.6.6.6]) by mx.firm.example (Postfix) with ESMTP id 1; x"
THEIRS = "Received: from desk (desk [6.7.8.9]) by mail.donggang.example with ESMTP id 2; x"
OURS = OwnServer(frozenset({"mx.firm.example"}))
AR = "Authentication-Results: "
PASS = f"{AR}mx.firm.example; dmarc=pass header.from=donggang.example"
FAIL = f"{AR}mx.firm.example; dmarc=fail (p=none) header.from=donggang.example"
NONE = f"{AR}mx.firm.example; spf=none; dkim=none; dmarc=none"


def trust(*fields: str, server: OwnServer = OURS) -> Trust:
    """The trust in a mail with these header fields, in this order."""
    return trust_in(decode(("\r\n".join(fields) + "\r\n\r\n您好").encode()), server)


def level(*fields: str, server: OwnServer = OURS) -> str:
    return trust(*fields, server=server).level.value


@pytest.mark.parametrize(
    ("result", "expected", "reason"),
    [
        ("dmarc=pass header.from=donggang.example", "authenticated", "dmarc=pass"),
        ("dkim=pass header.d=donggang.example", "authenticated", "dkim=pass"),
        ("dkim=pass header.i=@mail.donggang.example", "authenticated", "dkim=pass"),
        ("spf=pass smtp.mailfrom=bounce@news.donggang.example; dkim=none", "authenticated", "spf=pass"),
        ("spf=fail smtp.mailfrom=donggang.example; dkim=pass header.d=donggang.example", "authenticated", "dkim=pass"),
        ("dkim=fail header.d=a.example; dkim=pass header.d=donggang.example", "authenticated", "dkim=pass"),
        ("dmarc=none; dkim=pass header.d=evil.example; spf=pass smtp.mail=evil.example", "unverified", "no_verdict"),
        ("dmarc=pass header.from=evil.example", "unverified", "no_verdict"),
        ("spf=softfail smtp.mailfrom=donggang.example; dkim=none; dmarc=none", "unverified", "no_verdict"),
        ("spf=fail smtp.mailfrom=donggang.example; dkim=none", "unverified", "no_verdict"),
        ("dmarc=temperror; spf=permerror; dkim=temperror", "unverified", "no_verdict"),
        ("none", "unverified", "no_verdict"),
        ("dmarc=fail header.from=donggang.example", "failed", "dmarc=fail"),
        ("dkim=pass header.d=evil.example; dmarc=fail (p=quarantine)", "failed", "dmarc=fail"),
        ("spf=fail smtp.mailfrom=donggang.example; dkim=fail", "failed", "spf=fail dkim=fail"),
    ],
)  # fmt: skip
def test_our_servers_results_say_how_sure_we_are(result: str, expected: str, reason: str) -> None:
    found = trust(f"{AR}mx.firm.example; {result}", BORDER, THEIRS, SENDER)
    assert (found.level.value, found.reason) == (expected, reason)
    assert found.checked == found.level


def test_results_count_above_and_right_below_the_field_our_server_received_with() -> None:
    assert level(PASS, BORDER, THEIRS, SENDER) == "authenticated"  # rspamd
    assert level(BORDER, PASS, THEIRS, SENDER) == "authenticated"  # Postfix with milters, Gmail
    inner = "Received: from mx.firm.example (localhost [127.0.0.1]) by mx.firm.example (Cyrus) with LMTP; x"
    assert level(inner, BORDER, PASS, THEIRS, SENDER) == "authenticated"
    assert level(BORDER, THEIRS, PASS, SENDER) == "unverified"
    assert level(inner, BORDER, THEIRS, PASS, SENDER) == "unverified"


def test_gmails_steps_within_the_server_are_its_own() -> None:
    top = ("Received: by 2002:a05:6402:1234:b0:1 with SMTP id x; x", "X-Received: by 2002:a05:1 with SMTP id y; x")
    border = (
        "Received: from mail.donggang.example (mail.donggang.example. [9.9.9.9]) by mx.google.com with ESMTPS id z; x"
    )
    spf = "Received-SPF: pass (google.com: domain of x) client-ip=9.9.9.9;"
    verdict = (
        f"{AR}mx.google.com; dkim=pass header.i=@donggang.example header.s=s; dmarc=pass header.from=donggang.example"
    )
    server = OwnServer(frozenset({"mx.google.com"}))
    assert level(*top, border, spf, verdict, THEIRS, SENDER, server=server) == "authenticated"
    assert level(*top, border, THEIRS, spf, verdict, SENDER, server=server) == "unverified"


def test_a_pass_a_stranger_planted_deeper_down_counts_for_nothing() -> None:
    planted = "Received: from mx.firm.example (mx.firm.example [127.0.0.1]) by mx.firm.example (Postfix); x"
    assert level(STRANGER, planted, PASS, SENDER) == "unverified"
    assert level(NONE, STRANGER, PASS, SENDER) == "unverified"
    assert level(NONE, STRANGER, PASS, planted, SENDER) == "unverified"
    assert level(FAIL, STRANGER, PASS, SENDER) == "failed"
    helo = "Received: from mx.firm.example (unknown [6.6.6.6]) by mx.firm.example (Postfix) with ESMTP; x"
    assert level(NONE, helo, planted, PASS, SENDER) == "unverified"
    assert level(helo, planted, PASS, SENDER) == "unverified"


def test_of_results_that_disagree_the_worst_counts() -> None:
    assert level(PASS, FAIL, BORDER, SENDER) == "failed"
    assert level(FAIL, PASS, BORDER, SENDER) == "failed"
    assert level(PASS, BORDER, FAIL, SENDER) == "failed"
    assert level(PASS, f"{AR}mx.firm.example; dmarc=none", BORDER, SENDER) == "unverified"
    assert level(f"{AR}mx.firm.example; spf=fail", f"{AR}mx.firm.example; dkim=fail", BORDER, SENDER) == "failed"


OTHERS = [
    ("dmarc=fail", "failed"), ("spf=fail; dkim=fail", "failed"), ("spf=hardfail; dkim=fail", "failed"),
    ("dmarc=none", "unverified"), ("dmarc=temperror", "unverified"), ("dmarc=permerror", "unverified"),
    ("dmarc=pass header.from=evil.example", "unverified"), ("dmarc=pass header.from=donggang.example (x", "unverified"),
    ("dmarc=bestguesspass", "unverified"), ("spf=none", "authenticated"), ("dkim=none; spf=softfail", "authenticated"),
    ("dmarc=pass header.from=donggang.example", "authenticated"),
]  # fmt: skip


@pytest.mark.parametrize(("other", "expected"), OTHERS)
def test_whatever_disagrees_with_a_pass_counts_wherever_and_under_whichever_of_our_names_it_stands(
    other: str, expected: str
) -> None:
    both = OwnServer(frozenset({"mx.firm.example", "mx2.firm.example"}))
    for name in ("mx.firm.example", "mx2.firm.example"):
        said = f"{AR}{name}; {other}"
        for fields in (
            (PASS, said, BORDER),
            (said, PASS, BORDER),
            (PASS, NONE.partition("; ")[0] + "; none", said, BORDER),
        ):
            assert level(*fields, SENDER, server=both) == expected
    if "(x" not in other:
        assert level(f"{PASS}; {other}", BORDER, SENDER) == expected  # in one header
    below = level(PASS, BORDER, f"{AR}mx.firm.example; {other}", SENDER)  # a pass is that of the topmost group
    assert below == ("failed" if expected == "failed" else "authenticated")


def test_another_servers_pass_counts_for_nothing() -> None:
    assert level(f"{AR}mx.evil.example; dmarc=pass header.from=donggang.example", BORDER, SENDER) == "unverified"
    assert level(f"{AR}mx.firm.example.evil.example; dmarc=pass", BORDER, SENDER) == "unverified"
    assert level(f"{AR}MX.Firm.Example 1; dmarc=pass header.from=Donggang.Example", BORDER, SENDER) == "authenticated"


def test_a_header_that_is_not_whole_proves_no_pass_and_hides_no_failure() -> None:
    assert level(f"{AR}mx.firm.example; dmarc=pass header.from=donggang.example (x", BORDER, SENDER) == "unverified"
    assert level(f"{AR}mx.firm.example; spf=none (x; dmarc=fail", BORDER, SENDER) == "failed"


def test_microsofts_results_name_no_server_and_go_by_the_host_below() -> None:
    server = OwnServer(frozenset({"protection.outlook.com"}))
    store = "Received: from AM0PR01.eurprd01.prod.outlook.com (2603:10a6::12) by DB9PR01.prod.outlook.com with HTTPS"
    border = (
        "Received: from mail.donggang.example (9.9.9.9) by DB5EUR01.mail.protection.outlook.com (10.152.1.1) with SMTP"
    )
    verdict = (
        f"{AR}spf=pass (sender IP is 9.9.9.9) smtp.mailfrom=donggang.example; dmarc=pass header.from=donggang.example"
    )
    assert level(store, verdict, border, THEIRS, SENDER, server=server) == "authenticated"
    assert level(store, border, verdict, THEIRS, SENDER, server=server) == "unverified"
    assert level(store, border, verdict, border, SENDER, server=server) == "unverified"
    assert level(store, verdict.replace("pass", "fail"), border, SENDER, server=server) == "failed"


def test_without_a_name_of_our_server_only_the_topmost_failure_counts() -> None:
    nobody = OwnServer()
    assert level(PASS, BORDER, SENDER, server=nobody) == "unverified"
    assert level(FAIL, BORDER, SENDER, server=nobody) == "failed"
    assert level(BORDER, FAIL, SENDER, server=nobody) == "failed"
    assert level(PASS, BORDER, FAIL, SENDER, server=nobody) == "unverified"
    assert level(f"{AR}elsewhere; spf=fail; dkim=fail", BORDER, SENDER, server=nobody) == "failed"
    assert level(BORDER, SENDER, server=nobody) == "unverified"


def test_the_topmost_failure_counts_whatever_name_it_bears() -> None:
    """A name with a typing mistake in the settings must not open the door."""
    assert level(FAIL.replace("mx.firm", "mx2.firm"), BORDER, SENDER) == "failed"


def test_received_spf_is_a_failed_check_too() -> None:
    broken = f"{AR}mx.firm.example; dkim=fail header.d=donggang.example"
    spf = "Received-SPF: Fail (mx.firm.example: domain of qin@donggang.example does not designate) client-ip=6.6.6.6;"
    assert level(spf, broken, STRANGER, SENDER) == "failed"
    assert level(broken, STRANGER, spf, SENDER) == "failed"
    assert level(broken, STRANGER, THEIRS, spf, SENDER) == "unverified"
    assert level(spf, STRANGER, SENDER) == "unverified"
    assert level("Received-SPF: pass (x) envelope-from=qin@donggang.example;", BORDER, SENDER) == "unverified"


def test_a_pass_that_a_list_or_a_forwarder_broke_is_no_failure_when_our_server_vouches_for_him() -> None:
    via = f"{AR}mx.firm.example; spf=pass smtp.mailfrom=l-bounce@list.example; dkim=fail; dmarc=fail"
    for field, reason in (("List-Id: <l.list.example>", "list"), ("Resent-From: li@list.example", "resent")):
        found = trust(via, BORDER, SENDER, field)
        assert (found.level, found.reason) == (Level.UNVERIFIED, f"dmarc=fail {reason}")
        assert found.checked is Level.FAILED
        assert level(FAIL, STRANGER, SENDER, field) == "failed"  # anybody can write such a field
        assert level(via, BORDER, SENDER, field, server=OwnServer()) == "failed"
    assert level(via, BORDER, SENDER) == "failed"
    for field in ("Resent-Sender: l@x.example", "Resent-To: l@x.example", "Resent-Message-ID: <1@x.example>"):
        assert level(via, BORDER, SENDER, field) == "unverified"
    listed = "List-Id: <l.list.example>"
    assert level(via.replace("spf=pass", "spf=none"), BORDER, SENDER, listed) == "failed"  # nobody vouches
    assert level(via.replace("dkim=fail", "dkim=pass header.d=list.example"), BORDER, SENDER, listed) == "unverified"
    assert level(via + " (x", BORDER, SENDER, listed) == "failed"  # a header that is not whole vouches for nobody
    assert level(FAIL, via, BORDER, SENDER, listed) == "unverified"
    assert level(FAIL, STRANGER, via, SENDER, listed) == "failed"  # what came with the mail does not
    assert level(via, BORDER, SENDER, "From: evil@evil.example", listed) == "failed"
    assert level(via, BORDER, "From: qin@donggang.example, evil@evil.example", listed) == "failed"


SEALED = f"{AR}mx.firm.example; arc=pass (i=1); dmarc=fail header.from=donggang.example"
ORIGINAL = "ARC-Authentication-Results: i=1; mx.fwd.example; dmarc=pass header.from=donggang.example"
SEAL = "ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=fwd.example; s=s; b=abc=="
KNOWING = OwnServer(OURS.names, sealers=frozenset({"fwd.example", "list.example"}))


def test_an_original_pass_that_a_sealer_we_know_kept_is_read() -> None:
    found = trust(SEALED, BORDER, SEAL, ORIGINAL, SENDER, server=KNOWING)
    assert (found.level, found.reason, found.checked) == (Level.UNVERIFIED, "dmarc=fail arc", Level.FAILED)
    upper = SEAL.replace("d=fwd.example", "D=x; d=FWD.example").replace("D=x; ", "")
    assert level(SEALED, BORDER, upper, ORIGINAL, SENDER, server=KNOWING) == "unverified"


@pytest.mark.parametrize(
    ("seal", "original"),
    [
        (SEAL.replace("fwd.example", "evil.example"), ORIGINAL),  # nobody named him
        (SEAL.replace("fwd.example", "a.fwd.example"), ORIGINAL),  # a name is meant exactly
        (SEAL.replace("fwd.example", "example"), ORIGINAL),
        (SEAL.replace("d=fwd.example; ", ""), ORIGINAL),
        (SEAL.replace("d=", "d=evil.example; d="), ORIGINAL),
        (SEAL.replace("i=1", "i=2"), ORIGINAL),
        (SEAL.replace("i=1", "i=one"), ORIGINAL),
        ("X: y", ORIGINAL),  # a set without its seal
        (SEAL, "X: y"),
        (SEAL, ORIGINAL.replace("i=1", "i=2")),
        (SEAL, ORIGINAL.replace("dmarc=pass", "dmarc=fail")),
        (SEAL, ORIGINAL.replace("donggang", "evil")),
        (SEAL, ORIGINAL + " (x"),
    ],
)
def test_a_seal_of_somebody_nobody_named_or_that_is_not_whole_excuses_nothing(seal: str, original: str) -> None:
    assert level(SEALED, BORDER, seal, original, SENDER, server=KNOWING) == "failed"


def test_seals_excuse_nothing_unless_our_server_says_that_they_hold() -> None:
    for said in ("arc=fail", "arc=none", "dkim=none"):
        assert level(SEALED.replace("arc=pass", said), BORDER, SEAL, ORIGINAL, SENDER, server=KNOWING) == "failed"
    assert level(FAIL, STRANGER, SEALED, SEAL, ORIGINAL, SENDER, server=KNOWING) == "failed"
    assert level(SEALED, BORDER, SEAL, ORIGINAL, SENDER) == "failed"  # no sealer was named
    unnamed = OwnServer(sealers=KNOWING.sealers)
    assert level(SEALED, BORDER, SEAL, ORIGINAL, SENDER, server=unnamed) == "failed"


def test_everybody_who_sealed_a_mail_must_be_known() -> None:
    """The last one may have put other words under the set of the first."""

    def sealed(*domains: str) -> str:
        fields = []
        for number, domain in reversed(list(enumerate(domains, 1))):
            fields.append(SEAL.replace("i=1", f"i={number}").replace("fwd.example", domain))
            verdict = "dmarc=pass header.from=donggang.example" if number == 1 else "arc=pass; dmarc=fail"
            fields.append(f"ARC-Authentication-Results: i={number}; mx.{domain}; {verdict}")
        return level(SEALED, BORDER, *fields, SENDER, server=KNOWING)

    assert sealed("fwd.example", "list.example") == "unverified"
    assert sealed("fwd.example", "evil.example") == "failed"
    assert sealed("evil.example", "list.example") == "failed"
    assert sealed("fwd.example", "evil.example", "list.example") == "failed"
    assert sealed(*["fwd.example"] * 50) == "unverified"
    assert sealed(*["fwd.example"] * 51) == "failed"


def test_a_set_that_is_there_twice_or_missing_excuses_nothing() -> None:
    second = ORIGINAL.replace("i=1", "i=3"), SEAL.replace("i=1", "i=3")
    assert level(SEALED, BORDER, SEAL, ORIGINAL, *second, SENDER, server=KNOWING) == "failed"
    assert level(SEALED, BORDER, SEAL, SEAL, ORIGINAL, ORIGINAL, SENDER, server=KNOWING) == "failed"
    lie = ORIGINAL.replace("mx.fwd", "mx.evil")
    assert level(SEALED, BORDER, SEAL, lie, ORIGINAL, SENDER, server=KNOWING) == "failed"


def test_check_proposes_the_sealers_that_would_make_a_difference() -> None:
    def mail(*fields: str) -> Message:
        return decode(("\r\n".join(fields) + "\r\n\r\n您好").encode())

    mails = [
        *[mail(SEALED, BORDER, SEAL, ORIGINAL, SENDER)] * 3,
        mail(SEALED, BORDER, SEAL.replace("fwd", "list"), ORIGINAL, SENDER),
        mail(SEALED, BORDER, SEAL.replace("fwd", "evil"), ORIGINAL.replace("dmarc=pass", "dmarc=fail"), SENDER),
        mail(PASS, BORDER, SEAL.replace("fwd", "other"), ORIGINAL, SENDER),
        mail(SEALED, BORDER, SEAL.replace("fwd.example", "x] # y"), ORIGINAL, SENDER),
    ]
    assert sealers_seen(mails, OURS) == [("fwd.example", 3), ("list.example", 1)]
    assert sealers_seen(mails, KNOWING) == []
    assert sealers_seen(mails, OwnServer()) == []


def test_two_senders_are_never_authenticated() -> None:
    assert trust(PASS, BORDER, SENDER, "From: evil@evil.example").reason == "two_from"
    assert level(PASS, BORDER, SENDER, "From: evil@evil.example") == "failed"
    assert level(PASS, BORDER, "From: a@donggang.example, b@evil.example") == "unverified"
    assert level(PASS, BORDER, "From: a@evil.example, qin@donggang.example") == "unverified"
    assert level(PASS, BORDER, SENDER, SENDER) == "authenticated"  # a mail program stuttered
    assert level(PASS, BORDER, "From: 秦朗") == "unverified"
    for other in ("From: 秦朗", "From: =?utf-8?B?56em5pyX?=", "FROM: evil@evil.example", "From: a@donggang.example"):
        assert level(PASS, BORDER, SENDER, other) == "failed"
        assert level(PASS, BORDER, other, SENDER) == "failed"
    assert level(PASS, BORDER, *[SENDER] * 5, "From: evil@evil.example") == "failed"
    assert level(PASS, BORDER, SENDER, "From: ") == "authenticated"
    assert level(PASS, BORDER, SENDER, "From: QIN@donggang.example") == "authenticated"


def test_mail_handed_in_by_a_user_of_our_own_server_was_not_checked() -> None:
    server = OwnServer(OURS.names, ("X-MS-Exchange-Organization-AuthAs", "Internal"))
    mark = "X-MS-Exchange-Organization-AuthAs: Internal"
    assert trust(PASS, BORDER, SENDER, mark, server=server).reason == "inside"
    assert level(FAIL, BORDER, SENDER, mark, server=server) == "failed"  # a mark a stranger sets excuses nothing
    assert level(PASS, BORDER, SENDER, mark.replace("Internal", "Anonymous"), server=server) == "authenticated"


def test_domains_of_one_organization_are_aligned() -> None:
    assert aligned("mail.donggang.com.cn", "donggang.com.cn")
    assert aligned("a.b.example.com", "c.example.com")
    assert not aligned("donggang.com.cn", "evil.com.cn")
    assert not aligned("a.github.io", "b.github.io")
    assert not aligned("", "")
    assert not aligned("evil-donggang.example", "donggang.example")


def test_a_mail_that_failed_does_nothing_that_is_decided_here_until_a_person_vouches_for_it() -> None:
    failed = Trust.of(Level.FAILED, "dmarc=fail")
    assert [action for action in Action if may(action, failed)] == []
    assert set(TABLE) == set(Action)
    assert may(Action.JOIN, vouched(failed))
    assert not may(Action.SIGN, vouched(failed))
    assert vouched(Trust()) == Trust()


def test_what_a_list_excuses_still_signs_nothing() -> None:
    excused = Trust(Level.UNVERIFIED, "dmarc=fail list", Level.FAILED)
    assert may(Action.JOIN, excused)
    assert not may(Action.SIGN, excused)


def test_a_trace_without_end_takes_no_time() -> None:
    many = [f"Received: from a{number} by b{number}; x" for number in range(500)]
    assert level(*[PASS] * 500, BORDER, *many, *[FAIL] * 500, SENDER) == "authenticated"
