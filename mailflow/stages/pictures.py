"""pictures: the photos of a customer's mail, prepared for its records before the mail is filed.

A photo that is broken, enormous or of a kind nobody here can read is named with the reason, and keeps nothing else from
being done.  The original stays in the mail and among the attachments of the archive.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import PurePosixPath

from mailflow.domain.model import Attachment, Message
from mailflow.domain.picture_ports import Photos, Picture
from mailflow.domain.ports import Vault

KINDS = frozenset((".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff", ".avif"))
MOST = 12  # photos of one mail that are prepared; what is more is named
SECONDS = 60.0  # for all photos of one mail
LOGO = 15_000  # bytes: what is drawn in the text and smaller is a logo or a smiley
SMALLEST = 100  # pixels of the shorter side, for the same reason
UNTRIED = "too_many"


def pictures(message: Message, photos: Photos, vault: Vault) -> tuple[Picture, ...]:
    """Prepare the photos of a mail; the prepared ones are durable in the vault when this returns."""
    found: list[Picture] = []
    made: list[bytes] = []
    began, prepared = time.monotonic(), 0
    for file in _photos(message):
        name = file.name or file.safe_name
        if prepared >= MOST or time.monotonic() - began > SECONDS:
            found.append(Picture(name, problem=UNTRIED))
            continue
        prepared += 1
        shown = photos.picture(file)
        if shown.problem:
            found.append(Picture(name, problem=shown.problem))
        elif not file.inline or min(shown.width, shown.height) >= SMALLEST:
            found.append(Picture(name, str(len(made)), shown.width, shown.height))
            made.append(shown.jpeg)
    digests = vault.put(made) if made else ()
    return tuple(
        Picture(item.name, digests[int(item.digest)], item.width, item.height) if item.digest else item
        for item in found
    )


def _photos(message: Message) -> Iterator[Attachment]:
    for file in message.attachments:
        kind = PurePosixPath(file.safe_name.lower()).suffix
        is_photo = kind in KINDS or (file.type.startswith("image/") and "svg" not in file.type)
        if is_photo and file.content and not (file.inline and file.size < LOGO):
            yield file
