"""HTML bodies reduced to the text a reader sees: lines kept, hidden and struck text left out, quotes marked.

Quoted containers come out with ``> `` before each line, like plain text; lines written wholly in a bright colour
begin with ``ANSWER`` (a private-use character, removed again by the quote splitter), because people answer in red
between our lines.  Nothing here raises; markup nested beyond reason is stripped by a plain scan instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from mailflow.decoding.html_colours import is_bright, is_white
from mailflow.decoding.html_scan import is_too_deep, scan_text
from mailflow.decoding.quote_marks import MAX_LINE, header_fields

ANSWER = "\ue0a1"
_MAX_NODES, _FIRST_WORDS, _FIELDS = 80, 12, 3  # how far into a blockquote we look for a header
MAX_HTML = 3_000_000  # characters; what is longer is no letter

_SKIP = frozenset(
    "script style head title meta link base template noscript object embed iframe svg math audio video canvas map "
    "select datalist s strike del".split()  # what is struck out is said no more
)
_BLOCK = frozenset(
    "address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 "
    "h3 h4 h5 h6 header hgroup html li main menu nav ol p pre section summary table tbody tfoot thead tr ul caption "
    "includetail sign".split()
)
_SPACED = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote".split())
_SPACE = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)|"
    r"mso-hide\s*:\s*all"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|text-decoration(?:-line)?\s*:[^;]{0,60}line-through",
    re.I,
)
_NO_HEIGHT = re.compile(r"(?:max-)?(?:height|width)\s*:\s*0(?:px|pt|em)?\s*(?:;|!|$)", re.I)
_OVERFLOW = re.compile(r"overflow\s*:\s*hidden", re.I)
_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]+)", re.I)
_ANY_COLOUR = re.compile(r"[\s;\"']color\s*[:=]", re.I)
_BACKGROUND = re.compile(
    r"background(?:-color|-image)?\s*:\s*(?!\s*(?:none|transparent|white|#fff(?:fff)?\b|"
    r"inherit))",
    re.I,
)
_MARGINLESS = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0", re.I)
_HIDDEN_CLASS = re.compile(
    r"\.([A-Za-z_][\w-]{0,60})\s*(?:,[^{}]{0,200})?\{[^{}]{0,400}?(?:display\s*:\s*none|"
    r"mso-hide\s*:\s*all)",
    re.I,
)
_MEDIA = re.compile(r"@media[^{}]{0,200}\{(?:[^{}]{0,2000}\{[^{}]{0,2000}\}){0,300}[^{}]{0,2000}\}")
_QUOTING_CLASS = re.compile(
    r"(?:^|\s)(?:gmail_quote|yahoo_quoted|protonmail_quote|tutanota_quote|cite|"
    r"zmail_extra|moz-quote)(?:\s|$)",
    re.I,
)
_QUOTING_STYLE = re.compile(r"border-left\s*:[^;]{0,40}(?:solid|\dpx)|border-left-(?:width|style|color)\s*:", re.I)
_ATTRIBUTION_END = re.compile(
    r"(?:写道|寫道|wrote|writes|schrieb|écrit|ha scritto|escribió|schreef|"
    r"写到)\s*[:：]\s*$|(?:schrieb|schreef)\b.{0,120}:\s*$",
    re.I,
)
_MANY_BLANK = re.compile(r"\n{3,}")


def html_to_text(markup: str) -> str:
    """The visible text of an HTML body with LF line ends; see the module for the marks it may carry."""
    markup = markup[:MAX_HTML].replace("\x00", "").replace(ANSWER, "")
    if not markup.strip():
        return ""
    if is_too_deep(markup):
        return scan_text(markup)
    tree = LexborHTMLParser(markup)
    root = tree.body if tree.body is not None else tree.root
    if root is None:
        return scan_text(markup)
    return _Walker(_hidden_classes(markup)).run(root)


def coloured_lines(text: str) -> tuple[str, frozenset[str]]:
    """The text without its ``ANSWER`` marks, and the bare lines that carried one if they are the fewer."""
    if ANSWER not in text:
        return text, frozenset()
    marked = {line[1:].strip("> \t") for line in text.split("\n") if line.startswith(ANSWER)}
    plain = sum(1 for line in text.split("\n") if line.strip() and not line.startswith(ANSWER))
    return text.replace(ANSWER, ""), frozenset(marked - {""}) if len(marked) <= plain else frozenset()


def has_bright_text(markup: str) -> bool:
    """Whether any text colour is set: cheap to ask before reducing the HTML a second time."""
    return "color" in markup and _ANY_COLOUR.search(markup) is not None


@dataclass(frozen=True, slots=True)
class _Style:
    """What an element hands down to its children."""

    quote: int = 0
    pre: bool = False
    bright: bool = False
    coloured_ground: bool = False
    white: bool = False


class _Walker:
    def __init__(self, hidden_classes: frozenset[str]) -> None:
        self.hidden_classes = hidden_classes
        self.lines: list[str] = []
        self.line: list[str] = []
        self.line_quote = 0
        self.line_chars = 0
        self.line_bright = 0
        self.breaks = 0  # line ends owed before the next text
        self.space = False  # a blank owed before the next text of this line
        self.cell_start = False
        self.cell_line = 0
        self.row_open = False  # a cell of this row has been seen
        self.counters: list[int] = []

    def run(self, root: Any) -> str:
        """Walk iteratively: strangers decide how deep the tree is."""
        style = _Style()
        stack: list[tuple[Any, str, _Style]] = []
        node = root
        while True:
            if node is None:
                if not stack:
                    break
                parent, tag, style = stack.pop()
                self.leave(tag)
                node = parent.next if stack else None
                continue
            tag = node.tag
            if tag == "-text":
                self.text(node.text_content or "", style)
                node = node.next
                continue
            inner = None if tag[0] in "-!" or tag in _SKIP else self.style_of(node, tag, style)
            if inner is None:
                node = node.next if stack else None
                continue
            self.enter(tag, node)
            child = node.child
            if child is None:
                self.leave(tag)
                node = node.next if stack else None
            else:
                stack.append((node, tag, style))
                style, node = inner, child
        self.end_line()
        return _MANY_BLANK.sub("\n\n", "\n".join(self.lines)).strip("\n")

    def style_of(self, node: Any, tag: str, style: _Style) -> _Style | None:
        """The style inside ``node``, or None when a reader does not see it."""
        if tag == "pre" or tag == "textarea":
            style = replace(style, pre=True)
        attributes = node.attributes
        css, classes = attributes.get("style") or "", attributes.get("class") or ""
        if attributes and self.is_hidden(tag, attributes, css, classes):
            return None
        if attributes:
            style = _painted(style, tag, attributes, css)
        if tag == "blockquote" and (self.is_quote(attributes, css, classes) or _opens_with_header(node)):
            style = replace(style, quote=style.quote + 1)
        return style

    def is_hidden(self, tag: str, attributes: Any, css: str, classes: str) -> bool:
        """Whether the element's own style, its attribute or one of its classes keeps it from being seen."""
        if css and (_HIDING.search(css) or (_NO_HEIGHT.search(css) and _OVERFLOW.search(css))):
            return True
        if "hidden" in attributes and tag != "input":
            return True
        return bool(classes and self.hidden_classes) and not self.hidden_classes.isdisjoint(classes.split())

    def is_quote(self, attributes: Any, css: str, classes: str) -> bool:
        """A blockquote is somebody else's text only when it says so: people also indent their own with it."""
        if (attributes.get("type") or "").lower() == "cite" or attributes.get("cite"):
            return True
        if attributes.get("id") == "isReplyContent" or _QUOTING_CLASS.search(classes) or _QUOTING_STYLE.search(css):
            return True
        return self.after_attribution()

    def after_attribution(self) -> bool:
        last = "".join(self.line).strip()
        index = len(self.lines) - 1
        while not last and index >= 0 and index >= len(self.lines) - 4:
            last = self.lines[index].strip()
            index -= 1
        return bool(last) and _ATTRIBUTION_END.search(last[-200:]) is not None

    def enter(self, tag: str, node: Any) -> None:
        if tag == "br":
            self.new_line()
        elif tag == "hr":
            self.owe(1)
            self.put("----------", _Style(quote=self.line_quote))
            self.owe(1)
        elif tag in ("td", "th"):
            self.start_cell()
        elif tag in _BLOCK:
            self.owe(2 if tag in _SPACED and not _tight(tag, node) else 1)
            if tag == "tr":
                self.row_open = False
            if tag in ("ol", "ul"):
                self.counters.append(0 if tag == "ol" else -1)
            elif tag == "li":
                self.start_item()

    def leave(self, tag: str) -> None:
        if tag in ("ol", "ul") and self.counters:
            self.counters.pop()
        if tag in _BLOCK:
            self.owe(1)
        elif tag in ("td", "th"):
            self.cell_start = False
            self.row_open = True  # an inner table has its own rows

    def start_cell(self) -> None:
        """Cells of a row are parted by a tab; a cell of several lines starts the next one on a new line."""
        if not self.row_open:
            self.row_open = True
            self.cell_start = False
            self.owe(1)
            self.flush()
        elif self.line and len(self.lines) == self.cell_line:
            self.breaks = 0
            self.line.append("\t")
            self.space = False
            self.cell_start = True
        elif self.line:
            self.owe(1)
        self.cell_line = len(self.lines)

    def start_item(self) -> None:
        number = self.counters[-1] if self.counters else -1
        if number >= 0:
            self.counters[-1] = number + 1
        self.flush()
        self.line.append(f"{number + 1}. " if number >= 0 else "- ")
        self.cell_start = True  # a paragraph inside the item goes on in its line

    def owe(self, count: int) -> None:
        if not self.cell_start:
            self.breaks = max(self.breaks, count)

    def new_line(self) -> None:
        self.flush()
        self.end_line()

    def flush(self) -> None:
        """Pay the line ends owed."""
        if self.breaks:
            if self.line:
                self.end_line()
            if self.breaks > 1 and self.lines and self.lines[-1].strip("> "):
                self.lines.append("> " * self.line_quote)
            self.breaks = 0

    def end_line(self) -> None:
        text = "".join(self.line).rstrip()
        mark = ANSWER if self.line_chars and self.line_bright * 10 >= self.line_chars * 9 else ""
        self.lines.append(mark + "> " * self.line_quote + text)
        self.line, self.line_chars, self.line_bright, self.space = [], 0, 0, False

    def text(self, text: str, style: _Style) -> None:
        if style.white and not style.coloured_ground:
            return
        if style.pre:
            rows = text.split("\n")
            for index, row in enumerate(rows):
                if index:
                    self.new_line()
                if row:
                    self.put(row.replace("\xa0", " "), style)
            return
        words = _SPACE.sub(" ", text)
        if words == " " or not words:
            self.space = self.space or bool(words)
            return
        before = words[0] == " " or self.space
        self.put(words.strip(" "), style, before)
        self.space = words[-1] == " "

    def put(self, words: str, style: _Style, blank_before: bool = False) -> None:
        self.flush()
        if not self.line:
            self.line_quote = style.quote
        elif blank_before and not self.line[-1].endswith((" ", "\t")):
            self.line.append(" ")
        words = words.replace("\xa0", " ")
        self.line.append(words)
        count = len(words.strip())
        self.line_chars += count
        if style.bright:
            self.line_bright += count
        if count:
            self.cell_start = False


