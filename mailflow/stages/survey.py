"""survey: a customer's answer to a survey, by the number of his letter or by its thread; read, kept and judged.

What answers nothing of the questionnaire goes on as any mail.  An answer closes nothing: it may be sent again until the
round ends, the newest counts and all are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailflow.casework.own_matters import Matter, open_matter
from mailflow.casework.returned_files import PAPER, Files
from mailflow.casework.step import Turn
from mailflow.domain.model import Attachment, Kind, Message
from mailflow.domain.ports import StoredMessage
from mailflow.domain.survey_ports import CLOSED, Invitation, Round, SurveyAnswer
from mailflow.procedures.model import Title
from mailflow.sentences.catalogue import worded
from mailflow.surveys import token
from mailflow.surveys.answers import Doubt, Sheet, read_sheet
from mailflow.surveys.file import read_questionnaire
from mailflow.surveys.judging import OPEN, VALID, low_scores, verdict
from mailflow.surveys.questionnaire import Questionnaire
from mailflow.surveys.values import squeezed
from mailflow.trust.level import Level, Trust

PROCEDURE = "survey_follow_up"
FOLLOW_UP = Title(zh="满意度低，与客户联系", en="Low satisfaction: get in touch")
READ_IT = Title(zh="读一份调查答复", en="Read an answer to a survey")
KIND, HOW = Kind.SURVEY_REPLY.value, "survey"
"""What such a mail is, and how it was filed."""
MAIL, FILE, TELEPHONE = "mail", "file", "telephone"
"""The ways of answers."""

MOST_FILES = 5
FEW_WORDS = 60
"""So many letters say that something is attached; who writes more has something else to say."""

ON_PAPER = "on_paper"
"""A doubt: the answer is in a picture or a scan."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that may answer a survey: as it is stored, read, of which kind, and its files."""

    stored: StoredMessage
    message: Message
    kind: Kind
    files: Files


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody answered, and how it came: ``way``, from whom, by which mail, entered by which colleague."""

    sheet: Sheet
    way: str
    sender: str = ""
    message: int | None = None
    actor: str = ""
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an answer: its version, the verdict, and the files of a case that was opened because of it."""

    version: int
    verdict: str
    blobs: tuple[bytes, ...] = ()


def sheets(message: Message, cells: Callable[[Attachment], str]) -> tuple[str, ...]:
    """The texts of the files of a mail that bears the number of a survey's letter; slow.  Of other mails none."""
    if not token.find(_words(message)):
        return ()
    return tuple(filter(None, map(cells, message.attachments[:MOST_FILES])))


def take(turn: Turn, arrived: Arrived, trust: Trust) -> Kept | None:
    """Keep a mail that answers a survey; None when it answers none."""
    message = arrived.message
    invitation = None if arrived.stored.history else _invitation(turn, message)
    sender = message.sender
    if invitation is None or sender is None or turn.desk.is_ours(sender):
        return None
    of = turn.work.survey_round(invitation.round_id)
    form, _ = read_questionnaire(of.questionnaire, of.text)
    if form is None:
        return None
    answers = [text for each in arrived.files.sheets if (text := _answers_of(each))]
    new = "\n".join((message.new_text, *answers))
    sheet = read_sheet(form, new, message.quoted_text, ours=_our_lines(turn, invitation))
    if not (sheet.scores or sheet.words or sheet.doubts):
        if not _is_on_paper(arrived):
            return None
        sheet = Sheet(doubts=(Doubt("", ON_PAPER, "、".join(file.name for file in message.attachments)),))
    is_other = trust.level is Level.FAILED or _is_other(form, sender.address, invitation.address)
    way = FILE if answers else MAIL
    answered = Answered(sheet, way, sender.address.lower(), arrived.stored.id, is_other=is_other)
    return enter(turn, of, form, invitation, answered)


def enter(turn: Turn, of: Round, form: Questionnaire, invitation: Invitation, answered: Answered) -> Kept:
    """Keep an answer as the next version of its invitation, and open what must be done about it."""
    sheet = answered.sheet
    judged = verdict(form, sheet, is_closed=of.status == CLOSED, is_other=answered.is_other)
    before = [each for each in turn.work.survey_answers(of.id) if each.invitation == invitation.id]
    doubts = [(doubt.key, doubt.why, doubt.words[:500]) for doubt in sheet.doubts]
    version = turn.work.add_survey_answer(
        SurveyAnswer(
            0, invitation.id, 0, answered.way, answered.sender, turn.now, answered.message, sheet.scores, sheet.words,
            sheet.remarks, doubts, judged, answered.actor,
        )
    )  # fmt: skip
    turn.journal(
        "survey.answered", actor=answered.actor or "mailflow", message=answered.message, case=of.case_id,
        invitation=invitation.id, version=version, verdict=judged,
    )  # fmt: skip
    low = low_scores(form, sheet.scores)
    blobs: list[bytes] = []
    if judged == VALID and low and invitation.followed is None and not of.plan.get("confidential"):
        words = _low_words(turn, form, invitation, low, sheet)
        case, blobs = _follow(turn, invitation.manager, FOLLOW_UP, f"{of.period} {invitation.company}", words)
        if case:
            turn.work.set_invitation(invitation.id, followed_by=case)
    elif (judged in OPEN or doubts) and not any(each.verdict in OPEN or each.doubts for each in before):
        words = _doubt_words(turn, form, of, invitation, sheet, judged)
        _, blobs = _follow(turn, str(of.plan.get("owner", "")), READ_IT, f"{of.number} {invitation.company}", words)
    return Kept(version, judged, tuple(blobs))


