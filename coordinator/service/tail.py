"""The end of the event log, read once for all who follow it in this process, however many they are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from weakref import WeakKeyDictionary

from coordinator.service.house import House
from coordinator.service.log import EventView, Log

__all__ = ["Follower", "Tail", "Told"]

_KEPT = 2000  # events; who has fallen further behind reads the database
_BATCH = 500
_LOOK_EVERY_S = 2.0  # for what other processes of the same store have done


@dataclass(frozen=True)
class Told:
    """An event, and its text as a server-sent event, which is made once for all."""

    event: EventView

    @cached_property
    def text(self) -> str:
        """Id, kind and JSON."""
        return f"id: {self.event.id}\nevent: {self.event.kind}\ndata: {self.event.model_dump_json()}\n\n"


class Tail:
    """Who follows gets every event behind the one that it names, in order, each once."""

    def __init__(self, house: House, log: Log) -> None:
        self._house = house
        self._log = log
        self._windows: WeakKeyDictionary[asyncio.AbstractEventLoop, _Window] = WeakKeyDictionary()

    @contextmanager
    def followed(self, last: int | None = None) -> Iterator[Follower]:
        """Follow from behind the event of id `last`, or from now on; in a running event loop."""
        loop = asyncio.get_running_loop()
        window = self._windows.setdefault(loop, _Window(self._house, self._log))
        window.join()
        try:
            yield Follower(window, self._log, last)
        finally:
            window.leave()


class Follower:
    """One who follows."""

    def __init__(self, window: _Window, log: Log, last: int | None) -> None:
        self._window = window
        self._log = log
        self._last = last

    async def begin(self) -> None:
        """From here on nothing is missed, where it was not said from when."""
        await self._window.begun()
        if self._last is None:
            self._last = self._window.newest

    async def next(self, limit_s: float) -> list[Told]:
        """The next events; none when nothing has happened for so long.

        Raises:
            Exception: what kept the log from being read.
        """
        await self.begin()
        assert self._last is not None  # noqa: S101 - begun
        if self._last < self._window.start:
            found = [Told(each) for each in await asyncio.to_thread(self._log.after, self._last, _BATCH)]
        else:
            found = self._window.after(self._last)
            if not found:
                await self._window.changed(limit_s)
                found = self._window.after(self._last)
        if found:
            self._last = found[-1].event.id
        return found

    async def until(self, wanted: Callable[[EventView], bool], limit_s: float) -> None:
        """Return when something wanted has happened, or after a while."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_s
        while (left_s := end - loop.time()) > 0 and not self._window.closing:
            if any(wanted(each.event) for each in await self.next(left_s)):
                return


@dataclass(eq=False)
class _Window:
    """The last events, as one event loop knows them: all with an id above `start`, up to `newest`."""

    house: House
    log: Log
    start: int = 0
    newest: int = 0
    _recent: deque[Told] = field(default_factory=deque)
    _followers: int = 0
    _reading: asyncio.Task[None] | None = None
    _turn: asyncio.Future[None] | None = None
    _first: asyncio.Future[None] | None = None

    @property
    def closing(self) -> bool:
        """Whether the process is about to end."""
        return self.house.closing.is_set()

    def join(self) -> None:
        """One more follows; the first makes it read."""
        self._followers += 1
        if self._reading is None or self._reading.done():
            loop = asyncio.get_running_loop()
            self._recent.clear()
            self._turn, self._first = loop.create_future(), loop.create_future()
            self._reading = loop.create_task(self._read())

    def leave(self) -> None:
        """One less follows; after the last it ends to read."""
        self._followers -= 1
        if self._followers == 0 and self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def begun(self) -> None:
        """Wait until it is known where the log ends."""
        if self._first is not None:
            await asyncio.shield(self._first)

    def after(self, last: int) -> list[Told]:
        """What it has behind an id that is not below its start."""
        found: list[Told] = []
        for each in reversed(self._recent):
            if each.event.id <= last:
                break
            found.append(each)
        found.reverse()
        return found

    async def changed(self, limit_s: float) -> None:
        """Wait for more, or for a while."""
        assert self._turn is not None  # noqa: S101 - who follows has joined
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._turn), limit_s)

    async def _read(self) -> None:
        try:
            self.start = self.newest = await asyncio.to_thread(self.log.newest)
            _settle(self._first)
            while not self.closing:
                seen = self.house.bell.count
                events = await asyncio.to_thread(self.log.after, self.newest, _BATCH)
                if events:
                    self._add(events)
                else:
                    await self.house.bell.heard(seen, _LOOK_EVERY_S)
        except Exception as error:  # noqa: BLE001 - told to all who follow: their streams end, and they come back
            for each in (self._first, self._turn):
                _settle(each, error)
        else:
            _settle(self._turn)

    def _add(self, events: list[EventView]) -> None:
        self._recent.extend(Told(each) for each in events)
        self.newest = events[-1].id
        while len(self._recent) > _KEPT:
            self.start = self._recent.popleft().event.id
        turn, self._turn = self._turn, asyncio.get_running_loop().create_future()
        _settle(turn)


def _settle(future: asyncio.Future[None] | None, error: Exception | None = None) -> None:
    if future is not None and not future.done():
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # nobody may be waiting, which is no error of its own
