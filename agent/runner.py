"""Drives one machine through its jobs, and journals each step before it takes it.

A job that the journal knows is never started again, whoever asks: that is the lab's own guard, beside the
coordinator's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.control import Control
from agent.first_layer import FirstLayer, FirstLayerWatch
from agent.journal import GOES_ON, Entry, Journal, Step
from core.errors import DeviceError, FabcommonsError, InputError, LostContactError, StateError
from firmware_bridge.device import Configured, Device, Lockable, Outcome, Progress, Rejoinable, RunResult
from gcode.program import Program
from gcode.recheck import recheck
from gcode.safety_policy import SafetyPolicy
from gcode.stored import read_stored

__all__ = ["Order", "Report", "Runner"]


@dataclass(frozen=True, slots=True)
class Order:
    """One job for one machine.

    Attributes:
        job_id: never used for another run.
        program: the G-code on this computer.
        program_sha256: what its content must be.
        policy: what the machine may be asked for; what an operator lets pass stands in the journal.
        first_layer: what a person confirms while it runs, or None.
        facts: what else the journal keeps of the start: who permitted it.
        control: steers the run by what people ask, or None.
        homes: whether a machine that an alarm has locked is homed without asking anybody.
    """

    job_id: str
    program: Path
    program_sha256: str
    policy: SafetyPolicy
    first_layer: FirstLayer | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    control: Control | None = None
    homes: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """How a job ended.

    Attributes:
        step: finished, failed or lost contact.
        lines: acknowledged by the firmware, or None when unknown.
        message: the cause or the result, one sentence.
        alarm: whether an alarm has locked the machine.
    """

    step: Step
    lines: int | None
    message: str
    alarm: bool = False


_STOPPED = Report(Step.LOST_CONTACT, None, "the agent stopped while the job ran")


class Runner:
    """One machine, one job at a time."""

    def __init__(self, machine: str, open_device: Callable[[], Awaitable[Device]], journal: Journal) -> None:
        """Args: machine: its id; open_device: opens the real or virtual machine; journal: where steps are kept."""
        self._machine = machine
        self._open_device = open_device
        self._journal = journal
        self._device: Device | None = None

    def remembered(self, job_id: str) -> Report | None:
        """How an earlier job ended by the journal: lost contact when it has no end; None when it never began."""
        entry = self._journal.last(job_id)
        if entry is None:
            return None
        return self._ended(entry) or self._write(job_id, _STOPPED)

    @staticmethod
    def _ended(entry: Entry) -> Report | None:
        if entry.step in GOES_ON:
            return None
        return Report(entry.step, entry.facts.get("lines"), entry.facts.get("message", ""))

    async def run(self, order: Order, progress: Callable[[Progress], None]) -> Report:
        """Run a job to its end.

        Raises:
            StateError: the journal knows the job already.
            InputError: the program is not the one that was ordered, or not safe on this machine; nothing was started.
        """
        self._refuse_known(order)
        program = await asyncio.to_thread(_checked, order)
        try:
            device = self._device or await self._open_device()
        except DeviceError as error:
            report = Report(Step.FAILED, 0, f"the machine could not be reached, nothing was started: {error}")
            self._journal.write(order.job_id, report.step, lines=0, message=report.message)
            return report
        self._device = device
        if order.control is not None:
            order.control.begin(device)
        against = device.contradiction(order.policy) if isinstance(device, Configured) else None
        if against is not None:
            await self.close()
            return self._write(order.job_id, Report(Step.FAILED, 0, f"nothing was started: {against}"))
        refused = await self._settle(device, order)
        if refused is not None:
            await self.close()
            return self._write(order.job_id, refused)
        self._refuse_known(order)  # time has passed since
        self._journal.write(
            order.job_id,
            Step.STARTED,
            machine=self._machine,
            program=order.program_sha256,
            **({"overrides": sorted(order.policy.overrides)} if order.policy.overrides else {}),
            **order.facts,
        )
        return await self._run(device, program, order, progress)

    async def _settle(self, device: Device, order: Order) -> Report | None:
        """Let a person look where an alarm has locked the machine; why nothing is started, or None."""
        alarmed = self._journal.alarmed
        try:
            if order.homes:
                await _home(device, alarmed)
            elif order.control is not None:
                await order.control.settle(device, alarmed=alarmed)
        except FabcommonsError as error:
            return Report(Step.FAILED, 0, f"nothing was started: {error}", alarm=True)
        return None

    def _refuse_known(self, order: Order) -> None:
        if self._journal.last(order.job_id) is not None:
            raise StateError("it was started before and is never started again", where=f"job {order.job_id}")

    async def _run(
        self, device: Device, program: Program, order: Order, progress: Callable[[Progress], None]
    ) -> Report:
        """Run on an open device, with a person's look at the first layer where that is asked for."""
        if order.first_layer is None:
            return await self._watch(order.job_id, device.run(program, job_id=order.job_id, progress=progress))

        def note(what: str, who: str) -> None:
            self._journal.write(order.job_id, Step.CONFIRMED, what=what, who=who)

        watch = FirstLayerWatch(device, order.first_layer, note)

        def seen(state: Progress) -> None:
            watch.see(state)
            progress(state)

        try:
            return await self._watch(order.job_id, device.run(program, job_id=order.job_id, progress=seen))
        finally:
            await watch.close()

    async def rejoin(self, order: Order, progress: Callable[[Progress], None]) -> Report:
        """Follow a job that an earlier process started, on a machine that goes on by itself; nothing is started.

        Raises:
            StateError: the journal does not know the job.
            InputError: the program is not the one that was ordered.
        """
        entry = self._journal.last(order.job_id)
        if entry is None:
            raise StateError("it was never started here", where=f"job {order.job_id}")
        known = self._ended(entry)
        if known is not None:
            return known
        program = _ordered(order)
        try:
            device = self._device or await self._open_device()
        except DeviceError as error:
            return self._write(order.job_id, Report(Step.LOST_CONTACT, None, str(error)))
        self._device = device
        if order.control is not None:
            order.control.begin(device)
        if not isinstance(device, Rejoinable):
            return self._write(order.job_id, _STOPPED)
        return await self._watch(order.job_id, device.rejoin(program, job_id=order.job_id, progress=progress))

    async def _watch(self, job_id: str, run: Awaitable[RunResult]) -> Report:
        """Wait for the end of a run and journal it."""
        report = Report(Step.FAILED, None, "stopped on request")
        try:
            report = await _outcome(run)
        finally:  # also when the caller cancels: the device has then ended its run safely
            self._write(job_id, report)
            if report.step is not Step.FINISHED:
                await self.close()  # opened anew for the next job, which resets what this one left
        return report

    def _write(self, job_id: str, report: Report) -> Report:
        alarm = {"alarm": True} if report.alarm else {}
        self._journal.write(job_id, report.step, lines=report.lines, message=report.message, **alarm)
        return report

    async def close(self) -> None:
        """Let go of the machine."""
        if self._device is not None:
            device, self._device = self._device, None
            await device.close()


