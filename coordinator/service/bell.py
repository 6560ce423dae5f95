"""Wakes whoever waits for a change in this process; who misses it looks again after a while, as in other processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

__all__ = ["Bell"]


class Bell:
    """Rings after each change. Threads and event loops can wait for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._listeners: set[Callable[[], None]] = set()
        self._later: threading.Timer | None = None

    @property
    def count(self) -> int:
        """How often it has rung: read it before you look for what you wait for, then wait for more."""
        with self._changed:
            return self._count

    def ring(self) -> None:
        """Wake all who wait; from any thread."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()
            listeners = list(self._listeners)
        for each in listeners:
            each()

    def ring_later(self, after_s: float) -> None:
        """Ring once after so many seconds, for all who ask for it meanwhile."""
        with self._changed:
            if self._later is None:
                self._later = threading.Timer(after_s, self._ring_late)
                self._later.daemon = True
                self._later.start()

    def _ring_late(self) -> None:
        with self._changed:
            self._later = None
        self.ring()

    def wait(self, seen: int, limit_s: float) -> None:
        """Return when it has rung more than `seen` times, or after a while; blocks the thread."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen, limit_s)

    async def heard(self, seen: int, limit_s: float) -> None:
        """As `wait`, without blocking the event loop."""
        loop, rung = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(rung.set)

        with self._changed:
            if self._count > seen:
                return
            self._listeners.add(wake)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), limit_s)
        finally:
            with self._changed:
                self._listeners.discard(wake)
