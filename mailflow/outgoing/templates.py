"""The sentences customers receive: Jinja templates a person may edit, checked when loaded, compiled once.

``templates/mail/<language>/`` holds one ``.txt`` per occasion with the sentences; ``layout.txt`` and ``layout.html``
beside the languages put the same sentences into a plain mail and an HTML mail.  Every sentence thus stands once.
Traditional Chinese is made from the Chinese sentences while loading; what customers wrote is never converted.

Templates are sandboxed, undefined names are errors, and values are data: they are escaped in HTML and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailflow.domain.errors import Problem
from mailflow.sentences.catalogue import worded

LANGUAGES = ("zh", "en")
LAYOUTS = ("layout.txt", "layout.html")

_BLANK_LINES = re.compile(r"\n\s*\n")
_TRAILING = re.compile(r"[ \t]+\n")
_MANY_BREAKS = re.compile(r"\n{3,}")

LABELS = "labels.txt"  # the template that only names things: {% set facts = {...} %}

UNBROKEN = ("case_number", "urgent_phone")  # values a line of the HTML mail must not end in the middle of

Source = tuple[str, str]  # a template's text and its path


@dataclass(frozen=True, slots=True)
class _Lent:
    """The text of another ``labels.txt`` and the words, by their dictionary, that are taken from it when missing."""

    text: str
    words: Mapping[str, Collection[str]]


Convert = Callable[[str], str]
Samples = Callable[[str], Iterable[tuple[str, Mapping[str, Any]]]]


class _Sentences(Extension):
    """Treats the words of a template while it is compiled: escaped for HTML, converted to traditional Chinese."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        convert: Convert | None = getattr(self.environment, "convert", None)
        # The words of a .txt are plain text also when they go into the HTML mail: "<" there is no tag.
        plain_in_html = bool(self.environment.autoescape) and str(stream.name).endswith(".txt")
        for token in stream:
            value = token.value
            if convert and token.type in ("data", "string"):
                value = convert(value)
            if plain_in_html and token.type == "data":
                value = str(escape(value))
            yield Token(token.lineno, token.type, value)


