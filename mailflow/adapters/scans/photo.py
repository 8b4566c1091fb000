"""A stranger's photo made fit for a page, within limits; run in the child process of scans (serve.py).

It is turned upright, shrunk and written anew: nothing but the picture is left of the file, no place, no camera, no
second picture behind it.
"""

from __future__ import annotations

import contextlib
import io

from PIL import Image, ImageOps

LONGEST = 1600  # pixels of the longer side
MOST_BYTES = 400_000
MAX_PIXELS = 100_000_000  # of what lies in the file; a JPEG is drawn smaller at once and costs less
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
_STEPS = ((LONGEST, 82), (LONGEST, 65), (1200, 65), (900, 55))


def prepared(content: bytes) -> tuple[bytes, int, int]:
    """The picture as JPEG, its width and height.

    Raises ValueError("too_large") for an enormous one, whatever the library raises on one it cannot read.
    """
    with contextlib.suppress(ImportError):  # photos of telephones, where the machine can read them
        from pillow_heif import register_heif_opener  # type: ignore[import-not-found, unused-ignore]

        register_heif_opener()
    with Image.open(io.BytesIO(content), formats=KINDS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError("too_large")
        opened.draft("RGB", (LONGEST, LONGEST))
        opened.load()
        picture = _on_white(ImageOps.exif_transpose(opened))
    made = b""
    for side, quality in _STEPS:
        picture.thumbnail((side, side))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=quality, optimize=True)
        made = stream.getvalue()
        if len(made) <= MOST_BYTES:
            break
    return made, picture.width, picture.height


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency and palettes."""
    if picture.mode == "RGB":
        return picture.copy()
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")
