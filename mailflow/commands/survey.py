"""``mailflow survey``: a round of asking customers, from its plan to its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import is_english, t
from mailflow.commands.look import AsJson, print_json
from mailflow.sentences.catalogue import sentence, worded

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.casework.step import Turn
    from mailflow.domain.ports import Work
    from mailflow.domain.survey_ports import Invitation, Round
    from mailflow.surveys.questionnaire import Questionnaire
    from mailflow.surveys.results import Results
    from mailflow.surveys.sampling import Sample

YEAR = timedelta(days=365)
MOST_NAMED = 60
Number = Annotated[str, typer.Argument(metavar="ROUND", help="number of the round's case; the newest without it")]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="who does it: name or address")]
LEFT_OUT: Mapping[str, str] = {
    "no_contact": sentence("no contact known"),
    "unreachable": sentence("mail does not arrive"),
    "asked_lately": sentence("asked within 90 days"),
    "open_grave": sentence("grave complaint open"),
    "not_drawn": sentence("not drawn"),
}


def plan(
    period: Annotated[str, typer.Option("--period", help="what it is about, such as 2026")],
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="last day of answers, 2026-12-31")],
    by: By,
    form: Annotated[str, typer.Option("--form", help="a file of rules/surveys")] = "satisfaction",
    share: Annotated[float, typer.Option("--share", min=0, max=1, help="of the customers that are no key ones")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="of the draw; the same gives the same")] = 1,
    target: Annotated[float, typer.Option("--target", min=0, max=100, help="of the index")] = 85,
    purpose: Annotated[str, typer.Option("--purpose", help="why, and of which products and regions")] = "",
    confidential: Annotated[bool, typer.Option("--confidential", help="reports name nobody")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="open the round; else only shown")] = False,
) -> None:
    """Show who would be asked and who not, and why; with --yes open the round with its plan, to be signed."""
    from mailflow.casework.signing import Refused
    from mailflow.commands.byhand import refused, staff_member
    from mailflow.scheduled.surveys import PROCEDURE, REMINDED_AFTER, Planned, plan_round
    from mailflow.surveys.sampling import draw

    with one_line_errors(), opened() as app:
        questions, last = _questionnaire(app, form), _day(until)
        now, person = _now(), staff_member(app, by)
        procedure = app.services.desk.procedures().named(PROCEDURE)
        if procedure is None:
            fail(t("no procedure rules/procedures/survey.yaml"), 1)
        with app.ledger.begin(durable=False) as work:
            sample = draw(work.survey_candidates(now - YEAR), share, seed, now)
        _show_sample(sample)
        if not sample.chosen:
            fail(t("nobody is there to be asked"), 1)
        if not yes:
            out.print(t("Nothing was written: add --yes to open the round."))
            return
        values = _plan_values(questions, sample, last, share=share, seed=seed, target=target)
        values |= {"survey_owner": person.name} | ({"survey_purpose": purpose} if purpose else {})
        known = {
            "until": last.isoformat(), "target": target, "share": share, "seed": seed, "confidential": confidential,
            "language": app.services.desk.letters.language, "owner": person.address, "reminders": list(REMINDED_AFTER),
            "of": sample.of, "left_out": [[each.customer, each.why] for each in sample.left_out],
        }  # fmt: skip
        try:
            with app.ledger.begin() as work:
                planned = Planned(procedure, questions, period[:10], person, sample, values, known)
                step, _, blobs = plan_round(_turn(app, work, now), planned)
                if blobs:
                    app.vault.put(blobs)
        except Refused as refusal:
            fail(refused(refusal), 1)
        out.print(t("{number}: planned; letters leave once the plan is signed", number=step.case_number))


def send(number: Number = "") -> None:
    """Send the letters of a round whose plan is approved; what was sent before is not sent again."""
    from mailflow.domain.survey_ports import CLOSED
    from mailflow.scheduled.surveys import is_approved, send_round

    with one_line_errors(), opened() as app, app.ledger.begin() as work:
        turn, of = _turn(app, work, _now()), _round(work, number)
        if of.status == CLOSED:
            fail(t("{number}: the round is closed", number=of.number), 1)
        if not is_approved(turn, of):
            fail(t("{number}: the plan is not approved yet -> mailflow tasks {number}", number=of.number), 1)
        count = send_round(turn, of)
        out.print(t("{number}: {count} letters go out in the next round", number=of.number, count=count))


def status(number: Number = "", as_json: AsJson = False) -> None:
    """Show who was asked, what became of each letter, and the answers a person must look at."""
    from mailflow.surveys.judging import counting

    with one_line_errors(), opened() as app:
        with app.ledger.begin(durable=False) as work:
            of = _round(work, number)
            invitations, answers = work.invitations(of.id), work.survey_answers(of.id)
        newest = counting(answers)
        rows: list[dict[str, Any]] = []
        for each in invitations:
            answer = newest.get(each.id)
            rows.append(
                {
                    "company": each.company, "name": each.name, "address": each.address, "tier": each.tier,
                    "letter": each.status, "reminders": each.reminders,
                    "answer": answer.verdict if answer else "", "version": answer.version if answer else 0,
                    "doubts": [list(doubt) for doubt in answer.doubts] if answer else [],
                }
            )  # fmt: skip
        if as_json:
            print_json({"number": of.number, "period": of.period, "status": of.status, "letters": rows})
            return
        out.print(t("{number} {period}: {status}", number=of.number, period=of.period, status=of.status))
        names = t("company"), t("address"), t("letter"), t("reminders"), t("answer"), t("doubts")
        shown = table(*names)
        for row in rows:
            values: Sequence[Any] = (row["company"], row["address"], row["letter"], row["reminders"], row["answer"])
            shown.add_row(*map(cell, (*values, len(row["doubts"]) or "")))
        out.print(shown)


def answer(
    number: Annotated[str, typer.Argument(metavar="ROUND", help="number of the round's case")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="who was asked")],
    scores: Annotated[list[str], typer.Argument(metavar="N=SCORE...", help="question=score, such as 1=5 2=4 3=n/a")],
    by: By,
) -> None:
    """Enter what a customer said by telephone, or what a person reads in a mail; it is kept as the newest version."""
    from mailflow.commands.byhand import staff_member
    from mailflow.scheduled.surveys import form_of
    from mailflow.stages.survey import TELEPHONE, Answered, enter

    with one_line_errors(), opened() as app:
        person = staff_member(app, by)
        with app.ledger.begin() as work:
            of = _round(work, number)
            form, invitation = form_of(of), _invited(work, of, address)
            sheet = _typed(form, scores)
            entered = Answered(sheet, TELEPHONE, invitation.address, actor=person.address)
            kept = enter(_turn(app, work, _now()), of, form, invitation, entered)
            if kept.blobs:
                app.vault.put(kept.blobs)
        words = t("{number} {address}: version {version}, {verdict}", number=of.number, address=invitation.address,
                  version=kept.version, verdict=kept.verdict)  # fmt: skip
        out.print(words)


def close(number: Number, by: By) -> None:
    """End a round: what is answered later is kept and does not count."""
    from mailflow.commands.byhand import staff_member
    from mailflow.domain.survey_ports import CLOSED

    with one_line_errors(), opened() as app:
        person = staff_member(app, by)
        with app.ledger.begin() as work:
            turn, of = _turn(app, work, _now()), _round(work, number)
            if of.sent_at is None:
                fail(t("{number}: no letter was sent yet", number=of.number), 1)
            if of.status != CLOSED:
                work.set_round(of.id, status=CLOSED, closed_at=turn.now)
                turn.journal("survey.closed", actor=person.address, case=of.case_id, round=of.id)
        out.print(t("{number}: closed", number=of.number))


def report(
    number: Number = "",
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="write it into the record, in this name")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what a round says, with how sure it is; with --by write it into the report (JL-8.2-03), to be signed."""
    from mailflow.casework.signing import Refused, do_work
    from mailflow.commands.byhand import refused, staff_member
    from mailflow.domain.survey_ports import CLOSED
    from mailflow.scheduled.survey_measures import effect_of
    from mailflow.scheduled.surveys import CONDUCT, form_of
    from mailflow.surveys.report import report_fields

    with one_line_errors(), opened() as app:
        person = staff_member(app, by) if by else None
        language = app.services.desk.notes.language if person else "en" if is_english() else "zh"
        try:
            with app.ledger.begin() as work:
                turn, of = _turn(app, work, _now()), _round(work, number)
                form, earlier = form_of(of), _earlier(work, of)
                found = _results(work, of, earlier, turn.now)
                target, confidential = float(of.plan["target"]), bool(of.plan["confidential"])
                fields = report_fields(form, found, language, target=target, confidential=confidential)
                if effect := effect_of(turn, earlier, language):
                    said = worded(language, "Measures after the last round:")
                    fields["survey_change"] += f"\n{said}\n{effect}"
                if person is not None:
                    if of.status != CLOSED:
                        fail(t("{number}: close the round first -> mailflow survey close", number=of.number), 1)
                    step = turn.load(work.case(of.case_id))
                    if step is None or CONDUCT not in step.file.tasks:
                        fail(t("{number}: the plan is not approved yet -> mailflow tasks {number}", number=of.number))
                    spec = step.file.procedure.tasks[CONDUCT]  # a round goes by the procedure it began with
                    asked = {name: words for name, words in fields.items() if name in (*spec.asks, *spec.may)}
                    blobs = do_work(step, step.file.tasks[CONDUCT], person, asked, None)
                    work.touch_case(of.case_id)
                    if blobs:
                        app.vault.put(blobs)
        except Refused as refusal:
            fail(refused(refusal), 1)
        if as_json:
            print_json({"number": of.number, **fields})
            return
        for words in fields.values():
            out.print(cell(words), soft_wrap=True)


