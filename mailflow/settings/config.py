"""Settings: one documented type per section of ``mailflow.yaml``, every mistake listed with its line.

Secrets never stand in the file: a password comes from an environment variable (``password_env``) or a file
(``password_file``), an OAuth2 bearer token from a command or a file.  Relative paths count from the file's folder.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator

from mailflow.domain.errors import ConfigError, Problem, TemporaryError
from mailflow.settings import yaml_file
from mailflow.settings.journal import JournalSection, key_problems
from mailflow.settings.sections import CaseworkSection, Limits, Name, ReadingSection, Section, WorkerSection
from mailflow.settings.sound_part import ANY, Mistake, sound

FILE_NAME = "mailflow.yaml"

Port = Annotated[int, Field(ge=1, le=65535)]
_SOURCES = ("password_env", "password_file", "token_command", "token_file")
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_ADDRESS = re.compile(r"[^@\s<>,;\x00-\x1f\"]+@[^@\s<>,;\x00-\x1f\"]+")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value!r} is not a mail address")
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value):
        raise ValueError(f"{value!r} is not a mail domain, such as example.com")
    return value.lower()


_Address = Annotated[str, AfterValidator(_address)]
_Domain = Annotated[str, AfterValidator(_domain)]


def _read_secret(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "") if isinstance(error, OSError) else "it is no text"
        raise TemporaryError(
            f"password file {path} cannot be read: {reason}", remedy="check the path and the rights"
        ) from error


class PasswordSource(Section):
    """Where a password comes from: an environment variable or a file, read when it is needed."""

    password_env: str = ""
    password_file: Path | None = None

    def password(self) -> Callable[[], str] | None:
        """A function that reads the password when it is needed; None when there is none.

        It raises TemporaryError when the file cannot be read then: it is looked at again at the next sign-in.
        """
        if self.password_env:
            name = self.password_env
            return lambda: os.environ.get(name, "")
        if self.password_file:
            path = self.password_file
            return lambda: _read_secret(path)
        return None

    def secret_problem(self) -> str:
        """What keeps the secret from being read now, or an empty string."""
        if self.password_env and not os.environ.get(self.password_env):
            return f"the environment variable {self.password_env} is not set"
        if self.password_file and not self.password_file.is_file():
            return f"the file {self.password_file} is not there"
        return ""


class Credentials(PasswordSource):
    """Where a secret comes from; at most one password source and at most one token source."""

    username: str = ""
    token_command: str = ""
    token_file: Path | None = None

    def mistakes(self) -> Iterator[Mistake]:
        """One secret, and whose it is."""
        given = [source for source in _SOURCES if getattr(self, source)]
        if len(given) > 1:
            yield tuple(given), f"give one of {', '.join(_SOURCES)}"
        if given and not self.username:
            yield (*given, "username"), "a secret needs a username"

    def secret_problem(self) -> str:
        """What keeps the secret from being read now, or an empty string."""
        if self.token_file and not self.token_file.is_file():
            return f"the file {self.token_file} is not there"
        return super().secret_problem()

    def token_argv(self) -> list[str]:
        """The token command split like a shell would, without a shell."""
        return shlex.split(self.token_command)


class MailboxSettings(Credentials):
    """One mailbox to read: an IMAP account, or a local folder of ``.eml`` files, a Maildir, an mbox.

    ``authserv_ids`` are the names under which its mail server writes what it checked; ``arc_sealers`` the domains of
    forwarders and lists whose ARC seals are believed; ``inside_mark`` is a header, and the beginning of its value, that
    the server sets on mail handed in by its own users (docs/howto/mailbox.md).  ``sent_folder``: copies of what is sent
    are kept there, and what colleagues write by hand is read from there (docs/howto/outbox.md).
    """

    name: Name
    type: Literal["imap", "folder", "maildir", "mbox"] = "imap"
    addresses: tuple[_Address, ...] = ()
    host: str = ""
    port: Port | None = None
    security: Literal["tls", "starttls", "plain"] = "tls"
    ca_file: Path | None = None
    path: Path | None = None
    folders: tuple[Name, ...] = ("INBOX",)
    after: Literal["nothing", "flag", "move"] = "nothing"
    done_folder: Name = "已处理"
    sent_folder: Name | Literal[""] = ""
    idle: bool = True
    authserv_ids: tuple[Annotated[Name, AfterValidator(lambda name: name.strip().lower())], ...] = ()
    arc_sealers: tuple[_Domain, ...] = ()
    inside_mark: Annotated[str, Field(pattern=r"^([A-Za-z0-9-]+(: ?.*)?)?$")] = ""

    def mistakes(self) -> Iterator[Mistake]:
        """What each type of mailbox needs."""
        yield from super().mistakes()
        if self.type == "imap" and not self.host:
            yield ("type", "host"), "an imap mailbox needs a host"
        if self.type != "imap" and self.sent_folder:
            yield ("type", "sent_folder"), "sent_folder is for imap mailboxes"
        if self.type != "imap" and self.path is None:
            yield ("type", "path"), f"a {self.type} mailbox needs a path"


class SmtpSection(Credentials):
    """The server replies leave through."""

    host: str
    port: Port | None = None
    security: Literal["tls", "starttls", "plain"] = "tls"
    ca_file: Path | None = None
    from_address: Annotated[_Address, Field(description="the address customers see")]
    from_name: str = ""


class LedgerSection(PasswordSource):
    """Where the ledger lies: in a file of the storage (SQLite), or in the PostgreSQL database of this address.

    ``postgresql://user@host:port/database?sslmode=verify-full``; the password does not stand in it.
    """

    address: str = ""

    @field_validator("address")
    @classmethod
    def _postgresql(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018 - raises when it is no number
        except ValueError as error:
            # The library's words would quote it, and a password may stand in it by mistake.
            raise ValueError("the address cannot be read: postgresql://user@host:port/database") from error
        if parts.password or "password" in dict(parse_qsl(parts.query)):
            raise ValueError("a password does not stand in the address: use password_env or password_file")
        if value and parts.scheme not in ("postgresql", "postgres"):
            raise ValueError("the address of a ledger begins with postgresql://; leave it out for SQLite")
        if value and not parts.path.strip("/"):
            raise ValueError("the address names no database: postgresql://user@host/database")
        return value

    def mistakes(self) -> Iterator[Mistake]:
        """One password, and where it is for."""
        if self.password_env and self.password_file:
            yield ("password_env", "password_file"), "give one of password_env, password_file"
        if (self.password_env or self.password_file) and not self.address:
            keys = ("password_env", "password_file", "address")
            yield keys, "a password needs the address of a PostgreSQL database"


class Company(Section):
    """Who we are: printed on forms and replies, and never mistaken for a customer when mails are read."""

    name: Name
    english_name: str = ""
    also_known_as: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    staff: tuple[_Address, ...] = ()
    freemail_domains: tuple[_Domain, ...] = ()
    not_freemail: tuple[_Domain, ...] = ()
    phone: str = ""
    urgent_phone: str = ""
    address: str = ""
    english_address: str = ""
    channels: tuple[str, ...] = ()
    english_channels: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    english_signature: tuple[str, ...] = ()
    department: str = "客户服务部"
    english_department: str = "Customer Service"


class Numbering(Section):
    """Patterns of numbers: ``{prefix}``, ``{form}``, ``{year}``, ``{month}``, ``{n:04d}``."""

    case: str = "{prefix}-{year}-{n:04d}"
    record: str = "{form}-{year}-{n:04d}"
    customer: str = "KH-{n:05d}"
    prefixes: dict[str, str] = Field(
        default_factory=lambda: {
            "complaint": "TS",
            "followup": "TS",
            "inquiry": "ZX",
            "rfq": "XJ",
            "order": "DD",
            "order_change": "BG",
            "suggestion": "JY",
            "praise": "BY",
            "survey_reply": "DC",
            "info_update": "XX",
            "capa": "CA",
            "staff_reply": "NB",
            "duty": "ZQ",
        }
    )


class Config(Section):
    """The whole configuration.  ``folder`` is where the file lies; paths are absolute after loading."""

    company: Company
    mailboxes: tuple[MailboxSettings, ...]
    smtp: SmtpSection | None = None
    timezone: str = "Asia/Shanghai"
    storage: Path = Path("storage")
    ledger: LedgerSection = LedgerSection()
    journal: JournalSection = JournalSection()
    rules: Path = Path("rules")
    templates: Path = Path("templates")
    numbering: Numbering = Numbering()
    limits: Limits = Limits()
    worker: WorkerSection = WorkerSection()
    reading: ReadingSection = ReadingSection()
    casework: CaseworkSection = CaseworkSection()

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a time zone such as Asia/Shanghai") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return ZoneInfo(self.timezone)

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address that is ours (mailboxes and the sending address), lower case."""
        found = {address.lower() for mailbox in self.mailboxes for address in mailbox.addresses}
        found |= {mailbox.username.lower() for mailbox in self.mailboxes if "@" in mailbox.username}
        if self.smtp:
            found.add(self.smtp.from_address.lower())
        return frozenset(found)

    @property
    def obsolete(self) -> tuple[str, ...]:
        """Settings that are given and have no effect any more."""
        return ("limits: delivery_attempts",) if self.limits.delivery_attempts is not None else ()

    @property
    def copies_to(self) -> str:
        """The mailbox whose folder of sent mail gets copies: that of the sending address, else the first."""
        having = [box for box in self.mailboxes if box.sent_folder]
        address = self.smtp.from_address.lower() if self.smtp else ""
        fitting = [
            box for box in having if address in {item.lower() for item in (*box.addresses, box.username)}
        ]  # fmt: skip
        return next((box.name for box in (*fitting, *having)), "")

    @property
    def kept(self) -> tuple[Path, ...]:
        """What whoever has the storage or a backup of it has: no place for a key that shall be out of his reach."""
        return (self.storage, self.rules, self.templates)


