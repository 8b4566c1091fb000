"""A Word record comes back: what was typed is read, what was altered is named, what is hostile is refused."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.adapters.libreoffice import convert
from mailflow.adapters.word.forms import WordForms
from mailflow.records.returned import altered, filled_cells, is_placeholder, read_returned
from mailflow.records.sample import sample_fields
from tests.records.test_word_forms import FORMS, loaded

DOCUMENT = "word/document.xml"


@pytest.fixture(scope="module")
def forms() -> WordForms:
    return loaded(FORMS)


def issued(forms: WordForms, code: str = "JL-23-03", **answers: str) -> bytes:
    spec = next(spec for spec in forms.specs() if spec.code == code)
    return forms.fill(code, {**sample_fields(spec), "answer": answers})


def repacked(package: bytes, changes: dict[str, Callable[[str], str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename in changes:
                data = changes[info.filename](data.decode()).encode()
            new.writestr(info.filename, data)
    return out.getvalue()


def edited(package: bytes, tag: str, text: str, *, keep_flag: bool = False) -> bytes:
    """As Word leaves it: the control's runs replaced by what was typed, the mark of the placeholder gone."""
    document = docx.Document(io.BytesIO(package))
    for control in document.element.iter(qn("w:sdt")):
        properties = control.find(qn("w:sdtPr"))
        if properties.find(qn("w:tag")).get(qn("w:val")) != tag:
            continue
        if not keep_flag:
            for flag in properties.findall(qn("w:showingPlcHdr")):
                properties.remove(flag)
        (run,) = control.find(qn("w:sdtContent")).findall(qn("w:r"))
        for old in run.findall(qn("w:t")) + run.findall(qn("w:br")):
            run.remove(old)
        for number, line in enumerate(text.split("\n")):
            if number:
                run.append(run.makeelement(qn("w:br"), {}))
            words = run.makeelement(qn("w:t"), {})
            words.text = line
            run.append(words)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def test_a_file_nobody_touched_says_what_was_issued_and_nothing_more(forms: WordForms) -> None:
    package = issued(forms, facts_found="第一行\n第二行", validity="有效")
    read = read_returned(package)
    spec = next(spec for spec in forms.specs() if spec.code == "JL-23-03")
    assert read.qr == "MF1:JL-23-03-2026-0001:1:AAAAAAAAAAAAAAAA"
    assert set(read.answers) == set(spec.answers)
    assert {name: words for name, words in read.answers.items() if words} == {
        "facts_found": "第一行\n第二行",
        "validity": "有效",
    }
    assert read.signatures == dict.fromkeys(spec.signers, "")
    assert "苏州瑞丰汽配股份有限公司" in read.text
    assert not any("点此填写" in line for line in read.text)
    assert altered(package, package) == []


def test_what_a_person_typed_in_word_is_read_and_alters_nothing(forms: WordForms) -> None:
    package = issued(forms, facts_found="原来的")
    typed = edited(package, "answer:plan", "立即派人\n带备件")
    typed = edited(typed, "answer:facts_found", "改过的 <b> & {{ 7*7 }}")
    typed = edited(typed, "sign:investigator", "王工 2026-11-23")
    read = read_returned(typed)
    assert read.answers["plan"] == "立即派人\n带备件"
    assert read.answers["facts_found"] == "改过的 <b> & {{ 7*7 }}"
    assert read.signatures["investigator"] == "王工 2026-11-23"
    assert altered(package, typed) == []


def test_a_date_typed_beside_a_name_belongs_to_it_and_alone_is_no_signature(forms: WordForms) -> None:
    package = issued(forms)
    dated = edited(package, "date:investigator", "2026年 11月23日")
    assert read_returned(dated).signatures["investigator"] == ""
    assert altered(package, dated) == []
    signed = edited(dated, "sign:investigator", "王工")
    assert read_returned(signed).signatures["investigator"] == "王工 2026年11月23日"
    assert read_returned(edited(package, "sign:quality", "赵工")).signatures["quality"] == "赵工"
    assert altered(package, signed) == []


