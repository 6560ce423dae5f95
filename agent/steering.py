"""Hears what people ask of running machines, and has it carried out: in time, for the run that was meant, once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from agent.client import AwayError, Client
from agent.control import Ask, Control
from agent.protocol import Request, Work
from core.errors import FabcommonsError

__all__ = ["Steering"]

_LOG = logging.getLogger("fabcommons.agent")
_WAIT_S = 20.0  # of a long poll
_AGAIN_S = 1.0
_OLD_COORDINATOR_S = 60.0
_ANSWER_TRIES = 60


@dataclass(frozen=True, slots=True)
class _Run:
    work: Work
    control: Control


class Steering:
    """What is asked of the runs of one agent.

    Args:
        client: the way to the coordinator.
        clock: seconds that do not go back.
    """

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._runs: dict[int, _Run] = {}
        self._any = asyncio.Event()
        self._known: dict[int, float] = {}  # requests that were heard, and when they end to be good
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Work, control: Control) -> None:
        """A run that may be steered from now on."""
        self._runs[work.attempt_id] = _Run(work, control)
        self._any.set()

    def end(self, work: Work) -> None:
        """Its end."""
        self._runs.pop(work.attempt_id, None)
        if not self._runs:
            self._any.clear()

    def of(self, machine: str) -> Control | None:
        """What steers the run on a machine now, or None."""
        return next((run.control for run in self._runs.values() if run.work.machine == machine), None)

    async def run(self) -> None:
        """Hear and obey until cancelled; there is nothing to hear while no machine runs."""
        try:
            while True:
                await self._any.wait()
                await self._hear()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _hear(self) -> None:
        sent = self._clock()
        self._known = {key: until for key, until in self._known.items() if until > sent}
        try:
            asked = await self._client.requests(sorted(self._known), _WAIT_S, sent)
        except AwayError as error:
            _LOG.info("nothing that is asked of machines is heard: %s", error)
            await asyncio.sleep(_AGAIN_S)
        except FabcommonsError as error:  # a coordinator that knows no requests
            _LOG.warning("nothing that is asked of machines is heard: %s", error)
            await asyncio.sleep(_OLD_COORDINATOR_S)
        else:
            for each in asked:
                if each.id not in self._known:
                    self._known[each.id] = each.until_s + 60.0  # the coordinator tells of it no more by then
                    task = asyncio.create_task(self._carry_out(each))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, request: Request) -> None:
        done, text = await self._outcome(request)
        _LOG.warning("%s: %s asked %s: %s", request.machine, request.who, request.act, text)
        for _ in range(_ANSWER_TRIES):
            try:
                await self._client.answer(request.id, done=done, text=text)
            except AwayError:
                await asyncio.sleep(_AGAIN_S)
            except FabcommonsError as error:
                _LOG.warning("request %s: %s", request.id, error)
                return
            else:
                return

    async def _outcome(self, request: Request) -> tuple[bool, str]:
        """Do it, if it is for what runs now and not too late."""
        run = self._runs.get(request.attempt_id)
        if run is None or run.work.fence != request.fence:
            return False, "the job that was meant does not run here any more: nothing was done"
        if self._clock() > request.until_s:
            return False, "it came too late: nothing was done"
        try:
            return True, await run.control.obey(Ask(request.act, request.who, request.label, request.any_pause))
        except FabcommonsError as error:
            return False, str(error)
