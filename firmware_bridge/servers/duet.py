"""A thin client for Duet boards and what else runs RepRapFirmware 3, over HTTP.

Source: RepRapFirmware's object model and G-code dictionary. Not tried with a real one yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from core.errors import DeviceError
from firmware_bridge.device import Identity
from firmware_bridge.servers.answers import mapping, number, text
from firmware_bridge.servers.duet_link import DuetLink, SbcLink, StandaloneLink
from firmware_bridge.servers.link import Link, server_url
from firmware_bridge.servers.push import Feed
from firmware_bridge.servers.server import Condition, Record, ServerState

__all__ = ["Duet"]

_FOLDER = "0:/gcodes"
_OLDEST = 3  # the object model came with it
_CONDITIONS = {
    "idle": Condition.IDLE,
    "processing": Condition.PRINTING,
    "simulating": Condition.PRINTING,
    "resuming": Condition.PRINTING,
    "changingTool": Condition.PRINTING,
    "pausing": Condition.PAUSED,
    "paused": Condition.PAUSED,
    "cancelling": Condition.ENDING,
    "busy": Condition.ENDING,  # a macro or a command of its own
    "halted": Condition.ERROR,
    "off": Condition.ERROR,
    "starting": Condition.OFFLINE,
    "updating": Condition.OFFLINE,
    "disconnected": Condition.OFFLINE,
}
_PAUSE_S = 60.0
_LOOK_EVERY_S = 0.25


class Duet:
    """One board. Satisfies `firmware_bridge.servers.server.PrintServer`.

    Args:
        address: as people write it.
        key: the machine's password; "" where it has none.
        transport: of httpx; tests pass one of their own.
    """

    def __init__(self, address: str, key: str = "", *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._links = [
            make(Link(address, key_statuses=(), transport=transport), key) for make in (StandaloneLink, SbcLink)
        ]
        self._way: DuetLink | None = None
        self.address = server_url(address)

    async def _reached(self) -> DuetLink:
        """The way that answers, in a session.

        Raises:
            DeviceError: nothing answers as a Duet does.
        """
        if self._way is None:
            for link in self._links:
                if await link.connect() is not None:
                    self._way = link
                    break
            else:
                raise DeviceError("nothing answers as a Duet does", where=self.address)
        return self._way

    async def identify(self) -> Identity:
        """The board and its firmware."""
        way = await self._reached()
        board = await way.board()
        version = text(board, "firmwareVersion")
        if not version.partition(".")[0].isdecimal() or int(version.partition(".")[0]) < _OLDEST:
            what = f"RepRapFirmware {version or 'of unknown version'} tells no object model"
            raise DeviceError(what, where=self.address, hint=f"version {_OLDEST} or later is needed")
        return Identity("duet", version, text(board, "name"))

    async def state(self) -> ServerState:
        """What the board is doing, and how far its file is."""
        way = await self._reached()
        status = text(await way.model("state"), "status")
        job = await way.model("job")
        file = mapping(job.get("file"))
        size, at = number(file, "size"), number(job, "filePosition")
        return ServerState(
            _CONDITIONS.get(status, Condition.ERROR),
            status,
            _base(text(file, "fileName")),
            at / size if size and at is not None else None,
            number(mapping(job.get("timesLeft")), "file"),
            _temperatures(await way.model("heat")),
        )

    def feed(self) -> Feed | None:
        """It pushes nothing over HTTP."""
        return None

    async def upload(self, name: str, data: bytes) -> None:
        """Store a file; a file of this name that is there already must have the same size."""
        way = await self._reached()
        there = await way.size(_path(name))
        if there is None:
            await way.upload(_path(name), data)
            there = await way.size(_path(name))
        if there != len(data):
            raise DeviceError(f"{name} on the board is not the file that was sent", where=self.address)

    async def start(self, name: str) -> None:
        """Select and print; the reply says nothing of whether it did."""
        await (await self._reached()).code(f'M32 "{_path(name)}"')

    async def record(self, name: str) -> Record | None:
        """From what the board says of its last file."""
        job = await (await self._reached()).model("job")
        if _base(text(job, "lastFileName")) != name or _base(text(mapping(job.get("file")), "fileName")) == name:
            return None
        if job.get("lastFileAborted") is True:
            return Record.FAILED
        return Record.CANCELLED if job.get("lastFileCancelled") is True else Record.FINISHED

    async def pause(self) -> None:
        """Ask for a pause."""
        await (await self._reached()).code("M25")

    async def resume(self) -> None:
        """Go on."""
        await (await self._reached()).code("M24")

    async def cancel(self) -> None:
        """End the print: a board cancels only what is paused. Without a print nothing happens."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _PAUSE_S
        asked = False
        while loop.time() < end:
            state = await self.state()
            if state.condition not in {Condition.PRINTING, Condition.PAUSED}:
                return
            if state.text == "paused":
                await (await self._reached()).code("M0")
                return
            if not asked:
                await self.pause()
                asked = True
            await asyncio.sleep(_LOOK_EVERY_S)
        raise DeviceError("the board does not pause, so its print cannot be cancelled", where=self.address)

    async def stop_now(self) -> None:
        """M112; the board then needs a restart."""
        await (await self._reached()).code("M112")

    async def command(self, lines: Sequence[str]) -> None:
        """Send lines of G-code."""
        way = await self._reached()
        for line in lines:
            await way.code(line)

    async def remove(self, name: str) -> None:
        """Delete a file."""
        await (await self._reached()).delete(_path(name))

    async def close(self) -> None:
        """Give the session back."""
        for link in self._links:
            await link.close()


def _path(name: str) -> str:
    return f"{_FOLDER}/{name}"


def _base(path: str) -> str | None:
    return path.rpartition("/")[2] or None


def _temperatures(heat: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Of bed and hotends, by the order in which the board lists its heaters."""
    listed, beds = heat.get("heaters"), heat.get("bedHeaters")
    heaters = listed if isinstance(listed, list) else []
    of_beds = set(beds) - {-1} if isinstance(beds, list) else set()
    found: dict[str, tuple[float, float]] = {}
    hotends = 0
    for place, heater in enumerate(map(mapping, heaters)):
        actual = number(heater, "current")
        if place in of_beds:
            name = "B"
        else:
            name = f"T{hotends}" if hotends else "T"
            hotends += 1
        if actual is not None:
            on = text(heater, "state") == "active"
            found[name] = (actual, (number(heater, "active") or 0.0) if on else 0.0)
    return found
