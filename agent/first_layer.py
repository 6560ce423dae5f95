"""A person looks at the first layer: the machine pauses after it, and goes on or ends by what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from firmware_bridge.device import Device, Progress

__all__ = ["FirstLayer", "FirstLayerWatch"]


@dataclass(frozen=True, slots=True)
class FirstLayer:
    """What is to be confirmed of a run.

    Attributes:
        lines: of the program are done when its first layer is.
        ask: waits for a person; whether the layer is good, and who says so.
        wait_s: after so long without an answer the run is cancelled: heat stays on while it waits.
    """

    lines: int
    ask: Callable[[], Awaitable[tuple[bool, str]]]
    wait_s: float = 1200.0


class FirstLayerWatch:
    """Watches the progress of one run.

    Args:
        device: that runs.
        layer: what is to be confirmed.
        note: called once, with what became of it and who said so.
    """

    def __init__(self, device: Device, layer: FirstLayer, note: Callable[[str, str], None]) -> None:
        self._device, self._layer, self._note = device, layer, note
        self._task: asyncio.Task[None] | None = None

    def see(self, progress: Progress) -> None:
        """Take the run's progress; pauses it when the first layer is done."""
        if self._task is None and progress.lines_done >= self._layer.lines:
            self._task = asyncio.ensure_future(self._confirm())

    async def close(self) -> None:
        """The run has ended: nobody need answer any more."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _confirm(self) -> None:
        await self._device.pause()
        try:
            good, who = await asyncio.wait_for(self._layer.ask(), self._layer.wait_s)
        except TimeoutError:
            self._note("nobody looked at the first layer in time", "nobody")
            await self._device.cancel()
            return
        self._note("the first layer is good" if good else "the first layer is bad", who)
        await (self._device.resume() if good else self._device.cancel())