def load(path: Path) -> Config:
    """Read ``mailflow.yaml``.  Raises ConfigError with every problem, each with file and line."""
    config, problems = check(path)
    if config is None:
        raise ConfigError(problems)
    return config


def check(path: Path) -> tuple[Config | None, list[Problem]]:
    """Like :func:`load`, but returns the problems instead of raising."""
    config, problems = sound_settings(path)
    return (None if problems else config), problems


def sound_settings(path: Path) -> tuple[Config | None, list[Problem]]:
    """The part of the settings that is right, and every problem of the file.

    It is for whoever looks for more mistakes, never to be worked with: what is wrong or missing has its usual value,
    and mailboxes in which something is wrong are left out.  None when it does not say where rules and templates are.
    """
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    found, problems = sound(Config, document, _STAND_INS)
    problems += _mailboxes(document)
    if found.value is None or found.lost & {("rules",), ("templates",)}:
        return None, problems
    boxes = enumerate(found.value.mailboxes)
    sure = {
        "mailboxes": tuple(box for place, box in boxes if found.is_whole("mailboxes", place)),
        "smtp": found.value.smtp if found.is_whole("smtp") else None,
    }
    return _absolute(found.value.model_copy(update=sure), path.resolve().parent), problems


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("company",): {"name": "-"},
    ("company", "name"): "-",
    ("mailboxes",): (),
    ("mailboxes", ANY, "name"): "-",
    ("smtp", "host"): "-",
    ("smtp", "from_address"): "-@-",
}


