"""``mailflow template new``, ``check``, ``preview``: a company makes its own forms and looks at them before use."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import err, fail, load_config, one_line_errors, out
from mailflow.commands.language import language, t
from mailflow.domain.errors import ConfigError, PermanentError, Problem
from mailflow.runtime.private import users_files
from mailflow.settings import shipped
from mailflow.settings.problem_words import problem_line

if TYPE_CHECKING:
    from mailflow.domain.ports import Forms

STARTER = "JL-00-00"
"""The form that ``new`` copies."""

Code = Annotated[str, typer.Argument(metavar="CODE", help="the form's code, like JL-23-20")]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", help="the folder of forms (default: from the configuration)"),
]


def new(
    code: Code,
    folder: Folder = None,
    title: Annotated[str, typer.Option("--title", help="the form's Chinese name")] = "",
) -> None:
    """Write a first .docx and its sidecar, in the look of the shipped forms, for you to edit in Word."""
    from mailflow.records.sidecar import CODE

    with one_line_errors():
        if not CODE.fullmatch(code):
            remedy = t("write it like JL-23-20")
            raise PermanentError(t("{code} is no form code", code=code), remedy=remedy)
        place = _folder(folder)
        document, sidecar = place / f"{code}.docx", place / f"{code}.yaml"
        for path in (document, sidecar):
            if path.exists():
                raise PermanentError(f"{path} exists already", remedy="choose another code, or edit that form")
        source = shipped.folder("templates") / "starter"
        words = (source / f"{STARTER}.yaml").read_text("utf-8").replace(STARTER, code)
        words = re.sub(r"(?m)^(?:#|effective_on:).*\n", "", words)  # what the starter says of itself
        if title:
            # As a quoted YAML scalar, whatever signs the name holds.
            quoted = "'" + " ".join(title.split()).replace("'", "''") + "'"
            words = re.sub(r"(?m)^  zh: .*$", lambda _: f"  zh: {quoted}", words, count=1)
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / f"{STARTER}.docx", document)
        sidecar.write_text(words, "utf-8")
        out.print(t("made {document} and {sidecar}", document=document, sidecar=sidecar), soft_wrap=True)
        out.print(
            t(
                ("Next: edit it in Word, declare its fields in the .yaml, then mailflow template check {document}"),
                document=document,
            ),
            soft_wrap=True,
        )


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH...]", help="forms or folders of them"),
    ] = None,
) -> None:
    """Check forms and sidecars: every problem with its place in the document."""
    from mailflow.records.sidecar import CODE

    with one_line_errors():
        found: list[Problem] = []
        for path in paths or [_folder(None)]:
            if not path.exists() and CODE.fullmatch(str(path)):
                path = _folder(None) / f"{path}.docx"  # a form's code will do, as it does for preview
            if not path.exists():
                raise PermanentError(t("there is no {path}", path=path), remedy="check the path")
            problems = _load(path if path.is_dir() else path.parent)[1]
            found += [item for item in problems if path.is_dir() or Path(item.file).stem == path.stem]
        for problem in dict.fromkeys(sorted(found)):
            err.print(problem_line(problem, language()), style="red", soft_wrap=True)
        if found:
            fail(t("{count} problems.", count=len(set(found))))
        out.print(t("The forms are in order."), style="green")


def preview(
    code: Code,
    target: Annotated[Path, typer.Option("--out", help="write into this folder", file_okay=False)] = Path(),
    png: Annotated[bool, typer.Option("--png", help="pictures of the pages as well")] = False,
    signed: Annotated[bool, typer.Option("--signed", help="with signatures")] = False,
    folder: Folder = None,
) -> None:
    """Fill a form with invented data and show it: .docx, and PDF and pictures where LibreOffice is installed."""
    from mailflow.app import printer
    from mailflow.records.sample import sample_fields

    with one_line_errors():
        office = printer()
        forms, problems = _load(_folder(folder))
        if forms is None:
            raise ConfigError(problems)
        spec = next((spec for spec in forms.specs() if spec.code == code), None)
        if spec is None:
            known = ", ".join(spec.code for spec in forms.specs())
            raise PermanentError(t("there is no form {code}", code=code), remedy=f"{known}")
        document = target / f"{code}-sample.docx"
        with users_files():
            target.mkdir(parents=True, exist_ok=True)
            document.write_bytes(forms.fill(code, sample_fields(spec, signed=signed)))
        made = [document]
        if not office.is_there():
            words = t(
                ("wrote {document}. LibreOffice is not installed, so there is no PDF and no picture; open it in Word."),
                document=document,
            )
            err.print(words, style="yellow", soft_wrap=True)
            return
        with users_files():
            made += office.to_pdf([document], target)
            if png:
                made += office.to_png(made[-1], target)
        for path in made:
            out.print(str(path), soft_wrap=True)


# ------------------------------------------------------------------------------------------------------------ parts


def _folder(given: Path | None) -> Path:
    return given if given is not None else load_config().templates / "forms"


def _load(folder: Path) -> tuple[Forms | None, list[Problem]]:
    from mailflow import app

    return app.load_forms(folder)
