"""The second opinion: learned from checked mails, measured beside the rules, shown, and never deciding."""

from __future__ import annotations

import json
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailflow.domain.model import Details, Kind, Message
from mailflow.reading.review import learning, second_opinion
from mailflow.reading.review.learning import Sample, TooFew, figures, split
from mailflow.reading.review.second_opinion import SecondOpinion
from tests.commands.corrections.conftest import Home, lay_out, letter

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WORDS = {
    Kind.COMPLAINT: ("漏水", "开裂", "生锈", "不合格", "装不上", "要求换货", "投诉"),
    Kind.INQUIRY: ("请问", "产品样本", "耐温多少", "适不适合", "咨询一下", "想了解"),
    Kind.RFQ: ("请报价", "询价", "含税单价", "最低起订量", "报个价", "运费怎么算"),
}
COMMON = ("您好", "我们是做管道工程的", "球阀", "DN50", "谢谢", "盼复", "三月份", "现场", "闸阀", "不锈钢的")


def text(kind: Kind, chance: random.Random) -> str:
    words = [*chance.sample(COMMON, 5), *chance.sample(WORDS[kind], 3)]
    chance.shuffle(words)
    return "，".join(words) + f"。{chance.randrange(10**9)}"


def samples(count: int, *, checked: bool = True, seed: int = 1) -> list[Sample]:
    chance = random.Random(seed)
    kinds = list(WORDS)
    found = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        found.append(Sample(text(kind, chance), kind, checked, Kind.INQUIRY if number % 2 else kind))
    return found


class Rules:
    """A Reader that always says the same."""

    def __init__(self, kind: Kind = Kind.COMPLAINT) -> None:
        self.details = Details(kind, ((kind, 2.0), (Kind.PRAISE, 1.0)), ("产品质量",))

    def read(self, message: Message, now: datetime) -> Details:
        """The same details whatever the mail says."""
        return self.details


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "kinds"
    second_opinion.train([(sample.text, sample.kind) for sample in samples(90)]).save(folder, {"checked": 90})
    return folder


def test_too_few_checked_mails_are_refused_with_the_counts() -> None:
    with pytest.raises(TooFew) as few:
        split([*samples(49), *samples(500, checked=False, seed=2)])
    assert few.value.total == 49
    one_kind = [Sample(f"{n}", Kind.PRAISE, True, Kind.PRAISE) for n in range(60)]
    rare = [Sample(f"x{n}", Kind.RFQ, True, Kind.RFQ) for n in range(9)]
    with pytest.raises(TooFew):
        split([*one_kind, *rare])


def test_only_checked_mails_test_and_none_of_them_is_learned() -> None:
    everything = [*samples(80), *samples(200, checked=False, seed=2)]
    parts = split(everything)
    assert {sample.checked for sample in parts.test} == {True}
    assert not {sample.text for sample in parts.test} & {sample.text for sample in parts.learn}
    assert len(parts.test) + (parts.checked - len(parts.test)) == 80
    assert parts.unchecked == 200
    random.Random(3).shuffle(everything)
    assert split(everything) == parts


def test_the_same_text_counts_once_and_a_persons_word_comes_first() -> None:
    mails = samples(80)
    doubled = [Sample(sample.text, Kind.INQUIRY, False, Kind.INQUIRY) for sample in mails]
    assert split([*doubled, *mails, *mails]) == split(mails)


def test_kinds_too_rare_are_left_out_and_followups_are_complaints() -> None:
    rare = [Sample(f"谢谢 {n}", Kind.PRAISE, True, Kind.PRAISE) for n in range(4)]
    chased = [Sample(f"怎么还没处理 {n}", Kind.FOLLOWUP, True, Kind.FOLLOWUP) for n in range(12)]
    parts = split([*samples(60), *rare, *chased])
    assert parts.left_out == {"praise": 4}
    assert {sample.kind for sample in parts.learn} == set(WORDS)
    assert Kind.FOLLOWUP not in {sample.by_rules for sample in parts.test}