def _mailboxes(document: yaml_file.Document) -> Iterator[Problem]:
    """Is there a mailbox, and has each a name of its own?"""
    boxes = document.data.get("mailboxes") if isinstance(document.data, dict) else None
    if boxes == []:
        yield document.problem(("mailboxes",), "MF012", "mailboxes: name at least one mailbox")
    seen: dict[str, int] = {}
    for index, box in enumerate(boxes if isinstance(boxes, list) else ()):
        name = box.get("name") if isinstance(box, dict) else None
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            line = document.line(("mailboxes", seen[name]))
            words = f"two mailboxes have the same name, {name}: it stands in line {line} already"
            yield document.problem(("mailboxes", index, "name"), "MF012", words, "give each another name")


def secret_problems(path: Path, config: Config) -> list[Problem]:
    """Secrets that cannot be read now, each with the line that names it."""
    document, _ = yaml_file.read(path)
    data = document.data if document and isinstance(document.data, dict) else {}
    entries = {box.get("name"): place for place, box in enumerate(data.get("mailboxes") or ()) if isinstance(box, dict)}
    places: list[tuple[yaml_file.Path_, PasswordSource]] = [
        (("mailboxes", entries.get(box.name, 0)), box) for box in config.mailboxes
    ]
    places += [(("ledger",), config.ledger)]
    places += [(("smtp",), config.smtp)] if config.smtp else []
    problems = []
    for place, section in places:
        source = next((name for name in _SOURCES if getattr(section, name, None)), "")
        if words := section.secret_problem():
            line = document.line((*place, source)) if document else 0
            problems.append(Problem(str(path), line, "MF020", words, "set it before starting mailflow"))
    line = document.line(("journal",)) if document and config.journal.has_key else 0
    return [*problems, *key_problems(config.journal, config.kept, str(path), line)]


def _absolute(config: Config, base: Path) -> Config:
    """The same settings with every relative path counted from the folder of the file."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else (base / path.expanduser())

    def secrets(section: Credentials) -> dict[str, Path | None]:
        return {name: at(getattr(section, name)) for name in ("password_file", "token_file", "ca_file")}

    mailboxes = tuple(box.model_copy(update={**secrets(box), "path": at(box.path)}) for box in config.mailboxes)
    smtp = config.smtp.model_copy(update=secrets(config.smtp)) if config.smtp else None
    ledger = config.ledger.model_copy(update={"password_file": at(config.ledger.password_file)})
    folders = {name: at(getattr(config, name)) for name in ("storage", "rules", "templates")}
    sections = {"mailboxes": mailboxes, "smtp": smtp, "ledger": ledger, "journal": config.journal.resolved(base)}
    return config.model_copy(update={**sections, **folders})
