"""Charts as PNG pictures: asked of a child process, since matplotlib takes 90 MB and seconds to be loaded.

The child gets names and numbers and gives pictures; it is ended with the report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import IO

from mailflow.adapters.child import Child, ChildLost
from mailflow.reports.page import Chart
from mailflow.reports.pictures import Drawn

SECONDS = 90.0  # the first time on a machine all fonts are looked through
LARGEST = 2_000_000


def draw(charts: Sequence[Chart]) -> Drawn:
    """The pictures of these charts by their keys; what could not be drawn is told by a word.  Never raises.

    ``no_font``: no font of this machine has Chinese signs.
    """
    if not charts:
        return Drawn()
    child = Child("mailflow.adapters.charts.serve", seconds=SECONDS, files=1)
    try:
        answer, pictures = child.ask(lambda asks, answers: _exchange(asks, answers, charts))
    except ChildLost as lost:
        return Drawn(problem="late" if lost.late else "lost")
    finally:
        child.close()
    return Drawn(pictures, str(answer.get("problem", "")))


def _exchange(
    asks: IO[bytes], answers: IO[bytes], charts: Sequence[Chart]
) -> tuple[Mapping[str, object], dict[str, bytes]]:
    request = [
        {"key": chart.key, "title": chart.title, "names": chart.names, "values": chart.values, "bars": chart.bars,
         "line": chart.line, "line_name": chart.line_name}
        for chart in charts
    ]  # fmt: skip
    asks.write(json.dumps(request, ensure_ascii=True).encode() + b"\n")
    asks.flush()
    head = json.loads(answers.readline(100_000))
    if not isinstance(head, dict):
        raise ValueError("no answer")
    found = {}
    for key, size in dict(head["pictures"]).items():
        if not 0 < int(size) <= LARGEST:
            raise ValueError("no picture")
        picture = answers.read(int(size))
        if len(picture) != size or not picture.startswith(b"\x89PNG"):
            raise ValueError("no picture")
        found[str(key)] = picture
    return head, found
