"""From when on mail is new: what ``mailflow run`` begins with, how old mail is shown, and how a person chooses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from mailflow.commands.common import cell, err, fail, out
from mailflow.commands.language import in_words, t
from mailflow.commands.running import progress
from mailflow.domain.errors import MailflowError
from mailflow.domain.mailbox_ports import Listing, NotGiven
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Oversize
from mailflow.outgoing.late import LATE
from mailflow.runtime.logs import event

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.ports import Mailbox
    from mailflow.settings.config import Config
    from mailflow.stages.collect import IsHistory

ALL = "all"
AGES = (timedelta(days=1), timedelta(days=7), timedelta(days=30))


def since_given(text: str | None, config: Config) -> datetime | str | None:
    """``all``, or a day or moment in the configured time zone; None when nothing was given.  Ends the command else."""
    if text is None or text == ALL:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(
            t(
                ("--since {text!r} is no date: write 2026-11-20, 2026-11-20T08:00, or all (answer everything)"),
                text=cell(text),
            )
        )
    return (moment if moment.tzinfo else moment.replace(tzinfo=config.zone)).astimezone(UTC)


def begin(
    app: App, boxes: Iterable[Mailbox], since: datetime | str | None, now: datetime, *, tell: bool = True
) -> None:
    """Say from when on the mail of each mailbox is new, before the first look into it.

    A mailbox nobody read before begins now; what lies there already is counted and shown.  ``since`` is a person's
    choice, kept for good.
    """
    fresh = []
    with app.ledger.begin() as work:
        for box in boxes:
            began = work.begin_mailbox(box.name, now)
            if since is not None:
                work.begin_from(box.name, since if isinstance(since, datetime) else None)
                work.journal("start.chosen", now, mailbox=box.name, since=str(since))
            elif began is not None:
                work.journal("start.now", now, mailbox=box.name, since=began.isoformat())
                fresh.append((box, began))
    for box, began in fresh:
        event("mailbox.started", mailbox=box.name, since=began.isoformat())
        if not tell:
            continue
        try:
            show_old(box, now)
        except MailflowError as error:  # the first round says it again, and tries again
            err.print(f"{box.name}: {in_words(error.message)}", style="yellow", soft_wrap=True)


def show_old(box: Mailbox, now: datetime) -> int:
    """Count what lies in a mailbox nobody read yet, by age, and say how to choose; returns how many mails these are.

    Raises what looking into the mailbox raises.
    """
    ages: list[datetime | None] = []
    for listing in box.listing():
        ages += box.received(listing, listing.uids).values()
    if not ages:
        out.print(f"{t('mailbox')} {box.name}: " + t("no mail lies there yet"), soft_wrap=True)
        return 0
    say = f"{t('mailbox')} {box.name}: " + t(
        (
            "{count} mails lie there from before the start ({ages}). They are not answered and "
            "make no tasks by themselves."
        ),
        count=len(ages),
        ages=_shown(_by_age(ages, now)),
    )
    out.print(say, style="yellow", soft_wrap=True)
    out.print(
        t(
            "choose: mailflow run --since 2026-11-20 (answer from that day on); mailflow import "
            "--history (file them, answer nothing); mailflow run --since all (answer everything)"
        ),
        soft_wrap=True,
    )
    return len(ages)


def importing(app: App, box: Dated, since: datetime | str | None, now: datetime) -> IsHistory:
    """Which mails of an import are filed and not answered; ``since`` is what a person chose.

    Without a choice mail from before the office's start ends the command, with how many of which age these are.
    """
    if since == ALL:
        return lambda mail: False
    if isinstance(since, datetime):
        return lambda mail: _is_before(mail.received_at, since)
    fresh = _fresh_from(app, now)
    if fresh is None:
        return lambda mail: False
    old = [at for at in _arrivals(app, box) if _is_before(at, fresh)]
    if old:
        day = fresh.astimezone(app.config.zone).strftime("%Y-%m-%d %H:%M")
        _let_choose(old, day, now)
    return lambda mail: False


def arrival(mail: RawMessage) -> datetime | None:
    """When the server that received a mail says it came (its topmost Received), else when its mailbox got it.

    ``Date:`` says nothing: anybody may write it.
    """
    from mailflow.stages.decode import decode

    ends = [at + 4 for blank in (b"\r\n\r\n", b"\n\n") if (at := mail.raw.find(blank)) >= 0]
    return decode(mail.raw[: min(ends, default=None)], mail.received_at).received_at


class Dated:
    """A mailbox of files whose mails bear the time the server that received them says."""

    def __init__(self, box: Mailbox) -> None:
        self._box, self.name = box, box.name
        self.listing, self.received, self.mark_done = box.listing, box.received, box.mark_done
        self.wait, self.close = box.wait, box.close

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize | NotGiven]:
        """As the mailbox does."""
        for item in self._box.fetch(listing, uids):
            match item:
                case RawMessage():
                    yield replace(item, received_at=arrival(item))
                case Oversize(message=head):
                    yield replace(item, message=replace(head, received_at=arrival(head)))
                case _:
                    yield item


def _is_before(at: datetime | None, since: datetime) -> bool:
    return at is None or at < since


def _fresh_from(app: App, now: datetime) -> datetime | None:
    """From when on imported mail is answered by itself; None: all of it, as a person chose for the mailboxes."""
    with app.ledger.begin(durable=False) as work:
        starts = work.starts_of(box.name for box in app.config.mailboxes)
    return None if None in starts else min([now - LATE, *filter(None, starts)])


def _arrivals(app: App, box: Dated) -> Iterator[datetime | None]:
    """When the mails came that an import would take in."""
    for listing in box.listing():
        with app.ledger.begin(durable=False) as work:
            known = work.known_uids(listing)
        with progress() as shown:
            counted = shown.add_task(t("counting"), total=len(listing.uids) - len(known))
            for item in box.fetch(listing, [uid for uid in listing.uids if uid not in known]):
                shown.advance(counted)
                if not isinstance(item, NotGiven):
                    yield (item.message if isinstance(item, Oversize) else item).received_at


def _let_choose(old: list[datetime | None], day: str, now: datetime) -> NoReturn:
    ages = _shown(_by_age(old, now))
    fail(
        t(
            (
                "{count} of these mails came before {day} ({ages}): they are not answered and make "
                "no tasks by themselves. Choose: --history (file them, answer nothing); --since "
                "2026-11-20 (answer what was received from that day on, file the rest); --since all "
                "(answer everything). Nothing was taken in."
            ),
            count=len(old),
            day=day,
            ages=ages,
        )
    )


def _by_age(ages: Iterable[datetime | None], now: datetime) -> Mapping[str, int]:
    """How many mails of each age, the youngest first; a mail nobody says the time of counts by itself."""
    names = (t("within a day"), t("within a week"), t("within a month"))
    found = dict.fromkeys((*names, t("older"), t("time not known")), 0)
    *_, older, unknown = found
    for at in ages:
        age = None if at is None else now - at
        found[
            unknown if age is None else next((n for n, days in zip(names, AGES, strict=True) if age <= days), older)
        ] += 1
    return {name: count for name, count in found.items() if count}


def _shown(counts: Mapping[str, int]) -> str:
    return t(", ").join(f"{name} {count}" for name, count in counts.items())
