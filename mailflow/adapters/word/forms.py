"""Word forms: docxtpl's templates, compiled once (:mod:`mailflow.adapters.word.compiled`).

docxtpl reads the template and turns it into XML with Jinja in it; that part is its craft and is left to it.  Templates
that need what only docxtpl does while rendering (rich text, sub-documents, computed table columns) are rendered by
docxtpl itself, thirty times slower and with the same values.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from docx.opc.exceptions import OpcError
from docx.opc.oxml import parse_xml
from docxtpl import DocxTemplate
from jinja2 import Template, TemplateError, UndefinedError

from mailflow.adapters.word.compiled import CORE, QR_PICTURE, CompiledForm, environment
from mailflow.adapters.word.controls import DOCUMENT, prepare
from mailflow.adapters.word.photos import with_photos
from mailflow.domain.errors import PermanentError, Problem
from mailflow.domain.forms import CHART, FormSpec
from mailflow.domain.picture_ports import PHOTOS, PHOTOS_TITLE, PICTURES
from mailflow.records import template_check
from mailflow.records.clean import line_text
from mailflow.records.qrimage import QrImages
from mailflow.records.sidecar import ANSWER, FORM, SIG, sound_sidecar
from mailflow.settings import shipped

QR_FIELD = "qr"
ISSUED_AT = "issued_at"
"""An optional field: the aware time written into the document's properties."""

_ROWS_AT_RUN_TIME = re.compile(r"\{\{[rp]\s|\{[{%]-?tc\s|\{%-?\s*(?:colspan|cellbg|hm|vm)\b|\{_[{%]|[}%]_\}")
_IN_A_TAG = re.compile(r"<[^<>]*\{[{%]")
_MUST_PRINT = ("record_no", "form.code", "form.version", QR_FIELD)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class WordForms:
    """The forms of a folder, ready to be filled.  Made by :func:`load_forms`; shared freely, it keeps no state."""

    def __init__(self, forms: Mapping[str, _Form]) -> None:
        self._forms = dict(sorted(forms.items()))
        self._qr = QrImages()

    def specs(self) -> Sequence[FormSpec]:
        """The forms that may be filled, by code."""
        return [form.spec for form in self._forms.values()]

    def fill(self, code: str, fields: Mapping[str, Any]) -> bytes:
        """The finished .docx; the same fields give the same bytes.

        Every declared field must be given: None prints ``/`` (unknown), an empty text stays empty (for a person to
        fill).  ``qr`` is the text of the QR code.  ``issued_at``, if given, dates the document's properties.
        ``sig`` maps signers to printed signatures and ``answer`` fields to what people said; both may be left out, and
        so may any of their keys: that prints nothing, and a placeholder to fill in.
        """
        form = self._forms.get(code)
        if form is None:
            known = ", ".join(self._forms) or "none"
            raise PermanentError(f"there is no form {code}", remedy=f"forms in the templates folder: {known}")
        missing = [name for name in form.required if name not in fields]
        if missing:
            raise PermanentError(f"form {code}: the field {', '.join(missing)} was not given")
        issued_at = fields.get(ISSUED_AT)
        drawn = {name: value for name, value in fields.items() if isinstance(value, Mapping) and CHART in value}
        try:
            values = {
                **fields,
                **{name: _mark(name) for name in drawn},
                FORM: form.facts,
                SIG: {**dict.fromkeys(form.spec.signers, ""), **_given(fields, SIG)},
                ANSWER: {**dict.fromkeys(form.spec.answers, ""), **_given(fields, ANSWER)},
            }
            png = self._qr.png(str(fields[QR_FIELD])) if QR_FIELD in fields else None
            record = form.render(values, png, issued_at if isinstance(issued_at, datetime) else None)
            return _with_photos(_with_charts(record, drawn), fields)
        except UndefinedError as error:
            raise PermanentError(
                f"form {code}: {error.message}", remedy="give the field, or correct the form"
            ) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise PermanentError(f"form {code} cannot be filled: {error}", remedy="correct the form") from error


def _mark(name: str) -> str:
    return f"⟦{name}⟧"


