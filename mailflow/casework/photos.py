"""The customer's photos in the records of his case: which are shown, which only named, and what stands below each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from mailflow.casework.desk import Desk
from mailflow.domain.errors import NeedsPerson, PermanentError
from mailflow.domain.picture_ports import Photo, Picture
from mailflow.records.clean import short

HEADING = "附：客户照片"
MOST = 8  # photos in a record
MOST_BYTES = 3_000_000  # of all of them; a record goes round by mail
_WHY = {
    "too_large": "图片过大",
    "timeout": "处理超时",
    "too_many": "照片过多",
    "broken": "无法读取，可能已损坏或格式不支持",
    "missing": "原件库中缺失",
}


def noted(pictures: Sequence[Picture], zone: tzinfo) -> list[dict[str, Any]]:
    """The photos of a case as a record keeps them with its values."""
    return [
        {
            "name": short(picture.name, 80),
            "at": f"{picture.at.astimezone(zone):%Y-%m-%d %H:%M}" if picture.at else "",
            "digest": picture.digest,
            "width": picture.width,
            "height": picture.height,
            "problem": picture.problem,
        }
        for picture in pictures
    ]


def shown(kept: Sequence[Mapping[str, Any]] | None, desk: Desk) -> list[Photo]:
    """The photos as a record shows them: those that fit, numbered; the others named with the reason."""
    found: list[Photo] = []
    named: list[Photo] = []
    room = MOST_BYTES
    for item in kept or ():
        jpeg, why = _content(item, desk)
        if not why and (len(found) >= MOST or len(jpeg) > room):
            why = "too_many"
        caption = f"{item['name']}（{item['at']} 收到）"
        if why:
            named.append(Photo(f"未放入：{caption}：{_WHY.get(why, _WHY['broken'])}，见原始邮件"))
            continue
        room -= len(jpeg)
        found.append(Photo(f"图{len(found) + 1}　{caption}", jpeg, int(item["width"]), int(item["height"])))
    return [*found, *named]


def _content(item: Mapping[str, Any], desk: Desk) -> tuple[bytes, str]:
    """The prepared photo, or why there is none."""
    if item["problem"]:
        return b"", str(item["problem"])
    try:
        return desk.vault.get(str(item["digest"])), ""
    except (NeedsPerson, PermanentError):
        return b"", "missing"