# ------------------------------------------------------------------------------------------------------------ parts


def _now() -> datetime:
    from mailflow.runtime.clock import now_utc

    return now_utc()


def _turn(app: App, work: Work, now: datetime) -> Turn:
    from mailflow.casework.step import Turn

    return Turn(app.services.desk, work, now)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(t("{day} is no day such as 2026-11-30", day=text), 2)


def _questionnaire(app: App, name: str) -> Questionnaire:
    from mailflow.domain.errors import ConfigError
    from mailflow.surveys.file import FOLDER, load_questionnaires

    found, problems = load_questionnaires(app.config.rules / FOLDER)
    if problems:
        raise ConfigError(problems)
    if name not in found:
        known = ", ".join(sorted(found)) or "-"
        fail(t("no questionnaire {name} in rules/surveys; there are: {known}", name=name, known=known), 2)
    return found[name]


def _round(work: Work, number: str) -> Round:
    rounds = [each for each in work.rounds() if not number or each.number == number.strip().upper()]
    if not rounds:
        fail(t("no such round -> mailflow survey plan"), 1)
    return rounds[0]


def _invited(work: Work, of: Round, address: str) -> Invitation:
    wanted = address.strip().lower()
    found = next((each for each in work.invitations(of.id) if each.address.lower() == wanted), None)
    if found is None:
        fail(t("{address} was not asked in {number}", address=address, number=of.number), 1)
    return found