def _tight(tag: str, node: Any) -> bool:
    """Paragraphs of Word and webmail editors carry no space around them."""
    if tag in ("blockquote", "ul", "ol", "dl"):
        return True
    attributes = node.attributes
    if not attributes:
        return False
    return (attributes.get("class") or "").startswith("Mso") or bool(_MARGINLESS.search(attributes.get("style") or ""))


def _opens_with_header(node: Any) -> bool:
    """Whether the first words inside are the fields of an earlier mail: Foxmail puts it into a bare blockquote."""
    words: list[str] = []
    for count, inner in enumerate(node.traverse(include_text=True)):
        if count > _MAX_NODES or len(words) >= _FIRST_WORDS:
            break
        if inner.tag == "-text" and (text := (inner.text_content or "")[:MAX_LINE].strip()):
            words.append(_SPACE.sub(" ", text.replace("\xa0", " ")))
    return header_fields(words) >= _FIELDS


def _painted(style: _Style, tag: str, attributes: Any, css: str) -> _Style:
    """The style with the colours of this element."""
    if attributes.get("bgcolor") or attributes.get("background") or (css and _BACKGROUND.search(css)):
        style = replace(style, coloured_ground=True)
    colour = attributes.get("color") if tag == "font" else None
    if css and (match := _COLOUR.search(css)) is not None:
        colour = match[1]
    if colour:
        style = _coloured(style, colour.strip().lower().replace(" ", ""))
    return replace(style, bright=False) if tag == "a" and style.bright else style


def _coloured(style: _Style, colour: str) -> _Style:
    white = is_white(colour)
    return replace(style, white=white, bright=not white and is_bright(colour))


def _hidden_classes(markup: str) -> frozenset[str]:
    """Classes that the mail's own style sheet hides everywhere (rules for small screens do not count)."""
    if "display" not in markup and "mso-hide" not in markup:
        return frozenset()
    names: set[str] = set()
    lower = markup.lower()
    start = lower.find("<style")
    for _ in range(20):
        if start < 0:
            break
        end = lower.find("</style", start)
        end = end if end >= 0 else len(markup)
        names.update(_HIDDEN_CLASS.findall(_MEDIA.sub("", markup[start : min(end, start + 20_000)])))
        start = lower.find("<style", end)
    return frozenset(names)
