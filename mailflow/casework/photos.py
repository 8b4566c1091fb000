"""The customer's photos in the records of his case: which are shown, which only named, and what stands below each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from mailflow.casework.desk import Desk
from mailflow.domain.errors import NeedsPerson, PermanentError
from mailflow.domain.picture_ports import Photo, Picture
from mailflow.records.clean import short
from mailflow.sentences.catalogue import sentence, worded

HEADING = sentence("Attached: photos of the customer")
MOST = 8  # photos in a record
MOST_BYTES = 3_000_000  # of all of them; a record goes round by mail
_WHY = {
    "too_large": sentence("the picture is too large"),
    "timeout": sentence("it took too long"),
    "too_many": sentence("too many photos"),
    "broken": sentence("it cannot be read: broken, or of an unknown format"),
    "missing": sentence("it is missing in the vault"),
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
        caption = _said(sentence("{name} (received {at})"), name=item["name"], at=item["at"])
        if why:
            because = _said(_WHY.get(why, _WHY["broken"]))
            named.append(Photo(_said(sentence("left out: {photo}: {why}, see the mail"), photo=caption, why=because)))
            continue
        room -= len(jpeg)
        found.append(
            Photo(
                _said(sentence("picture {number}  {photo}"), number=len(found) + 1, photo=caption),
                jpeg,
                int(item["width"]),
                int(item["height"]),
            )
        )
    return [*found, *named]


def _said(english: str, /, **values: object) -> str:
    return worded("zh", english, **values)  # as the records are, whatever the customer's language


def _content(item: Mapping[str, Any], desk: Desk) -> tuple[bytes, str]:
    """The prepared photo, or why there is none."""
    if item["problem"]:
        return b"", str(item["problem"])
    try:
        return desk.vault.get(str(item["digest"])), ""
    except (NeedsPerson, PermanentError):
        return b"", "missing"
