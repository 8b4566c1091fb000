"""``rules/archive.yaml``: what is shipped is whole, and every mistake of a file is told with its line at once."""

from __future__ import annotations

from pathlib import Path

from mailflow.customers.profile_file import ArchiveRules, load_archive_rules
from mailflow.office.staff_file import role_keys

RULES = Path(__file__).resolve().parents[2] / "rules"
GOOD = """
holders: {original: service, copy: Wang@firm.example}
answers: {accept: [对], refuse: [不对]}
fields:
  postcode: {title: {zh: 邮编, en: Postcode}, shape: postcode, labels: [邮编], required: true}
  mobile: {title: {zh: 手机, en: Mobile}, of: contact, shape: phone, purpose: 联系}
  birthday: {title: {zh: 生日, en: Birthday}, of: contact, on: false}
"""


def load(folder: Path, text: str) -> tuple[ArchiveRules | None, list[str]]:
    path = folder / "archive.yaml"
    path.write_text(text, "utf-8")
    rules, problems = load_archive_rules(path, roles={"service"})
    return rules, [f"{problem.line} {problem.code}" for problem in sorted(problems)]


def test_the_shipped_fields_have_holders_and_every_personal_one_its_purpose() -> None:
    rules, problems = load_archive_rules(RULES / "archive.yaml", roles=role_keys(RULES / "staff.yaml"))
    assert rules is not None, problems
    assert {"address", "postcode", "telephone", "contact_name", "competitors", "credit_trouble"} <= rules.fields.keys()
    assert not {"birthday", "home_phone"} & rules.fields.keys()  # sensitive: off until a company wants them
    assert all(spec.purpose for spec in rules.fields.values() if spec.of == "contact")


def test_what_is_off_is_not_kept_and_fields_go_by_their_titles(tmp_path: Path) -> None:
    rules, problems = load(tmp_path, GOOD)
    assert rules is not None, problems
    assert list(rules.fields) == ["postcode", "mobile"]
    assert (rules.original, rules.copy) == ("service", "wang@firm.example")
    assert [rules.named(said) for said in ("邮编", "Postcode", "postcode", "生日")] == ["postcode"] * 3 + [None]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    wrong = (
        GOOD.replace("original: service", "original: nobody")
        .replace("purpose: 联系", "labels: [邮 编]")
        .replace("  birthday:", "  Birth-day:")
        .replace("shape: postcode", "shape: circle")
    )
    assert load(tmp_path, wrong) == (None, ["2 MF880", "5 MF012", "6 MF882", "6 MF883", "7 MF881"])


def test_a_file_of_nothing_or_of_another_shape_is_told(tmp_path: Path) -> None:
    assert load(tmp_path, "holders: [")[0] is None
    assert load(tmp_path, "[1, 2]")[0] is None
