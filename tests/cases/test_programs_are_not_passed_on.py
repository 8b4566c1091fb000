"""A customer's mail with a program in it: our people are told of it and do not get it; what is kept stays whole."""

from __future__ import annotations

import email
import email.policy
import hashlib

from tests.flow.letters import letter
from tests.flow.staffed import Staffed

PROGRAM = b"MZ\x90\x00" + b"\x00" * 2000
CUSTOMER = "wang@plant.example"


def test_our_people_read_what_was_left_out_and_where_it_is_kept(people: Staffed) -> None:
    original = letter(sender=CUSTOMER, files={"报价.pdf.exe": PROGRAM, "照片.jpg": b"\xff\xd8\xff\xe0 photo"})
    people.work(original)
    asks = [item for item in people.all_sent() if item.to.endswith("@firm.example")]
    whole = hashlib.sha256(original).hexdigest()
    place = f"vault/{whole[:2]}/{whole[2:]}"
    passed_on = [item for item in asks if "-original.eml" in str(item.mail)]
    assert passed_on
    for ask in passed_on:
        assert f"报价.pdf.exe（{len(PROGRAM)} 字节，SHA-256 {hashlib.sha256(PROGRAM).hexdigest()[:16]}…）" in ask.text
        assert place in ask.text
        inner = email.message_from_bytes(ask.file("-original.eml")[1], policy=email.policy.default)
        assert [part.get_filename() for part in inner.walk()] == [None, None, None, "照片.jpg"]
        assert place in str(list(inner.walk())[2].get_content())
        assert PROGRAM not in [part.get_payload(decode=True) for part in inner.walk()]
    assert (people.office.folder / "storage" / place).read_bytes() == original
    assert people.journal().count("original.withheld") == len(passed_on)
