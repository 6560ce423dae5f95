"""Tells the coordinator how far jobs are and what is seen of machines, all together, and never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from agent.client import Client, Heard, Sight
from agent.devices import Bench
from agent.protocol import Work
from agent.stand import Stand
from core.errors import FabcommonsError
from firmware_bridge.device import Progress, RunState, Status

__all__ = ["BUSY_OUTSIDE", "Telling"]

BUSY_OUTSIDE = "busy outside"
_LOG = logging.getLogger("fabcommons.agent")
_TELL_EVERY_S = 2.0
_TELL_AT_ONCE_S = 0.2  # after news
_SEE_EVERY_S = 10.0
_SEE_IDLE_EVERY_S = 60.0
_BUSY = (RunState.RUNNING, RunState.PAUSED, RunState.DRAINING)


class Telling:
    """What one agent tells now and then; a coordinator that is away hears of it later.

    Args:
        client: the way to the coordinator.
        bench: opens machines that are idle.
        stands: the machines, by id.
    """

    def __init__(self, client: Client, bench: Bench, stands: Mapping[str, Stand]) -> None:
        self._client, self._bench, self._stands = client, bench, stands
        self._heard: dict[int, Heard] = {}
        self._news = asyncio.Event()
        self._ended: dict[str, Sight] = {}
        self.seen: dict[str, Sight] = {}

    def note(self, work: Work, now: Progress) -> None:
        """A job is so far; a change of what the machine does is told at once."""
        self.tell(work, str(now.state), now.lines_done, now.lines_total)

    def tell(self, work: Work, state: str, done: int = 0, total: int = 0) -> None:
        """The same in words."""
        before = self._heard.get(work.attempt_id)
        self._heard[work.attempt_id] = Heard(work.attempt_id, work.fence, done, total, state)
        if before is None or before.state != state:
            self._news.set()

    def end(self, work: Work) -> None:
        """Nothing more is to be told of a job but its end."""
        self._heard.pop(work.attempt_id, None)
        if work.machine in self.seen:
            before = self.seen[work.machine]
            rests = Sight(work.machine, str(RunState.IDLE), "", before.temperatures_c)
            self._ended[work.machine] = self.seen[work.machine] = rests

    async def run(self) -> None:
        """Tell until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_progress())
            group.create_task(self._tell_sights())

    async def _tell_progress(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _TELL_EVERY_S)
            self._news.clear()
            if self._heard:
                try:
                    await self._client.progress(list(self._heard.values()))
                except FabcommonsError as error:
                    _LOG.warning("%s", error)
            await asyncio.sleep(min(_TELL_AT_ONCE_S, _TELL_EVERY_S))

    async def _tell_sights(self) -> None:
        loop = asyncio.get_running_loop()
        idle_at = loop.time()
        while True:
            await asyncio.sleep(_SEE_EVERY_S)
            with_idle = loop.time() >= idle_at
            if with_idle:
                idle_at = loop.time() + _SEE_IDLE_EVERY_S
            sights = await self._look(with_idle=with_idle)
            if sights:
                try:
                    await self._client.see(sights)
                except FabcommonsError as error:
                    _LOG.info("%s", error)

    async def _look(self, *, with_idle: bool) -> list[Sight]:
        """What is seen of all machines now."""
        ended, self._ended = self._ended, {}
        found = dict(ended)
        for stand in list(self._stands.values()):
            sight = await self._at_work(stand)
            if sight is None and with_idle and stand.address.is_server and stand.work is None:
                sight = await self._idle(stand)
            if sight is not None:
                found[sight.machine] = self.seen[sight.machine] = sight
        return list(found.values())

    async def _at_work(self, stand: Stand) -> Sight | None:
        control = stand.control
        if control is None or control.device is None:
            return None
        try:
            status = await control.device.status()
        except FabcommonsError:
            return None
        return Sight(stand.id, str(control.state), status.report, status.temperatures_c)

    async def _idle(self, stand: Stand) -> Sight | None:
        """A print server that nobody here has a job for: it may print what was not sent from here."""
        try:
            device = await self._bench.open(stand.address)
            try:
                status = await device.status()
            finally:
                await device.close()
        except FabcommonsError as error:
            return Sight(stand.id, "away", str(error))
        return None if stand.work is not None else _sight_of(stand, status)


def _sight_of(stand: Stand, status: Status) -> Sight:
    ours = status.file is not None and stand.journal.last(status.file.rpartition("-")[0]) is not None
    if status.state in _BUSY and not ours:
        outside = status.file or "a run that was not sent from here"
        return Sight(stand.id, BUSY_OUTSIDE, status.report, status.temperatures_c, outside, status.left_s)
    return Sight(stand.id, str(status.state), status.report, status.temperatures_c)
