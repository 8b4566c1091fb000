"""``mailflow procedure``: what the procedures say, drawn and in a table, and tried on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, err, fail, load_config, one_line_errors, opened, out, table
from mailflow.commands.language import is_english, t
from mailflow.commands.words import kind_words
from mailflow.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailflow.procedures.model import Procedure, Procedures
    from mailflow.procedures.trial import PastCase, Trial

Name = Annotated[str, typer.Argument(help="a procedure such as complaint", metavar="NAME")]

DAY_MINUTES = 480


def list_(
    json_output: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the procedures: which cases they serve, how many tasks, which forms."""
    with one_line_errors():
        procedures = _load()
        if json_output:
            import json

            for item in procedures.all:
                out.print(json.dumps(_facts(item), ensure_ascii=False), soft_wrap=True)
            return
        shown = table(
            t("procedure"), t("title"), t("kinds"), t("when"), t("tasks"),
            t("forms"), t("version"),
        )  # fmt: skip
        for item in procedures.all:
            facts = _facts(item) | {"kinds": [kind_words(kind.value) for kind in item.kinds]}
            shown.add_row(
                *(cell(value if not isinstance(value, list) else " ".join(value)) for value in facts.values())
            )
        out.print(shown)


def show(
    name: Name,
    only_mermaid: Annotated[bool, typer.Option("--mermaid", help="print only the Mermaid diagram")] = False,
) -> None:
    """Show a procedure: a Mermaid diagram and a table of its tasks."""
    from mailflow.procedures.diagram import mermaid, rows

    with one_line_errors():
        procedure, roles = _named(_load(), name), _role_titles()
        language = "en" if is_english() else "zh"
        typer.echo(mermaid(procedure, language, roles), nl=False)
        if only_mermaid:
            return
        shown = table(
            t("procedure|task"), t("procedure|who"), t("form (cell)"), t("within"),
            t("done by"), t("after"), t("when"), t("asks"), t("ladder"),
            title=f"{procedure.title.of(language)} {procedure.name} {procedure.version}",
        )  # fmt: skip
        shown.show_lines = True
        for row in rows(procedure, language, roles):
            shown.add_row(
                cell(row.title) + "\n" + cell(row.name), cell(row.role), cell(row.form), row.within, cell(row.done_by),
                cell(row.after), cell(row.when), cell(row.asks), cell(row.ladder),
            )  # fmt: skip
        out.print(shown)


def trial(
    name: Annotated[str, typer.Argument(help="a procedure; default all", metavar="[NAME]")] = "",
    cases: Annotated[
        int,
        typer.Option("--cases", min=0, max=100000, help="also choose anew for so many cases"),
    ] = 200,
) -> None:
    """Try procedures on paper: every way through, dead ends, loops, tasks never due, the longest working times; then
    which procedure the newest cases of the storage would get today."""
    from mailflow.procedures.trial import try_out

    with one_line_errors():
        procedures = _load()
        chosen = [_named(procedures, name)] if name else list(procedures.all)
        with err.status(t("trying ...")):
            trials = [try_out(item) for item in chosen]
        show_trials(trials)
        if past := past_cases(cases):
            show_choices(procedures, [item for item in past if not name or _concerns(item, chosen[0])])
        if not all(trial.is_sound for trial in trials):
            raise typer.Exit(2)


def past_cases(limit: int) -> list[PastCase]:
    """The newest cases of the storage as they were when they began; none where there is no storage yet."""
    from mailflow.casework.casefile import facts_of
    from mailflow.procedures.model import from_text
    from mailflow.procedures.trial import PastCase

    if not limit or not (load_config().storage / "ledger.db").is_file():
        return []
    found = []
    with opened() as app:
        numbers = [row["number"] for row in app.lists.cases(limit=limit)]
        with app.ledger.begin(durable=False) as work:
            for case in filter(None, map(work.case_by_number, numbers)):
                state = work.case_state(case.id)
                ran_by = from_text(work.procedure_text(state.procedure)).name if state.procedure else ""
                found.append(PastCase(case.number, case.kind, facts_of(case, state), ran_by))
    return found


