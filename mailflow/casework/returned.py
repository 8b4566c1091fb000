"""A report that a mail of ours came back: believed only when it proves that it speaks of one.

Anybody can write a report.  It must return the Message-ID of a mail we sent, or the reference at its foot, and name
the one recipient that mail went to (each mail of ours has one; the envelope it leaves with is that of the mailbox and
proves nothing), and it must not have failed the checks of our mail server.  Then it belongs to the case of that mail,
and a failure that no later try will mend makes this recipient unreachable.

Many servers return nothing but subject and recipient.  When these are those of one mail we sent lately, number of the
case and all, the report is about that mail: it counts as returned and staff are told.  Both can be known to others, so
nobody becomes unreachable by it (decision 71).  Anything else changes nothing but the journal.
"""

from __future__ import annotations

from datetime import timedelta

from mailflow.casework import undelivered
from mailflow.casework.step import Turn
from mailflow.customers import token
from mailflow.domain.model import Exclusion, Kind, Message
from mailflow.domain.outbox_ports import SentMail
from mailflow.trust.level import Trust
from mailflow.trust.policy import Action, may

NO_MAIL = "no_mail_of_ours"
LATELY = timedelta(days=7)  # servers give up after five
LOOKED_UP = 50  # Message-IDs of one report; a thread may be long
READ = 20_000  # characters of a report that are looked through for a reference or a subject of ours


def came_back(turn: Turn, stored: int, message: Message, report: Exclusion, trust: Trust) -> int | None:
    """Take in a report about a mail of ours, the mail with this row; returns the case it belongs to, if any.

    ``report`` is why ``message`` was set aside; anything but a bounce is none.
    """
    if report.kind != Kind.BOUNCE:
        return None
    mail, doubt = _believed(turn, report, trust)
    proven = mail is not None
    if mail is None and doubt == NO_MAIL:
        mail, proven = _spoken_of(turn, f"{message.subject}\n{message.text[:READ]}", report.recipients[:LOOKED_UP])
    if mail is None:
        if doubt == NO_MAIL and not report.about and is_failure(report):
            _tell_unproven(turn, report)
        turn.journal("return.not_believed", message=stored, reason=doubt)
        return None
    if not turn.work.came_back(mail.id, report.sign, turn.now, delayed=report.delayed):
        return mail.case_id  # said before
    what = "delayed" if report.delayed else "returned"
    turn.journal("return.noted", message=stored, case=mail.case_id, outbox=mail.id, what=what)
    if proven and mail.recipient.lower() in report.gone and not report.delayed:
        customer = turn.work.unreachable(mail.recipient, turn.now)
        if customer is not None:
            turn.work.touch(customer)
            turn.journal("contact.unreachable", message=stored, case=mail.case_id, outbox=mail.id)
    if is_failure(report):
        undelivered.tell(turn, mail.id, report.said)
    return mail.case_id


# ------------------------------------------------------------------------------------------------------------ parts


def is_failure(report: Exclusion) -> bool:
    """Does it say that a mail did not arrive, and not that it is late, or that its reader calls it spam?"""
    return not report.delayed and report.sign != "feedback-report"


def _tell_unproven(turn: Turn, report: Exclusion) -> None:
    """Large providers return no Message-ID: nothing is changed by such a report, and a person looks."""
    for address in report.recipients:
        sent = turn.work.sent_lately_to(address, turn.now - LATELY)
        if sent:
            undelivered.tell(turn, sent[0].id, report.said, proven=False)
            return


def _believed(turn: Turn, report: Exclusion, trust: Trust) -> tuple[SentMail | None, str]:
    """The mail of ours the report proves to speak of, the nearest first; else None and what is wanting."""
    if not may(Action.REPORT_RETURN, trust):
        return None, "failed_checks"
    ours = turn.work.sent_under(report.about[:LOOKED_UP]) if report.about else []
    if not ours:
        return None, NO_MAIL
    named = {address.lower() for address in report.recipients}
    found = next((mail for mail in ours if mail.recipient.lower() in named), None)
    return found, "" if found else "other_recipient" if named else "no_recipient"


def _spoken_of(turn: Turn, text: str, recipients: tuple[str, ...]) -> tuple[SentMail | None, bool]:
    """The mail of ours that a report without our Message-ID names, and whether it brings back our reference.

    Of several about one case it is the last with the subject the report repeats; without a subject none of them.
    """
    for address in recipients:
        sent = turn.work.sent_lately_to(address, turn.now - LATELY)
        known = {found.case for found in token.find(text) if token.is_ours(found, address, turn.desk.secret)}
        if mail := next((mail for mail in sent if mail.case_id in known), None):
            return mail, True
        said = _squeezed(text)
        named = [mail for mail in sent if mail.case_id and _squeezed(turn.work.case(mail.case_id).number) in said]
        repeated = (mail for mail in named if _subject(turn, mail) in said)
        if mail := named[0] if len(named) == 1 else next(repeated, None):
            return mail, False
    return None, False


def _subject(turn: Turn, mail: SentMail) -> str:
    row = turn.work.outgoing(mail.id)
    return _squeezed(turn.desk.decode(bytes(row["raw"])).subject) if row else ""


def _squeezed(text: str) -> str:
    """Without white space and case: reports break subjects into lines and pad them."""
    return "".join(text.split()).casefold()
