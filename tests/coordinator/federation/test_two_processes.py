"""Two coordinators, each a process that serves at a socket of its own; somebody may sit on the line between them."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from tests.coordinator.api.world import World
from tests.coordinator.conftest import LICENCE

pytestmark = pytest.mark.timeout(400)  # processes on a busy computer
BENCH = {
    "labs": [
        {
            "id": "north", "name": "North", "timezone": "UTC", "opening_hours": {"daily": "00:00-24:00"},
            "policy": {"accepts": "automatically", "first_article": "never"},
            "machines": [
                {"id": "north-bench", "name": "Bench", "processes": ["assembly", "manual_cutting"],
                 "materials": ["plywood"], "envelope_mm": [500, 500, 500], "connection": {"driver": "hands"}},
            ],
        }
    ],
    "transport": [],
}  # fmt: skip
Change = Callable[[bytes], bytes]


@dataclass
class Line:
    """What two networks are connected by; while `change` is set, every answer passes through it."""

    target: str = ""
    change: Change | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen at a port of this computer's own."""
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                line.asked.append(self.path)
                answer = httpx.get(line.target + self.path, timeout=30)
                body = answer.content if line.change is None else line.change(answer.content)
                self.send_response(answer.status_code)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@dataclass
class Pair:
    """A network that tells, one that listens, and the line between them."""

    tells: World
    listens: World
    line: Line

    def pull(self) -> dict[str, Any]:
        return dict(self.listens.post("/federation/neighbours/south/pull", "steward"))

    def heard(self, kind: str) -> list[dict[str, Any]]:
        return list(self.listens.get(f"/federation/heard?kind={kind}")["items"])


def lamp(folder: Path) -> Path:
    """A design of one panel, cut by hand."""
    folder.mkdir()
    (folder / "bom.csv").write_text("Part,Qty,Process,Material\nPanel,1,Manual cutting,Plywood\n", encoding="utf-8")
    (folder / "LICENSE").write_text(f"SPDX-License-Identifier: {LICENCE}\n", encoding="utf-8")
    return folder


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """South has a design, has made one of it, and says so; North has heard of nothing yet."""
    monkeypatch.setenv("FABCOMMONS_SERVE_LOCAL_NEIGHBOURS", "yes")  # both are at addresses of this computer
    design, worlds = lamp(tmp_path / "lamp"), []
    for name in ("south", "north"):
        (tmp_path / name).mkdir()
        worlds.append(World(tmp_path / name, design=design, labs=BENCH, speed="1"))
    south, north = worlds
    try:
        for each in worlds:
            each.serve()
        south.settle()
        build = south.order()
        south.until(lambda: south.act(build)["state"] == "finished", "a lamp is made")
        chosen = south.call("PUT", "/federation", "steward", json={"kinds": ["design", "attestation"]})
        assert chosen.status_code == 200, chosen.text
        line = Line(south.address)
        with line.open():
            yield Pair(south, north, line)
    finally:
        for each in worlds:
            each.close()


def listen(pair: Pair) -> None:
    """North adds South by its address, and compares the words that South's people read out."""
    body = {"url": f"http://127.0.0.1:{pair.line.port}", "name": "south"}
    added = pair.listens.post("/federation/neighbours", "steward", **body)
    assert added["confirmed_at"] is None
    words = pair.tells.get("/federation")["words"]
    pair.listens.post("/federation/neighbours/south/confirm", "steward", words=words)


def renamed(body: bytes) -> bytes:
    """Somebody gives South's design another name, wherever it stands."""
    page = json.loads(body) if body.startswith(b"{") else {}
    for each in page.get("items", ()):
        if each["body"] is not None and "name" in each["body"]:
            each["body"]["name"] = "a better lamp"
    return json.dumps(page).encode() if page else body[:-1] + bytes([body[-1] ^ 1])


def test_two_coordinators_exchange_signed_documents_over_a_socket(pair: Pair) -> None:
    listen(pair)
    pair.pull()  # or it did so by itself: it asks a neighbour that was confirmed as soon as it comes to it
    (design,), (attestation,) = pair.heard("design"), pair.heard("attestation")
    assert design["body"]["name"] == pair.tells.get("/designs/1")["name"]
    assert "Panel" in json.dumps(attestation["body"])
    page = httpx.get(f"{pair.listens.address}/networks", timeout=30).text
    assert design["body"]["name"] in page
    _refuses_what_was_changed(pair, design["id"])
    brought = pair.listens.post(f"/federation/heard/{design['id']}/bring-in", "steward")
    assert brought["content_sha256"] == pair.tells.get("/designs/1")["content_sha256"]
    _leaves(pair)
    assert pair.listens.get(f"/designs/{brought['id']}")["name"] == design["body"]["name"], "what was brought in stays"


def _refuses_what_was_changed(pair: Pair, heard_id: int) -> None:
    """A name and an archive that were changed on the line are refused, and it is said; then the true ones come."""
    pair.line.change = renamed
    pair.tells.call("POST", "/designs/archive?name=second", "builder", content=_second())
    pair.tells.post("/federation/publish", "steward")
    pulled = pair.pull()
    assert (pulled["new"], pulled["refused"]) == (0, 1)
    assert "the signature does not hold" in pulled["reasons"][0]
    archive = pair.listens.call("POST", f"/federation/heard/{heard_id}/bring-in", "steward")
    assert archive.is_client_error, archive.text
    assert "a better lamp" not in json.dumps(pair.heard("design"))
    refused = pair.listens.get("/federation/refused", "steward")["items"]
    assert refused
    assert all("the signature does not hold" in each["why"] for each in refused)
    pair.line.change = None
    pair.pull()
    assert {each["body"]["name"] for each in pair.heard("design")} == {"station", "second"}


def _second() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("second/bom.csv", "Part,Qty,Process,Material\nShelf,1,Manual cutting,Plywood\n")
        archive.writestr("second/LICENSE", f"SPDX-License-Identifier: {LICENCE}\n")
    return packed.getvalue()


def _leaves(pair: Pair) -> None:
    """One command, and all that came from South is gone."""
    at = ("--coordinator", pair.listens.address, "--token", pair.listens.tokens["steward"])
    ended = CliRunner().invoke(app, ["neighbour", "leave", "south", *at])
    assert ended.exit_code == 0, ended.output
    assert pair.heard("design") == pair.heard("attestation") == []
    assert pair.listens.get("/federation/neighbours") == []
