"""Pictures of cameras: told by content, bounded, without metadata; what is none is refused, whatever it says it is."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FabcommonsError, InputError, LimitError
from core.pictures import MOST_PICTURE_BYTES, bare_picture

SECRET = b"GPS 42.23 -8.72 and who is in the room"


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(*extra: bytes, width: int = 2, height: int = 2) -> bytes:
    """A grey picture."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 0, 0, 0, 0))
    rows = zlib.compress(b"\0\x80\x80" * 2)
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), *extra, chunk(b"IDAT", rows), chunk(b"IEND", b"")])


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def jpeg(*extra: bytes, width: int = 640, height: int = 480, tail: bytes = b"") -> bytes:
    """The segments of a picture; the data of its scan have a stuffed byte and a restart."""
    frame = bytes((8,)) + height.to_bytes(2, "big") + width.to_bytes(2, "big") + bytes((1, 1, 0x11, 0))
    jfif = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    scan = segment(0xDA, bytes((1, 1, 0, 0, 63, 0))) + b"\x12\xff\0\x34\xff\xd0\x56"
    parts = (segment(0xE0, jfif), *extra, segment(0xDB, bytes(65)), segment(0xC0, frame), segment(0xC4, bytes(20)))
    return b"\xff\xd8" + b"".join(parts) + scan + b"\xff\xd9" + tail


def test_a_jpeg_keeps_its_picture_and_nothing_else() -> None:
    dirty = jpeg(segment(0xE1, b"Exif\0\0" + SECRET), segment(0xFE, SECRET), segment(0xED, SECRET), tail=SECRET)
    clean = bare_picture(dirty)
    assert clean.content == jpeg()
    assert (clean.media, clean.width_px, clean.height_px) == ("image/jpeg", 640, 480)
    assert bare_picture(clean.content) == clean


def test_a_jpeg_loses_the_small_picture_in_its_head() -> None:
    small = b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01abc"
    dirty = b"\xff\xd8" + segment(0xE0, small) + jpeg()[2 + 18 :]
    assert bare_picture(dirty).content == jpeg()


def test_a_png_keeps_its_picture_and_nothing_else() -> None:
    dirty = png(chunk(b"tEXt", b"Comment\0" + SECRET), chunk(b"eXIf", SECRET)) + SECRET
    clean = bare_picture(dirty)
    assert clean.content == png()
    assert (clean.media, clean.width_px, clean.height_px) == ("image/png", 2, 2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
        b"GIF89a",
        b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg(),
        jpeg()[:-3],
        png()[:-5],
        png().replace(b"IDAT", b"IDAX"),
        b"\xff\xd8\xff\xe0\0\x10Exif\0" + bytes(40),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        bare_picture(content)


def test_limits_of_size() -> None:
    with pytest.raises(LimitError):
        bare_picture(jpeg(tail=bytes(MOST_PICTURE_BYTES)))
    for content in (jpeg(width=9000), jpeg(height=0), png(width=0)):
        with pytest.raises(LimitError):
            bare_picture(content)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), st.integers(0, 150))
def test_rubbish_is_refused_or_is_a_fixed_point(rubbish: bytes, head: bytes, at: int) -> None:
    """Whatever comes, an error of ours or a picture that stays what it is."""
    for content in (head + rubbish, jpeg()[:at] + rubbish + jpeg()[at:], png()[:at] + rubbish + png()[at:]):
        try:
            found = bare_picture(content)
        except FabcommonsError:
            continue
        assert bare_picture(found.content) == found


def test_a_real_picture_can_still_be_read() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    for kind in ("JPEG", "PNG"):
        target = io.BytesIO()
        image.effect_noise((64, 48), 50).convert("RGB").save(target, kind, comment=SECRET)
        clean = bare_picture(target.getvalue())
        assert SECRET not in clean.content
        read = image.open(io.BytesIO(clean.content))
        assert read.size == (64, 48)
        assert read.convert("RGB").tobytes() == image.open(target).convert("RGB").tobytes()
