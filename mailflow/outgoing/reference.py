"""The line at the foot of a mail to a customer that his answer brings back: by it his address is proven to be his.

It is no part of the layout, so that a company's own layout need not know of it.
"""

from __future__ import annotations

from mailflow.outgoing.templates import MailTemplates

NAME = "reference"
"""Its template in ``templates/mail``."""

_END = "</body>"
_PARAGRAPH = '<p style="margin:0;padding:0 16px 16px 16px;color:#999999;font-size:12px">{}</p>\n'


def with_reference(text: str, html: str, templates: MailTemplates, language: str, reference: str) -> tuple[str, str]:
    """Both forms of a mail with the line at their end; without a reference they stay as they are."""
    if not reference:
        return text, html
    line, marked_up = templates.render(language, NAME, {"reference": reference})
    paragraph = _PARAGRAPH.format(marked_up.strip())
    body, end, rest = html.rpartition(_END)
    return f"{text}{line}", f"{body}{paragraph}{end}{rest}" if end else f"{html}{paragraph}"
