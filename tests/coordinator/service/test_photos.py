"""Photos of pieces: only the picture is kept, of what can be read, by who may; what is removed is gone."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coordinator import photographs
from coordinator.photographs import SIDE_PX, THUMBNAIL_PX, Developed, developed
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.service.work.photos import MOST_OF_A_PIECE
from core.errors import InputError, LimitError, StateError
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.service.conftest import town as town
from tests.core.test_pictures import chunk

RED, BLUE = (200, 30, 30), (30, 30, 200)
SECRETS = (b"Exif", b"GPS", b"SecretCam", b"40 ,", b"<x:xmpmeta", b"said by nobody", b"ICC_PROFILE")


def as_camera(width_px: int = 400, height_px: int = 200, orientation: int = 6) -> bytes:
    """A JPEG as a telephone writes it: red on the left, blue on the right, and all that it knows beside the picture."""
    picture = Image.new("RGB", (width_px, height_px), RED)
    picture.paste(BLUE, (width_px // 2, 0, width_px, height_px))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SecretCam"
    exif.get_ifd(0x8825).update({1: "N", 2: (42.0, 14.0, 20.0), 3: "W", 4: (8.0, 43.0, 10.0)})
    target = io.BytesIO()
    picture.save(
        target, "JPEG", exif=exif, comment=b"said by nobody", xmp=b"<x:xmpmeta/>", dpi=(300, 300), quality=90,
    )  # fmt: skip
    return target.getvalue()


def huge(kind: str = "PNG", side_px: int = 30_000) -> bytes:
    """A file that is small and says that its picture is large."""
    if kind == "PNG":
        head = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(999)))
    data = bytearray(as_camera(16, 16))
    at = data.index(b"\xff\xc0") + 5  # height and width in the start of the frame (ITU T.81, B.2.2)
    data[at : at + 4] = struct.pack(">HH", side_px, side_px)
    return bytes(data)


def near(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return min((RED, BLUE, (255, 255, 255)), key=lambda each: sum(abs(a - b) for a, b in zip(each, found, strict=True)))


def test_only_the_picture_is_kept_and_stands_upright() -> None:
    camera = as_camera()
    assert Image.open(io.BytesIO(camera)).getexif().get_ifd(0x8825), "or there is nothing to lose"
    made = developed(camera)
    assert (made.width_px, made.height_px) == (200, 400), "orientation 6 is turned by a quarter"
    for data in (made.image, made.thumbnail):
        picture = Image.open(io.BytesIO(data))
        assert picture.format == "JPEG"
        assert not dict(picture.getexif())
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert not [each for each in SECRETS if each in data]
        assert (near(picture, 5, 5), near(picture, 5, picture.height - 5)) == (RED, BLUE)


def test_it_is_made_small_and_never_larger() -> None:
    made = developed(as_camera(4000, 1000, 1))
    assert (made.width_px, made.height_px) == (SIDE_PX, 400)
    assert Image.open(io.BytesIO(made.image)).size == (SIDE_PX, 400)
    assert Image.open(io.BytesIO(made.thumbnail)).size == (THUMBNAIL_PX, 80)
    assert developed(as_camera(40, 20, 1)).width_px == 40


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(kind: str) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(target, kind)
    assert near(Image.open(io.BytesIO(developed(target.getvalue()).image)), 4, 4) == (255, 255, 255)


def test_greys_of_sixteen_bits_keep_their_lightness() -> None:
    target = io.BytesIO()
    Image.new("I;16", (8, 8), 0x8000).save(target, "PNG")
    (grey, *_) = Image.open(io.BytesIO(developed(target.getvalue()).image)).getpixel((4, 4))  # type: ignore[misc] # of RGB
    assert abs(grey - 0x80) < 4


@pytest.mark.parametrize(("kind", "side_px"), [("PNG", 30_000), ("PNG", 9_000), ("JPEG", 30_000), ("JPEG", 7_100)])
def test_what_says_that_it_is_huge_is_not_decoded(kind: str, side_px: int) -> None:
    with pytest.raises(LimitError, match="at most 50 megapixels"):
        developed(huge(kind, side_px))


def other(kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"text", b"<svg/>", as_camera()[:900], huge(side_px=50), other("GIF"), other("BMP"), other("TIFF")]
)
def test_what_is_no_photo_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(InputError) as refused:
        developed(data)
    assert (refused.value.what, refused.value.where) == ("this is no photo that can be read", "photo")


CAMERA = as_camera(64, 48)


@given(at=st.integers(0, len(CAMERA) - 1), instead=st.binary(max_size=8), skipped=st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_a_broken_file_is_refused_or_read_and_nothing_else(at: int, instead: bytes, skipped: int) -> None:
    try:
        made = developed(CAMERA[:at] + instead + CAMERA[at + skipped :])
    except InputError:
        return
    assert isinstance(made, Developed)
    assert not dict(Image.open(io.BytesIO(made.image)).getexif())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(as_camera())
    return path


@pytest.fixture
def piece(town: Town) -> int:
    town.join("des", Role.DESIGNER)
    town.order()
    return town.application.pieces.all().items[0].id


def test_who_checks_pieces_or_gets_them_photographs_them(town: Town, piece: int, photo: Path) -> None:
    photos = town.application.photos
    for who in ("north", "south", "des", "ada"):
        found = photos.add(Call(town.people[who]), piece, photo, f" by {who} ")
        assert (found.caption, found.added_by, found.width_px) == (f"by {who}", town.people[who].id, 200)
    with pytest.raises(ForbiddenError):
        photos.add(Call(town.people["ste"]), piece, photo)
    with pytest.raises(UnauthenticatedError):
        photos.add(Call(VISITOR), piece, photo)
    with pytest.raises(UnknownError):
        photos.add(Call(town.people["ada"]), 999, photo)
    assert [each.caption for each in photos.of_piece(piece)] == ["by north", "by south", "by des", "by ada"]
    assert [each.caption for each in photos.of_build(1, limit=2)] == ["by ada", "by des"]
    told = [each for each in town.application.log.after(0, 9999) if each.kind == "photo.added"]
    assert (told[0].subject, told[0].data) == (f"piece {piece}", {"photo": 1})


def test_who_orders_photographs_what_comes_even_as_a_steward(town: Town, photo: Path) -> None:
    design = town.upload()
    town.application.builds.order(Call(town.people["ste"]), design.id, 1)
    town.plan()
    piece = town.application.pieces.all().items[0].id
    assert town.application.photos.add(Call(town.people["ste"]), piece, photo).piece_id == piece


def test_what_is_removed_is_gone_and_the_rest_stays(town: Town, piece: int, photo: Path) -> None:
    photos = town.application.photos
    north, ste = Call(town.people["north"]), Call(town.people["ste"])
    for caption in ("one", "two", "three"):
        photos.add(north, piece, photo, caption)
    with pytest.raises(ForbiddenError):
        photos.remove(Call(town.people["south"]), 1, "ugly")
    photos.remove(north, 1, "blurred")
    photos.remove(ste, 2, "a face is on it")
    assert [each.caption for each in photos.of_piece(piece)] == ["three"] == [e.caption for e in photos.of_build(1)]
    for number in (1, 2, 9):
        for read in (photos.image, photos.thumbnail):
            with pytest.raises(UnknownError):
                read(number)
    assert photos.image(3)[1].read_bytes() == developed(as_camera()).image, "although it is the same picture"
    with pytest.raises(StateError, match="before"):
        photos.remove(ste, 1)
    with pytest.raises(UnknownError):
        photos.remove(ste, 9)
    told = [each for each in town.application.log.after(0, 9999) if each.kind == "photo.removed"]
    assert [(each.who, each.why) for each in told] == [
        (town.people["north"].id, "blurred"), (town.people["ste"].id, "a face is on it"),
    ]  # fmt: skip


def test_there_are_not_too_many_nor_too_large_ones(
    town: Town, piece: int, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos, north = town.application.photos, Call(town.people["north"])
    with pytest.raises(InputError, match="one line"):
        photos.add(north, piece, photo, "x" * 201)
    with pytest.raises(InputError, match="one line"):
        photos.add(north, piece, photo, "a\nb")
    for _ in range(MOST_OF_A_PIECE):
        photos.add(north, piece, photo)
    with pytest.raises(StateError, match="at most 12 photos"):
        photos.add(north, piece, photo)
    photos.remove(north, 1)
    photos.add(north, piece, photo)
    photos.remove(north, 2)
    monkeypatch.setattr("coordinator.service.work.photos.MOST_BYTES", len(as_camera()) - 1)
    with pytest.raises(LimitError, match="MB"):
        photos.add(north, piece, photo)


def test_asked_twice_with_one_key_it_is_one_photo(town: Town, piece: int, photo: Path) -> None:
    photos, call = town.application.photos, Call(town.people["north"], "k", b"x")
    assert photos.add(call, piece, photo) == photos.add(call, piece, photo)
    assert len(photos.of_piece(piece)) == 1


def test_the_limits_are_what_is_said() -> None:
    assert (photographs.MOST_BYTES, photographs.MOST_PIXELS) == (12 * 2**20, 50_000_000)
