"""The sentences customers receive: Jinja templates a person may edit, checked when loaded, compiled once.

``templates/mail/<language>/`` holds one ``.txt`` per occasion with the sentences; ``layout.txt`` and ``layout.html``
beside the languages put the same sentences into a plain mail and an HTML mail.  Every sentence thus stands once.
Traditional Chinese is made from the Chinese sentences while loading; what customers wrote is never converted.

Templates are sandboxed, undefined names are errors, and values are data: they are escaped in HTML and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailflow.errors import Problem

LANGUAGES = ("zh", "en")
LAYOUTS = {"text": "layout.txt", "html": "layout.html"}

_BLANK_LINES = re.compile(r"\n\s*\n")
_TRAILING = re.compile(r"[ \t]+\n")
_MANY_BREAKS = re.compile(r"\n{3,}")

LABELS = "labels"  # the template that only names things: {% set facts = {...} %}

Pair = tuple[jinja2.Template, jinja2.Template]  # the same mail as plain text and as HTML
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
    """All mail templates of a folder, compiled.  Immutable; one object serves every mail."""

    def __init__(self, compiled: Mapping[tuple[str, str], Pair], convert: Convert | None = None) -> None:
        self._compiled = dict(compiled)
        self._convert = convert
        self._labels: dict[str, Mapping[str, Mapping[str, str]]] = {}
        for (language, name), (text, _) in self._compiled.items():
            if name == LABELS:
                self._labels[language] = dict(vars(text.module))

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        needed: Sequence[str] = (),
        labels: Mapping[str, Iterable[str]] | None = None,
        samples: Samples | None = None,
    ) -> tuple[MailTemplates | None, list[Problem]]:
        """Compile ``folder/zh`` and ``folder/en``; every mistake is returned with its file and line.

        ``needed`` names the templates that must exist, ``labels`` what each dictionary of ``labels.txt`` must name.
        ``samples(language)`` gives template names with values to try them on, so that a misspelt name is found now
        and not in the middle of the night.
        """
        problems: list[Problem] = []
        compiled: dict[tuple[str, str], Pair] = {}
        for language in LANGUAGES:
            found, wrong = _compile(folder / language, language, needed, None)
            compiled.update(found)
            problems += wrong
        if problems:
            return None, problems
        convert = _traditional()
        compiled.update(_compile(folder / "zh", "zh-Hant", needed, convert)[0])
        templates = cls(compiled, convert)
        problems = templates._missing_labels(labels or {}) or templates._try_out(samples or (lambda language: ()))
        return (None, problems) if problems else (templates, [])

    def render(self, language: str, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """The mail ``name`` in this language (``zh`` when we have no other): plain text and HTML."""
        key = (language, name) if (language, name) in self._compiled else ("zh", name)
        text, html = self._compiled[key]
        return _tidy(text.render(values, layout=LAYOUTS["text"])), html.render(values, layout=LAYOUTS["html"])

    def labels(self, language: str, kind: str) -> Mapping[str, str]:
        """A dictionary of ``labels.txt`` in this language, such as ``facts``."""
        return self._labels.get(language, self._labels["zh"])[kind]

    def our_words(self, language: str, text: str) -> str:
        """A sentence of the company's own settings in the script of this language.  Never for customers' words."""
        return self._convert(text) if self._convert and language == "zh-Hant" else text

    def names(self) -> frozenset[str]:
        """The occasions there are templates for in every language."""
        by_language = [{name for lang, name in self._compiled if lang == language} for language in LANGUAGES]
        return frozenset(set.intersection(*by_language))

    def _missing_labels(self, labels: Mapping[str, Iterable[str]]) -> list[Problem]:
        problems = []
        for language in LANGUAGES:
            file = str(self._compiled[language, LABELS][0].filename)
            for kind, names in labels.items():
                known = self._labels[language].get(kind, {})
                problems += [
                    Problem(file, 0, "MF624", f"{kind} has no word for {name!r}", "add it")
                    for name in names
                    if name not in known
                ]
        return problems

    def _try_out(self, samples: Samples) -> list[Problem]:
        problems = set()
        for language in LANGUAGES:
            for name, values in samples(language):
                for index, layout in enumerate(LAYOUTS.values()):
                    template = self._compiled[language, name][index]
                    try:
                        template.render(values, layout=layout)
                    except Exception as error:  # whatever a template does wrong is the editor's to know
                        problems.add(_problem(error, str(template.filename)))
        return sorted(problems)


def _compile(
    folder: Path, language: str, needed: Sequence[str], convert: Convert | None
) -> tuple[dict[tuple[str, str], Pair], list[Problem]]:
    if not folder.is_dir():
        return {}, [Problem(str(folder), 0, "MF620", "folder of mail templates not found", "run: mailflow init DIR")]
    places = (folder, folder.parent)
    wanted = {folder / f"{name}.txt" for name in (LABELS, *needed)} | {
        folder.parent / name for name in LAYOUTS.values()
    }
    problems = [
        Problem(str(path), 0, "MF621", "mail template not found", "restore it from the shipped templates")
        for path in sorted(wanted)
        if not path.is_file()
    ]
    found = (path for place in reversed(places) for path in place.glob("*"))
    present = {path.name: path for path in found if path.suffix in (".txt", ".html")}
    text, html = (_environment(places, autoescape, convert) for autoescape in (False, True))
    compiled = {}
    for name, path in sorted(present.items()):
        try:
            pair = text.get_template(name), html.get_template(name)
        except (jinja2.TemplateError, UnicodeDecodeError) as error:
            problems.append(_problem(error, str(path)))
            continue
        if name.endswith(".txt") and name not in LAYOUTS.values():
            compiled[language, name.removesuffix(".txt")] = pair
    return compiled, problems


def _environment(places: Sequence[Path], autoescape: bool, convert: Convert | None) -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(places, encoding="utf-8-sig"),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # compiled once; an edit counts from the next start, after its check
        extensions=[_Sentences],
    )
    environment.extend(convert=convert)
    environment.filters["paragraphs"] = _paragraphs
    return environment


def _traditional() -> Convert:
    import opencc  # its dictionaries take a while to load

    converter = opencc.OpenCC("s2tw")
    return lambda text: text if text.isascii() else str(converter.convert(text))


def _paragraphs(text: str, style: str) -> Markup:
    """Sentences set apart by blank lines, as HTML paragraphs with this inline style."""
    parts = (part.strip() for part in _BLANK_LINES.split(str(text)))
    # What comes in was escaped piece by piece by the HTML environment; a second time would show the escapes.
    return Markup("\n".join(f'<p style="{style}">{part}</p>' for part in parts if part))  # noqa: S704


def _tidy(text: str) -> str:
    return _MANY_BREAKS.sub("\n\n", _TRAILING.sub("\n", text)).strip() + "\n"


def _problem(error: Exception, file: str) -> Problem:
    if isinstance(error, jinja2.TemplateSyntaxError):
        return Problem(error.filename or file, error.lineno, "MF622", f"template: {error.message}")
    if isinstance(error, UnicodeDecodeError):
        return Problem(file, 0, "MF622", "not UTF-8 text", "save the file as UTF-8")
    place = _place(error.__traceback__, Path(file).parent.parent)
    where, line = place or (file, 0)
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
