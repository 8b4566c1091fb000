"""A report as an HTML page: tables and inline styles only, since Outlook and webmail ignore the rest.

Nothing is loaded from elsewhere.  Webmail cuts long mails off, so lists are cut until the page is short enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from mailflow.outgoing.compose import LANGUAGE_TAGS
from mailflow.reports.page import Chart, Report, Section, Table, cut, shown
from mailflow.reports.pictures import WIDTH
from mailflow.sentences.catalogue import worded

LARGEST = 88_000
"""Bytes of a page; Gmail shows about 102 kB of a mail."""

LINES = (20, 12, 8, 5, 3)
RED, BLUE, QUIET = "#b23b3b", "#2f5d8a", "#555555"
_GRID = Markup(
    "width:100%;border-collapse:collapse;margin:0 0 10px 0;font-size:13px;line-height:1.5;word-break:break-word"
)
_TH, _TD = Markup("<th{}>{}</th>"), Markup("<td{}>{}</td>")
_FONTS = {
    "en": Markup("Arial,Helvetica,sans-serif"),
    "zh": Markup("'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',Arial,sans-serif"),
}


def page_of(report: Report, *, name: str = "", pictures: Mapping[str, str] | None = None) -> str:
    """The page, greeting ``name``; ``pictures`` are the addresses of the charts' pictures by their keys."""
    for most in LINES:
        page = str(_page(report, name, pictures or {}, most))
        if len(page.encode()) <= LARGEST:
            break
    return page


def _page(report: Report, name: str, pictures: Mapping[str, str], most: int) -> Markup:
    language = report.language
    font = _FONTS["en" if language == "en" else "zh"]
    alarm = any(section.alarm for section in report.first)
    body = [
        _words([worded(language, "Dear {name},", name=name)] if name else [], "margin:0 0 10px 0"),
        Markup('<p style="margin:0 0 4px 0;font-size:20px;font-weight:bold">{} {}</p>').format(
            report.title, report.period
        ),
        _words(report.opening, f"margin:0 0 2px 0;font-size:12px;color:{QUIET}"),
        *map(_answer, report.first),
        *(_section(section, str(number), pictures, most, language, first=True)
          for number, section in enumerate(report.first, 1)),
        *(_section(section, str(number), pictures, most, language)
          for number, section in enumerate(report.sections, 1)),
        _words([*report.closing, report.company], "margin:0 0 4px 0;font-size:12px;color:#666666"),
    ]  # fmt: skip
    return Markup(
        '<!DOCTYPE html>\n<html lang="{tag}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="format-detection" content="telephone=no, date=no, address=no">\n<title>{title}</title>\n'
        "<!--[if mso]><style>td,th{{font-family:{font};font-size:13px}}</style><![endif]-->\n"
        "</head>\n"
        '<body style="margin:0;padding:0;background-color:#ffffff">\n'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
        '<td style="padding:12px">\n'
        '<table role="presentation" width="840" cellpadding="0" cellspacing="0" border="0" style="width:100%;'
        'max-width:840px;table-layout:fixed"><tr><td style="border-top:3px solid {colour};padding:14px 0 0 0;'
        'font-family:{font};font-size:15px;line-height:1.65;color:#222222">\n{body}\n'
        "</td></tr></table>\n</td></tr></table>\n</body>\n</html>\n"
    ).format(
        tag=LANGUAGE_TAGS.get(language, "zh-CN"), title=report.subject, font=font, colour=RED if alarm else BLUE,
        body=Markup("\n").join(part for part in body if part),
    )  # fmt: skip


def _answer(section: Section) -> Markup:
    """The answer in a line, above everything: a telephone shows no more at first than these."""
    return Markup(
        '<p style="margin:6px 0 0 0;font-size:14px{}"><span style="font-weight:bold">{}</span> {}</p>'
    ).format(f";color:{RED}" if section.alarm else "", section.title, section.lines[0])


def _section(
    section: Section, number: str, pictures: Mapping[str, str], most: int, language: str, *, first: bool = False
) -> Markup:
    colour = RED if section.alarm else BLUE
    mark = worded(language, "figure| [look here]") if section.alarm else ""
    head = Markup(
        '<p style="margin:18px 0 6px 0;padding:0 0 0 9px;border-left:4px solid {};font-size:{}px;font-weight:bold;'
        'color:#1f3550">{}{}{}</p>'
    ).format(
        colour, 17 if first else 16, "" if first else f"{number}. ", section.title,
        Markup('<span style="font-size:13px;color:{}">{}</span>').format(RED, mark) if mark else "",
    )  # fmt: skip
    style = "margin:0 0 6px 0;font-size:14px" + (";font-weight:bold" if first else "")
    shown_lines = 5 if first and section.key in ("late", "unhappy") else most
    parts = [head, _words(section.lines, style)]
    parts += [_chart(chart, pictures[chart.key]) for chart in section.charts if chart.key in pictures]
    parts += [_table(table, min(shown_lines, most), language) for table in section.tables]
    return Markup("\n").join(part for part in parts if part)


def _chart(chart: Chart, address: str) -> Markup:
    """The figures stand in its alternative text, and in the table below it."""
    return Markup(
        '<img src="{}" width="{}" alt="{}: {}" style="width:100%;max-width:{}px;height:auto;border:0;display:block;'
        'margin:0 0 6px 0">'
    ).format(address, WIDTH, chart.title, chart.words, WIDTH)


def _table(table: Table, most: int, language: str) -> Markup:
    rows, left_out = cut(table, most)
    numbers = {place for place in range(len(table.columns)) if _is_number(table, place)}
    narrow = len(table.columns) < 5 and len(numbers) + 1 >= len(table.columns)
    cells = [_line(table.columns, numbers, _TH, Markup(' bgcolor="#eef2f6" style="color:#44546a"'))]
    for row in rows:
        red = Markup(' style="color:{}"').format(RED) if row.alarm else Markup("")
        cells.append(_line(tuple(map(shown, row.cells)), numbers, _TD, red))
    title = (
        Markup('<p style="margin:6px 0 4px 0;font-size:13px;font-weight:bold;color:{}">{}</p>').format(
            QUIET, table.title
        )
        if table.title
        else Markup("")
    )
    more = worded(language, "({count} more lines are in the attached table)", count=left_out) if left_out else ""
    return Markup(
        '{}<div style="overflow-x:auto"><table width="100%" cellpadding="4" cellspacing="0" border="1" '
        'bordercolor="#d9d9d9" style="{}{}">\n{}\n</table></div>{}'
    ).format(title, _GRID, ";max-width:420px" if narrow else "", Markup("\n").join(cells),
             _words([more] if more else [], f"margin:0 0 10px 0;font-size:13px;color:{QUIET}"))  # fmt: skip


def _line(cells: Sequence[str], numbers: set[int], cell: Markup, attributes: Markup) -> Markup:
    def made() -> Iterator[Markup]:
        for place, text in enumerate(cells):
            right = Markup(' align="right"') if place in numbers else Markup("")
            yield cell.format(right, text)

    return Markup('<tr valign="top" align="left"{}>{}</tr>').format(attributes, Markup("").join(made()))


def _is_number(table: Table, place: int) -> bool:
    return bool(table.rows) and all(
        not isinstance(row.cells[place], str) or _figure(row.cells[place]) for row in table.rows
    )


def _figure(cell: object) -> bool:
    return isinstance(cell, str) and (cell.endswith("%") or cell.isdigit())


def _words(lines: Sequence[str], style: str) -> Markup:
    return Markup("\n").join(Markup('<p style="{}">{}</p>').format(style, line) for line in lines if line)
