"""Photographs that people send: read, turned upright, made small, with nothing in them but the picture.

Work for a process apart: the files come from strangers. What a camera writes beside the picture (Exif 2.32: where and
when it was taken, by which device) is left behind, as only the pixels go into a new file.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.errors import InputError, LimitError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MOST_BYTES", "MOST_PIXELS", "SIDE_PX", "THUMBNAIL_PX", "Developed", "developed"]

MOST_BYTES: Final = 12 * 2**20
MOST_PIXELS: Final = 50_000_000
SIDE_PX: Final = 1600
THUMBNAIL_PX: Final = 320
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 85
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error,
    zlib.error,
)  # fmt: skip
"""What Pillow's readers end with at a file that is not as its format says."""


@dataclass(frozen=True, slots=True)
class Developed:
    """A photograph as it is kept: two JPEG files without anything but the picture.

    Attributes:
        image: at most `SIDE_PX` on its longest side.
        thumbnail: at most `THUMBNAIL_PX`.
        width_px, height_px: of the image.
    """

    image: bytes
    thumbnail: bytes
    width_px: int
    height_px: int


def developed(data: bytes) -> Developed:
    """A photograph, out of a JPEG, PNG or WebP file.

    Raises:
        InputError: it is none of these, or broken.
        LimitError: it says that it has more than `MOST_PIXELS`.
    """
    try:
        with warnings.catch_warnings():  # of Pillow's own, looser limit, and of what is wrong beside the picture
            warnings.simplefilter("ignore")
            picture = _flat(_opened(data))
        picture.thumbnail((SIDE_PX, SIDE_PX))
        image, (width_px, height_px) = _jpeg(picture), picture.size
        picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        return Developed(image, _jpeg(picture), width_px, height_px)
    except _BROKEN:
        hint = "send a JPEG, PNG or WebP file as the camera wrote it"
        raise InputError("this is no photo that can be read", where="photo", hint=hint) from None


def _opened(data: bytes) -> Image:
    """The first picture of a file, its size looked at before a pixel is decoded."""
    from PIL import Image, ImageOps

    try:
        found = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large() from None
    if found.width * found.height > MOST_PIXELS:
        raise _too_large()
    found.draft("RGB", (SIDE_PX, SIDE_PX))  # a JPEG is made smaller while it is read
    return ImageOps.exif_transpose(found)


def _flat(found: Image) -> Image:
    """Its pixels in red, green and blue, on white where it is transparent; all else that a file says is left behind."""
    from PIL import Image

    if found.mode.startswith("I"):  # 16 bits of grey
        found = found.point(lambda value: value / 256).convert("L")
    flat = Image.new("RGB", found.size, "white")
    if found.has_transparency_data:
        shown = found.convert("RGBA")
        flat.paste(shown, mask=shown.getchannel("A"))
    else:
        flat.paste(found.convert("RGB"))
    return flat


def _jpeg(picture: Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return target.getvalue()


def _too_large() -> LimitError:
    return LimitError(f"a photo has at most {MOST_PIXELS // 10**6} megapixels", where="photo", hint="make it smaller")
