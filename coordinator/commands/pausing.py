"""A run by hand that waits for a person: told once, and gone on with when the person presses Enter."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from coordinator.commands.output import warn
from core.errors import FabcommonsError
from firmware_bridge.device import Device, Progress, RunState

__all__ = ["resumable"]

_READ = 4096


@contextmanager
def resumable(device: Device, tell: Callable[[Progress], None]) -> Iterator[Callable[[Progress], None]]:
    """While the context lasts, a line on the standard input resumes a run that is paused.

    Args:
        device: that runs.
        tell: what is told of the progress besides.

    Yields:
        What the run is to call with its progress.
    """
    listener = _Listener(device)

    def heed(progress: Progress) -> None:
        tell(progress)
        listener.heed(progress.state)

    try:
        yield heed
    finally:
        listener.close()


class _Listener:
    """Listens to the standard input while a run is paused, and only then."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._loop = asyncio.get_running_loop()
        self._paused = False
        self._listening = False
        self._tasks: set[asyncio.Task[None]] = set()

    def heed(self, state: RunState) -> None:
        """Take note of what the run does now."""
        if state is RunState.PAUSED and not self._paused:
            self._begin(self._announce())
        self._paused = state is RunState.PAUSED
        if not self._paused:
            self._deafen()

    def close(self) -> None:
        """Listen no more."""
        self._deafen()
        for task in self._tasks:
            task.cancel()

    async def _announce(self) -> None:
        status = await self._device.status()
        if not self._paused:
            return
        why = f": {status.report}" if status.report else ""
        try:
            self._loop.add_reader(sys.stdin.fileno(), self._hear)
        except (OSError, ValueError):  # no terminal and no pipe: nobody can answer here
            warn(f"the run is paused{why}; resume it at the machine, Ctrl-C ends it safely")
            return
        self._listening = True
        warn(f"the run is paused{why}; Enter goes on, Ctrl-C ends it safely")

    def _hear(self) -> None:
        if os.read(sys.stdin.fileno(), _READ):
            self._begin(self._device.resume())
        else:  # whoever was there has gone
            self._deafen()

    def _deafen(self) -> None:
        if self._listening:
            self._listening = False
            self._loop.remove_reader(sys.stdin.fileno())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(_tried(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _tried(work: Coroutine[Any, Any, None]) -> None:
    with suppress(FabcommonsError):  # the run tells by itself how it ends
        await work