def test_a_program_that_keeps_the_placeholder_s_mark_does_not_lose_what_was_typed(forms: WordForms) -> None:
    assert read_returned(edited(issued(forms), "answer:plan", "换货", keep_flag=True)).answers["plan"] == "换货"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("点此填写", ""),
        ("点此填写（有效/一般无效/恶意）", ""),
        ("点此填写（有效/一般无效/恶意）有效", "有效"),
        ("点此填写：一般无效", "一般无效"),
        ("单击或点击此处输入文字。", ""),
        ("Click or tap here to enter text.", ""),
        ("  \n \u3000", ""),
        ("/", "/"),
        ("请点此填写的人回电", "请点此填写的人回电"),
    ],
)
def test_a_placeholder_is_no_answer_and_what_stands_behind_it_is_one(forms: WordForms, typed: str, read: str) -> None:
    assert read_returned(edited(issued(forms), "answer:validity", typed)).answers["validity"] == read


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda xml: xml.replace("苏州瑞丰汽配", "苏州瑞丰"), "苏州瑞丰"),
        (lambda xml: xml.replace("锈蚀；实收", "锈蚀；不实收"), "不实收"),
        (lambda xml: re.sub(r"<w:t[^>]*>客户要求</w:t>", "", xml), "客户要求"),
        (lambda xml: xml.replace("☐", "☑", 1), "☑"),
        (lambda xml: xml.replace("</w:body>", "<w:p><w:r><w:t>同意赔偿</w:t></w:r></w:p></w:body>"), "同意赔偿"),
        (lambda xml: xml.replace("answer:gaps", "answer:gaps2"), "gaps"),
    ],
)
def test_words_changed_outside_the_controls_are_named(
    forms: WordForms, change: Callable[[str], str], place: str
) -> None:
    package = issued(forms)
    places = altered(package, repacked(package, {DOCUMENT: change}))
    assert len(places) == 1
    assert place in places[0]


def test_a_changed_record_number_in_the_head_is_named(forms: WordForms) -> None:
    package = issued(forms)
    header = next(name for name in zipfile.ZipFile(io.BytesIO(package)).namelist() if "header" in name)
    other = repacked(package, {header: lambda xml: xml.replace("JL-23-03-2026-0001", "JL-23-03-2026-0002")})
    assert "0002" in "".join(altered(package, other))


def test_split_runs_white_space_page_numbers_and_revision_marks_are_no_alteration(forms: WordForms) -> None:
    package = issued(forms)

    def resaved(xml: str) -> str:
        split = (
            '苏州</w:t></w:r><w:r><w:t xml:space="preserve"> </w:t><w:tab/></w:r><w:proofErr w:type="x"/><w:r><w:t>瑞丰'
        )
        return xml.replace("苏州瑞丰", split)

    header = next(name for name in zipfile.ZipFile(io.BytesIO(package)).namelist() if "header" in name)
    pages = re.compile(r"(<w:t[^>]*>)1(</w:t>)")
    again = repacked(package, {DOCUMENT: resaved, header: lambda xml: pages.sub(r"\g<1>7\2", xml)})
    assert altered(package, again) == []


def test_deleted_words_of_tracked_changes_are_gone_and_inserted_ones_are_there(forms: WordForms) -> None:
    package = issued(forms)
    tracked = repacked(
        package,
        {
            DOCUMENT: lambda xml: xml.replace(
                "</w:body>",
                "<w:p><w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins></w:p>"
                "</w:body>",
            )
        },
    )
    assert altered(package, tracked) == ["添加了“新”"]


