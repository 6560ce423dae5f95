"""A thin client for PrusaLink (API v1): the printers' own server, and the one on a small computer beside older ones.

Source: Prusa's published OpenAPI description of PrusaLink. Not tried with a real one yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from core.errors import DeviceError, StateError
from firmware_bridge.device import Identity
from firmware_bridge.servers.answers import mapping, number, text
from firmware_bridge.servers.link import Link, quoted
from firmware_bridge.servers.push import Feed
from firmware_bridge.servers.server import Condition, Record, ServerState

__all__ = ["PrusaLink"]

_UPLOAD_S = 600.0
_CONDITIONS = {
    "IDLE": Condition.IDLE,
    "READY": Condition.IDLE,
    "FINISHED": Condition.IDLE,
    "STOPPED": Condition.IDLE,
    "BUSY": Condition.ENDING,
    "PRINTING": Condition.PRINTING,
    "PAUSED": Condition.PAUSED,
    "ATTENTION": Condition.PAUSED,  # it waits for a person at the machine
    "ERROR": Condition.ERROR,
}


class PrusaLink:
    """One PrusaLink. Satisfies `firmware_bridge.servers.server.PrintServer`.

    It keeps no record of ended prints: `record` knows only what this client saw in the printer's state.

    Args:
        address: as people write it.
        key: of the API; for digest authentication "user:password".
        storage: where files go, "local" or "usb".
        transport: of httpx; tests pass one of their own.
    """

    def __init__(
        self, address: str, key: str, *, storage: str = "local", transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        user, colon, password = key.partition(":")
        self._link = Link(
            address,
            headers={} if colon else {"X-Api-Key": key},
            auth=httpx.DigestAuth(user, password) if colon else None,
            transport=transport,
        )
        self.address = self._link.address
        self._storage = storage
        self._job: int | None = None
        self._names: dict[str, str] = {}  # the name that the printer shows to the one that was uploaded
        self._records: dict[str, Record] = {}
        self._printing: str | None = None

    async def identify(self) -> Identity:
        """The server's version."""
        told = mapping((await self._link.ask("GET", "/api/version")).body)
        if not text(told, "api"):
            raise DeviceError("nothing answers as PrusaLink does", where=self.address)
        return Identity("prusalink", text(told, "server") or text(told, "api"), text(told, "text"))

    async def state(self) -> ServerState:
        """What the printer is doing, and which job it has."""
        told = mapping((await self._link.ask("GET", "/api/v1/status")).body)
        answer = await self._link.ask("GET", "/api/v1/job")
        job = mapping(answer.body) if answer.status == 200 else {}
        printer = mapping(told.get("printer"))
        words = text(printer, "state")
        file = self._file(job)
        self._note(words, file)
        done, job_id = number(job, "progress"), number(job, "id")
        self._job = None if job_id is None else int(job_id)
        return ServerState(
            _CONDITIONS.get(words, Condition.OFFLINE),
            words.casefold(),
            file,
            None if done is None else min(1.0, done / 100),
            number(job, "time_remaining"),
            _temperatures(printer),
        )

    def feed(self) -> Feed | None:
        """It pushes nothing over HTTP."""
        return None

    async def upload(self, name: str, data: bytes) -> None:
        """Store a file; a file of this name that is there already must have the same size."""
        path = self._path(name)
        answer = await self._link.ask(
            "PUT",
            path,
            content=data,
            headers={"Content-Type": "text/x.gcode", "Print-After-Upload": "?0", "Overwrite": "?0"},
            expect=(409,),
            limit_s=_UPLOAD_S,
        )
        stored = mapping((await self._link.ask("GET", path)).body)
        if answer.status == 409 and number(stored, "size") != len(data):
            raise DeviceError(f"{name} on the server is not the file that was sent", where=self.address)
        for shown in (text(stored, "name"), text(stored, "display_name")):
            if shown:
                self._names[shown] = name

    async def start(self, name: str) -> None:
        """Ask for the print; 409 (a job runs) is an error."""
        await self._link.ask("POST", self._path(name))

    async def record(self, name: str) -> Record | None:
        """What was seen of this file's end."""
        return self._records.get(name)

    async def pause(self) -> None:
        """Ask for a pause of the job that `state` saw."""
        await self._of_job("PUT", "/pause")

    async def resume(self) -> None:
        """Go on."""
        await self._of_job("PUT", "/resume")

    async def cancel(self) -> None:
        """End the job that `state` saw."""
        await self._of_job("DELETE", "", expect=(404, 409))

    async def stop_now(self) -> None:
        """PrusaLink has no emergency stop: the job is cancelled, which takes seconds."""
        await self.state()
        await self.cancel()

    async def command(self, lines: Sequence[str]) -> None:
        """PrusaLink takes no lines; the printer switches off by itself at the end of a job.

        Raises:
            StateError: always.
        """
        raise StateError(f"PrusaLink takes no G-code lines ({len(lines)} left out)", where=self.address)

    async def remove(self, name: str) -> None:
        """Delete a file."""
        await self._link.ask("DELETE", self._path(name), expect=(404,))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

    def _path(self, name: str) -> str:
        return f"/api/v1/files/{quoted(self._storage)}/{quoted(name)}"

    def _file(self, job: dict[str, Any]) -> str | None:
        file = mapping(job.get("file"))
        for shown in (text(file, "display_name"), text(file, "name")):
            if shown:
                return self._names.get(shown, shown)
        return None

    def _note(self, words: str, file: str | None) -> None:
        """Keep how a print ended: the printer forgets it with the next touch of its screen."""
        if words in {"PRINTING", "PAUSED"}:
            self._printing = file
        elif self._printing is not None and words in {"FINISHED", "STOPPED", "ERROR"}:
            ends = {"FINISHED": Record.FINISHED, "STOPPED": Record.CANCELLED, "ERROR": Record.FAILED}
            self._records[self._printing] = ends[words]
            self._printing = None

    async def _of_job(self, method: str, action: str, expect: tuple[int, ...] = ()) -> None:
        if self._job is None:
            return
        await self._link.ask(method, f"/api/v1/job/{self._job}{action}", expect=expect)


def _temperatures(printer: dict[str, Any]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for heater, actual, target in (("T", "temp_nozzle", "target_nozzle"), ("B", "temp_bed", "target_bed")):
        value = number(printer, actual)
        if value is not None:
            found[heater] = (value, number(printer, target) or 0.0)
    return found
