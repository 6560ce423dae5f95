"""One machine of a station: how it is reached, its journal, what drives it, and what it does now."""

from __future__ import annotations

import asyncio

from agent.control import Control
from agent.devices import Bench, MachineAddress
from agent.journal import Journal
from agent.protocol import Work
from agent.runner import Runner
from firmware_bridge.device import Progress

__all__ = ["Stand"]


class Stand:
    """One machine.

    Args:
        bench: where machines leave what they leave.
        address: how it is reached.

    Attributes:
        work: the job that is in hand, or None.
        progress: of that, as far as it is known.
        control: what steers its run, or None.
        leaving: set when the machine takes no more jobs from here.
    """

    def __init__(self, bench: Bench, address: MachineAddress) -> None:
        self._bench = bench
        self._address = self._opened_at = address
        self._journal: Journal | None = None
        self._runner: Runner | None = None
        self.work: Work | None = None
        self.progress: Progress | None = None
        self.control: Control | None = None
        self.leaving = asyncio.Event()

    @property
    def address(self) -> MachineAddress:
        """How it is reached from the next job on."""
        return self._address

    @address.setter
    def address(self, address: MachineAddress) -> None:
        self._address = address

    @property
    def id(self) -> str:
        """Of the machine."""
        return self._address.id

    @property
    def journal(self) -> Journal:
        """What was done to it."""
        if self._journal is None:
            self._journal = Journal(self._bench.journal(self.id))
        return self._journal

    async def runner(self) -> Runner:
        """What drives it; where its address has changed since the last job, anew."""
        if self._runner is not None and self._opened_at != self._address:
            await self._runner.close()
            self._runner = None
        if self._runner is None:
            address = self._opened_at = self._address
            self._runner = Runner(self.id, lambda: self._bench.open(address), self.journal)
        return self._runner

    async def close(self) -> None:
        """Let go of the machine and its journal."""
        if self._runner is not None:
            await self._runner.close()
        if self._journal is not None:
            self._journal.close()
            self._journal = None