BOX = "<w:txbxContent><w:p><w:r><w:t>不同意</w:t></w:r></w:p></w:txbxContent>"
SHOWN = {
    "simple field": '<w:fldSimple w:instr="QUOTE x"><w:r><w:t>不同意</w:t></w:r></w:fldSimple>',
    "page number that is none": '<w:fldSimple w:instr="PAGE"><w:r><w:t>不同意</w:t></w:r></w:fldSimple>',
    "result of a field": (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>不同意</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "field without a result": (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>QUOTE "不同意"</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    ),
    "text box": f"<w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'>{BOX}</v:shape></w:pict></w:r>",
    "text box only older programs show": (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="x"/><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent></w:r>'
    ),
    "word art": (
        "<w:r><w:pict xmlns:v='urn:schemas-microsoft-com:vml'><v:shape><v:textpath string='不同意'/></v:shape></w:pict>"
        "</w:r>"
    ),
    "hidden words": "<w:r><w:rPr><w:vanish/></w:rPr><w:t>不同意</w:t></w:r>",
    "tracked insertion": "<w:ins><w:r><w:t>不同意</w:t></w:r></w:ins>",
    "moved here": "<w:moveTo><w:r><w:t>不同意</w:t></w:r></w:moveTo>",
    "link": "<w:hyperlink><w:r><w:t>不同意</w:t></w:r></w:hyperlink>",
    "somebody else's control": "<w:sdt><w:sdtContent><w:r><w:t>不同意</w:t></w:r></w:sdtContent></w:sdt>",
    "control of a field that does not exist": (
        '<w:sdt><w:sdtPr><w:tag w:val="answer:more"/></w:sdtPr><w:sdtContent><w:r><w:t>不同意</w:t></w:r>'
        "</w:sdtContent></w:sdt>"
    ),
    "words of a bracket behind our placeholder": (
        '<w:sdt><w:sdtPr><w:tag w:val="answer:more"/></w:sdtPr><w:sdtContent><w:r><w:t>点此填写（不同意）</w:t></w:r>'
        "</w:sdtContent></w:sdt>"
    ),
    "symbol": '<w:r><w:sym w:font="Wingdings" w:char="F0FB"/></w:r>',
    "picture": "<w:r><w:drawing/></w:r>",
    "foreign document": '<w:altChunk xmlns:r="x" r:id="rId99"/>',
    "list number": '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>',
    "bound data": '<w:sdt><w:sdtPr><w:dataBinding w:xpath="/a"/></w:sdtPr><w:sdtContent/></w:sdt>',
}


@pytest.mark.parametrize("how", SHOWN)
def test_whatever_word_would_show_is_an_alteration(forms: WordForms, how: str) -> None:
    package = issued(forms)
    added = repacked(package, {DOCUMENT: lambda xml: xml.replace("</w:body>", f"<w:p>{SHOWN[how]}</w:p></w:body>")})
    assert altered(package, added), how


def _printed(how: str) -> Callable[[str], str]:
    """Gives the customer's name this property."""
    place = re.compile(r"(<w:rPr>)((?:(?!</w:rPr>).)*</w:rPr><w:t[^>]*>苏州瑞丰)")
    return lambda xml: place.sub(rf"\g<1>{how}\2", xml, count=1)


@pytest.mark.parametrize(
    "change",
    [
        _printed("<w:vanish/>"),
        _printed('<w:color w:val="FFFFFF"/>'),
        _printed('<w:color w:val="FEFEFD"/>'),
        _printed('<w:color w:val="000000" w:themeColor="background1"/>'),
        _printed("<w:strike/>"),
        _printed("<w:dstrike/>"),
        lambda xml: xml.replace("<w:tr>", "<w:tr><w:trPr><w:hidden/></w:trPr>", 1),
        lambda xml: xml.replace("<w:tr>", '<w:tr><w:trPr><w:del w:id="1"/></w:trPr>', 1),
    ],
    ids=["hidden", "white", "nearly white", "the paper's", "struck", "struck twice", "hidden row", "deleted row"],
)
def test_words_that_word_no_longer_shows_are_an_alteration(forms: WordForms, change: Callable[[str], str]) -> None:
    package = issued(forms)
    other = repacked(package, {DOCUMENT: change})
    assert other != package
    assert altered(package, other)


def test_the_document_is_found_as_word_finds_it_and_not_by_its_name(forms: WordForms) -> None:
    """The body we issued lies there untouched, and Word opens another one."""
    package = issued(forms)
    document = zipfile.ZipFile(io.BytesIO(package)).read(DOCUMENT).decode()
    moved = repacked(package, {"_rels/.rels": lambda xml: xml.replace("word/document.xml", "word/other.xml")})
    out = io.BytesIO(moved)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/other.xml", document.replace("苏州瑞丰", "苏州瑞丰不同意"))
    assert "不同意" in "".join(altered(package, out.getvalue()))


def test_a_comment_is_read(forms: WordForms) -> None:
    package = issued(forms)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
    linked = repacked(
        package,
        {
            "word/_rels/document.xml.rels": lambda xml: xml.replace(
                "</Relationships>", f'<Relationship Id="rId77" Type="{kind}" Target="remarks.xml"/></Relationships>'
            )
        },
    )
    out = io.BytesIO(linked)
    with zipfile.ZipFile(out, "a") as archive:
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        archive.writestr(
            "word/remarks.xml",
            f'<w:comments xmlns:w="{space}"><w:comment><w:p><w:r><w:t>我不同意</w:t></w:r></w:p></w:comment>'
            "</w:comments>",
        )
    assert altered(package, out.getvalue()) == ["添加了“我不同意”"]


def test_what_was_filled_in_is_told_by_cell(forms: WordForms) -> None:
    package = issued(forms, "JL-23-01")
    typed = edited(edited(package, "sign:registrar", "白露"), "date:leader", "2026年11月23日")
    assert filled_cells(package, typed) == {"sign:registrar": "白露", "date:leader": "2026年11月23日"}
    assert filled_cells(package, package) == {}
    drawn = repacked(
        package,
        {DOCUMENT: lambda xml: re.sub(r"(登记人</w:t></w:r>)", r"\1<w:r><w:drawing/></w:r>", xml, count=1)},
    )
    assert list(filled_cells(package, drawn)) == ["sign:registrar"]
    assert altered(package, drawn) == []


def test_the_record_is_named_even_when_a_program_drops_the_identifier(forms: WordForms) -> None:
    package = repacked(
        issued(forms), {"docProps/core.xml": lambda xml: re.sub("<dc:identifier>[^<]*</dc:identifier>", "", xml)}
    )
    assert read_returned(package).qr == "MF1:JL-23-03-2026-0001:1:AAAAAAAAAAAAAAAA"


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda xml: BOMB, "document type"),
        (lambda xml: OUTSIDE, "document type"),
        (lambda xml: xml[: len(xml) // 2], "is damaged"),
        (lambda xml: "", "is damaged"),
        (lambda xml: "<x>" * 5000 + "</x>" * 5000, "nested too deeply"),
        (lambda xml: "<x>" + "<y/>" * 500_000 + "</x>", "too large or nested"),
        (lambda xml: "<x>" + " " * 20_000_000 + "</x>", "file is too large"),
        (lambda xml: re.sub(r"<w:sdt>.*?</w:sdt>", "", xml, flags=re.DOTALL), "none of the fields"),
    ],
)
def test_hostile_xml_is_refused_in_one_clear_line(forms: WordForms, change: Callable[[str], str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_returned(repacked(issued(forms), {DOCUMENT: change}))


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"\xd0\xcf\x11\xe0" * 100, b"%PDF-1.7"])
def test_what_is_no_word_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="Word"):
        read_returned(content)


