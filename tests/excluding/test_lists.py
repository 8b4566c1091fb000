"""Posts of mailing lists are set aside; a group that forwards mail to us is no list, and a rule lets lists in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailflow.domain.model import Kind, Message
from mailflow.excluding.machine_marks import load_marks
from mailflow.stages.exclude import exclude
from tests.excluding.builder import OWN, RULES, US, mail, marks

COMPLAINT = "收到的30件有破损，订单号 PO-20261018，请尽快换货。"
LIST = "valves@lists.branch.example"
DOMAINS = frozenset({"group.example"})
POSTS = [
    {"List-Id": "Valve users <valves.lists.branch.example>"},
    {"List-Id": "<valves.lists.branch.example>", "List-Post": f"<mailto:{LIST}>", "Precedence": "list"},
    {"List-Post": f"<mailto:{LIST}>"},
    {"Precedence": "list"},
    {"Precedence": "List"},
    {"Mailing-List": f"list {LIST}; contact valves-owner@lists.branch.example"},
    {"X-BeenThere": LIST},
    {"List-Id": "<kefu.women.example.lists.branch.example>"},
    {"List-Id": "<xkefu.women.examples>"},
    {"List-Id": "<othergroup.example>"},
]


def post(
    headers: dict[str, str], *, to: str = LIST, text: str = COMPLAINT, sender: str = "liming@kehu.example"
) -> Message:
    return mail(text, subject="破损", headers=headers, to=to, sender=sender)


@pytest.mark.parametrize("headers", POSTS, ids=str)
def test_a_post_is_set_aside_whatever_it_says(headers: dict[str, str]) -> None:
    found = exclude(post(headers), marks(), OWN, DOMAINS)
    assert found is not None
    assert (found.kind, found.sign) == (Kind.NEWSLETTER, "list-post")


@pytest.mark.parametrize(
    ("headers", "to"),
    [
        ({"List-Id": "客服 <kefu.women.example>", "Precedence": "list"}, US),
        ({"List-Id": "<KEFU.Women.example>", "List-Post": f"<mailto:{US}>"}, "someone@else.example"),
        ({"List-Id": "<sales.women.example>"}, "sales@women.example"),
        ({"List-Id": "<kefu.lists.women.example>"}, "kefu@lists.women.example"),
        ({"List-Id": "<service.group.example>", "Precedence": "list"}, "service@group.example"),
        ({"Mailing-List": "list service@group.example; contact service+owners@group.example"}, "service@group.example"),
        ({"X-BeenThere": "service@group.example", "Precedence": "list"}, "x@else.example"),
        ({"Precedence": "list"}, US),
        ({"Precedence": "list"}, "service@group.example"),
    ],
    ids=str,
)
def test_a_group_of_ours_is_no_list(headers: dict[str, str], to: str) -> None:
    assert exclude(post(headers, to=to), marks(), OWN, DOMAINS) is None


def test_a_free_hosts_domain_is_nobodys_group() -> None:
    own = frozenset({"kefu88@qq.com"})
    assert exclude(post({"List-Id": "<kefu88.qq.com>"}), marks(), own) is None
    assert exclude(post({"List-Id": "<bargains.qq.com>"}), marks(), own) is not None


def test_a_mail_that_names_us_or_answers_us_is_no_post() -> None:
    headers = {"List-Id": "<quality.kehu.example>", "Precedence": "list"}
    assert exclude(post(headers, to=US), marks(), OWN) is None
    answered = replace(post(headers), references=("20261101.7@women.example",))
    assert exclude(answered, marks(), OWN) is None
    elsewhere = replace(post(headers), references=("20261101.7@kehu.example",))
    assert exclude(elsewhere, marks(), OWN) is not None


def test_a_newsletter_through_a_group_of_ours_is_still_one() -> None:
    headers = {"List-Id": "<kefu.women.example>", "Precedence": "list", "Feedback-ID": "1:shop"}
    text = "Save 30% on all tools, limited-time offer. You are receiving this email because you signed up. Unsubscribe"
    found = exclude(post(headers, text=text, sender="news@edm.shop.example"), marks(), OWN)
    assert found is not None
    assert found.kind == Kind.NEWSLETTER
    assert found.sign != "list-post"


@pytest.mark.parametrize("name", ["valves.lists.branch.example", LIST, "lists.branch.example"])
def test_a_rule_lets_a_list_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / "exclusion.yaml"
    path.write_text(RULES.read_text("utf-8").replace("\nlists: []\n", f"\nlists: [{name}]\n"), encoding="utf-8")
    known, problems = load_marks(path)
    assert known is not None, problems
    assert exclude(post(POSTS[0]), known, OWN) is None
    assert exclude(post({"List-Id": "<pumps.elsewhere.example>"}), known, OWN) is not None


def test_a_rule_file_from_before_lists_were_named_lets_none_in(tmp_path: Path) -> None:
    path = tmp_path / "exclusion.yaml"
    path.write_text(RULES.read_text("utf-8").replace("\nlists: []\n", "\n"), encoding="utf-8")
    known, problems = load_marks(path)
    assert known is not None, problems
    assert exclude(post(POSTS[0]), known, OWN) is not None


def test_what_is_no_lists_name_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "exclusion.yaml"
    path.write_text(RULES.read_text("utf-8").replace("\nlists: []\n", "\nlists: ['all of them']\n"), encoding="utf-8")
    known, problems = load_marks(path)
    assert known is None
    assert [problem.line > 20 for problem in problems] == [True]
