"""stub"""
from __future__ import annotations
from dataclasses import dataclass
from mailflow.reading.htmltext import ANSWER

@dataclass(frozen=True, slots=True)
class Split:
    text: str
    new: str
    quoted: str = ""
    forwarded: str = ""
    signature: str = ""

def split_text(text: str, subject: str = "") -> Split:
    text = text.replace(ANSWER, "")
    return Split(text, text)
