"""A thin client for OctoPrint 1.8 and later.

Source: OctoPrint's published REST API (version, connection, printer, job, files), tried with 1.11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import httpx

from core.errors import DeviceError
from firmware_bridge.device import Identity
from firmware_bridge.servers.answers import mapping, number, text
from firmware_bridge.servers.link import Link, quoted
from firmware_bridge.servers.server import Condition, Record, ServerState

__all__ = ["OctoPrint"]

_UPLOAD_S = 300.0
# Flags of `state` in the order in which they decide; several may be up at once.
_FLAGS = (
    ("cancelling", Condition.ENDING),
    ("finishing", Condition.ENDING),
    ("paused", Condition.PAUSED),
    ("pausing", Condition.PAUSED),
    ("resuming", Condition.PRINTING),
    ("printing", Condition.PRINTING),
    ("error", Condition.ERROR),
    ("closedOrError", Condition.OFFLINE),
    ("ready", Condition.IDLE),
    ("operational", Condition.IDLE),
)


class OctoPrint:
    """One OctoPrint. Satisfies `firmware_bridge.servers.server.PrintServer`.

    Args:
        address: as people write it.
        key: an API key or application key that may print.
        transport: of httpx; tests pass one of their own.
    """

    def __init__(self, address: str, key: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._link = Link(address, headers={"X-Api-Key": key}, transport=transport)
        self.address = self._link.address

    async def identify(self) -> Identity:
        """The server's version; Moonraker's imitation is told apart."""
        answer = mapping((await self._link.ask("GET", "/api/version")).body)
        told = text(answer, "text")
        if "Moonraker" in told:
            raise DeviceError("this is Moonraker, not OctoPrint", where=self.address, hint="use the kind moonraker")
        if not told.startswith("OctoPrint"):
            raise DeviceError("nothing answers as OctoPrint does", where=self.address)
        return Identity("octoprint", text(answer, "server"), told)

    async def state(self) -> ServerState:
        """What the machine is doing: `GET /api/printer` and `/api/job`."""
        printer = await self._link.ask("GET", "/api/printer", params={"exclude": "sd"}, expect=(409,))
        job = mapping((await self._link.ask("GET", "/api/job")).body)
        words = text(job, "state")
        if printer.status == 409:
            failed = words.startswith(("Error", "Offline after error"))
            return ServerState(Condition.ERROR if failed else Condition.OFFLINE, words)
        body = mapping(printer.body)
        file, progress = mapping(mapping(job.get("job")).get("file")), mapping(job.get("progress"))
        completion = number(progress, "completion")
        return ServerState(
            _condition(mapping(mapping(body.get("state")).get("flags"))),
            words,
            text(file, "path") or text(file, "name") or None,
            None if completion is None else min(1.0, max(0.0, completion / 100)),
            number(progress, "printTimeLeft"),
            _temperatures(mapping(body.get("temperature"))),
        )

    async def upload(self, name: str, data: bytes) -> None:
        """Store a file in the server's own storage, and compare its hash."""
        await self._link.ask(
            "POST",
            "/api/files/local",
            files={"file": (name, data, "text/x.gcode")},
            data={"select": "false", "print": "false", "noOverwrite": "true"},
            expect=(409,),
            limit_s=_UPLOAD_S,
        )
        stored = mapping((await self._link.ask("GET", f"/api/files/local/{quoted(name)}")).body)
        if stored.get("hash") != hashlib.sha1(data, usedforsecurity=False).hexdigest():
            raise DeviceError(f"{name} on the server is not the file that was sent", where=self.address)

    async def start(self, name: str) -> None:
        """Select and print; 409 (busy) is an error, 204 means queued."""
        await self._link.ask("POST", f"/api/files/local/{quoted(name)}", json={"command": "select", "print": True})

    async def record(self, name: str) -> Record | None:
        """From the file's own statistics; a cancelled print counts as failed there."""
        answer = await self._link.ask("GET", f"/api/files/local/{quoted(name)}", expect=(404,))
        if answer.status == 404:
            return None
        last = mapping(mapping(mapping(answer.body).get("prints")).get("last"))
        if "success" not in last:
            return None
        return Record.FINISHED if last["success"] is True else Record.FAILED

    async def pause(self) -> None:
        """Never the toggle: asked twice it would go on."""
        await self._job({"command": "pause", "action": "pause"})

    async def resume(self) -> None:
        """Go on."""
        await self._job({"command": "pause", "action": "resume"})

    async def cancel(self) -> None:
        """End the print; 409 says that there is none."""
        await self._job({"command": "cancel"}, expect=(409,))

    async def stop_now(self) -> None:
        """M112, which OctoPrint sends past its queue."""
        await self.command(["M112"])

    async def command(self, lines: Sequence[str]) -> None:
        """Send lines of G-code."""
        await self._link.ask("POST", "/api/printer/command", json={"commands": list(lines)})

    async def remove(self, name: str) -> None:
        """Delete a file."""
        await self._link.ask("DELETE", f"/api/files/local/{quoted(name)}", expect=(404,))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

    async def _job(self, command: dict[str, str], expect: tuple[int, ...] = ()) -> None:
        await self._link.ask("POST", "/api/job", json=command, expect=expect)


def _condition(flags: dict[str, Any]) -> Condition:
    return next((condition for flag, condition in _FLAGS if flags.get(flag) is True), Condition.OFFLINE)


def _temperatures(told: dict[str, Any]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for name, values in told.items():
        heater = "B" if name == "bed" else "C" if name == "chamber" else name.replace("tool", "T").replace("T0", "T")
        actual = number(mapping(values), "actual")
        if actual is not None:
            found[heater] = (actual, number(mapping(values), "target") or 0.0)
    return found