def test_a_zip_that_lies_about_its_size_or_holds_a_part_twice_is_refused(forms: WordForms) -> None:
    package = issued(forms)
    out = io.BytesIO(package)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(DOCUMENT, "<x/>")
    with pytest.raises(ValueError, match="Word"):
        read_returned(out.getvalue())
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(2_100):
            archive.writestr(f"{number}.xml", "")
    with pytest.raises(ValueError, match="file is too large"):
        read_returned(many.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_crashes(data: Any) -> None:
    package = bytearray(_PACKAGE)
    for _ in range(data.draw(st.integers(1, 8))):
        package[data.draw(st.integers(0, len(package) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        read_returned(bytes(package))


_PACKAGE = (FORMS / "JL-23-02.docx").read_bytes()


def test_a_template_s_own_words_are_recognised_as_placeholders() -> None:
    assert is_placeholder("点此填写（年-月-日）")
    assert not is_placeholder("已填写")


def _without_spaces(answers: Mapping[str, str]) -> dict[str, str]:
    return {name: "".join(words.split()) for name, words in answers.items()}


@pytest.mark.skipif(convert.soffice() is None, reason="LibreOffice (soffice) is not installed")
def test_saved_again_by_libreoffice_every_form_says_the_same(forms: WordForms, tmp_path: Path) -> None:
    records, again = [], tmp_path / "again"
    for spec in forms.specs():
        if not (spec.answers or spec.signers):
            continue  # for customers: nobody of ours fills it in
        record = tmp_path / f"{spec.code}.docx"
        answers = {name: f"{label}：第一行\n第二行" for name, label in list(spec.answers.items())[::2]}
        fields = sample_fields(spec, signed=spec.code == "JL-23-01")
        record.write_bytes(forms.fill(spec.code, {**fields, "answer": answers}))
        records.append(record)
    program = convert.soffice()
    assert program is not None
    profile = tmp_path / "profile"
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to"]
    done = subprocess.run(
        [*command, "docx:MS Word 2007 XML", "--outdir", str(again), *map(str, records)],
        capture_output=True,
        timeout=300,
        check=False,
    )
    shutil.rmtree(profile, ignore_errors=True)
    assert done.returncode == 0
    for record in records:
        before, after = record.read_bytes(), (again / record.name).read_bytes()
        first, second = read_returned(before), read_returned(after)
        assert second.qr == first.qr
        # LibreOffice before 7.5 keeps neither the tags of such controls nor the line ends within.
        assert _without_spaces(second.answers) == _without_spaces(first.answers), record.name
        assert second.signatures == first.signatures
        assert altered(before, after) == [], record.name
