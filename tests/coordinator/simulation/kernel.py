"""Time for a simulation: processes are generators that yield how many seconds they wait; nothing sleeps."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

__all__ = ["Kernel", "Process", "Steps"]

Steps = Generator[float, None, None]
START = datetime(2030, 1, 7, tzinfo=UTC)


@dataclass(eq=False)
class Process:
    """Something that goes on until it ends or is killed; killed, it runs not a line more."""

    steps: Steps
    alive: bool = True
    held_until_s: float = 0.0  # suspended, as a computer that sleeps


@dataclass
class Kernel:
    """The clock, and what is to happen when. The same steps in the same order, whatever computer runs it."""

    now_s: float = 0.0
    _queue: list[tuple[float, int, Process]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)
    _killed: list[Process] = field(default_factory=list)  # kept, so that no generator is closed and cleans up

    def now(self) -> datetime:
        """As a `core.clock.Clock`."""
        return START + timedelta(seconds=self.now_s)

    def begin(self, steps: Steps, after_s: float = 0.0) -> Process:
        process = Process(steps)
        self._put(process, after_s)
        return process

    def kill(self, process: Process) -> None:
        process.alive = False
        self._killed.append(process)

    def suspend(self, process: Process, for_s: float) -> None:
        process.held_until_s = self.now_s + for_s

    def run(self, until_s: float) -> None:
        """Let everything happen up to a moment."""
        while self._queue and self._queue[0][0] <= until_s:
            self.now_s, _, process = heapq.heappop(self._queue)
            if not process.alive:
                continue
            if process.held_until_s > self.now_s:
                self._put(process, process.held_until_s - self.now_s)
                continue
            wait_s = next(process.steps, None)
            if wait_s is None:
                process.alive = False
            else:
                self._put(process, wait_s)
        self.now_s = max(self.now_s, until_s)

    def _put(self, process: Process, after_s: float) -> None:
        heapq.heappush(self._queue, (self.now_s + after_s, next(self._count), process))
