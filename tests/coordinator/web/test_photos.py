"""Photos over HTTP, and on pages."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from coordinator.photographs import MOST_BYTES
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.test_photos import SECRETS, as_camera, huge
from tests.coordinator.web.test_acts import OURS, Browser
from tests.coordinator.web.test_program_form import logged_in

CAPTION = "<b>warped</b> by 2 mm"


@pytest.fixture
def piece(web: Web) -> int:
    web.town.order()
    return web.town.application.pieces.all().items[0].id


def send(browser: Browser, piece: int, data: bytes, caption: str = "", **headers: str) -> int:
    path, files = f"/pieces/{piece}/photos", {"photo": ("p.jpg", data, "image/jpeg")}
    sent = {"caption": caption}
    return browser._send("POST", path, data=sent, files=files, headers=headers or OURS).status_code


def test_a_photo_is_added_read_and_removed_by_programs(web: Web, piece: int) -> None:
    path = f"/pieces/{piece}/photos"
    made = web.post(path, "north", params={"caption": CAPTION}, content=as_camera())
    assert made.status_code == 201, made.text
    photo = made.json()
    assert (photo["caption"], photo["width_px"], photo["height_px"]) == (CAPTION, 200, 400)
    assert web.get(path).json() == [photo]
    for kind, longest_px in (("image", 400), ("thumbnail", 320)):
        read = web.get(f"/photos/{photo['id']}/{kind}")
        assert max(Image.open(io.BytesIO(read.content)).size) == longest_px
        assert not [each for each in SECRETS if each in read.content]
        assert read.headers["content-type"] == "image/jpeg"
        assert read.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in read.headers["cache-control"]
        known = {"If-None-Match": read.headers["etag"]}
        assert web.get(f"/photos/{photo['id']}/{kind}", headers=known).status_code == 304
    assert web.call("DELETE", f"/photos/{photo['id']}", "south").status_code == 403
    assert web.call("DELETE", f"/photos/{photo['id']}").status_code == 401
    assert web.call("DELETE", f"/photos/{photo['id']}", "north", params={"why": "blurred"}).json()["removed_at"]
    assert web.get(path).json() == []
    assert web.get(f"/photos/{photo['id']}/image", headers=known).status_code == 404


def test_what_is_no_photo_is_a_problem_and_leaves_nothing(web: Web, piece: int) -> None:
    path = f"/pieces/{piece}/photos"
    for content, status in ((b"x", 422), (huge(), 413), (bytes(MOST_BYTES + 1), 413), (b"", 422)):
        assert web.post(path, "north", content=content).status_code == status
    assert web.post(path, "north", params={"caption": "x" * 201}, content=as_camera()).status_code == 422
    assert web.get(path).json() == []


def test_the_pages_show_it(web: Web, piece: int) -> None:
    north = logged_in(web, "north")
    form = f'action="/pieces/{piece}/photos" enctype="multipart/form-data"'
    assert form in north._send("GET", f"/pieces/{piece}").text
    assert form not in Browser(web)._send("GET", f"/pieces/{piece}").text
    assert send(north, piece, as_camera(), CAPTION) == 303
    for path in (f"/pieces/{piece}", "/builds/1"):
        shown = Browser(web)._send("GET", path).text
        assert "/api/v1/photos/1/thumbnail" in shown
        assert re.search(r'alt="Photo of [A-Z]\w+, piece 1: &lt;b&gt;warped', shown)
        assert "<b>warped" not in shown
    assert 'action="/photos/1/remove"' not in Browser(web)._send("GET", f"/pieces/{piece}").text
    assert north._send("POST", "/photos/1/remove", data={"back": "/"}, headers=OURS).status_code == 303
    assert "/api/v1/photos/1/" not in north._send("GET", "/builds/1").text


def test_the_form_is_taken_from_our_own_pages_and_members_only(web: Web, piece: int) -> None:
    north = logged_in(web, "north")
    assert send(north, piece, as_camera(), **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert send(logged_in(web, "ste"), piece, as_camera()) == 403
    assert send(north, piece, b"no photo") == 422
    assert web.get(f"/pieces/{piece}/photos").json() == []
