"""An OctoPrint that prints nothing: its API as far as the client uses it, and faults on demand."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

KEY = "k" * 32


@dataclass
class Stored:
    data: bytes
    last: bool | None = None


@dataclass
class VirtualOctoPrint:
    """State and faults.

    Attributes:
        step: share of the file that is printed between two questions for the state.
        away: so many requests find no server.
        lose_start: the start is taken, but its reply is lost.
        refuse_start: the start is answered by 409; "and print" all the same.
        fail_at: the share at which the firmware fails.
    """

    step: float = 0.25
    away: int = 0
    lose_start: bool = False
    refuse_start: str = ""
    fail_at: float = 2.0
    files: dict[str, Stored] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    starts: int = 0
    state: str = "Operational"
    selected: str | None = None
    done: float = 0.0

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def restart(self, *, away: int) -> None:
        """Kill -9 and start again: what it printed is over, and nobody wrote it down."""
        self.away, self.state, self.selected, self.done = away, "Operational", None, 0.0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.away > 0:
            self.away -= 1
            raise httpx.ConnectError("All connection attempts failed")
        if request.headers.get("X-Api-Key") != KEY:
            return httpx.Response(
                403, json={"error": "You don't have the permission to access the requested resource."}
            )
        path, method = request.url.path, request.method
        if path == "/api/version":
            return httpx.Response(200, json={"api": "0.1", "server": "1.11.8", "text": "OctoPrint 1.11.8"})
        if path == "/api/printer":
            return self._printer()
        if path == "/api/job":
            return self._job(request) if method == "POST" else self._show_job()
        if path == "/api/printer/command":
            self.commands += json.loads(request.content)["commands"]
            return httpx.Response(204)
        if path.startswith("/api/files/local"):
            return self._file(request, method, path.removeprefix("/api/files/local").strip("/"))
        return httpx.Response(404, json={"error": "no such thing"})

    def _printer(self) -> httpx.Response:
        if self.state in {"Offline", "Error"}:
            return httpx.Response(409, json={"error": "Printer is not operational"})
        if self.state == "Printing":
            self.done += self.step
            if self.done >= self.fail_at:
                self._end(False, "Error")
                return self._printer()
            if self.done >= 1:
                self._end(True, "Operational")
        flags = {
            "operational": True,
            "printing": self.state == "Printing",
            "paused": self.state == "Paused",
            "ready": self.state == "Operational",
            "error": False,
        }
        heat = {"tool0": {"actual": 201.5, "target": 200.0}, "bed": {"actual": 60.0, "target": 60.0}}
        return httpx.Response(200, json={"state": {"text": self.state, "flags": flags}, "temperature": heat})

    def _show_job(self) -> httpx.Response:
        file = {"name": self.selected, "path": self.selected}
        progress: dict[str, Any] = {"completion": self.done * 100 if self.selected else None, "printTimeLeft": 12}
        return httpx.Response(200, json={"job": {"file": file}, "progress": progress, "state": self.state})

    def _job(self, request: httpx.Request) -> httpx.Response:
        command = json.loads(request.content)
        if self.state not in {"Printing", "Paused"}:
            return httpx.Response(409, json={"error": "Printer is not printing"})
        if command["command"] == "cancel":
            self._end(False, "Operational")
        elif command["action"] == "pause":
            self.state = "Paused"
        elif command["action"] == "resume":
            self.state = "Printing"
        return httpx.Response(204)

    def _end(self, success: bool, state: str) -> None:
        self.state, self.done = state, 1.0
        if self.selected is not None:
            self.files[self.selected].last = success

    def _file(self, request: httpx.Request, method: str, name: str) -> httpx.Response:
        if method == "POST" and not name:
            return self._upload(request)
        if name not in self.files:
            return httpx.Response(404, json={"error": "not found"})
        stored = self.files[name]
        if method == "DELETE":
            del self.files[name]
            return httpx.Response(204)
        if method == "POST":
            return self._start(name)
        body: dict[str, Any] = {"name": name, "hash": hashlib.sha1(stored.data, usedforsecurity=False).hexdigest()}
        if stored.last is not None:
            body["prints"] = {"last": {"success": stored.last}}
        return httpx.Response(200, json=body)

    def _upload(self, request: httpx.Request) -> httpx.Response:
        head, _, rest = request.read().partition(b'name="file"; filename="')
        assert not head or b"select" in request.content
        name = rest.split(b'"', 1)[0].decode()
        found = re.search(rb"\r\n\r\n(.*?)\r\n--", rest, re.DOTALL)
        assert found
        if name in self.files:
            return httpx.Response(409, json={"error": "file exists"})
        self.files[name] = Stored(found[1])
        return httpx.Response(201, json={"done": True})

    def _start(self, name: str) -> httpx.Response:
        self.starts += 1
        if self.refuse_start == "only":
            return httpx.Response(409, json={"error": "busy"})
        self.state, self.selected, self.done = "Printing", name, 0.0
        if self.refuse_start == "and print":
            return httpx.Response(409, json={"error": "busy"})
        if self.lose_start:
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(204)