def test_figures_count_what_was_right() -> None:
    a, b = Kind.COMPLAINT, Kind.RFQ
    found = figures([a, a, a, b], [a, a, b, None])
    assert (found["right"], found["mails"], found["accuracy"]) == (2, 4, 0.5)
    assert found["kinds"]["complaint"] == {"mails": 3, "said": 2, "right": 2, "precision": 1.0, "recall": 0.667}
    assert found["kinds"]["rfq"] == {"mails": 1, "said": 1, "right": 0, "precision": 0.0, "recall": 0.0}


def test_learning_again_gives_the_same_model(tmp_path: Path) -> None:
    pairs = [(sample.text, sample.kind) for sample in samples(60)]
    for name in ("one", "two"):
        second_opinion.train(pairs).save(tmp_path / name, {})
    manifests = [json.loads((tmp_path / name / second_opinion.MANIFEST).read_text("utf-8")) for name in ("one", "two")]
    assert manifests[0] == manifests[1]


def test_the_model_knows_unseen_mails_of_the_kinds_it_learned(model_folder: Path) -> None:
    model = second_opinion.load(model_folder)
    assert model is not None
    unseen = samples(60, seed=77)
    right = sum((said := model.opinion(sample.text)) is not None and said[0] is sample.kind for sample in unseen)
    assert right >= 54
    assert model.opinion(" ") is None


def test_it_is_shown_and_changes_nothing_else(model_folder: Path) -> None:
    message = Message(subject="询价", new_text="请报价，含税单价，最低起订量")
    plain = Rules().read(message, NOW)
    read = SecondOpinion(Rules(), model_folder).read(message, NOW)
    assert read.second_opinion is not None
    assert read.second_opinion[0] is Kind.RFQ
    assert (read.kind, read.kinds, read.subkinds, read.findings) == (
        plain.kind, plain.kinds, plain.subkinds, plain.findings,
    )  # fmt: skip
    assert second_opinion.disagrees(read)
    own = SecondOpinion(Rules(Kind.STAFF_REPLY), model_folder).read(message, NOW)
    assert own.second_opinion is None


def test_a_followup_and_a_complaint_do_not_disagree() -> None:
    assert not second_opinion.disagrees(Details(Kind.FOLLOWUP, second_opinion=(Kind.COMPLAINT, 0.9)))
    assert not second_opinion.disagrees(Details(Kind.FOLLOWUP))