async def _home(device: Device, alarmed: bool) -> None:
    """Home a machine that an alarm has locked, as its lab wants it; a lock by a reset alone is the run's affair.

    Raises:
        DeviceError: it did not home.
    """
    if alarmed and isinstance(device, Lockable):
        await device.home()


def _ordered(order: Order) -> Program:
    """The program of an order.

    Raises:
        InputError: it cannot be read, or is another one.
    """
    program = read_stored(order.program)
    if program.sha256 != order.program_sha256:
        raise InputError("the program is not the one that was ordered", where=str(order.program))
    return program


def _checked(order: Order) -> Program:
    """The program of an order, looked at again: by its hash, and by the cheap rules.

    Raises:
        InputError: it is another one, or a line of it must not be sent.
    """
    program = _ordered(order)
    violation = recheck(program, order.policy)
    if violation is not None:
        raise InputError(violation.reason, where=f"{order.program}:{violation.line}")
    return program


async def _outcome(run: Awaitable[RunResult]) -> Report:
    """How a run ended, whatever it ended by."""
    try:
        result = await run
    except LostContactError as error:
        return Report(Step.LOST_CONTACT, None, str(error))
    except FabcommonsError as error:
        return Report(Step.FAILED, None, str(error))
    step = Step.FINISHED if result.outcome is Outcome.FINISHED else Step.FAILED
    return Report(step, result.lines_acknowledged, result.message, result.alarm)
