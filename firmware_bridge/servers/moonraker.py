"""A thin client for Moonraker, the server before Klipper.

Source: Moonraker's published API (server, printer, files, history), tried with 0.11.
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
from firmware_bridge.servers.moonraker_push import OBJECTS, MoonrakerFeed, state_of
from firmware_bridge.servers.push import Feed
from firmware_bridge.servers.server import Condition, Record, ServerState

__all__ = ["Moonraker"]

_UPLOAD_S = 300.0
_LONG_S = 120.0  # pause and cancel wait for the moves that are queued
_ENDS = {"complete": Record.FINISHED, "cancelled": Record.CANCELLED, "error": Record.FAILED}
_RECORDS = {"completed": Record.FINISHED, "cancelled": Record.CANCELLED}


class Moonraker:
    """One Moonraker. Satisfies `firmware_bridge.servers.server.PrintServer`.

    Args:
        address: as people write it.
        key: an API key; "" where the network is trusted by the server.
        transport: of httpx; tests pass one of their own.
    """

    def __init__(self, address: str, key: str = "", *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        headers = {"X-Api-Key": key} if key else {}
        # 403 is also said of files: in use, or in a place that is not for them.
        self._link = Link(address, headers=headers, key_statuses=(401,), transport=transport)
        self.address = self._link.address
        self._key = key
        self._pushes = transport is None

    async def identify(self) -> Identity:
        """The server's version."""
        told = mapping(await self._result("GET", "/server/info"))
        version = text(told, "moonraker_version")
        if not version:
            raise DeviceError("nothing answers as Moonraker does", where=self.address)
        return Identity("moonraker", version, f"Klipper {text(told, 'klippy_state')}")

    async def state(self) -> ServerState:
        """What Klipper says; its own state goes before that of the print, which is stale after a shutdown."""
        answer = await self._link.ask("POST", "/printer/objects/query", json=_QUERY, expect=(503,))
        if answer.status == 503:
            return ServerState(Condition.OFFLINE, "Klipper does not answer")
        told = mapping(mapping(mapping(answer.body).get("result")).get("status"))
        return state_of(told)

    def feed(self) -> Feed | None:
        """What the server pushes; None where a test stands in for it."""
        return self._feed() if self._pushes else None

    def _feed(self) -> Feed:
        return MoonrakerFeed(self.address, self._key)

    async def upload(self, name: str, data: bytes) -> None:
        """Store a file; the server checks its SHA-256. An unlike file of this name is never replaced."""
        digest = hashlib.sha256(data).hexdigest()
        await self._refuse_other(name, len(data))
        await self._link.ask(
            "POST",
            "/server/files/upload",
            files={"file": (name, data, "application/octet-stream")},
            data={"root": "gcodes", "checksum": digest, "print": "false"},
            limit_s=_UPLOAD_S,
        )

    async def start(self, name: str) -> None:
        """Ask for the print; the answer waits until Klipper has taken it."""
        await self._result("POST", "/printer/print/start", json={"filename": name}, limit_s=_LONG_S)

    async def record(self, name: str) -> Record | None:
        """From Klipper's own last print, else from the server's history.

        Moonraker 0.11 writes no history while nobody has subscribed to the print's state: its cache and the state that
        it compares with are then one object.
        """
        last = await self._last_print()
        if text(last, "filename") == name and text(last, "state") in _ENDS:
            return _ENDS[text(last, "state")]
        told = mapping(await self._result("GET", "/server/history/list", params={"limit": 50, "order": "desc"}))
        jobs = told.get("jobs")
        for job in map(mapping, jobs if isinstance(jobs, list) else []):
            if text(job, "filename") == name:
                status = text(job, "status")
                return None if status == "in_progress" else _RECORDS.get(status, Record.FAILED)
        return None

    async def pause(self) -> None:
        """Ask for a pause."""
        await self._result("POST", "/printer/print/pause", limit_s=_LONG_S)

    async def resume(self) -> None:
        """Go on."""
        await self._result("POST", "/printer/print/resume", limit_s=_LONG_S)

    async def cancel(self) -> None:
        """End the print; without one the server says ok too."""
        await self._result("POST", "/printer/print/cancel", limit_s=_LONG_S)

    async def stop_now(self) -> None:
        """Klipper's emergency stop; the machine then needs a restart of its firmware."""
        await self._result("POST", "/printer/emergency_stop")

    async def command(self, lines: Sequence[str]) -> None:
        """Send lines of G-code; the answer waits until they are done."""
        await self._result("POST", "/printer/gcode/script", json={"script": "\n".join(lines)}, limit_s=_LONG_S)

    async def remove(self, name: str) -> None:
        """Delete a file."""
        await self._link.ask("DELETE", f"/server/files/gcodes/{quoted(name)}", expect=(404,))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

    async def _last_print(self) -> dict[str, Any]:
        answer = await self._link.ask("POST", "/printer/objects/query", json=_QUERY, expect=(503,))
        told = mapping(mapping(mapping(answer.body).get("result")).get("status"))
        return mapping(told.get("print_stats"))

    async def _refuse_other(self, name: str, size: int) -> None:
        answer = await self._link.ask("GET", "/server/files/metadata", params={"filename": name}, expect=(404,))
        if answer.status == 404:
            return
        stored = number(mapping(mapping(answer.body).get("result")), "size")
        if stored != size:
            raise DeviceError(f"{name} on the server is not the file that was sent", where=self.address)

    async def _result(self, method: str, path: str, **request: Any) -> Any:
        return mapping((await self._link.ask(method, path, **request)).body).get("result")


_QUERY = {"objects": dict.fromkeys(OBJECTS)}
