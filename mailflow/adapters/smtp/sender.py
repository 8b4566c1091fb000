"""SMTP submission over one kept connection (RFC 5321, 6409), pipelined where the server offers it (RFC 2920).

Three rules.  A mail is repeated by itself only as long as its text was not handed over: after that nobody knows
whether the server took it, and the caller repeats the same bytes under the same Message-ID later.  PermanentError
speaks of this one mail; trouble with the connection never fails a mail.  No message, log or error holds the text of
a mail, a secret, or a whole address.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence

from mailflow.adapters.smtp.wire import Dropped, Reply, SmtpSettings, Wire, connect, log, login_refused, short, shown
from mailflow.domain.errors import (
    LoginRefused,
    MailflowError,
    PermanentError,
    SenderRefused,
    TemporaryError,
    Unreachable,
)
from mailflow.domain.model import OutgoingMail, Refusal
from mailflow.outgoing.compose import mail_address

__all__ = ["SmtpSender", "SmtpSettings"]

IDLE_CHECK = 15.0  # seconds after which a kept connection is asked whether it still lives
LOGIN_PAUSE = 300.0  # a refused login is not tried again earlier: repeating it locks accounts
MAX_PIPELINED = 50  # recipients in one write; more could fill both directions' buffers and stall (RFC 2920 section 3.1)

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463, right behind the code (RFC 2034)
FULL = ("5.2.2", "5.3.1")  # the receiver's mailbox, the receiver's system is full: it may have room tomorrow
TOO_LARGE = ("5.2.3", "5.3.4")

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")


class NotNow(TemporaryError):
    """A TemporaryError with the server's reply code (0 when there was no reply)."""

    def __init__(self, message: str, *, code: int = 0, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


class Never(PermanentError):
    """A PermanentError with the server's reply code (0 when the mail was refused before asking the server)."""

    def __init__(self, message: str, *, code: int = 0, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


class Unwelcome(Never, SenderRefused):
    """A SenderRefused with the server's reply code."""


class _HandedOver(Exception):
    """The connection went while or after the text was sent."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class SmtpSender:
    """Sends mails through one server, as :class:`mailflow.domain.ports.Sender`.  Safe to share between threads."""

    def __init__(self, settings: SmtpSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._used_at = 0.0
        self._login_error: LoginRefused | None = None
        self._login_after = 0.0

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        """Hand one mail to the server; see :meth:`mailflow.domain.ports.Sender.send`."""
        text = _wire_form(mail.raw)
        with self._lock:
            for last_try in (False, True):
                wire, is_fresh = self._connection()
                try:
                    refusals = _submit(wire, mail, text, self._settings)
                except _HandedOver as lost:
                    self._forget()
                    words = f"the connection broke while the mail was handed over: {lost.words}"
                    raise NotNow(words, remedy="it goes out again under the same Message-ID") from None
                except Dropped as lost:
                    self._forget()
                    if is_fresh or last_try:
                        raise NotNow(f"the mail server broke off: {lost.words}", code=lost.code) from None
                    log.info("smtp.reconnecting", extra={"ids": {"why": lost.words}})
                    continue
                except MailflowError:
                    self._reset()
                    raise
                self._used_at = self._clock()
                wire.mails += 1
                for refusal in refusals:
                    ids = {"recipient": short(refusal.recipient), "code": refusal.code}
                    log.warning("smtp.refused", extra={"ids": ids})
                return refusals
        raise AssertionError("unreachable")  # pragma: no cover

    def probe(self) -> list[str]:
        """What keeps mails from leaving, one line each with its remedy; empty when the server would take them.

        Opens a connection of its own, logs in, and sends nothing.
        """
        try:
            wire = connect(self._settings)
        except MailflowError as error:
            return [" ".join(str(error).split())]
        try:
            answer = wire.command("NOOP")
            return [] if answer.code == 250 else [f"the mail server answers strangely: {answer.words}"]
        except Dropped as lost:
            return [f"the mail server broke off after the login: {lost.words} -> ask the provider"]
        finally:
            wire.quit()

    def close(self) -> None:
        """End the connection politely; never raises."""
        with self._lock:
            wire, self._wire = self._wire, None
            if wire is not None:
                wire.quit()

    # ------------------------------------------------------------------------------------------------- the connection

    def _connection(self) -> tuple[Wire, bool]:
        """The kept connection, or a new one; True when it is new."""
        if self._wire is not None and self._is_good(self._wire):
            return self._wire, False
        now = self._clock()
        if self._login_error is not None and now < self._login_after:
            raise LoginRefused(self._login_error.message, remedy=self._login_error.remedy)
        try:
            self._wire = connect(self._settings)
        except LoginRefused as error:
            self._login_error, self._login_after = error, now + LOGIN_PAUSE
            raise
        except Unreachable:
            raise
        except TemporaryError as error:
            raise Unreachable(error.message, remedy=error.remedy) from None
        except Exception as error:
            # Whatever breaks before a mail is spoken of says nothing about the mail.
            log.exception("smtp.broke")
            raise Unreachable(f"connecting to the mail server broke: {type(error).__name__}") from error
        self._login_error = None
        self._used_at = now
        return self._wire, True

    def _is_good(self, wire: Wire) -> bool:
        if wire.mails >= self._settings.max_per_connection:
            wire.quit()
            self._wire = None
            return False
        if self._clock() - self._used_at < IDLE_CHECK and not wire.readable():
            return True
        try:
            if wire.command("NOOP").code == 250:
                return True
        except Dropped:
            pass
        self._forget()
        return False

    def _reset(self) -> None:
        """After a refusal: the server must forget the unfinished mail, or the connection goes."""
        if self._wire is None:
            return
        try:
            if self._wire.command("RSET").code == 250:
                self._used_at = self._clock()
                return
        except Dropped:
            pass
        self._forget()

    def _forget(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


# ------------------------------------------------------------------------------------------------------------ one mail


def _submit(wire: Wire, mail: OutgoingMail, text: bytes, settings: SmtpSettings) -> list[Refusal]:
    """MAIL, RCPT, DATA and the text.  Raises Dropped only while the server cannot have taken the mail."""
    commands, recipients, refusals = _envelope(wire, mail, text)
    pipelined = "PIPELINING" in wire.extensions and len(recipients) <= MAX_PIPELINED
    if pipelined:
        wire.write("".join(f"{command}\r\n" for command in (*commands, "DATA")).encode())

    def answer(command: str) -> Reply:
        return wire.reply() if pipelined else wire.command(command)

    mail_from = answer(commands[0])
    if not _done(mail_from) and not pipelined:
        raise _sender_refused(mail_from, wire)
    answers = [answer(command) for command in commands[1:]]
    refusals += [
        Refusal(recipient, reply.code, reply.words, _may_pass(reply))
        for recipient, reply in zip(recipients, answers, strict=True)
        if not _done(reply)
    ]
    anyone = _done(mail_from) and any(_done(reply) for reply in answers)
    if not anyone and not pipelined:
        raise _all_refused(refusals)
    data = answer("DATA")
    if not anyone:
        if data.code == 354:  # it waits for a text all the same: give it none (RFC 2920 section 3.1)
            wire.write(b".\r\n")
            wire.reply()
        raise _all_refused(refusals) if _done(mail_from) else _sender_refused(mail_from, wire)
    if data.code != 354:
        raise _refused(data)
    final = _hand_over(wire, text, settings)
    if not _done(final):
        raise _refused(final)
    return refusals


def _done(reply: Reply) -> bool:
    """2xx: also 251 (it forwards) and 252 (it cannot verify, but tries) are a yes (RFC 5321 section 4.2.1)."""
    return reply.code // 100 == 2


def _hand_over(wire: Wire, text: bytes, settings: SmtpSettings) -> Reply:
    try:
        wire.write(text)
        final = wire.reply(settings.final_timeout)
        wire.sock.settimeout(settings.timeout)
        return final
    except (Dropped, OSError) as lost:
        raise _HandedOver(lost.words if isinstance(lost, Dropped) else type(lost).__name__) from None


def _envelope(wire: Wire, mail: OutgoingMail, text: bytes) -> tuple[list[str], list[str], list[Refusal]]:
    """The commands MAIL and RCPT, the recipients they name, and those this server cannot be asked to serve."""
    sender = mail_address(mail.sender)
    if not sender:
        raise Never("the sender is no usable address", remedy="correct the address in the settings")
    limit = wire.extensions.get("SIZE", "")
    if limit.isdigit() and 0 < int(limit) < len(text):
        remedy = "send fewer or smaller attachments"
        raise Never(f"the mail has {len(text)} bytes, the server takes {limit}", remedy=remedy, code=552)
    offers_utf8 = "SMTPUTF8" in wire.extensions
    head, _, body = mail.raw.partition(b"\r\n\r\n")
    needs_utf8 = not (head.isascii() and sender.isascii())
    recipients: list[str] = []
    refusals: list[Refusal] = []
    for recipient in dict.fromkeys(mail.recipients):
        address = mail_address(recipient)
        if not address:
            refusals.append(Refusal(recipient, 501, "no usable address", temporary=False))
        elif not address.isascii() and not offers_utf8:
            refusals.append(Refusal(recipient, 553, "the server takes no international addresses (SMTPUTF8)", False))
        else:
            recipients.append(address)
            needs_utf8 = needs_utf8 or not address.isascii()
    if not recipients:
        raise _all_refused(refusals)
    if needs_utf8 and not offers_utf8:
        raise Never("the mail needs SMTPUTF8, which the server does not offer", code=553)
    if not body.isascii() and "8BITMIME" not in wire.extensions:
        raise Never("the mail has 8-bit text, which the server does not take", code=554)
    options = f" SIZE={len(text)}" if "SIZE" in wire.extensions else ""
    options += " BODY=8BITMIME" if "8BITMIME" in wire.extensions and not mail.raw.isascii() else ""
    options += " SMTPUTF8" if needs_utf8 else ""
    commands = [f"MAIL FROM:<{sender}>{options}", *(f"RCPT TO:<{recipient}>" for recipient in recipients)]
    return commands, recipients, refusals


def _wire_form(raw: bytes) -> bytes:
    """The text as it goes over the line: CRLF only, dots doubled, the final dot (RFC 5321 section 4.5.2).

    A bare CR or LF would let one server see the end of the mail where another does not (SMTP smuggling).
    """
    if not raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n"):
        raw = _BARE.sub(b"\r\n", raw)
    if b"\n." in raw or raw.startswith(b"."):
        raw = raw.replace(b"\n.", b"\n..")
        raw = b"." + raw if raw.startswith(b".") else raw
    return raw + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n")


# -------------------------------------------------------------------------------------------------------------- errors


def _refused(answer: Reply) -> MailflowError:
    """The error of a command the server refused for the mail as a whole."""
    if answer.code == 530:  # "authentication required" (RFC 4954 section 6)
        return login_refused(answer)
    if _may_pass(answer):
        return NotNow(f"the mail server does not take the mail now: {answer.words}", code=answer.code)
    remedy = ""
    if answer.code == 553:  # NetEase, QQ: "Mail from must equal authorized user"
        remedy = "the From address must be the account's own"
    elif answer.code == 554:
        remedy = "the server took it for spam or for a foreign sender: ask the provider"
    return Never(f"the mail server refused the mail: {answer.words}", code=answer.code, remedy=remedy)


def _sender_refused(answer: Reply, wire: Wire) -> MailflowError:
    """The error of a MAIL command the server refused: 552 and 555 speak of this mail's size and options."""
    if answer.code == 552 and "SIZE" in wire.extensions and _enhanced(answer) not in FULL:
        return Never(f"the mail server refused the mail: {answer.words}", code=552)  # RFC 1870 section 6.1
    error = _refused(answer)
    if isinstance(error, Never) and answer.code not in (552, 555):
        return Unwelcome(error.message, code=error.code, remedy=error.remedy)
    return error


def _may_pass(answer: Reply) -> bool:
    """May waiting help?  RFC 5321 writes 552 for a full mailbox (section 4.2.3) as for a mail that is too large."""
    if answer.code < 500:
        return True
    said = _enhanced(answer)
    return said in FULL or (answer.code == 552 and said not in TOO_LARGE)


def _enhanced(answer: Reply) -> str:
    """The enhanced status code an answer begins with, or nothing."""
    found = _ENHANCED.match(answer.lines[0].lstrip()) if answer.lines else None
    return found[0] if found else ""


def _all_refused(refusals: Sequence[Refusal]) -> MailflowError:
    """The error when nobody of the envelope is left: temporary as soon as waiting may help one of them."""
    worst = next((refusal for refusal in refusals if refusal.temporary), refusals[0])
    words = f"no recipient was accepted; {short(worst.recipient)}: {shown(worst.words)}"
    return NotNow(words, code=worst.code) if worst.temporary else Never(words, code=worst.code)
