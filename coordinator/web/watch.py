"""Pages that are watched: rendered once for all who see the same, and each is sent only the parts that have changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from coordinator.service.application import Application
from coordinator.web.look import digest_of

__all__ = ["Watch"]

_LOOK_EVERY_S = 2.0  # for what other processes of the same store have done
_GATHER_S = 0.25  # changes that come together are told together
_QUIET_S = 15.0  # then a comment, so that nobody between takes the line for dead
Key = tuple[str, str, str, str]  # path, query, who watches, language
Parts = Mapping[str, str]


@dataclass(slots=True)
class _Room:
    """Those who watch the same page."""

    render: Callable[[], Parts]
    parts: Parts | None = None
    digest: str = ""
    failed: bool = False
    watchers: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None


class Watch:
    """All pages that somebody watches."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._rooms: dict[Key, _Room] = {}

    async def follow(self, key: Key, render: Callable[[], Parts], have: str) -> AsyncIterator[str]:
        """What changes, as server-sent events, until whoever watches leaves or the server ends.

        Each event carries the parts that have changed by id, and as its own id the digest of all parts. Where parts
        have come or gone, it asks for the page to be loaded again.

        Args:
            key: pages of the same key look the same.
            render: gives the parts of the page as they are now.
            have: the digest of the parts that the watcher has.
        """
        room = self._enter(key, render)
        try:
            known: Parts | None = None
            yield ": watched\n\n"
            while not self._application.house.closing.is_set() and not room.failed:
                if room.parts is not None and room.digest != have:
                    yield _event(known, room.parts, room.digest)
                    known, have = room.parts, room.digest
                elif room.parts is not None:
                    known = room.parts
                if not await self._changed(room, have):
                    yield ": still here\n\n"
        finally:
            self._leave(key, room)

    def _enter(self, key: Key, render: Callable[[], Parts]) -> _Room:
        room = self._rooms.get(key)
        if room is None or room.failed:
            room = self._rooms[key] = _Room(render)
            room.task = asyncio.get_running_loop().create_task(self._keep(room))
        room.watchers += 1
        return room

    def _leave(self, key: Key, room: _Room) -> None:
        room.watchers -= 1
        if room.watchers == 0:
            if room.task is not None:
                room.task.cancel()
            if self._rooms.get(key) is room:
                del self._rooms[key]

    async def _changed(self, room: _Room, have: str) -> bool:
        async def news() -> None:
            async with room.changed:
                await room.changed.wait_for(lambda: room.failed or (room.parts is not None and room.digest != have))

        try:
            await asyncio.wait_for(news(), _QUIET_S)
        except TimeoutError:
            return False
        return True

    async def _keep(self, room: _Room) -> None:
        """Render the page anew after each change, as long as somebody watches."""
        house, newest, rung = self._application.house, -1, -1
        try:
            while not house.closing.is_set():
                seen = house.bell.count
                last = await run_in_threadpool(self._application.log.newest)
                if (last, seen) != (newest, rung):
                    newest, rung = last, seen
                    parts = await run_in_threadpool(room.render)
                    await self._tell(room, parts)
                await house.bell.heard(seen, _LOOK_EVERY_S)
                await asyncio.sleep(_GATHER_S)
        finally:
            room.failed = True  # what cannot be rendered any more is loaded anew by who watches, and says why
            with suppress(asyncio.CancelledError):
                async with room.changed:
                    room.changed.notify_all()

    async def _tell(self, room: _Room, parts: Parts) -> None:
        async with room.changed:
            room.parts, room.digest = parts, digest_of(parts)
            room.changed.notify_all()


def _event(known: Parts | None, parts: Parts, digest: str) -> str:
    """From the parts that a watcher is known to have; all of them where that is not known."""
    if known is not None and known.keys() != parts.keys():
        told: dict[str, object] = {"reload": True}
    else:
        told = {"parts": {name: html for name, html in parts.items() if known is None or known[name] != html}}
    return f"id: {digest}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
