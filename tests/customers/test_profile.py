"""A profile's values: proposed once, decided by people, replaced and never overwritten, personal ones on a ground."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.customers import profile
from mailflow.customers.profile import Heard, NotKept
from mailflow.customers.profile_file import ArchiveRules, load_archive_rules
from mailflow.domain.model import Contact
from mailflow.domain.ports import Work
from mailflow.domain.profile_ports import ACCEPTED, REFUSED, CardValue, NewValue
from tests.adapters.sql.stores import Store

T0 = datetime(2026, 3, 2, 2, tzinfo=UTC)
WANG = "wang@hechuan.example"
RULES = """
holders: {original: service}
answers: {accept: [对], refuse: [不对]}
fields:
  postcode: {title: {zh: 邮编, en: Postcode}, shape: postcode, labels: [邮编], required: true}
  post: {title: {zh: 职务, en: Post}, of: contact, purpose: 联系}
  birthday: {title: {zh: 生日, en: Birthday}, of: contact, purpose: 问候, consent: true}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> ArchiveRules:
    path = tmp_path_factory.mktemp("rules") / "archive.yaml"
    path.write_text(RULES, "utf-8")
    found, problems = load_archive_rules(path)
    assert found is not None, problems
    return found


@pytest.fixture
def work(store: Store, tmp_path: Path) -> Iterator[Work]:
    ledger: SqlLedger = store.open(tmp_path)
    with ledger.begin() as opened:
        yield opened
    ledger.close()


@pytest.fixture
def wang(work: Work) -> Contact:
    customer = work.add_customer("KH-00001", "禾川", "禾川", T0)
    row = work.add_contact(Contact(customer.id, WANG, "hechuan.example"), T0)
    return Contact(customer.id, WANG, "hechuan.example", id=row)


def hear(work: Work, rules: ArchiveRules, wang: Contact, value: str, after: int = 0, field: str = "postcode") -> int:
    """A mail says it so many days later; how many proposals that made."""
    at = T0 + timedelta(days=after)
    found = [CardValue(field, value, value, "signature")]
    return profile.propose(work, rules, Heard(None, at, wang), found, at)


def decide(work: Work, status: str, after: int = 0) -> None:
    at = T0 + timedelta(days=after)
    profile.decide(work, work.profile_proposals(9), status, actor="bai", message=None, now=at)


def holds(work: Work, wang: Contact) -> list[tuple[str, str]]:
    return [(each.value, each.was) for each in profile.in_force(work.profile_values(wang.customer))]


def test_the_same_is_proposed_once_however_it_is_written(work: Work, rules: ArchiveRules, wang: Contact) -> None:
    assert hear(work, rules, wang, "061000") == 1
    assert hear(work, rules, wang, "０６１ ０００", 1) == 0
    decide(work, ACCEPTED)
    assert hear(work, rules, wang, "061000", 2) == 0
    assert hear(work, rules, wang, "061000", 2, "colour") == 0


def test_what_was_refused_is_not_proposed_again(work: Work, rules: ArchiveRules, wang: Contact) -> None:
    hear(work, rules, wang, "061000")
    decide(work, REFUSED)
    assert hear(work, rules, wang, "061000", 9) == 0
    assert holds(work, wang) == []


def test_what_was_replaced_is_proposed_by_a_later_mail_alone(work: Work, rules: ArchiveRules, wang: Contact) -> None:
    hear(work, rules, wang, "061000")
    decide(work, ACCEPTED)
    hear(work, rules, wang, "061001", 3)
    decide(work, ACCEPTED, 4)
    assert holds(work, wang) == [("061001", "061000")]
    assert hear(work, rules, wang, "061000", 2) == 0  # an older mail, imported late
    assert hear(work, rules, wang, "061000", 9) == 1  # they moved back
    assert holds(work, wang) == [("061001", "061000")]


def test_a_personal_value_is_kept_on_a_ground_and_some_by_consent_alone(
    work: Work, rules: ArchiveRules, wang: Contact
) -> None:
    new = NewValue(wang.customer, wang.id, "birthday", "3-8", profile.PERSON)
    with pytest.raises(NotKept):
        profile.enter(work, rules, new, actor="bai", message=None, now=T0)
    given = NewValue(wang.customer, wang.id, "birthday", "3-8", profile.PERSON, basis="本人 2026-03-02 电话同意")
    assert profile.enter(work, rules, given, actor="bai", message=None, now=T0).basis == "本人 2026-03-02 电话同意"
    hear(work, rules, wang, "经理", field="post")
    assert work.profile_proposals(9)[0].basis == "联系"


def test_what_is_entered_and_was_proposed_becomes_that_value_with_its_mail(
    work: Work, rules: ArchiveRules, wang: Contact
) -> None:
    hear(work, rules, wang, "061000")
    new = NewValue(wang.customer, None, "postcode", "061000", profile.PERSON)
    kept = profile.enter(work, rules, new, actor="bai", message=None, now=T0)
    assert (kept.source, kept.status, kept.decided_by) == ("signature", ACCEPTED, "bai")
    assert work.profile_proposals(9) == []


def test_a_field_that_is_not_kept_is_refused(work: Work, rules: ArchiveRules, wang: Contact) -> None:
    with pytest.raises(NotKept):
        profile.enter(
            work, rules, NewValue(wang.customer, None, "colour", "red", "person"), actor="bai", message=None, now=T0
        )


def test_completeness_counts_required_fields_alone(work: Work, rules: ArchiveRules, wang: Contact) -> None:
    assert profile.completeness(rules, []) == 0
    assert profile.missing(rules, []) == ["postcode"]
    hear(work, rules, wang, "061000")
    decide(work, ACCEPTED)
    assert profile.completeness(rules, work.profile_values(wang.customer)) == 1
    assert profile.completeness(ArchiveRules(), []) == 1