def show_trials(trials: Iterable[Trial]) -> None:
    """Print what was found out, and every fault in a line of its own."""
    from mailflow.domain.tasks import CaseStatus

    shown = table(
        t("procedure"), t("ways"), t("closed"), t("closed, not satisfied"),
        t("without answer"), t("answered by"), t("closed by"), t("trial|result"),
    )  # fmt: skip
    faults: list[str] = []
    for trial in trials:
        fine = t("fine") if trial.is_sound else t("faulty")
        shown.add_row(
            trial.name, f"{trial.paths}", f"{trial.ends.get(CaseStatus.CLOSED, 0)}",
            f"{trial.ends.get(CaseStatus.CLOSED_UNSATISFIED, 0)}", f"{trial.unanswered}", duration(trial.to_answer),
            duration(trial.to_close), fine,
        )  # fmt: skip
        faults += [f"{trial.name}: {words}" for words in _faults(trial)]
    out.print(shown)
    for words in faults:
        err.print(words, style="red", soft_wrap=True)


def show_choices(procedures: Procedures, cases: Iterable[PastCase]) -> None:
    """Print which procedure each known case would get today; those that ran by another are marked."""
    from mailflow.procedures.trial import choose_again

    shown = table(t("case"), t("kind"), t("ran by"), t("today"), "")
    for item in choose_again(procedures, cases):
        mark = t("differs") if item.differs else ""
        today = item.procedure or t("none")
        shown.add_row(cell(item.case.number), kind_words(item.case.kind.value), item.case.ran_by or "-", today, mark)
    out.print(shown)


def duration(minutes: int) -> str:
    """Working minutes as days of eight hours, hours and minutes."""
    if minutes < 0:
        return "-"
    days, rest = divmod(minutes, DAY_MINUTES)
    hours, left = divmod(rest, 60)
    parts = ((days, t("d")), (hours, t("h")), (left, t("m")))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or f"0{t('m')}"


# ------------------------------------------------------------------------------------------------------------ parts


def _load() -> Procedures:
    from mailflow.procedures.load import load_procedures

    procedures, problems = load_procedures(load_config().rules / "procedures")
    if procedures is None:
        raise ConfigError(problems)
    return procedures


def _concerns(case: PastCase, procedure: Procedure) -> bool:
    return case.ran_by == procedure.name or case.kind in procedure.kinds


def _named(procedures: Procedures, name: str) -> Procedure:
    found = procedures.named(name)
    if found is None:
        known = ", ".join(item.name for item in procedures.all)
        fail(t("there is no procedure {name} -> one of: {known}", name=name, known=known))
    return found


def _role_titles() -> Mapping[str, tuple[str, str]]:
    """The titles of roles; none when the staff file cannot be read, which ``mailflow check`` reports."""
    from mailflow.settings import yaml_file

    document, _ = yaml_file.read(load_config().rules / "staff.yaml")
    roles = document.data.get("roles") if document is not None and isinstance(document.data, dict) else None
    found = {}
    for key, title in (roles or {}).items():
        if isinstance(title, dict):
            found[key] = (str(title.get("zh") or key), str(title.get("en") or key))
    return found


def _facts(procedure: Procedure) -> dict[str, str | list[str]]:
    forms = dict.fromkeys(task.form for task in procedure.tasks.values() if task.form)
    return {
        "name": procedure.name,
        "title": procedure.title.of("en" if is_english() else "zh"),
        "kinds": [kind.value for kind in procedure.kinds],
        "when": procedure.when,
        "tasks": f"{len(procedure.tasks)}",
        "forms": list(forms),
        "version": procedure.version,
    }


def _faults(trial: Trial) -> list[str]:
    found = [
        (trial.stuck, t("perhaps nobody can end")),
        (trial.loops, t("begins anew without an end")),
        (trial.never, t("never becomes due")),
    ]
    words = [f"{what}: {', '.join(names)}" for names, what in found if names]
    if trial.cut_short:
        words.append(t("too many ways: not all were followed"))
    if not trial.paths:
        words.append(t("no way leads to an end"))
    return words
