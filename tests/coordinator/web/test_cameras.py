"""From a camera in the lab to the page of its members: a real HTTP camera, the agent's own code, a real app."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from agent.cameras import Camera, Cameras, cameras_of
from agent.client import Client
from coordinator.schema.network import Role
from core.errors import InputError, LimitError
from core.pictures import MOST_PICTURE_BYTES, Picture
from tests.coordinator.api.conftest import Web
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import check_page
from tests.core.test_pictures import SECRET, jpeg, segment

PATH = "/api/v1/machines/north-printer/picture"


class Seen(BaseHTTPRequestHandler):
    """A camera: what it sends stands in its server."""

    def do_GET(self) -> None:
        status, content = self.server.answers.get(self.path, (404, b""))  # type: ignore[attr-defined]  # set below
        self.send_response(status)
        self.send_header("Content-Type", "text/html")  # cameras say what they like
        self.send_header("Location", "/picture.jpg")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def camera() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Seen)
    server.answers = {"/picture.jpg": (200, jpeg(segment(0xE1, SECRET)))}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join(60)
    server.server_close()


class Shown:
    """Hands pictures on, and ends once one was."""

    def __init__(self, client: Client) -> None:
        self.client, self.done = client, asyncio.Event()

    async def show(self, machine: str, picture: Picture) -> None:
        await self.client.show(machine, picture)
        self.done.set()


def show(web: Web, address: str) -> None:
    """What `fabcommons agent --camera` does, until one picture was shown."""

    async def run() -> None:
        client = Client("http://test", web.tokens["agent"], httpx.ASGITransport(web.app))
        shown = Shown(client)
        task = asyncio.create_task(Cameras(shown, cameras_of([f"north-printer={address}"]), 60.0).run())
        async with asyncio.timeout(60):
            await shown.done.wait()
        task.cancel()
        await client.close()

    asyncio.run(run())


def address_of(camera: ThreadingHTTPServer, path: str = "/picture.jpg") -> str:
    return f"http://127.0.0.1:{camera.server_address[1]}{path}"


def test_members_see_the_last_picture_and_nobody_else_does(web: Web, camera: ThreadingHTTPServer) -> None:
    member = joined(web, Role.OPERATOR, "north", "nora")
    assert 'class="camera"' not in member.get("/machines/north-printer").text, "there is none yet"
    newest = web.town.application.log.newest()
    show(web, address_of(camera))
    page = member.get("/machines/north-printer")
    check_page(page)
    assert f'src="{PATH}?v=' in page.text
    assert "under 1 min ago" in page.text
    picture = member.get(PATH)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.content == jpeg(), "without what the camera wrote beside it"
    assert picture.headers["cache-control"] == "private, no-store"
    others = [(Browser(web), 401), (joined(web, Role.BUILDER, name="bea"), 403)]
    others.append((joined(web, Role.OPERATOR, "south", "sol"), 403))
    for other, status in others:
        assert other.get(PATH).status_code == status
        text = other.get("/machines/north-printer").text
        assert ('class="camera"' in text, "Camera" in text) == (False, False)
    assert "picture" not in "".join(each.kind for each in web.town.application.log.after(newest, 99))


def test_a_picture_grows_old_and_is_forgotten(web: Web, camera: ThreadingHTTPServer) -> None:
    member = joined(web, Role.OPERATOR, "north", "nora")
    show(web, address_of(camera))
    web.town.real.move(minutes=12)
    assert "12 min ago" in member.get("/machines/north-printer").text
    assert member.get(PATH).headers["age"] == "720"
    web.town.real.move(minutes=50)
    assert member.get(PATH).status_code == 404
    assert 'class="camera"' not in member.get("/machines/north-printer").text


def test_agents_show_only_machines_of_their_lab_and_only_pictures(web: Web) -> None:
    body = {"machine": "south-bench", "picture": "AAAA"}
    assert web.post("/agent/pictures", "agent", json=body).status_code == 404
    body["machine"] = "north-printer"
    assert web.post("/agent/pictures", "agent", json=body).status_code == 422
    assert web.post("/agent/pictures", "north", json=body).status_code == 403
    assert web.get("/machines/north-printer/picture", "north").status_code == 404


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_camera_that_sends_elsewhere_or_nothing_is_not_followed(camera: ThreadingHTTPServer, status: int) -> None:
    camera.answers["/x"] = (status, jpeg())  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=str(status)):
        take(address_of(camera, "/x"))


def test_a_camera_that_sends_too_much_or_is_away(camera: ThreadingHTTPServer) -> None:
    camera.answers["/x"] = (200, jpeg(tail=bytes(MOST_PICTURE_BYTES)))  # type: ignore[attr-defined]
    with pytest.raises(LimitError):
        take(address_of(camera, "/x"))
    with pytest.raises(InputError, match="does not answer"):
        take("http://127.0.0.1:9/x")


def take(url: str) -> Picture:
    async def run() -> Picture:
        class Nobody:
            async def show(self, machine: str, picture: Picture) -> None:
                raise AssertionError

        return await Cameras(Nobody(), {}, 1.0).take(Camera("m", url))

    return asyncio.run(run())


@pytest.mark.parametrize("text", ["m", "=http://a/b", "m=ftp://a/b", "m=a", "m=http:///x"])
def test_options_that_name_no_camera_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"camera|address"):
        cameras_of([text])
    with pytest.raises(InputError, match="two"):
        cameras_of(["m=http://a/b", "m=http://a/c"])