@pytest.mark.parametrize("damage", ["absent", "manifest", "weights", "labels", "cut"])
def test_a_model_that_cannot_be_used_is_no_reason_to_stop(model_folder: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "kinds"
    shutil.copytree(model_folder, folder)
    manifest = folder / second_opinion.MANIFEST
    if damage == "absent":
        shutil.rmtree(folder)
    elif damage == "manifest":
        manifest.write_text("{", "utf-8")
    elif damage == "labels":
        manifest.write_text(manifest.read_text("utf-8").replace("complaint", "nonsense"), "utf-8")
    elif damage == "cut":
        (folder / "vocab" / "strings.json").unlink()
        (folder / "textcat" / "cfg").write_text("", "utf-8")
    else:
        (folder / second_opinion.WEIGHTS).write_bytes(b"x")
    read = SecondOpinion(Rules(), folder).read(Message(new_text="请报价"), NOW)
    assert read == Rules().details


def test_a_folder_of_something_else_is_not_replaced(model_folder: Path, tmp_path: Path) -> None:
    from mailflow.domain.errors import PermanentError

    model = second_opinion.load(model_folder)
    assert model is not None
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(PermanentError):
        model.save(tmp_path, {})
    assert (tmp_path / "mine.txt").is_file()
    model.save(tmp_path / "kinds", {"n": 1})
    model.save(tmp_path / "kinds", {"n": 2})
    assert json.loads((tmp_path / "kinds" / second_opinion.MANIFEST).read_text("utf-8"))["n"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kinds", "mine.txt"]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with sixty cases whose kind a person said."""
    from contextlib import ExitStack

    from mailflow.casework.corrections import correct, parse
    from mailflow.runtime.clock import now_utc

    monkeypatch = pytest.MonkeyPatch()
    with ExitStack() as stack:
        stack.callback(monkeypatch.undo)
        monkeypatch.setenv("MAILFLOW_CONFIG", "")
        home = lay_out(tmp_path_factory.mktemp("busy"))
        mails = samples(60, seed=5)
        letters = [
            letter(sample.text, subject="球阀", sender=f"p{number}@c{number}.example", number=number)
            for number, sample in enumerate(mails)
        ]
        home.take_in(*letters)
        from mailflow import app as composition
        from mailflow.settings import config

        with composition.open_app(config.load(home.folder / "mailflow.yaml")) as app:
            by_sender = {row["sender"]: row["case"] for row in app.lists.mails()}
            with app.ledger.begin() as work:
                for number, sample in enumerate(mails):
                    case = work.case_by_number(by_sender[f"p{number}@c{number}.example"])
                    assert case is not None
                    correct(
                        case, parse([f"kind={sample.kind.value}"]), actor="test", prefixes={}, work=work, now=now_utc()
                    )
    return home


def test_learn_refuses_when_there_is_too_little(home: Home) -> None:
    home.ok("correct", "TS-2026-0001", "kind=complaint")
    result = home.run("learn")
    assert result.exit_code == 1
    assert "1 (complaint 1)" in result.output
    assert not (home.storage / "models").exists()


def test_learn_prints_the_figures_of_both_and_keeps_a_manifest(busy: Home) -> None:
    shown = busy.ok("learn")
    assert "second opinion" in shown
    assert "rules alone" in shown
    assert "precision" in shown
    folder = busy.storage / "models" / "kinds"
    manifest: dict[str, Any] = json.loads((folder / second_opinion.MANIFEST).read_text("utf-8"))
    assert manifest["labels"] == ["complaint", "inquiry", "rfq"]
    assert (manifest["checked"], manifest["learned"], manifest["tested"]) == (60, 45, 15)
    assert set(manifest["figures"]) == {"model", "rules"}
    assert manifest["figures"]["model"]["mails"] == 15
    assert len(manifest["rules"]) == 64
    first = manifest["sha256"]
    busy.ok("learn")
    assert json.loads((folder / second_opinion.MANIFEST).read_text("utf-8"))["sha256"] == first
    assert not any("漏水" in path.read_text("utf-8", "ignore") for path in folder.rglob("*") if path.is_file())


def test_a_model_that_is_worse_than_the_rules_is_called_so(busy: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def opinion(self, _text: str) -> None:
            """Never any."""

        def save(self, *_: object) -> None:
            """Nowhere."""

    monkeypatch.setattr(second_opinion, "train", lambda _samples: Silent())
    assert "less accurate than the rules" in busy.ok("learn")


def test_it_is_used_only_when_the_configuration_says_so(busy: Home, tmp_path: Path) -> None:
    busy.ok("learn")
    mail = tmp_path / "mail.eml"
    words = "您好，投诉：闸阀漏水。请报价，询价，含税单价，报个价，运费怎么算，最低起订量。"
    mail.write_bytes(letter(words, subject="询价", sender="x@y.example", number=1))
    (without,) = map(json.loads, busy.ok("read", "--json", str(mail)).splitlines())
    assert without["second_opinion"] is None
    busy.setting("reading:\n  second_opinion: true\n")
    (read,) = map(json.loads, busy.ok("read", "--json", str(mail)).splitlines())
    assert read["second_opinion"][0] == "rfq"
    named = [doubt for doubt in read["doubts"] if doubt["why"] == "second_opinion"]
    assert [doubt["about"] for doubt in named] == ["kind"]
    left = [doubt for doubt in read["doubts"] if doubt not in named]
    assert read | {"second_opinion": None, "doubts": left} == without
    shown = busy.ok("read", str(mail))
    assert "it does not decide" in shown
    if read["kind"] != "rfq":
        assert "? kind: second opinion: rfq" in shown
    assert "second opinion: " in busy.ok("explain", busy.data("cases")[0]["number"])


def test_least_numbers_are_those_the_documents_name() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "howto" / "corrections.md"
    assert f"{learning.LEAST_MAILS} checked mails" in page.read_text("utf-8")
    assert f"{learning.LEAST_OF_A_KIND} of each" in page.read_text("utf-8")