def _typed(form: Questionnaire, scores: Sequence[str]) -> Any:
    """Scores as typed; everything that is wrong is said at once."""
    from mailflow.surveys.answers import Sheet
    from mailflow.surveys.values import Values, folded

    reads, said, wrong = Values(form), {}, []
    for each in scores:
        name, _, words = folded(each).partition("=")
        question = form.numbered(int(name)) if name.strip().isdecimal() else form.question(name.strip())
        value = reads.read(words, question) if question is not None and question.is_scored else None
        if question is None or value is None or value.score is None or question.key in said:
            wrong.append(each)
        else:
            said[question.key] = value.score
    if wrong:
        fail(t("not understood, or twice: {words}; write 1=5 2=n/a", words=", ".join(wrong)), 2)
    return Sheet(said)


def _earlier(work: Work, of: Round) -> Round | None:
    """The last round of this questionnaire before this one."""
    before = (each for each in work.rounds() if each.id < of.id and each.questionnaire == of.questionnaire)
    return next((each for each in before if each.sent_at), None)


def _results(work: Work, of: Round, earlier: Round | None, now: datetime) -> Results:
    from mailflow.scheduled.surveys import form_of
    from mailflow.surveys.results import results

    complaints = {each.customer: each.complaints for each in work.survey_candidates(now - YEAR)}
    before: Mapping[int, float] = {}
    if earlier is not None:
        said = work.invitations(earlier.id), work.survey_answers(earlier.id)
        before = results(form_of(earlier), *said, {}, {}).customers
    return results(form_of(of), work.invitations(of.id), work.survey_answers(of.id), before, complaints)


def _show_sample(sample: Sample) -> None:
    keys = sum(each.traits.is_key for each in sample.chosen)
    words = t("{chosen} of {of} customers are asked, {keys} of them key customers", chosen=len(sample.chosen),
              of=sample.of, keys=keys)  # fmt: skip
    out.print(words)
    shown = table(t("company"), t("address"), t("left out"))
    for chosen in sample.chosen:
        shown.add_row(cell(chosen.company), cell(chosen.address), "")
    for left in sample.left_out:
        shown.add_row(cell(left.company), "", t(LEFT_OUT[left.why]))
    out.print(shown)


def _plan_values(
    form: Questionnaire, sample: Sample, last: date, *, share: float, seed: int, target: float
) -> dict[str, str]:
    """What the plan's record says, in Chinese as all records."""
    from mailflow.scheduled.surveys import REMINDED_AFTER
    from mailflow.surveys.report import method

    keys = sum(each.traits.is_key for each in sample.chosen)
    reasons = Counter(each.why for each in sample.left_out)
    left = "；".join(f"{worded('zh', LEFT_OUT[why])} {count}" for why, count in sorted(reasons.items())) or "-"
    asked = "、".join(each.company or each.address for each in sample.chosen[:MOST_NAMED])
    sampling = worded(
        "zh",
        "{chosen} of {of} customers: {keys} key customers, all of them, and a share of {share:.0%} of the others drawn "
        "with seed {seed}. Asked: {asked}. Left out: {left}",
        chosen=len(sample.chosen), of=sample.of, keys=keys, share=share, seed=seed, asked=asked, left=left,
    )  # fmt: skip
    return {
        "survey_purpose": worded("zh", "to know how satisfied customers are, and to find what must become better"),
        "survey_scope": worded("zh", "customers of the last twelve months, and those listed"),
        "survey_way": worded("zh", "by mail, answered by reply; by telephone where wanted"),
        "survey_sampling": sampling,
        "survey_form": f"{form.title.zh} {form.version}",
        "survey_scoring": method(form, "zh"),
        "survey_target": f"{target:g}",
        "survey_time": last.isoformat(),
        "survey_reminders": worded("zh", "after {days} working days", days="、".join(map(str, REMINDED_AFTER))),
    }
