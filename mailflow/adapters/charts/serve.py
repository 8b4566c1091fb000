"""The process that draws charts: a line of JSON in, a line of JSON and PNG pictures out, then it ends.

Names in a chart are strangers' words: they are drawn as they stand, never read as formulas.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import MaxNLocator
from PIL import Image

from mailflow.reports.pictures import HEIGHT, WIDTH

FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC",
    "SimSun", "Droid Sans Fallback",
)  # fmt: skip
"""Fonts with Chinese signs, the best first."""

INK, QUIET, BAR, FIRST, LINE, GRID = "#1b1f24", "#5b6673", "#8fb0d3", "#2f5d8a", "#b23b3b", "#e4e8ec"
COLOURS = 64
COLUMNS = 13  # of a name in one line; a Chinese sign takes two
LINES = 2


def serve() -> None:
    """Draw what is asked for."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing a library prints may spoil the answer
    warnings.simplefilter("ignore")  # a sign no font has is drawn as a box
    charts = json.loads(sys.stdin.buffer.readline())
    font = next((name for name in FONTS if name in {each.name for each in fontManager.ttflist}), "")
    pictures: dict[str, bytes] = {}
    problem = ""
    for chart in charts:
        if not font and not _is_latin(chart):
            problem = "no_font"
            continue
        pictures[chart["key"]] = draw(chart, font)
    head = {"problem": problem, "pictures": {key: len(picture) for key, picture in pictures.items()}}
    answers.write(json.dumps(head).encode() + b"\n" + b"".join(pictures.values()))
    answers.flush()


def draw(chart: dict[str, Any], font: str) -> bytes:
    """A PNG of twice :data:`mailflow.reports.pictures.WIDTH` by ``HEIGHT`` with few colours."""
    families = [font, "DejaVu Sans"] if font else ["DejaVu Sans"]
    with mpl.rc_context({"font.family": families, "text.parse_math": False, "axes.unicode_minus": False}):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=144, layout="constrained")
        axes = figure.add_subplot()
        values, places = chart["values"], range(len(chart["values"]))
        bars = axes.bar(
            places, values, color=[FIRST, *[BAR] * (len(values) - 1)] if chart["line"] else FIRST, width=0.62
        )
        axes.bar_label(bars, padding=2, fontsize=9, color=INK)
        axes.set_xticks(list(places), [wrapped(name) for name in chart["names"]], fontsize=8.5, color=INK)
        axes.set_title(chart["title"], fontsize=11, color=INK, loc="left")
        axes.set_ylim(0, max([*values, 1]) * 1.18)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_ylabel(chart["bars"], fontsize=8.5, color=QUIET)
        axes.set_axisbelow(True)
        axes.grid(axis="y", color=GRID)
        if chart["line"]:
            beside = axes.twinx()
            beside.plot(list(places), chart["line"], color=LINE, marker="o", markersize=3.5, linewidth=1.4)
            beside.set_ylim(0, 105)
            beside.set_ylabel(chart["line_name"], fontsize=8.5, color=QUIET)
            _quiet(beside)
        _quiet(axes)
        written = io.BytesIO()
        figure.savefig(written, format="png")
    picture = Image.open(io.BytesIO(written.getvalue())).convert("RGB").quantize(COLOURS)
    small = io.BytesIO()
    picture.save(small, "PNG", optimize=True)
    return small.getvalue()


def wrapped(name: str) -> str:
    """A name on two short lines, cut when it is longer."""
    lines, line, width = [], "", 0
    for sign in name:
        step = 2 if ord(sign) > 0x2E7F else 1
        if width + step > COLUMNS:
            lines.append(line)
            line, width = "", 0
        line, width = line + sign, width + step
    lines.append(line)
    return "\n".join(lines[:LINES]) + ("…" if len(lines) > LINES else "")


def _quiet(axes: Any) -> None:
    axes.tick_params(axis="y", labelsize=8, colors=QUIET, length=0)
    axes.tick_params(axis="x", length=0)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)


def _is_latin(chart: dict[str, Any]) -> bool:
    words = [chart["title"], chart["bars"], chart["line_name"], *chart["names"]]
    return all(ord(sign) < 0x2E80 for text in words for sign in text)


if __name__ == "__main__":
    serve()
