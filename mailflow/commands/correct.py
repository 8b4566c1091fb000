"""``mailflow correct``: a person's word about a fact, kept beside what was found; its records are printed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.casework.corrections import KIND, SEPARATOR, Corrected, NotUnderstood, actor_name, clean, parse
from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out, user_name
from mailflow.commands.language import is_english, language, t

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.model import Case
    from mailflow.domain.ports import Work
    from mailflow.settings.config import Config


def correct(
    number: Annotated[str, typer.Argument(metavar="CASE", help="case number")],
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE...",
            help=("field=value; 'field=' means: not in the mail; several values: repeat, or separate by ；"),
        ),
    ],
    by: Annotated[str, typer.Option("--by", help="who corrects it")] = "",
) -> None:
    """Correct (or confirm) a fact or the kind of a case; the finding stays beside it, records get a new version."""
    from mailflow.commands.look import no_case
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        try:
            changes = parse(assignments)
            actor = actor_name(by, user_name())
        except NotUnderstood as mistake:
            fail(mistake.said(language()))
        with opened() as app:
            wanted = clean(number).upper()
            with app.ledger.begin() as work:
                case = work.case_by_number(wanted)
                if case is None:
                    no_case(wanted)
                done, renewed = _correct(app, case, changes, actor, work, now_utc())
                if renewed.blobs:
                    app.vault.put(renewed.blobs)  # durable before the commit that names them
            for item in done:
                out.print(_line(item), soft_wrap=True)
            for line in renewed.lines:
                out.print(line, soft_wrap=True)
            archive_now(app, case)
            if any(item.field == KIND and item.written and not item.confirms for item in done):
                out.print(
                    t("The number {wanted} stays; a corrected kind issues no record and sends nothing.", wanted=wanted),
                    style="dim",
                )


@dataclass(frozen=True, slots=True)
class _Renewed:
    """What a correction printed anew: the files, and a line for people about each record."""

    blobs: Sequence[bytes] = ()
    lines: Sequence[str] = ()


def _correct(
    app: App, case: Case, changes: Mapping[str, Sequence[str]], actor: str, work: Work, now: datetime
) -> tuple[list[Corrected], _Renewed]:
    """Write the corrections of a case, in the order typed, and new versions of the records that show them."""
    from mailflow.casework import corrections, customer
    from mailflow.casework.step import Turn

    known = prefixes(app.config)
    step = Turn(app.services.desk, work, now).load(case)
    if step is None:  # it runs by no procedure: there is nothing to print anew
        return corrections.correct(case, changes, actor=actor, prefixes=known, work=work, now=now), _Renewed()
    earlier = corrections.newest(work.corrections(case.id))
    file = step.file
    before, open_before = dict(file.records), {task.id for task in file.tasks.values()}
    facts = {name: values for name, values in changes.items() if name != KIND}
    written, blobs = customer.correct(step, facts, by=actor)
    kinds = {name: values for name, values in changes.items() if name == KIND}
    written += corrections.correct(case, kinds, actor=actor, prefixes=known, work=work, now=now)
    by_name = {item.field: item for item in written}
    done = []
    for name, values in changes.items():
        value = SEPARATOR.join(values)
        said_before = name in earlier and earlier[name].value == value
        done.append(by_name.get(name) or Corrected(name, value, value, written=not said_before))
    lines = [
        t(
            "record {number}, version {revision}: {file_name}",
            number=record.number,
            revision=record.revision,
            file_name=record.file_name,
        )
        for form, record in file.records.items()
        if record.id != (before[form].id if form in before else 0)
    ]
    if again := [task for task in file.tasks.values() if task.id not in open_before]:
        titles = "、".join(file.spec(task).title.of("en" if is_english() else "zh") for task in again)
        lines.append(t("to be signed again: {titles}", titles=titles))
    return done, _Renewed(blobs, lines)


def prefixes(config: Config) -> Mapping[str, str]:
    """The prefix a case of each kind is numbered with; one for all when numbers do not show it."""
    known = config.numbering.prefixes
    return known if "{prefix" in config.numbering.case else dict.fromkeys(known, "")


def _line(item: Corrected) -> str:
    before, after = (cell(text) or t("(none)") for text in (item.before, item.after))
    if not item.written:
        return t("{field}: {after} (said before, unchanged)", field=item.field, after=after)
    if item.confirms:
        return t("{field}: {after} (confirmed)", field=item.field, after=after)
    return f"{item.field}{t(': ')}{before} -> {after}"
