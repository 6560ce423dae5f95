"""Agents as `agent.station` is one: the same order of steps, the same journal and leases on disk, killed anywhere."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from agent.journal import Journal, Step
from agent.leases import Lease, Leases
from agent.protocol import Work, read_policy
from agent.runner import Report
from coordinator.schema.builds import RunOutcome
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.service.refusals import StaleError, UnknownError
from coordinator.service.runs.attempts import Told, WorkView

from .faults import LEASE_S, AwayError, Network
from .kernel import Kernel, Process, Steps
from .machines import Machine

__all__ = ["Agent"]

T = TypeVar("T")
_OUTCOMES = {
    Step.FINISHED: RunOutcome.FINISHED,
    Step.FAILED: RunOutcome.FAILED,
    Step.LOST_CONTACT: RunOutcome.LOST_CONTACT,
}
_STALE = (StaleError, UnknownError)


class Agent:
    """The program of one lab and its machines. What it knows after a crash is what its files say."""

    def __init__(
        self, lab: str, actor: Actor, machines: list[Machine], folder: Path, kernel: Kernel, dice: random.Random,
        network: Network, seen: Counter[str],
    ) -> None:  # fmt: skip
        self.lab, self.actor, self.network = lab, actor, network
        self._machines, self._folder, self._kernel, self._dice, self._seen = machines, folder, kernel, dice, seen
        self._processes: list[Process] = []
        self._told: dict[int, Told] = {}

    # -- life and death

    def begin(self) -> None:
        """Start, or start again in the same folder."""
        self._leases = Leases(self._folder / self.lab / "leases.jsonl")
        self._journals = {each.id: Journal(self._folder / self.lab / f"{each.id}.journal") for each in self._machines}
        self._told = {}
        self._processes = [self._kernel.begin(self._tell_progress()), self._kernel.begin(self._run())]

    def die(self) -> None:
        """As by `kill -9`: not a step more; machines that need lines stop."""
        for each in self._processes:
            self._kernel.kill(each)
        self._leases.close()
        for journal in self._journals.values():
            journal.close()
        for machine in self._machines:
            machine.cut()

    def sleep(self, for_s: float) -> None:
        """As a computer whose lid is shut; it goes on where it was, and knows nothing of the time between."""
        for each in self._processes:
            self._kernel.suspend(each, for_s)

    # -- steps

    def _run(self) -> Steps:
        left = list(self._leases.open())
        mine = {lease.work.attempt_id for lease in left}
        for standing in (yield from self._persistently(lambda app: app.attempts.open(self.actor))):
            if standing.attempt_id not in mine:
                yield from self._disown(standing.attempt_id, standing.fence, started=str(standing.state) == "started")
        for machine in self._machines:
            of_it = [lease for lease in left if lease.work.machine == machine.id]
            self._processes.append(self._kernel.begin(self._serve(machine, of_it)))

    def _disown(self, attempt_id: int, fence: int, *, started: bool) -> Steps:
        try:
            if started:
                report = Report(Step.LOST_CONTACT, None, "the agent's own records are gone")
                yield from self.network.ask(lambda app: self._end(app, attempt_id, fence, report))
            else:
                yield from self.network.ask(lambda app: app.attempts.release(self.actor, attempt_id, fence, "anew"))
        except (AwayError, *_STALE):
            return

    def _serve(self, machine: Machine, left: list[Lease]) -> Steps:
        for lease in left:
            yield from self._take_up(machine, lease)
        while True:
            try:
                work = yield from self.network.ask(lambda app: app.attempts.claim(self.actor, self.lab, [machine.id]))
            except AwayError:
                yield 2.0
                continue
            if work is None:
                yield 60.0
            else:
                yield from self._carry_out(machine, _work(work))

    def _carry_out(self, machine: Machine, work: Work) -> Steps:
        self._leases.take(work)
        yield self._step()
        try:
            yield from self._persistently(lambda app: app.attempts.start(self.actor, work.attempt_id, work.fence))
        except _STALE:
            self._seen["a stale agent was refused"] += 1
            self._leases.settle(work.attempt_id)
            return
        journal = self._journals[machine.id]
        if journal.last(work.job_id) is not None:
            raise AssertionError(f"{work.job_id} was let start again")
        yield self._step()
        journal.write(work.job_id, Step.STARTED)
        yield self._step()
        machine.start(work.job_id, self._dice.uniform(120, 480), good=self._dice.random() > 0.04)
        yield from self._follow(machine, work)

    def _follow(self, machine: Machine, work: Work) -> Steps:
        """Watch a run to its end, note it, tell it."""
        while (move := machine.last(work.job_id)) is not None and move.ended_s is None:
            done = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=1, lines_total=2, state="running")
            self._told[work.attempt_id] = done
            yield 10.0
        self._told.pop(work.attempt_id, None)
        if move is None or move.good is None:
            report = Report(Step.LOST_CONTACT, None, "the agent stopped while the job ran")
        else:
            report = Report(Step.FINISHED if move.good else Step.FAILED, 2, "finished" if move.good else "a jam")
        self._journals[machine.id].write(work.job_id, report.step, lines=report.lines, message=report.message)
        yield self._step()
        self._leases.ended(work.attempt_id, report)
        yield from self._tell(work, report)

    def _tell(self, work: Work, report: Report) -> Steps:
        try:
            yield from self._persistently(lambda app: self._end(app, work.attempt_id, work.fence, report))
        except _STALE:
            self._seen["a report came after a verdict"] += 1
        self._leases.settle(work.attempt_id)

    def _take_up(self, machine: Machine, lease: Lease) -> Steps:
        """Settle what an earlier process took: nothing is started."""
        work = lease.work
        if lease.report is not None:
            yield from self._tell(work, lease.report)
        elif self._journals[machine.id].last(work.job_id) is None:
            yield from self._never_started(work)
        else:
            yield from self._follow(machine, work)

    def _never_started(self, work: Work) -> Steps:
        try:
            yield from self._persistently(
                lambda app: app.attempts.release(self.actor, work.attempt_id, work.fence, "nothing was started")
            )
            self._leases.settle(work.attempt_id)
        except _STALE:
            report = Report(Step.FAILED, 0, "the machine never heard of the job")
            self._leases.ended(work.attempt_id, report)
            yield from self._tell(work, report)

    def _tell_progress(self) -> Steps:
        while True:
            yield LEASE_S / 3
            if self._told:
                told = list(self._told.values())
                try:
                    yield from self.network.ask(lambda app, told=told: app.attempts.progress(self.actor, told))
                except (AwayError, *_STALE):
                    continue

    def _persistently(self, work: Callable[[Application], T]) -> Generator[float, None, T]:
        while True:
            try:
                return (yield from self.network.ask(work))
            except AwayError:
                yield self._dice.uniform(1, 10)

    def _end(self, app: Application, attempt_id: int, fence: int, report: Report) -> object:
        outcome = _OUTCOMES[report.step]
        return app.attempts.end(self.actor, attempt_id, fence, outcome, lines=report.lines, message=report.message)

    def _step(self) -> float:
        """Time passes between any two steps, so that death may come there."""
        return self._dice.choice((0.0, 0.2, 3.0))


def _work(view: WorkView) -> Work:
    return Work(
        view.attempt_id, view.fence, view.job_id, view.machine, view.what, view.program_sha256,
        read_policy(view.policy), view.first_layer,
    )  # fmt: skip
