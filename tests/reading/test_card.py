"""A card says who somebody is: what stands behind its labels, in the shape it must have, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.customers.profile_file import load_archive_rules
from mailflow.domain.model import Message
from mailflow.reading.people.card import Labels, read_card

RULES, _ = load_archive_rules(Path(__file__).resolve().parents[2] / "rules" / "archive.yaml")
assert RULES is not None
LABELS = RULES.labels


def said(letter: str = "", card: str = "") -> dict[str, str]:
    return {value.field: value.value for value in read_card(Message(new_text=letter, signature=card), LABELS)}


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ("地址：河北省沧州市解放路8号  邮编：061000", {"address": "河北省沧州市解放路8号", "postcode": "061000"}),
        ("Add.: No. 8 Jiefang Road, Cangzhou, China", {"address": "No. 8 Jiefang Road, Cangzhou, China"}),
        ("电话：0317-8001234转806 传真：0317-8001235", {"phone": "0317-8001234转806", "fax": "0317-8001235"}),
        ("Tel: +86 317 800 1234 | Mobile: 13800001234", {"phone": "+86 317 800 1234", "mobile": "13800001234"}),
        ("电话：138-0000-1234", {"mobile": "138-0000-1234"}),
        ("手 机：138 0000 1234", {"mobile": "138 0000 1234"}),
        ("网址：www.hc-pipe.example", {"website": "www.hc-pipe.example"}),
        ("税号：91110000600037341L", {"credit_code": "91110000600037341L"}),
        ("税号：91110000600037341M", {}),  # its check sign is wrong
        ("账号：6222 0000 1111 2222", {"account": "6222000011112222"}),
        ("部门：采购部，职务：经理", {"department": "采购部", "post": "经理"}),
        ("联系人：王强(商务部) 0551-62800455", {"contact_name": "王强"}),
        ("Contact: Anna Berg, Sales", {"contact_name": "Anna Berg"}),
        ("联系人：<b>x</b> 开户行：(不变)", {}),
        ("邮编：沧州  传真：无  电话：—", {}),
        ("邮箱地址：wang@a.example", {}),  # 地址 inside another word
        ("地址：wang@a.example", {}),
        ("地址：", {}),
        ("王强 采购部 13800001234", {}),  # nothing says what it is
    ],
)
def test_what_a_card_says(card: str, found: dict[str, str]) -> None:
    assert said(card=card) == found


def test_the_letter_says_what_is_new_and_goes_before_the_card() -> None:
    letter = "1. 新地址：沧州市朝阳大街12号\n我司已搬迁，传真号：0317-8001299，请更新。\n收货地址：沧州市高新区3号库"
    found = said(letter, "地址：沧州市解放路8号\n手机：13800001234")
    assert found["address"] == "沧州市朝阳大街12号"
    assert found["fax"] == "0317-8001299"
    assert found["delivery_address"] == "沧州市高新区3号库"
    assert found["mobile"] == "13800001234"


def test_another_persons_number_in_the_letter_is_not_the_writers() -> None:
    assert said("联系人：李明\n手机：13900001111\n请联系他。", "王强\n手机：13800001234") == {"mobile": "13800001234"}


def test_a_card_without_a_mark_is_read_at_the_end_of_the_letter() -> None:
    assert said("五件漏水。\n" * 12 + "谢谢\n王强\n手机：13800001234")["mobile"] == "13800001234"


def test_without_labels_nothing_is_read() -> None:
    assert read_card(Message(signature="邮编：061000"), Labels({})) == []
