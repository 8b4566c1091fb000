"""Customers' photos as records show them: prepared once when the mail is read, kept with the mail they came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailflow.domain.model import Attachment


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photo fit for a page: upright, of a bearable size, nothing but the picture in it.

    ``problem`` says why there is none: ``broken`` or of a kind that cannot be read, ``too_large``, ``timeout``.
    """

    jpeg: bytes = b""
    width: int = 0
    height: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of a mail.  ``digest`` is that of the prepared picture in the vault, empty where there is a problem."""

    name: str
    digest: str = ""
    width: int = 0
    height: int = 0
    problem: str = ""
    at: datetime | None = None


PICTURES = "pictures"
"""The field of a form that has the customer's photos at its end; a record without any need not be given it."""

PHOTOS, PHOTOS_TITLE = "photos", "photos_title"
"""What a record is filled with beside its form's fields: the photos at its end, and what stands above them."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo to show in a record: what stands below it, the JPEG (empty: it is only named), its size in pixels."""

    caption: str
    jpeg: bytes = b""
    width: int = 0
    height: int = 0


class Photos(Protocol):
    """Prepares photos."""

    def picture(self, file: Attachment) -> Prepared:
        """The photo, fit for a page.  Never raises on strangers' bytes."""
        ...


class PictureWork(Protocol):
    """The photos of a case; part of :class:`mailflow.domain.ports.Work`, in the same transaction."""

    def add_pictures(self, case: int, message: int, pictures: Sequence[Picture], at: datetime) -> None: ...
    def pictures_of(self, case: int) -> list[Picture]: ...
