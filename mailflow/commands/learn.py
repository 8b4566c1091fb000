"""``mailflow learn``: a second opinion on kinds from the company's own mails, measured beside the rules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.casework.corrections import KIND
from mailflow.commands.common import fail, load_config, one_line_errors, out, table
from mailflow.commands.language import t
from mailflow.commands.running import progress
from mailflow.domain.errors import NeedsPerson
from mailflow.settings import shipped

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.reading.review.learning import Sample, Split


def learn(
    target: Annotated[
        Path | None,
        typer.Option("--out", help="default storage/models/kinds"),
    ] = None,
) -> None:
    """Train a second opinion from mails whose kind people checked, and print its figures beside the rules'."""
    from mailflow.app import KINDS_MODEL, open_app
    from mailflow.reading.review import learning
    from mailflow.reading.review import second_opinion as opinion
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        config = load_config()
        with open_app(config) as app:
            samples = list(_samples(app))
        try:
            parts = learning.split(samples)
        except learning.TooFew as few:
            _too_few(few)
        with progress() as shown:
            task = shown.add_task(t("learning"), total=None)
            model = opinion.train([(sample.text, sample.kind) for sample in parts.learn])
            shown.update(task, total=1, completed=1)
        truth = [sample.kind for sample in parts.test]
        found = {
            "model": learning.figures(truth, [_kind(model.opinion(sample.text)) for sample in parts.test]),
            "rules": learning.figures(truth, [sample.by_rules for sample in parts.test]),
        }
        folder = target or config.storage / KINDS_MODEL
        model.save(folder, {"made_at": now_utc().isoformat(timespec="seconds"), "rules": _rules_digest(config.rules)}
                   | _counts(parts) | {"figures": found})  # fmt: skip
        _print(parts, found)
        out.print(t("model: {folder}", folder=folder), soft_wrap=True)
        if found["model"]["right"] < found["rules"]["right"]:
            words = t("The second opinion is less accurate than the rules: wait for more mails of every kind.")
            out.print(words, style="yellow", soft_wrap=True)
        elif not config.reading.second_opinion:
            out.print(
                t(
                    "to use it: {setting} in mailflow.yaml, then restart mailflow run",
                    setting="reading: {second_opinion: true}",
                ),
                style="dim", soft_wrap=True,
            )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ parts


def _samples(app: App) -> Iterator[Sample]:
    """The mail that opened each case, with what people, the ledger and today's rules say it is."""
    from mailflow.app import rule_reader
    from mailflow.domain.model import Kind
    from mailflow.reading.review.learning import Sample
    from mailflow.reading.review.second_opinion import text_of
    from mailflow.stages.decode import decode

    said = {item.case_id: item.value for item in app.lists.corrections() if item.field == KIND}
    reader = rule_reader(app.config, app.parts.rulebook)
    mails = app.lists.opening_mails()
    with progress() as shown:
        task = shown.add_task(t("reading mails"), total=len(mails))
        for mail in mails:
            shown.advance(task)
            try:
                message = decode(app.vault.get(mail["digest"]), mail["arrived_at"])
            except NeedsPerson:
                continue  # damaged in the vault: mailflow verify tells
            checked = mail["case_id"] in said
            text = text_of(message)
            at = mail["received_at"] or mail["arrived_at"] or mail["collected_at"]
            # Only mails that test need the rules' word of today; the others' is not looked at.
            today = reader.read(message, at).kind if checked else Kind(mail["kind"])
            yield Sample(text, Kind(said[mail["case_id"]] if checked else mail["kind"]), checked, today)


def _too_few(few: Any) -> None:
    from mailflow.reading.review.learning import LEAST_MAILS, LEAST_OF_A_KIND

    have = ", ".join(f"{kind} {count}" for kind, count in few.counts.items()) or "0"
    fail(
        t(
            (
                "too few mails whose kind a person checked: {total} ({have}); needed are "
                "{least_mails}, and two kinds with {least_of_a_kind} each -> mailflow correct CASE "
                "kind=KIND"
            ),
            total=few.total,
            have=have,
            least_mails=LEAST_MAILS,
            least_of_a_kind=LEAST_OF_A_KIND,
        ),
        1,
    )


def _kind(opinion: tuple[Any, float] | None) -> Any:
    return None if opinion is None else opinion[0]


def _counts(parts: Split) -> dict[str, Any]:
    return {
        "checked": parts.checked,
        "unchecked": parts.unchecked,
        "learned": parts.checked - len(parts.test),
        "tested": len(parts.test),
        "left_out": parts.left_out,
    }


def _rules_digest(rules: Path) -> str:
    """The SHA-256 over all reading rules and word lists in use, by their names and contents."""
    total = hashlib.sha256()
    for folder in (rules / "reading", rules / shipped.LEXICON, shipped.folder("rules") / shipped.LEXICON):
        for path in sorted(folder.rglob("*.yaml")):
            total.update(path.relative_to(folder.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _print(parts: Split, found: Mapping[str, Mapping[str, Any]]) -> None:
    counts = _counts(parts)
    out.print(
        t(
            (
                "{checked} checked mails: {learned} to learn from, {tested} to test; {unchecked} "
                "unchecked ones to learn from"
            ),
            checked=counts["checked"],
            learned=counts["learned"],
            tested=counts["tested"],
            unchecked=counts["unchecked"],
        ),
        soft_wrap=True,
    )
    if parts.left_out:
        rare = ", ".join(f"{kind} {count}" for kind, count in parts.left_out.items())
        out.print(t("kinds too rare to learn: {rare}", rare=rare), style="dim", soft_wrap=True)
    names = {"model": t("second opinion"), "rules": t("rules alone")}
    rows = table(
        t("test"), t("kind"), t("mails"), t("precision"), t("recall"),
    )  # fmt: skip
    for key, name in names.items():
        figures = found[key]
        right, mails = figures["right"], figures["mails"]
        share = t("right {right}/{mails}", right=right, mails=mails)
        rows.add_row(name, t("all"), str(mails), f"{share} = {_percent(figures['accuracy'])}", "", style="bold")
        for kind, one in figures["kinds"].items():
            precision = f"{_percent(one['precision'])} ({one['right']}/{one['said']})"
            recall = f"{_percent(one['recall'])} ({one['right']}/{one['mails']})"
            rows.add_row("", kind, str(one["mails"]), precision, recall)
    out.print(rows)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
