"""A Duet that prints nothing: its web interface as far as the client uses it, alone or behind a small computer."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

PASSWORD = "secret"  # noqa: S105 - of a stand-in


@dataclass
class VirtualDuet:
    """State and faults.

    Attributes:
        sbc: whether a small computer answers (/machine/...) instead of the board (rr_...).
        step: share of the file that is printed between two questions for the job.
        busy: so many requests find no memory (503).
        forget_after: the session ends after so many requests, again and again; 0: never.
        fail_at: the share at which the print is aborted.
    """

    sbc: bool = False
    password: str = ""
    version: str = "3.5.1"
    step: float = 0.25
    busy: int = 0
    forget_after: int = 0
    fail_at: float = 2.0
    files: dict[str, bytes] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    status: str = "idle"
    printing: str | None = None
    done: float = 0.0
    last: dict[str, Any] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    connects: int = 0
    asked: int = 0

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/machine/") != self.sbc:
            return httpx.Response(404)
        if path in {"/rr_connect", "/machine/connect"}:
            return self._connect(request.url.params.get("password", ""))
        if self.busy > 0:
            self.busy -= 1
            return httpx.Response(503)
        self.asked += 1
        if self.forget_after and self.asked % self.forget_after == 0:
            self.sessions.clear()
        if request.headers.get("X-Session-Key") not in self.sessions:
            return httpx.Response(401)
        return self._machine(request) if self.sbc else self._board(request)

    def _connect(self, password: str) -> httpx.Response:
        if password != self.password:
            return httpx.Response(403) if self.sbc else httpx.Response(200, json={"err": 1})
        if len(self.sessions) >= 4:
            return httpx.Response(200, json={"err": 2})
        self.connects += 1
        self.sessions.add(str(self.connects))
        told = {"err": 0, "sessionTimeout": 8000, "boardType": "duet3mini", "sessionKey": self.connects}
        return httpx.Response(200, json={"sessionKey": str(self.connects)} if self.sbc else told)

    def _board(self, request: httpx.Request) -> httpx.Response:
        params, data = request.url.params, request.content
        match request.url.path:
            case "/rr_model":
                return httpx.Response(200, json={"key": params["key"], "result": self._model()[params["key"]]})
            case "/rr_gcode":
                self._code(params["gcode"])
                return httpx.Response(200, json={"buff": 200, "err": 0})
            case "/rr_upload":
                good = int(params["crc32"], 16) == zlib.crc32(data)
                if good:
                    self.files[params["name"]] = data
                return httpx.Response(200, json={"err": 0 if good else 1})
            case "/rr_fileinfo":
                file = self.files.get(params["name"])
                return httpx.Response(200, json={"err": 1} if file is None else {"err": 0, "size": len(file)})
            case "/rr_delete":
                self.files.pop(params["name"], None)
            case "/rr_disconnect":
                self.sessions.discard(request.headers["X-Session-Key"])
        return httpx.Response(200, json={"err": 0})

    def _machine(self, request: httpx.Request) -> httpx.Response:
        path, method = request.url.path, request.method
        name = unquote(path.rpartition("/")[2]) if "0:" not in path else path[path.index("0:") :]
        if path == "/machine/model":
            return httpx.Response(200, json=self._model())
        if path == "/machine/code":
            self._code(request.content.decode())
            return httpx.Response(200, text="")
        if path.startswith("/machine/fileinfo/"):
            file = self.files.get(name)
            return httpx.Response(404) if file is None else httpx.Response(200, json={"size": len(file)})
        if path.startswith("/machine/file/") and method == "PUT":
            self.files[name] = request.content
            return httpx.Response(201)
        if path.startswith("/machine/file/") and method == "DELETE":
            self.files.pop(name, None)
        if path == "/machine/disconnect":
            self.sessions.discard(request.headers["X-Session-Key"])
        return httpx.Response(204)

    def _code(self, code: str) -> None:
        self.codes.append(code)
        if code.startswith("M32"):
            self.printing, self.status, self.done = code.split('"')[1], "processing", 0.0
        elif code == "M25" and self.status == "processing":
            self.status = "paused"
        elif code == "M24" and self.status == "paused":
            self.status = "processing"
        elif code == "M0" and self.status == "paused":
            self._end(cancelled=True)
        elif code == "M112":
            self.status = "halted"

    def _end(self, *, cancelled: bool = False, aborted: bool = False) -> None:
        self.last = {"lastFileName": self.printing, "lastFileCancelled": cancelled, "lastFileAborted": aborted}
        self.status, self.printing = "idle", None

    def _model(self) -> dict[str, Any]:
        if self.status == "processing":
            self.done += self.step
            if self.done >= self.fail_at:
                self._end(aborted=True)
            elif self.done >= 1:
                self._end()
        size = len(self.files.get(self.printing or "", b""))
        file = {"fileName": self.printing, "size": size} if self.printing else {}
        job = {"file": file, "filePosition": int(size * self.done), "timesLeft": {"file": 12}, **self.last}
        heaters = [
            {"current": 60.5, "active": 60.0, "state": "active"},
            {"current": 201.0, "active": 200.0, "state": "active"},
            {"current": 25.0, "active": 190.0, "state": "standby"},
        ]
        return {
            "state": {"status": self.status},
            "job": job,
            "heat": {"bedHeaters": [0, -1], "heaters": heaters},
            "boards": [{"name": "Duet 3 Mini", "firmwareVersion": self.version}],
        }
