"""A thin client for OctoPrint 1.8 and later.

Source: OctoPrint's published REST API (version, connection, printer, job, files), tried with 1.11.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import httpx

from core.errors import DeviceError
from firmware_bridge.device import Identity
from firmware_bridge.servers.answers import mapping, text
from firmware_bridge.servers.link import Link, quoted
from firmware_bridge.servers.octoprint_push import OctoPrintFeed, state_of
from firmware_bridge.servers.push import Feed
from firmware_bridge.servers.server import Condition, Record, ServerState

__all__ = ["OctoPrint"]

_UPLOAD_S = 300.0
_OLDEST = (1, 8)  # application keys, noOverwrite and all flags are there


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
        self._pushes = transport is None

    async def identify(self) -> Identity:
        """The server's version; Moonraker's imitation is told apart."""
        answer = mapping((await self._link.ask("GET", "/api/version")).body)
        told = text(answer, "text")
        if "Moonraker" in told:
            raise DeviceError("this is Moonraker, not OctoPrint", where=self.address, hint="use the kind moonraker")
        if not told.startswith("OctoPrint"):
            raise DeviceError("nothing answers as OctoPrint does", where=self.address)
        version = text(answer, "server")
        if not _is_new_enough(version):
            what = f"OctoPrint {version} is older than {'.'.join(map(str, _OLDEST))}"
            raise DeviceError(what, where=self.address, hint="update it")
        return Identity("octoprint", version, told)

    async def state(self) -> ServerState:
        """What the machine is doing: `GET /api/printer` and `/api/job`."""
        printer = await self._link.ask("GET", "/api/printer", params={"exclude": "sd"}, expect=(409,))
        job = mapping((await self._link.ask("GET", "/api/job")).body)
        words = text(job, "state")
        if printer.status == 409:
            failed = words.startswith(("Error", "Offline after error"))
            return ServerState(Condition.ERROR if failed else Condition.OFFLINE, words)
        body = mapping(printer.body)
        return state_of(words, mapping(body.get("state")), job, mapping(body.get("temperature")))

    def feed(self) -> Feed | None:
        """What the server pushes; None where a test stands in for it."""
        return self._feed() if self._pushes else None

    def _feed(self) -> Feed:
        return OctoPrintFeed(self.address, self._session)

    async def _session(self) -> tuple[str, str]:
        """Name and session of the key's user, with which a push connection logs in."""
        told = mapping((await self._link.ask("POST", "/api/login", json={"passive": True})).body)
        return text(told, "name"), text(told, "session")

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


def _is_new_enough(version: str) -> bool:
    """Whether the version is one that this client knows; one that it cannot read is taken for a newer one."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return found is None or (int(found[1]), int(found[2])) >= _OLDEST