class MailTemplates:
    """All mail templates of a folder, read and checked at once.  One object serves every mail."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = dict(languages)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        needed: Sequence[str] = (),
        labels: Mapping[str, Iterable[str]] | None = None,
        samples: Samples | None = None,
        spare: tuple[Path, Sequence[str]] | None = None,
        later: Mapping[str, Collection[str]] | None = None,
    ) -> tuple[MailTemplates | None, list[Problem]]:
        """Compile ``folder/zh`` and ``folder/en``; every mistake is returned with its file and line.

        ``needed`` names the templates that must exist, ``labels`` what each dictionary of ``labels.txt`` must name.
        ``samples(language)`` gives template names with values to try them on, so that a misspelt name is found now
        and not in the middle of the night; without samples nothing is tried, and a mail is compiled when first written.
        ``spare`` is another such folder and the names that are taken from it where
        ``folder`` has none: occasions that came later than a company's own templates.  ``later`` are words, by their
        dictionary, that ``labels.txt`` of that folder lends in the same way.
        """
        problems: list[Problem] = []
        languages: dict[str, _Language] = {}
        for name in LANGUAGES:
            sources, wrong = _read(folder / name, needed, _spared(folder, spare, name))
            lent = _lent(spare[0] / name / LABELS, later) if spare and later else None
            language = languages[name] = _Language(sources, lent=lent)
            problems += wrong or language.compile(whole=samples is not None)
        for name, language in languages.items():
            problems = problems or language.missing_labels(labels or {})
            problems = problems or language.try_out(samples(name) if samples else ())
        return (None, problems) if problems else (cls(languages), [])

    def render(self, language: str, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """The mail ``name`` in this language (``zh`` when we have no other): plain text and HTML."""
        text, html = self._language(language).mail(name)
        whole = {key: _unbroken(values[key]) for key in UNBROKEN if key in values}
        return _tidy(text.render(values, layout=LAYOUTS[0])), html.render({**values, **whole}, layout=LAYOUTS[1])

    def labels(self, language: str, kind: str) -> Mapping[str, str]:
        """A dictionary of ``labels.txt`` in this language, such as ``facts``."""
        return self._language(language).labels[kind]

    def our_words(self, language: str, text: str) -> str:
        """A sentence of the company's own settings in the script of this language.  Never for customers' words."""
        convert = self._language(language).convert
        return convert(text) if convert else text

    def names(self) -> frozenset[str]:
        """The occasions there are templates for in every language."""
        return frozenset(set.intersection(*(self._languages[name].names() for name in LANGUAGES)))

    def _language(self, name: str) -> _Language:
        if name == "zh-Hant" and name not in self._languages:
            # Made when the first such mail comes: most companies never get one, and the dictionaries take a while.
            chinese = self._languages["zh"]
            made = _Language(chinese.sources, _to_traditional(), chinese.lent)
            made.compile(whole=False)
            self._languages[name] = made
        return self._languages.get(name) or self._languages["zh"]


class _Language:
    """The templates of one language: their sources by name, and what was compiled from them."""

    def __init__(
        self, sources: Mapping[str, Source], convert: Convert | None = None, lent: _Lent | None = None
    ) -> None:
        self.sources = sources
        self.convert = convert
        self.lent = lent
        self.labels: Mapping[str, Mapping[str, str]] = {}
        self._environments = self._environment(autoescape=False), self._environment(autoescape=True)

    def mail(self, name: str) -> tuple[jinja2.Template, jinja2.Template]:
        """A mail for plain text and for HTML, compiled once.  Raises jinja2.TemplateNotFound."""
        text, html = (environment.get_template(f"{name}.txt") for environment in self._environments)
        return text, html

    def names(self) -> set[str]:
        """The mails there are."""
        return {name.removesuffix(".txt") for name in self.sources if name not in (*LAYOUTS, LABELS)}

    def compile(self, *, whole: bool) -> list[Problem]:
        """Compile every mail for plain text and for HTML, or the labels alone; returns the mistakes."""
        text, html = self._environments
        problems = []
        for name, (_, path) in sorted(self.sources.items()):
            try:
                if name in LAYOUTS and whole:
                    (text, html)[LAYOUTS.index(name)].get_template(name)
                elif name == LABELS:
                    self.labels = self._with_lent(dict(vars(text.get_template(name).module)), text)
                elif whole:
                    self.mail(name.removesuffix(".txt"))
            except jinja2.TemplateError as error:
                problems.append(_problem(error, path))
        return problems

    def _with_lent(self, labels: dict[str, Any], environment: jinja2.Environment) -> dict[str, Any]:
        """The words of ``labels.txt``, with those it lacks and others lend."""
        if self.lent is None:
            return labels
        theirs = vars(environment.from_string(self.lent.text).module)
        for kind, names in self.lent.words.items():
            own = labels.get(kind, {})
            labels[kind] = {name: theirs[kind][name] for name in names if name not in own} | own
        return labels

    def missing_labels(self, labels: Mapping[str, Iterable[str]]) -> list[Problem]:
        """What the file of labels should name and does not."""
        path = self.sources[LABELS][1]
        return [
            Problem(path, 0, "MF624", f"{kind} has no word for {name!r}", "add it")
            for kind, names in labels.items()
            for name in names
            if name not in self.labels.get(kind, {})
        ]

    def try_out(self, samples: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Problem]:
        """Render each sample as text and as HTML and return what goes wrong."""
        problems = set()
        for name, values in samples:
            for template, layout in zip(self.mail(name), LAYOUTS, strict=True):
                try:
                    template.render(values, layout=layout)
                except Exception as error:  # whatever a template does wrong is the editor's to know
                    problems.add(_problem(error, self.sources[f"{name}.txt"][1]))
        return sorted(problems)

    def _environment(self, *, autoescape: bool) -> jinja2.Environment:
        def source(name: str) -> tuple[str, str, Callable[[], bool]] | None:
            found = self.sources.get(name)
            return (*found, lambda: True) if found else None

        environment = ImmutableSandboxedEnvironment(
            loader=jinja2.FunctionLoader(source),
            autoescape=autoescape,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # an edit counts from the next start, after its check
            extensions=[_Sentences],
        )
        environment.extend(convert=self.convert)
        environment.filters["paragraphs"] = _paragraphs
        return environment


def _lent(path: Path, words: Mapping[str, Collection[str]]) -> _Lent:
    return _Lent(path.read_text("utf-8-sig"), words)


def _spared(folder: Path, spare: tuple[Path, Sequence[str]] | None, language: str) -> dict[str, Path]:
    """The files of this language that are taken from elsewhere, since the folder itself lacks them."""
    elsewhere, names = spare or (folder, ())
    files = [f"{name}.txt" for name in names]
    return {name: elsewhere / language / name for name in files if not (folder / language / name).is_file()}


def _read(folder: Path, needed: Sequence[str], spared: Mapping[str, Path]) -> tuple[dict[str, Source], list[Problem]]:
    """The files of one language and the layouts beside it, by name; files that are absent or unreadable."""
    if not folder.is_dir():
        return {}, [Problem(str(folder), 0, "MF620", "folder of mail templates not found", "run: mailflow init DIR")]
    paths = {path.name: path for path in folder.glob("*.txt")}
    paths |= {name: folder / name for name in (LABELS, *(f"{name}.txt" for name in needed))}
    paths |= {name: folder.parent / name for name in LAYOUTS}
    paths |= spared
    sources: dict[str, Source] = {}
    problems = []
    for name, path in sorted(paths.items()):
        try:
            sources[name] = path.read_text("utf-8-sig"), str(path)
        except FileNotFoundError:
            remedy = "restore it from the shipped templates"
            problems.append(Problem(str(path), 0, "MF621", "mail template not found", remedy))
        except UnicodeDecodeError:
            problems.append(Problem(str(path), 0, "MF622", "not UTF-8 text", "save the file as UTF-8"))
    return sources, problems


def _to_traditional() -> Convert:
    import opencc

    converter = opencc.OpenCC("s2tw")
    return lambda text: text if text.isascii() else str(converter.convert(text))


def _paragraphs(text: str, style: str) -> Markup:
    """Sentences set apart by blank lines, as HTML paragraphs with this inline style."""
    parts = (part.strip() for part in _BLANK_LINES.split(str(text)))
    # What comes in was escaped piece by piece by the HTML environment; a second time would show the escapes.
    return Markup("\n".join(f'<p style="{style}">{part}</p>' for part in parts if part))  # noqa: S704


def _unbroken(value: str) -> str:
    return Markup('<span style="white-space:nowrap">{}</span>').format(value) if value else ""


def _tidy(text: str) -> str:
    return _MANY_BREAKS.sub("\n\n", _TRAILING.sub("\n", text)).strip() + "\n"


def _problem(error: Exception, path: str) -> Problem:
    if isinstance(error, jinja2.TemplateSyntaxError):
        return Problem(error.filename or path, error.lineno, "MF622", f"template: {error.message}")
    where, line = _place(error.__traceback__, Path(path).parent.parent) or (path, 0)
    return Problem(where, line, "MF623", f"template: {error}", "check the names against the shipped template")


def _place(traceback: TracebackType | None, folder: Path) -> tuple[str, int] | None:
    """The innermost line of a template in this traceback (Jinja puts the template's own lines there)."""
    found = None
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if folder in Path(name).parents:
            found = name, traceback.tb_lineno
        traceback = traceback.tb_next
    return found


# --------------------------------------------------------------------------------------------------------------- dates

# Not strftime("%B"): that would be in the language of the machine.
_MONTHS = "January February March April May June July August September October November December".split()
_NUMBER = re.compile(r"\d{1,9}")


def day_words(day: date, language: str) -> str:
    """A date for people: ``2026年10月21日``, ``21 October 2026``."""
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return worded("zh", "{year}-{month}-{day}", year=day.year, month=day.month, day=day.day)


def moment_words(moment: datetime, language: str, zone: tzinfo) -> str:
    """A time for people in this zone; abroad the hour alone says little, so English mails name the zone."""
    local = moment.astimezone(zone)
    if language != "en":
        return f"{day_words(local.date(), language)} {local:%H:%M}"
    offset = f"{local:%z}"
    return f"{day_words(local.date(), language)}, {local:%H:%M} (UTC{offset[:3]}:{offset[3:5]})"


def iso_words(value: str, language: str, zone: tzinfo) -> str:
    """An ISO 8601 date or time for people; empty when it is neither."""
    try:
        if len(value) == 10:
            return day_words(date.fromisoformat(value), language)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return ""
    return moment_words(moment if moment.tzinfo else moment.replace(tzinfo=zone), language, zone)


def is_part_of_date(words: str, when: str) -> bool:
    """Whether somebody wrote this date so plainly that repeating his words beside it would say nothing."""
    numbers, all_numbers = _NUMBER.findall(words), [int(number) for number in _NUMBER.findall(when)]
    wanted = [int(number) for number in numbers]
    starts = range(len(all_numbers) - len(wanted) + 1)
    same_order = len(wanted) >= 2 and any(all_numbers[at : at + len(wanted)] == wanted for at in starts)
    return same_order or (bool(numbers) and words in when)