# ------------------------------------------------------------------------------------------------------------ parts


def _words(message: Message) -> str:
    names = (file.name for file in message.attachments)
    return "\n".join((message.subject, message.new_text, message.quoted_text, *names))


def _answers_of(text: str) -> str:
    """What a file answers: of our own sheet (it bears the letter's number) the rows of its tables, else all of it."""
    if not token.find(text):
        return text
    return "\n".join(line for line in text.splitlines() if "\t" in line)


def _is_on_paper(arrived: Arrived) -> bool:
    """Is a page attached that only a person can read, and nothing said that is another matter?"""
    few = len(squeezed(arrived.message.new_text)) <= FEW_WORDS
    paper = any(file.safe_name.lower().endswith(PAPER) and not file.inline for file in arrived.message.attachments)
    return few and paper and arrived.kind is not Kind.COMPLAINT


def _invitation(turn: Turn, message: Message) -> Invitation | None:
    for row, check in token.find(_words(message)):
        found = turn.work.invitation(row)
        if found is not None and token.is_ours(row, check, found.address, turn.desk.secret):
            return found
    named = [name for name in (message.in_reply_to, *message.references) if name]
    mails = turn.work.sent_under(named[:50]) if named else []
    return turn.work.invited_under([mail.id for mail in mails]) if mails else None


def _our_lines(turn: Turn, invitation: Invitation) -> list[str]:
    row = turn.work.outgoing(invitation.outbox) if invitation.outbox is not None else None
    if row is None:
        return []
    ours = turn.desk.decode(row["raw"])
    return f"{ours.new_text}\n{ours.quoted_text}\n{ours.signature}".splitlines()


def _is_other(form: Questionnaire, sender: str, asked: str) -> bool:
    """Somebody else answered: of the same company it is as the questionnaire says, else a person looks."""
    if sender.lower() == asked.lower():
        return False
    same = sender.rpartition("@")[2].lower() == asked.rpartition("@")[2].lower()
    return not (same and form.counting.other_person == "accept")


def _follow(turn: Turn, owner: str, title: Title, subject: str, words: str) -> tuple[int | None, list[bytes]]:
    """Ask a person: the colleague with this address, else whoever holds the step's role."""
    procedure = turn.desk.procedures().named(PROCEDURE)
    if procedure is None:  # an office laid out before there were surveys
        turn.journal("survey.unfollowed", reason="no procedure survey_follow_up")
        return None, []
    known = turn.desk.staff().by_address(owner) if owner else None
    intake = {"duty_period": subject, "duty_text": words}
    named = f"{title.of(turn.desk.notes.language)}：{subject}"
    matter = Matter(procedure, named, intake, known.address if known else "", turn.now, title)
    step, blobs = open_matter(turn, matter)
    return step.case_id, list(blobs)


def _low_words(turn: Turn, form: Questionnaire, invitation: Invitation, low: Mapping[str, int], sheet: Sheet) -> str:
    language = turn.desk.notes.language
    scores = "；".join(f"{_title(form, key, language)} {score}" for key, score in low.items())
    said = "；".join([*sheet.remarks.values(), *sheet.words.values()])
    who = " ".join(filter(None, (invitation.company, invitation.name, invitation.address)))
    asked = worded(language, "{who} gave low scores: {scores}. Please get in touch and write what came of it.",
                   who=who, scores=scores)  # fmt: skip
    return f"{asked} {said}".strip()


def _doubt_words(turn: Turn, form: Questionnaire, of: Round, invitation: Invitation, sheet: Sheet, judged: str) -> str:
    language = turn.desk.notes.language
    unclear = "；".join(f"{_title(form, d.key, language)}: {d.words[:80]}" for d in sheet.doubts[:20])
    command = f"mailflow survey answer {of.number} {invitation.address} 1=5 2=4"
    return worded(
        language,
        "The answer of {who} ({verdict}) is to be read by a person: {unclear}. Enter it with: {command}",
        who=f"{invitation.company} {invitation.address}", verdict=judged, unclear=unclear or "-", command=command,
    )  # fmt: skip


def _title(form: Questionnaire, key: str, language: str) -> str:
    question = form.question(key)
    return f"{question.number}. {question.title.of(language)}" if question else "-"
