"""Machines that do what they are told, and write down when they began and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from .kernel import Kernel, Process, Steps

__all__ = ["Machine", "Move"]


@dataclass(frozen=True)
class Move:
    """One start, as the machine itself noted it."""

    job_id: str
    began_s: float
    ended_s: float | None = None
    good: bool | None = None  # None: cut off


@dataclass(eq=False)
class Machine:
    """A machine; one with a print server goes on by itself when its agent dies, any other stops where it is."""

    id: str
    kernel: Kernel
    server: bool
    log: list[Move] = field(default_factory=list)
    _run: Process | None = None

    def start(self, job_id: str, duration_s: float, *, good: bool) -> None:
        """It moves whenever it is told to: that nobody tells it twice is what is to be shown."""
        if self.running:
            raise AssertionError(f"{self.id} was started while it ran {self.log[-1].job_id}")
        self.log.append(Move(job_id, self.kernel.now_s))
        self._run = self.kernel.begin(self._go(duration_s, good))

    @property
    def running(self) -> bool:
        return bool(self.log) and self.log[-1].ended_s is None

    def cut(self) -> None:
        """Nobody sends any more lines."""
        if self.running and not self.server:
            assert self._run is not None
            self.kernel.kill(self._run)
            self._end(None)

    def last(self, job_id: str) -> Move | None:
        return next((move for move in self.log if move.job_id == job_id), None)

    def _go(self, duration_s: float, good: bool) -> Steps:
        yield duration_s
        self._end(good)

    def _end(self, good: bool | None) -> None:
        began = self.log.pop()
        self.log.append(Move(began.job_id, began.began_s, self.kernel.now_s, good))
