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
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agent.client import AwayError, Client, RefusedError, StaleLeaseError
from agent.control import Control
from agent.devices import Bench, MachineAddress
from agent.first_layer import FirstLayer
from agent.journal import Step
from agent.leases import Lease, Leases
from agent.permits import PermitKind, Permits
from agent.protocol import Work
from agent.runner import Order, Report
from agent.stand import Stand
from agent.steering import Steering
from agent.telling import Telling
from core.errors import FabcommonsError
from firmware_bridge.device import Progress, RunState
from gcode.layers import first_layer_lines
from gcode.program import read_program

__all__ = ["Station", "StationFolder"]

_LOG = logging.getLogger("fabcommons.agent")
_WAIT_S = 20.0  # of a long poll
_LEARN_EVERY_S = 30.0  # of machines that are new, changed or gone
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
        self._stands: dict[str, Stand] = {}
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._draining = asyncio.Event()
        self.steering = Steering(client)
        self.telling = Telling(client, bench, self._stands)

    def drain(self) -> None:
        """Take no more jobs; `run` returns when those that run have ended and that is told."""
        self._draining.set()

    @property
    def draining(self) -> bool:
        """Whether it takes no more jobs."""
        return self._draining.is_set()

    @property
    def busy(self) -> tuple[str, ...]:
        """What runs or is still to be told, in words."""
        return tuple(f"{lease.work.what} on {lease.work.machine}" for lease in self._leases.open())

    @property
    def stands(self) -> tuple[Stand, ...]:
        """The machines."""
        return tuple(self._stands.values())

    @property
    def contact_at(self) -> float | None:
        """When the coordinator last answered, seconds since the epoch; None while it never has."""
        return self._client.heard_at

    async def run(self) -> None:
        """Work until drained, or cancelled: runs are then ended safely.

        Raises:
            RefusedError: the coordinator does not let this agent in.
        """
        beside = [asyncio.create_task(each.run()) for each in (self.telling, self.steering)]
        try:
            chosen = self._chosen(await self._persistently(self._client.machines))
            if not chosen:
                raise RefusedError("there is no machine for this agent to drive", hint="see the lab's machines")
            for each in chosen:
                self._stands[each.id] = Stand(self._bench, each)
            async with asyncio.TaskGroup() as group:
                left = await self._left_behind()
                for each in chosen:
                    self._begin(group, each.id, left)
                beside.append(asyncio.create_task(self._learn(group)))
                await self._draining.wait()
        except* RefusedError as refused:
            raise refused.exceptions[0] from None
        finally:
            for task in beside:
                task.cancel()
            for stand in self._stands.values():
                await stand.close()
            self._leases.close()
        with suppress(FabcommonsError):  # others wait until its machines are free by themselves
            await self._client.leave()

    # -- which machines

    def _chosen(self, machines: Iterable[MachineAddress]) -> list[MachineAddress]:
        return [each for each in machines if not self._wanted or each.id in self._wanted]

    def _begin(self, group: asyncio.TaskGroup, machine_id: str, left: Sequence[Lease] = ()) -> None:
        """Take jobs for a machine from now on."""
        stand = self._stands[machine_id]
        stand.leaving.clear()
        mine = [lease for lease in left if lease.work.machine == machine_id]
        self._serving[machine_id] = group.create_task(self._serve(stand, mine))

    async def _learn(self, group: asyncio.TaskGroup) -> None:
        """Ask now and then which machines there are: new ones are taken on, others are let go after their job."""
        while not self.draining:
            await self._pause(_LEARN_EVERY_S)
            try:
                chosen = {each.id: each for each in self._chosen(await self._client.machines())}
            except FabcommonsError as error:
                _LOG.warning("the lab's machines are not known anew: %s", error)
                continue
            if not self.draining:
                self._take_on(group, chosen)

    def _take_on(self, group: asyncio.TaskGroup, chosen: Mapping[str, MachineAddress]) -> None:
        for machine_id, stand in self._stands.items():
            if machine_id not in chosen and not stand.leaving.is_set():
                _LOG.warning("%s: is no machine of this agent any more", machine_id)
                stand.leaving.set()
        for address in chosen.values():
            known = self._stands.get(address.id)
            if known is None:
                _LOG.warning("%s: is driven from now on", address.id)
                known = self._stands[address.id] = Stand(self._bench, address)
            elif known.address != address:
                _LOG.warning("%s: is reached in another way from its next job on", address.id)
                known.address = address
            serving = self._serving.get(address.id)
            if serving is None or serving.done():
                self._begin(group, address.id)
            else:
                known.leaving.clear()

    # -- one machine

    async def _serve(self, stand: Stand, left: list[Lease]) -> None:
        """Settle what an earlier process left of a machine, then take jobs for it."""
        for lease in left:
            await self._take_up(stand, lease)
        while not self.draining and not stand.leaving.is_set():
            work = await self._next(stand)
            if work is not None:
                await self._carry_out(stand, work)

    async def _next(self, stand: Stand) -> Work | None:
        """The next job of a machine; None when there is none for now, or it is to take none meanwhile."""
        asking = asyncio.create_task(self._client.take([stand.id], _WAIT_S))
        ending = [asyncio.create_task(each.wait()) for each in (self._draining, stand.leaving)]
        await asyncio.wait([asking, *ending], return_when=asyncio.FIRST_COMPLETED)
        for each in ending:
            each.cancel()
        if not asking.done():  # its answer may be a job: wait for it, so that it is not left until its lease runs out
            work = await self._answer(asking)
            if work is not None:
                await self._give_back(work, "the agent takes no more jobs for this machine")
            return None
        return await self._answer(asking)

    async def _answer(self, asking: asyncio.Task[Work | None]) -> Work | None:
        try:
            return await asking
        except AwayError as error:
            _LOG.warning("%s", error)
            await self._pause(2.0)
            return None

    async def _carry_out(self, stand: Stand, work: Work) -> None:
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
        await self._tell(work, await self._drive(stand, work, program))

    async def _drive(self, stand: Stand, work: Work, program: Path) -> Report:
        """Run the job, which the coordinator has let start; the end is noted before it is told."""
        _LOG.info("%s: starts %s (%s)", work.machine, work.what, work.job_id)
        try:
            with self._at_work(stand, work) as control:
                order = await self._order(stand, work, program, control)
                report = await (await stand.runner()).run(order, lambda now: self._note(stand, work, now))
        except FabcommonsError as error:
            report = Report(Step.FAILED, 0, f"not started: {error}")
        except asyncio.CancelledError:
            known = stand.journal.last(work.job_id)
            report = Report(Step.FAILED, None if known else 0, "stopped on request")
            self._leases.ended(work.attempt_id, report)
            raise
        finally:
            Permits(self._bench.permits(work.machine)).ended(work.job_id)
        self._leases.ended(work.attempt_id, report)
        return report

    @contextmanager
    def _at_work(self, stand: Stand, work: Work) -> Iterator[Control]:
        """While a job runs, people may steer it, and how far it is is told."""

        def note(what: str, who: str) -> None:
            if stand.journal.last(work.job_id) is not None:  # before it has begun there is nothing to note of it
                stand.journal.write(work.job_id, Step.ASKED, what=what, who=who)

        def wait(state: RunState) -> None:
            self._note(stand, work, Progress(0, 0, state))

        control = Control(note, wait)
        stand.work, stand.control, stand.progress = work, control, None
        self.telling.tell(work, str(RunState.CONNECTING))
        self.steering.begin(work, control)
        try:
            yield control
        finally:
            self.steering.end(work)
            control.end()
            self.telling.end(work)
            stand.work = stand.control = stand.progress = None

    async def _tell(self, work: Work, report: Report, ended_unix_s: float | None = None) -> None:
        """Tell how a job ended until the coordinator has answered."""
        message = f": {report.message}" if report.message not in ("", report.step) else ""
        _LOG.info("%s: %s (%s) %s%s", work.machine, work.what, work.job_id, report.step, message)
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

    async def _order(self, stand: Stand, work: Work, program: Path, control: Control) -> Order:
        layer = None
        if work.first_layer:
            lines = first_layer_lines(await asyncio.to_thread(read_program, program))
            layer = None if lines is None else FirstLayer(lines, lambda: self._first_layer(work, control))
        facts, homes = {"attempt": work.attempt_id}, stand.address.after_alarm == "home"
        return Order(work.job_id, program, work.program_sha256, work.policy, layer, facts, control, homes)

    async def _first_layer(self, work: Work, control: Control) -> tuple[bool, str]:
        permits = Permits(self._bench.permits(work.machine))
        _LOG.warning("%s waits: fabcommons machine confirm %s first-layer", work.machine, work.machine)
        control.held_by = "it waits for a look at the first layer: say there how it is"
        try:
            while (permit := permits.take(PermitKind.FIRST_LAYER, work.job_id)) is None:
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            control.held_by = ""
        return permit.good, permit.who

    # -- after a crash

    async def _left_behind(self) -> list[Lease]:
        """What an earlier process left open; what only the coordinator knows of is answered at once."""
        mine = {lease.work.attempt_id: lease for lease in self._leases.open()}
        for standing in await self._persistently(self._client.open_attempts):
            if standing.attempt_id in mine or standing.machine not in self._stands:
                continue
            try:
                if standing.leased:
                    await self._client.release(standing.attempt_id, standing.fence, "the agent began anew")
                elif standing.started:
                    await self._client.end(standing.attempt_id, standing.fence, _UNKNOWN, 0.0)
            except (AwayError, StaleLeaseError) as error:
                _LOG.warning("attempt %s: %s", standing.attempt_id, error)
        return list(mine.values())

    async def _take_up(self, stand: Stand, lease: Lease) -> None:
        """Settle a job that an earlier process took: nothing is started."""
        work = lease.work
        if lease.report is not None:
            await self._tell(work, lease.report, lease.ended_unix_s)
            return
        if stand.journal.last(work.job_id) is None:
            await self._never_started(work)
            return
        try:
            with self._at_work(stand, work) as control:
                fetch = self._client.fetch
                program = await self._persistently(lambda: fetch(work.program_sha256, self._folder.programs))
                order = Order(work.job_id, program, work.program_sha256, work.policy, control=control)
                report = await (await stand.runner()).rejoin(order, lambda now: self._note(stand, work, now))
        except FabcommonsError as error:
            report = Report(Step.LOST_CONTACT, None, f"it was started, and cannot be followed: {error}")
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

    def _note(self, stand: Stand, work: Work, now: Progress) -> None:
        stand.progress = now
        if stand.control is not None:
            stand.control.see(now)
        self.telling.note(work, now)

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
