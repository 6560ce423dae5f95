"""Pictures of cameras: told by their content, bounded, and freed of everything but the picture.

A JPEG is a row of segments (ITU-T T.81, annex B), a PNG a row of chunks (W3C PNG, 5.3). Both may carry where and with
what a picture was taken, and things that are no picture at all; only what a decoder needs is kept.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from core.errors import InputError, LimitError

__all__ = ["MOST_PICTURE_BYTES", "Picture", "bare_picture"]

MOST_PICTURE_BYTES: Final = 600_000
_MOST_SIDE_PX: Final = 8192
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"IDAT", b"IEND"})
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_JFIF, _ADOBE, _SCAN, _END = 0xE0, 0xEE, 0xDA, 0xD9
_RESTARTS: Final = range(0xD0, 0xD8)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture without anything beside it.

    Attributes:
        media: "image/jpeg" or "image/png".
        content: the file.
        width_px, height_px: as it states them.
    """

    media: str
    content: bytes
    width_px: int
    height_px: int


def bare_picture(content: bytes) -> Picture:
    """A JPEG or PNG, by its content, without its metadata and without what follows its end.

    Raises:
        LimitError: it has more than `MOST_PICTURE_BYTES`, or more than 8,192 pixels a side.
        InputError: it is no JPEG or PNG, or breaks off.
    """
    if len(content) > MOST_PICTURE_BYTES:
        raise LimitError(f"the picture has more than {MOST_PICTURE_BYTES:,} bytes", hint="have the camera send less")
    if content.startswith(b"\xff\xd8\xff"):
        found = _bare_jpeg(content)
    elif content.startswith(_PNG):
        found = _bare_png(content)
    else:
        hint = "give the address of single pictures, not of a page or a stream"
        raise InputError("it is neither a JPEG nor a PNG", hint=hint)
    if not (0 < found.width_px <= _MOST_SIDE_PX and 0 < found.height_px <= _MOST_SIDE_PX):
        raise LimitError(f"a picture has 1 to {_MOST_SIDE_PX:,} pixels a side")
    return found


def _bare_png(content: bytes) -> Picture:
    kept, at, size = [_PNG], len(_PNG), (0, 0)
    while True:
        head = content[at : at + 8]
        end = at + 12 + int.from_bytes(head[:4], "big")
        if len(head) < 8 or end > len(content):
            raise InputError("the PNG breaks off")
        kind, chunk = head[4:], content[at:end]
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise InputError("the PNG is damaged")
        if kind == b"IHDR":
            size = int.from_bytes(chunk[8:12], "big"), int.from_bytes(chunk[12:16], "big")
        if kind in _PNG_KEPT:
            kept.append(chunk)
        if kind == b"IEND":
            return Picture("image/png", b"".join(kept), *size)
        at = end


def _bare_jpeg(content: bytes) -> Picture:
    kept, at, size = [content[:2]], 2, (0, 0)
    while True:
        marker, at = _marker(content, at)
        if marker == _END:
            return Picture("image/jpeg", b"".join([*kept, b"\xff\xd9"]), *size)
        length = int.from_bytes(content[at : at + 2], "big")
        segment = content[at : at + length]
        if length < 2 or len(segment) < length:
            raise InputError("the JPEG breaks off")
        at += length
        if marker in _FRAMES:
            size = int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big")
        if marker in _FRAMES or marker in _TABLES or marker in (_JFIF, _ADOBE, _SCAN):
            kept += [bytes((0xFF, marker)), _bare_jfif(segment) if marker == _JFIF else segment]
        if marker == _SCAN:
            end = _scan_end(content, at)
            kept.append(content[at:end])
            at = end


def _bare_jfif(segment: bytes) -> bytes:
    """Its head, without the small picture that it may carry."""
    if segment[2:7] != b"JFIF\0" or len(segment) < 16:
        raise InputError("the JPEG begins in no known way")
    return (16).to_bytes(2, "big") + segment[2:14] + b"\0\0"


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker at a place, and the place after it; markers may be filled up before (T.81, B.1.1.2)."""
    if content[at : at + 1] != b"\xff":
        raise InputError("the JPEG is damaged")
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise InputError("the JPEG breaks off")
    return content[at], at + 1


def _scan_end(content: bytes, at: int) -> int:
    """Where the data of a scan end: at the next marker that is no restart and no stuffed byte."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise InputError("the JPEG breaks off")
        if content[at + 1] != 0 and content[at + 1] not in _RESTARTS and content[at + 1] != 0xFF:
            return at
        at += 1 if content[at + 1] == 0xFF else 2
