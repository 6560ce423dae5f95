"""An agent at work: one loop for each machine that takes jobs, runs them and tells how they ended.

The order of steps makes a double start impossible, and a loss too: a job is noted (`agent.leases`) before it is asked
to start; the coordinator's yes comes before the journal's *started* (`agent.runner`), and that before the first byte to
the machine; the end is in the journal and noted before it is told, and told until the coordinator has answered. When
the coordinator is away, machines go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agent.client import AwayError, Client, Heard, RefusedError, StaleLeaseError
from agent.devices import Bench, MachineAddress
from agent.first_layer import FirstLayer
from agent.journal import Journal, Step
from agent.leases import Lease, Leases
from agent.permits import PermitKind, Permits
from agent.protocol import Work
from agent.runner import Order, Report, Runner
from core.errors import FabcommonsError
from firmware_bridge.device import Progress
from gcode.layers import first_layer_lines
from gcode.program import read_program

__all__ = ["Station", "StationFolder"]

_LOG = logging.getLogger("fabcommons.agent")
_WAIT_S = 20.0  # of a long poll
_TELL_EVERY_S = 2.0
_LOOK_EVERY_S = 0.5
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)  # between attempts to reach the coordinator
_NEVER_STARTED = Report(Step.FAILED, 0, "the agent stopped before the machine heard of the job: nothing was started")
_UNKNOWN = Report(Step.LOST_CONTACT, None, "the agent's own records of this job are gone")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StationFolder:
    """Where an agent keeps what it knows."""

    root: Path

    @property
    def machines(self) -> Path:
        """Links, logs, journals and permits."""
        return self.root / "machines"

    @property
    def programs(self) -> Path:
        """Programs by their hash."""
        return self.root / "programs"

    @property
    def leases(self) -> Path:
        """What the agent answers for."""
        return self.root / "leases.jsonl"


class Station:
    """One agent and its machines."""

    def __init__(self, client: Client, folder: StationFolder, bench: Bench, wanted: frozenset[str]) -> None:
        """Prepare, without touching a machine.

        Args:
            client: the way to the coordinator.
            folder: what is kept.
            bench: the machines' links and logs; its speed is that of the network's clock too.
            wanted: ids of machines to drive; empty for all of the lab.
        """
        self._client = client
        self._folder = folder
        self._bench = bench
        self._wanted = wanted
        self._leases = Leases(folder.leases)
        self._journals: dict[str, Journal] = {}
        self._runners: dict[str, Runner] = {}
        self._addresses: dict[str, MachineAddress] = {}
        self._heard: dict[int, Heard] = {}
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """Take no more jobs; `run` returns when those that run have ended and that is told."""
        self._draining.set()

    @property
    def busy(self) -> tuple[str, ...]:
        """What runs or is still to be told, in words."""
        return tuple(f"{lease.work.what} on {lease.work.machine}" for lease in self._leases.open())

    async def run(self) -> None:
        """Work until drained, or cancelled: runs are then ended safely.

        Raises:
            RefusedError: the coordinator does not let this agent in.
        """
        telling = asyncio.create_task(self._tell_progress())
        try:
            machines = await self._persistently(self._client.machines)
            chosen = [each for each in machines if not self._wanted or each.id in self._wanted]
            if not chosen:
                raise RefusedError("there is no machine for this agent to drive", hint="see the lab's machines")
            for each in chosen:
                self._addresses[each.id] = each
            async with asyncio.TaskGroup() as group:
                left = await self._left_behind()
                for each in chosen:
                    group.create_task(self._serve(each.id, [lease for lease in left if lease.work.machine == each.id]))
        except* RefusedError as refused:
            raise refused.exceptions[0] from None
        finally:
            telling.cancel()
            for runner in self._runners.values():
                await runner.close()
            for journal in self._journals.values():
                journal.close()
            self._leases.close()

    # -- one machine

    async def _serve(self, machine_id: str, left: list[Lease]) -> None:
        """Settle what an earlier process left of a machine, then take jobs for it."""
        for lease in left:
            await self._take_up(lease)
        while not self._draining.is_set():
            work = await self._next(machine_id)
            if work is not None:
                await self._carry_out(work)

    async def _next(self, machine_id: str) -> Work | None:
        """The next job of a machine; None when there is none for now, or the agent is drained meanwhile."""
        asking = asyncio.create_task(self._client.take([machine_id], _WAIT_S))
        draining = asyncio.create_task(self._draining.wait())
        await asyncio.wait([asking, draining], return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        if not asking.done():  # its answer may be a job: wait for it, so that it is not left until its lease runs out
            work = await self._answer(asking)
            if work is not None:
                await self._give_back(work, "the agent is drained")
            return None
        return await self._answer(asking)

    async def _answer(self, asking: asyncio.Task[Work | None]) -> Work | None:
        try:
            return await asking
        except AwayError as error:
            _LOG.warning("%s", error)
            await self._pause(2.0)
            return None

    async def _carry_out(self, work: Work) -> None:
        """One job from the lease to the coordinator's last word."""
        self._leases.take(work)
        try:
            program = await self._client.fetch(work.program_sha256, self._folder.programs)
        except RefusedError:
            raise
        except FabcommonsError as error:
            _LOG.warning("%s: %s", work.job_id, error)
            await self._give_back(work, f"its program could not be fetched: {error}")
            await self._pause(10.0)
            return
        try:
            await self._persistently(lambda: self._client.start(work.attempt_id, work.fence))
        except StaleLeaseError as error:
            _LOG.warning("%s is no longer ours: %s", work.job_id, error)
            self._leases.settle(work.attempt_id)
            return
        await self._tell(work, await self._drive(work, program))

    async def _drive(self, work: Work, program: Path) -> Report:
        """Run the job, which the coordinator has let start; the end is noted before it is told."""
        _LOG.info("%s: starts %s (%s)", work.machine, work.what, work.job_id)
        self._heard[work.attempt_id] = Heard(work.attempt_id, work.fence, 0, 0, "connecting")
        try:
            order = await self._order(work, program)
            report = await self._runner(work.machine).run(order, lambda now: self._note(work, now))
        except FabcommonsError as error:
            report = Report(Step.FAILED, 0, f"not started: {error}")
        except asyncio.CancelledError:
            known = self._journal(work.machine).last(work.job_id)
            report = Report(Step.FAILED, None if known else 0, "stopped on request")
            self._leases.ended(work.attempt_id, report)
            raise
        finally:
            self._heard.pop(work.attempt_id, None)
            Permits(self._bench.permits(work.machine)).ended(work.job_id)
        self._leases.ended(work.attempt_id, report)
        return report

    async def _tell(self, work: Work, report: Report, ended_unix_s: float | None = None) -> None:
        """Tell how a job ended until the coordinator has answered."""
        _LOG.info("%s: %s of %s (%s): %s", work.machine, report.step, work.what, work.job_id, report.message)
        since = time.time() if ended_unix_s is None else ended_unix_s

        async def told() -> None:
            ago_s = (time.time() - since) * self._bench.speed
            await self._client.end(work.attempt_id, work.fence, report, ago_s)

        try:
            await self._persistently(told)
        except StaleLeaseError as error:
            _LOG.warning("%s: a person has ruled meanwhile: %s", work.job_id, error)
        self._leases.settle(work.attempt_id)

    async def _give_back(self, work: Work, why: str) -> None:
        try:
            await self._client.release(work.attempt_id, work.fence, why)
        except (AwayError, StaleLeaseError) as error:
            _LOG.warning("%s: its lease runs out by itself: %s", work.job_id, error)
        self._leases.settle(work.attempt_id)

    async def _order(self, work: Work, program: Path) -> Order:
        layer = None
        if work.first_layer:
            lines = first_layer_lines(await asyncio.to_thread(read_program, program))
            layer = None if lines is None else FirstLayer(lines, lambda: self._first_layer(work))
        return Order(work.job_id, program, work.program_sha256, work.policy, layer, {"attempt": work.attempt_id})

    async def _first_layer(self, work: Work) -> tuple[bool, str]:
        permits = Permits(self._bench.permits(work.machine))
        _LOG.warning("%s waits: fabcommons machine confirm %s first-layer", work.machine, work.machine)
        while (permit := permits.take(PermitKind.FIRST_LAYER, work.job_id)) is None:
            await asyncio.sleep(_LOOK_EVERY_S)
        return permit.good, permit.who

    # -- after a crash

    async def _left_behind(self) -> list[Lease]:
        """What an earlier process left open; what only the coordinator knows of is answered at once."""
        mine = {lease.work.attempt_id: lease for lease in self._leases.open()}
        for standing in await self._persistently(self._client.open_attempts):
            if standing.attempt_id in mine or standing.machine not in self._addresses:
                continue
            try:
                if standing.leased:
                    await self._client.release(standing.attempt_id, standing.fence, "the agent began anew")
                elif standing.started:
                    await self._client.end(standing.attempt_id, standing.fence, _UNKNOWN, 0.0)
            except (AwayError, StaleLeaseError) as error:
                _LOG.warning("attempt %s: %s", standing.attempt_id, error)
        return list(mine.values())

    async def _take_up(self, lease: Lease) -> None:
        """Settle a job that an earlier process took: nothing is started."""
        work = lease.work
        if lease.report is not None:
            await self._tell(work, lease.report, lease.ended_unix_s)
            return
        if self._journal(work.machine).last(work.job_id) is None:
            await self._never_started(work)
            return
        self._heard[work.attempt_id] = Heard(work.attempt_id, work.fence, 0, 0, "connecting")
        try:
            program = await self._persistently(lambda: self._client.fetch(work.program_sha256, self._folder.programs))
            order = Order(work.job_id, program, work.program_sha256, work.policy)
            report = await self._runner(work.machine).rejoin(order, lambda now: self._note(work, now))
        except FabcommonsError as error:
            report = Report(Step.LOST_CONTACT, None, f"it was started, and cannot be followed: {error}")
        finally:
            self._heard.pop(work.attempt_id, None)
        self._leases.ended(work.attempt_id, report)
        await self._tell(work, report)

    async def _never_started(self, work: Work) -> None:
        """The machine never heard of the job: give it back, or, where the coordinator let it start, say so."""
        try:
            await self._persistently(
                lambda: self._client.release(work.attempt_id, work.fence, "the agent began anew, nothing was started")
            )
            self._leases.settle(work.attempt_id)
        except StaleLeaseError:
            self._leases.ended(work.attempt_id, _NEVER_STARTED)
            await self._tell(work, _NEVER_STARTED)

    # -- beside the machines

    def _note(self, work: Work, now: Progress) -> None:
        self._heard[work.attempt_id] = Heard(
            work.attempt_id, work.fence, now.lines_done, now.lines_total, str(now.state)
        )

    async def _tell_progress(self) -> None:
        """Tell of all jobs together, now and then; a coordinator that is away hears of them later."""
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            if self._heard:
                try:
                    await self._client.progress(list(self._heard.values()))
                except FabcommonsError as error:
                    _LOG.warning("%s", error)

    async def _persistently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until the coordinator is there."""
        tries = 0
        while True:
            try:
                return await call()
            except AwayError as error:
                pause_s = _PAUSES_S[min(tries, len(_PAUSES_S) - 1)]
                _LOG.warning("%s; again in %g s", error, pause_s)
                tries += 1
                await asyncio.sleep(pause_s)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when the agent is drained."""
        try:
            await asyncio.wait_for(self._draining.wait(), seconds)
        except TimeoutError:
            return

    def _journal(self, machine_id: str) -> Journal:
        if machine_id not in self._journals:
            self._journals[machine_id] = Journal(self._bench.journal(machine_id))
        return self._journals[machine_id]

    def _runner(self, machine_id: str) -> Runner:
        if machine_id not in self._runners:
            address, bench = self._addresses[machine_id], self._bench
            self._runners[machine_id] = Runner(machine_id, lambda: bench.open(address), self._journal(machine_id))
        return self._runners[machine_id]
