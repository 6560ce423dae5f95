"""A clock for trying things out: time runs many times as fast, and leaps over hours in which nothing can happen."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from core.clock import utc

__all__ = ["RealClock", "SimulatedClock"]


class RealClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """Runs `speed` times as fast as the computer's; never goes back. For several threads."""

    def __init__(self, start: datetime, speed: float) -> None:
        if speed <= 0:
            raise ValueError("speed is above zero")
        self._base, self._since = utc(start), time.monotonic()
        self._lock = threading.Lock()
        self.speed = speed

    def now(self) -> datetime:
        """The present moment of this clock, in UTC."""
        with self._lock:
            return self._now()

    def leap(self, moment: datetime) -> None:
        """Be at the moment, if it is still to come."""
        with self._lock:
            if moment > self._now():
                self._base, self._since = utc(moment), time.monotonic()

    def _now(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self.speed)