def _with_charts(record: bytes, drawn: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The record with its charts, if it has any."""
    if not drawn:
        return record
    from mailflow.adapters.word.charts import with_charts  # half a second that no other form needs

    return with_charts(record, {_mark(name): value[CHART] for name, value in drawn.items()})


def _with_photos(record: bytes, fields: Mapping[str, Any]) -> bytes:
    """The record with the photos it is given, if any, on pages of their own at its end."""
    shown = fields.get(PHOTOS)
    return with_photos(record, shown, str(fields[PHOTOS_TITLE])) if shown else record


def _given(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The signatures or answers that are there; None is not."""
    return {key: value for key, value in (fields.get(name) or {}).items() if value is not None}


class _Form:
    """One form: its sidecar and its template, which may be opened when it is first filled."""

    def __init__(self, spec: FormSpec, opens: Callable[[], _Template]) -> None:
        self.spec = spec
        self.required = tuple(name for name in spec.fields if "." not in name and name != PICTURES)
        self.facts = {name: getattr(spec, name) for name in template_check.FORM_FACTS}
        self._opens = opens

    @cached_property
    def render(self) -> Callable[[Mapping[str, Any], bytes | None, datetime | None], bytes]:
        return self._opens().render


class _Template:
    """A form's template, compiled or, where that is not enough, kept as docxtpl's."""

    def __init__(self, opened: _Opened, templates: Mapping[str, Template]) -> None:
        self._package, self._pictures = opened.package, opened.pictures
        self._compiled = None if opened.slow else CompiledForm(opened.package, templates, opened.pictures)

    def render(self, values: Mapping[str, Any], png: bytes | None, issued_at: datetime | None) -> bytes:
        if self._compiled is not None:
            return self._compiled.render(values, png, issued_at)
        return _render_slowly(self._package, values, dict.fromkeys(self._pictures, png) if png else {}, issued_at)


class _Opened:
    """What docxtpl makes of a template: each part as stored, as patched for Jinja, and the pictures to exchange."""

    def __init__(self, package: bytes) -> None:
        self.package, self.controls = prepare(package)
        template = DocxTemplate(io.BytesIO(self.package))
        template.init_docx()
        self.stored: dict[str, str] = {DOCUMENT: template.xml_to_string(template.docx._element)}
        pictures = set(_qr_pictures(template.docx.part, template.docx._element))
        for uri in (template.HEADER_URI, template.FOOTER_URI):
            for _, part in template.get_headers_footers(uri):
                root = parse_xml(part.blob)
                self.stored[str(part.partname).lstrip("/")] = template.xml_to_string(root)
                pictures |= set(_qr_pictures(part, root))
        self.pictures = frozenset(pictures)
        declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        self.patched = {name: declaration + template.patch_xml(xml) for name, xml in self.stored.items()}
        with zipfile.ZipFile(io.BytesIO(self.package)) as archive:
            self.properties = {CORE: archive.read(CORE).decode()} if CORE in archive.namelist() else {}
        joined = "".join(self.stored.values())
        footnotes = (part.blob for part in template.docx.part.package.parts if "footnotes" in str(part.partname))
        self.slow = (
            any(_ROWS_AT_RUN_TIME.search("".join(template_check.paragraphs(xml))) for xml in self.stored.values())
            or any(_IN_A_TAG.search(xml) for xml in self.patched.values())
            or any(b"{{" in blob or b"{%" in blob for blob in footnotes)
            or ("<wp:docPr" in joined and "for " in joined and _picture_in_loop(self.patched[DOCUMENT]))
        )
        self.page_numbers = all(re.search(rf"\b{word}\b", _field_codes(joined)) for word in ("PAGE", "NUMPAGES"))


def load_forms(folder: Path, *, whole: bool = True) -> tuple[WordForms | None, list[Problem]]:
    """Read every form of a folder.  With any problem no forms are returned, and all problems are.

    Unless ``whole``, forms that are as they were shipped are believed, and opened when they are first filled.
    """
    forms: dict[str, _Form] = {}
    problems: list[Problem] = []
    templates = {path.stem: path for path in sorted(folder.glob("*.docx")) if not path.name.startswith("~$")}
    sidecars = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    for stem in sorted(templates.keys() | sidecars.keys()):
        if stem not in sidecars:
            remedy = f"write {stem}.yaml beside it, or move the file away"
            problems.append(Problem(str(templates[stem]), 0, "MF402", "a form without a sidecar", remedy))
        elif stem not in templates:
            problems.append(Problem(str(sidecars[stem]), 0, "MF403", f"{stem}.docx is not beside it", "add the form"))
            problems += sound_sidecar(sidecars[stem])[1]
        else:
            believed = not whole and _is_shipped(templates[stem]) and _is_shipped(sidecars[stem])
            form, found = (_believed if believed else _load)(templates[stem], sidecars[stem])
            problems += found
            if form is not None:
                forms[form.spec.code] = form
                problems += _same_numbers(form.spec, forms, sidecars[stem])
    if not forms and not problems:
        problems.append(Problem(str(folder), 0, "MF404", "no forms in this folder", "run: mailflow init DIR"))
    return (None, problems) if problems else (WordForms(forms), [])


def _same_numbers(spec: FormSpec, forms: Mapping[str, _Form], sidecar: Path) -> list[Problem]:
    """Two forms of one numbering pattern without the form's code in it would number their records alike."""
    same = [code for code, form in forms.items() if form.spec.number == spec.number and code != spec.code]
    if not same or not spec.number or "{form}" in spec.number:
        return []
    message = f"number pattern {spec.number!r} is also that of {', '.join(same)}"
    return [Problem(str(sidecar), 0, "MF420", message, "put {form} or a word of its own into it")]


def _is_shipped(file: Path) -> bool:
    return shipped.is_template(file, f"forms/{file.name}")


def _believed(template: Path, sidecar: Path) -> tuple[_Form | None, list[Problem]]:
    spec, problems, _ = sound_sidecar(sidecar)
    if spec is None or problems:
        return None, problems
    package = template.read_bytes()  # what was looked at is what is filled, whatever becomes of the file
    return _Form(spec, lambda: _compiled(spec, _Opened(package), str(template))[0]), []


def _load(template: Path, sidecar: Path) -> tuple[_Form | None, list[Problem]]:
    spec, problems, lost = sound_sidecar(sidecar)
    try:
        opened = _Opened(template.read_bytes())
    except (OpcError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        return None, [*problems, Problem(str(template), 0, "MF405", f"not a Word file: {error}", "save it as .docx")]
    file = str(template)
    found = [
        problem
        for part, xml in opened.stored.items()
        for problem in template_check.check_paragraphs(template_check.paragraphs(xml), part, file)
    ]
    if spec is None or lost & {"fields", "signers", "answers"}:
        return None, [*problems, *found]  # what it may print is not known
    made, printed, wrong = _compiled(spec, opened, file)
    found += [*wrong, *template_check.check_controls([(item.tag, item.near) for item in opened.controls], spec, file)]
    found += [] if found else _missing(spec, opened, printed, file)
    problems = [*problems, *found]
    return (None, problems) if problems else (_Form(spec, lambda: made), [])


def _compiled(spec: FormSpec, opened: _Opened, file: str) -> tuple[_Template, frozenset[str], list[Problem]]:
    """A template with its expressions compiled, the names it prints, and what is wrong with them."""
    tags = [item.tag for item in opened.controls]
    env, lines = environment(), environment(line_text)
    body = template_check.check_expressions(
        {part: (env, xml) for part, xml in opened.patched.items()}, spec, file, tags
    )
    facts = template_check.check_expressions(
        {part: (lines, xml) for part, xml in opened.properties.items()}, spec, file, tags
    )
    template = _Template(opened, {**body.templates, **facts.templates})
    return template, body.printed, [*body.problems, *facts.problems]


def _missing(spec: FormSpec, opened: _Opened, names: frozenset[str], file: str) -> list[Problem]:
    """What every form must print, and this one does not."""
    problems: list[Problem] = []
    printed = names | {QR_FIELD} if opened.pictures else names
    for name in (*_MUST_PRINT, *(f"{SIG}.{signer}" for signer in spec.signers)):
        if name not in printed:
            what = f"a picture with the alternative text {QR_PICTURE!r}" if name == QR_FIELD else f"{{{{ {name} }}}}"
            problems.append(Problem(file, 0, "MF415", f"the form does not print {name}", f"add {what}"))
    if opened.pictures and QR_FIELD not in spec.fields:
        problems.append(Problem(file, 0, "MF413", "the field 'qr' is not declared", "declare it in the sidecar"))
    if not opened.page_numbers:
        problems.append(Problem(file, 0, "MF416", "no page x of y", "insert the fields PAGE and NUMPAGES"))
    return problems


def _render_slowly(
    package: bytes, values: Mapping[str, Any], pictures: Mapping[str, bytes], issued_at: datetime | None
) -> bytes:
    template = DocxTemplate(io.BytesIO(package))
    template.render(dict(values), environment(), autoescape=True)
    facts = template.docx.core_properties
    facts.keywords = facts.keywords.replace("{{ qr }}", str(values.get(QR_FIELD, "")))  # docxtpl leaves them out
    if issued_at is not None:
        template.docx.core_properties.created = template.docx.core_properties.modified = issued_at
    written = io.BytesIO()
    template.save(written)
    return _rezipped(written.getvalue(), pictures)


def _rezipped(package: bytes, exchanged: Mapping[str, bytes]) -> bytes:
    """The same files under the zip format's fixed date, these pictures exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = exchanged[info.filename] if info.filename in exchanged else old.read(info)
            new.writestr(zipfile.ZipInfo(info.filename), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _field_codes(xml: str) -> str:
    found = re.findall(r"<w:instrText[^>]*>([^<]*)<|w:instr=\"([^\"]*)\"", xml)
    return " ".join(complex_code or simple_code for complex_code, simple_code in found)


def _qr_pictures(part: Any, root: Any) -> list[str]:
    """The media files behind pictures whose alternative text says that a QR code belongs there."""
    found = []
    for drawing in root.iter(f"{_W}drawing"):
        names = [element for element in drawing.iter(f"{_WP}docPr") if element.get("descr") == QR_PICTURE]
        for blip in drawing.iter(f"{_A}blip") if names else ():
            target = part.rels[blip.get(f"{_R}embed")].target_part
            found.append(str(target.partname).lstrip("/"))
    return found


def _picture_in_loop(xml: str) -> bool:
    depth = 0
    for token in re.finditer(r"\{%-?\s*(for|endfor)\b|<wp:docPr\b", xml):
        if token[1] == "for":
            depth += 1
        elif token[1] == "endfor":
            depth -= 1
        elif depth:
            return True
    return False
