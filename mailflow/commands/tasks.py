"""``mailflow tasks``, ``assign`` and ``done``: who must do what until when, and what was done outside the mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import is_english, t
from mailflow.commands.look import AsJson, local, no_case, print_json
from mailflow.commands.procedure import duration

if TYPE_CHECKING:
    from mailflow.app import App

TaskId = Annotated[int, typer.Argument(metavar="TASK", help="see mailflow tasks")]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="who did it: name or address")]


def tasks(
    case: Annotated[str, typer.Argument(metavar="[CASE]", help="only of this case")] = "",
    person: Annotated[str, typer.Option("--person", help="only theirs (name, address)")] = "",
    late: Annotated[bool, typer.Option("--late", help="only late ones")] = False,
    unheld: Annotated[bool, typer.Option("--unheld", help="only those nobody has")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100000, help="at most")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List open tasks, the most urgent first: due time, person, how late in working time."""
    from mailflow.casework.corrections import clean
    from mailflow.commands.byhand import staff_member
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        now, number = now_utc(), clean(case).upper()
        # An address may be that of somebody who is not in the staff file any more.
        address = "" if not person else person.strip() if "@" in person else staff_member(app, person).address
        rows = app.lists.tasks(now=now, person=address or None, late=late, unheld=unheld, case=number, limit=limit)
        if number and not rows and app.lists.case(number) is None:
            no_case(number)
        for row in rows:
            row["late_minutes"] = _late_minutes(row, now, app) if row["late"] else 0
        if as_json:
            print_json(rows)
            return
        _show(rows, app)


def assign(
    task: TaskId,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="to whom (name or address)")],
    by: Annotated[str, typer.Option("--by", help="who assigns it")] = "",
) -> None:
    """Give an open task to somebody who has its role; whoever the procedure excludes cannot get it."""
    from mailflow.casework.assign import acting, excluded, has_role, why_excluded
    from mailflow.casework.signing import Refused, instead, take_over
    from mailflow.commands.byhand import actor_of, at_task, holders_of, staff_member
    from mailflow.domain.tasks import TaskStatus

    with one_line_errors():
        actor = actor_of(by)
        with opened() as app:
            named, desk = staff_member(app, to), app.services.desk
            with at_task(app, task) as hand:
                spec, staff, before = hand.file.spec(hand.task), desk.staff(), hand.task.person
                if hand.task.status is not TaskStatus.OPEN or not hand.task.current:
                    raise Refused("already_done" if hand.task.status is TaskStatus.DONE else "not_open")
                if spec.done_by == "clock":
                    raise Refused("not_allowed", t("this step only waits for its time"))
                day = hand.now.astimezone(desk.zone).date()
                present = acting(named, staff, day, excluded(hand.task.name, hand.file, staff))
                if present is None:
                    language = "en" if is_english() else "zh"
                    because = why_excluded(named, hand.task.name, hand.file, staff, language)
                    raise Refused("not_allowed", named.name, *because, instead(hand.step, hand.task.name, named))
                if not has_role(named, spec, hand.file, staff, day):
                    raise Refused("not_role", named.name, *holders_of(spec.role, app, day))
                if present.address != before:
                    hand.blobs += take_over(hand.step, hand.task, present, by=actor)
                title, number = hand.title, hand.file.case.number
            if present != named:
                words = t("{name} is away; the deputy gets it", name=named.name)
                out.print(words, style="yellow")
            if present.address == before:
                out.print(t("{name} has it already, nothing changed", name=present.name))
                return
            out.print(f"{number} {task} {title} -> {present.name} <{present.address}>", soft_wrap=True)
            out.print(t("The mail about it goes out in the next round."), style="dim")


def done(
    task: TaskId,
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="field=value, such as cause_occur='seal missing'",
        ),
    ],
    by: By,
    because: Annotated[
        str, typer.Option("--because", metavar="REASON", help="why words for the customer are not approved")
    ] = "",
) -> None:
    """Enter work done outside the mail (a call, a meeting), with all checks a mail would meet."""
    from mailflow.casework.corrections import clean
    from mailflow.casework.said import not_approved
    from mailflow.casework.signing import do_work, send_back
    from mailflow.commands.byhand import (
        actor_of,
        at_task,
        checked_holder,
        checked_way,
        opened_now,
        staff_member,
        typed_values,
    )

    with one_line_errors():
        actor = actor_of("")
        with opened() as app:
            person = staff_member(app, by)
            with at_task(app, task, actor, "worked") as hand:
                checked_way(hand, signing=False)
                checked_holder(person, hand, app)
                values, reason = typed_values(assignments, hand, app), clean(because)
                returns = not_approved(hand.file, hand.task, values)
                if returns is not bool(reason):
                    fail(t("words for the customer that are not approved, and nothing else, need --because REASON"))
                hand.blobs += (
                    send_back(hand.step, hand.task, person, reason, None)
                    if returns
                    else do_work(hand.step, hand.task, person, values, None)
                )
            out.print(f"{hand.file.case.number} {task} {hand.title}: {person.name}", soft_wrap=True)
            told_next(opened_now(hand, app), hand.file.state.status.value)


def told_next(following: list[str], status: str) -> None:
    """Say what comes next in a case, or that it is closed."""
    for line in following:
        out.print(t("next: ") + cell(line), soft_wrap=True)
    if status != "open":
        out.print(t("the case is closed") + f" ({status})")


# ------------------------------------------------------------------------------------------------------------ parts


def _late_minutes(row: dict[str, Any], now: datetime, app: App) -> int:
    """Working minutes since the due time, by the hours of whoever has the task."""
    staff = app.services.desk.staff()
    person = staff.by_address(row["person"])
    calendar = staff.calendar_of(person) if person else staff.calendar
    return int(calendar.between(row["due_at"], now) / timedelta(minutes=1))


def _show(rows: list[dict[str, Any]], app: App) -> None:
    zone, staff = app.config.zone, app.services.desk.staff()
    language = "en" if is_english() else "zh"
    shown = table(
        "ID", t("case"), t("customer"), t("task"), t("due"),
        t("late (working time)"), t("tasks|who"), t("record"),
    )  # fmt: skip
    for row in rows:
        person = staff.by_address(row["person"])
        who = person.name if person else row["person"] or _nobody(row, staff.title(row["role"], language))
        due = local(row["due_at"], zone)
        late = duration(row["late_minutes"]) if row["late"] else ""
        severity = f" [{row['severity']}]" if row["severity"] in ("重大", "恶性") else ""
        severity = f" [{row['priority']}]{severity}" if row["priority"] in ("特急", "紧急") else severity
        customer = f"{row['customer']} {row['company']}".strip()
        title = (row["title_en"] if language == "en" else row["title"]) or row["name"]
        cells = (row["id"], row["case"] + severity, customer, title, due, late, who, row["record"])
        shown.add_row(*map(cell, cells), style="yellow" if row["late"] else None)
    out.print(shown)
    if any(row["person"] == "" and row["by"] in ("signature", "reply") for row in rows):
        words = t("give one to somebody: mailflow assign TASK PERSON")
        out.print(words, style="dim")


def _nobody(row: dict[str, Any], role: str) -> str:
    """Who is waited for when no person has the task."""
    if row["by"] == "event":
        return t("(the customer)")
    if row["by"] == "clock":
        return t("(its time)")
    return t("nobody ({role})", role=role)
