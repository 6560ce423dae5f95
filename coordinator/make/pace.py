"""How fast time passes: as on the wall for real machines, or faster (and skipping idle hours) for virtual ones."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from core.clock import Clock, utc

__all__ = ["FastPace", "Pace", "RealPace"]

_LONGEST_WAIT_S = 0.5  # real seconds; whoever waits looks up at least this often


class Pace(Clock, Protocol):
    """A clock that can also be awaited."""

    async def work(self, duration_s: float) -> None:
        """Return when that much of this clock's time has passed."""
        ...

    async def wait_until(self, moment: datetime, *, idle: bool) -> None:
        """Return at the moment or earlier; `idle` says that nothing runs meanwhile."""
        ...


class RealPace:
    """The computer's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    async def work(self, duration_s: float) -> None:
        """Wait for real."""
        await asyncio.sleep(duration_s)

    async def wait_until(self, moment: datetime, *, idle: bool) -> None:  # noqa: ARG002 (a real clock cannot skip)
        """Wait for real, half a second at most."""
        left_s = (moment - self.now()).total_seconds()
        await asyncio.sleep(min(max(left_s, 0.01), _LONGEST_WAIT_S))


class FastPace:
    """A clock that runs `speed` times as fast and leaps over idle hours."""

    def __init__(self, start: datetime, speed: float) -> None:
        if speed <= 0:
            raise ValueError("speed is above zero")
        self._base = utc(start)
        self._since = time.monotonic()
        self.speed = speed

    def now(self) -> datetime:
        """The present moment of this clock, in UTC."""
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self.speed)

    async def work(self, duration_s: float) -> None:
        """Wait that much of this clock's time."""
        await asyncio.sleep(duration_s / self.speed)

    async def wait_until(self, moment: datetime, *, idle: bool) -> None:
        """Leap to the moment when idle, else wait for it, half a second of real time at most."""
        if idle and moment > self.now():
            self._base, self._since = utc(moment), time.monotonic()
            await asyncio.sleep(0)
            return
        left_s = (moment - self.now()).total_seconds() / self.speed
        await asyncio.sleep(min(max(left_s, 0.001), _LONGEST_WAIT_S))
