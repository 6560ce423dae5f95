"""A network of labs for ten hours: orders, agents, operators, and everything that can go wrong between them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select

from coordinator.answers import Answer
from coordinator.builds import decide
from coordinator.lots import ENDED_FOR_NOTHING, live_job
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PlanRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.network import Role
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import Call
from coordinator.service.log import EventView
from coordinator.service.refusals import ForbiddenError
from coordinator.service.tending import Tending
from core.errors import StateError

from .agents import Agent
from .faults import LEASE_S, AwayError, Coordinator, Network
from .kernel import Kernel, Steps
from .machines import Machine

__all__ = ["Plan", "Town"]

LABS, MACHINES = 4, 5
BATCH, ALONE = 12, 20  # lots of a task whose first article is checked, and tasks of one lot between two such tasks
_DOUBTFUL = (JobState.FAILED, JobState.LOST_CONTACT)


@dataclass(frozen=True)
class Plan:
    """How much, and for how long."""

    seed: int
    lots: int = 1000
    hours: float = 10.0
    builds: int = 10


class Town:
    """All of it, on one clock, by one pair of dice."""

    def __init__(self, where: Path | str, folder: Path, plan: Plan) -> None:
        self.plan, self.kernel, self.dice, self.seen = plan, Kernel(), random.Random(plan.seed), Counter[str]()
        self.coordinator = Coordinator(where, folder, self.kernel, self.dice, self.seen)
        self.machines = {
            f"lab{lab}-m{number}": Machine(f"lab{lab}-m{number}", self.kernel, server=number % 2 == 0)
            for lab in range(LABS)
            for number in range(MACHINES)
        }
        self.heard: list[EventView] = []  # by a listener that reads on from the last id that it has
        self.operators, actors = _settle(self.coordinator.application, list(self.machines))
        _order(self.coordinator.application, plan)
        self.agents = [
            Agent(
                f"lab{lab}", actors[lab], [each for each in self.machines.values() if each.id.startswith(f"lab{lab}-")],
                folder, self.kernel, self.dice, Network(self.coordinator, self.kernel, self.dice, self.seen), self.seen,
            )
            for lab in range(LABS)
        ]  # fmt: skip

    def live(self) -> None:
        """Ten hours of faults, then peace until everything is made and told."""
        self.coordinator.calm = False
        for agent in self.agents:
            agent.begin()
        for steps in (self._plan(), self._rule(), self._check(), self._tend(), self._listen(), self._harm()):
            self.kernel.begin(steps)
        self.kernel.run(self.plan.hours * 3600)
        self.coordinator.calm = True
        for _ in range(200):
            self.kernel.run(self.kernel.now_s + 600)
            if self._all_made():
                break
        self.kernel.run(self.kernel.now_s + 3600)  # late copies of requests come too

    def close(self) -> None:
        """Let go of all files."""
        for agent in self.agents:
            agent.die()
        self.coordinator.stop()

    # -- what people and the coordinator itself do

    def _plan(self) -> Steps:
        """In the planner's place: what has no home goes to the machine with the least to do."""
        while True:
            yield self.dice.uniform(20, 60)
            try:
                self.coordinator.ask(self._find_homes)
            except AwayError:
                continue

    def _find_homes(self, application: Application) -> None:
        queue = dict.fromkeys(self.machines, 0)
        with application.house.change("planner") as change:
            session = change.session
            waiting = select(JobRow.machine).where(JobRow.state == JobState.SCHEDULED)
            for name in session.scalars(waiting):
                queue[name] += 1
            network = application.house.networks.of(session)
            assert network is not None
            homeless = exists().where(JobRow.lot_id == LotRow.id, JobRow.state.not_in(ENDED_FOR_NOTHING))
            for lot in session.scalars(select(LotRow).where(~homeless).order_by(LotRow.id).limit(LABS * MACHINES)):
                name = min(queue, key=lambda each: (queue[each], each))
                if queue[name] >= 3:
                    return
                queue[name] += 1
                offer = OfferRow(
                    plan_id=lot.build_id, lot=lot, lab=name.partition("-")[0], machine=name, verdict="yes", terms="",
                    planned_start=change.at, planned_end=change.at, state=OfferState.OFFERED,
                    program_sha256="0" * 64, remake_of=lot.jobs[-1].id if lot.jobs else None,
                )  # fmt: skip
                session.add(offer)
                session.flush()
                decide(session, lot.task.build, offer, Answer(True, "policy", "it can"), network, change.at)

    def _rule(self) -> Steps:
        """Operators look at what failed or fell silent, sooner or later, and say what they see at the machine."""
        while True:
            yield self.dice.uniform(30, 240)
            try:
                doubtful = self.coordinator.ask(
                    lambda app: [job for state in _DOUBTFUL for job in app.jobs.all(state=state, limit=200).items]
                )
                for job in doubtful:
                    move = self.machines[job.machine].last(job.id)
                    if (move is not None and move.ended_s is None) or self.dice.random() < 0.3:
                        continue  # it still moves, or nobody has come by yet
                    good = move is not None and move.good is True
                    verdict = JobState.MADE if good else JobState.SCRAPPED
                    operator = Call(self.operators[job.lab], key=f"{job.id}-{verdict}")
                    self.coordinator.ask(
                        lambda app, job=job, verdict=verdict, operator=operator: app.jobs.rule(
                            operator, job.id, verdict, "as it lies there"
                        )
                    )
                    self.seen[f"a person ruled {verdict}"] += 1
            except (AwayError, StateError, ForbiddenError):
                continue  # heard of again, or somebody was faster

    def _check(self) -> Steps:
        """Peers of other labs look at first articles, sooner or later."""
        peers = list(self.operators.values())
        while True:
            yield self.dice.uniform(30, 240)
            try:
                waiting = self.coordinator.ask(lambda app: app.board.waiting())
                for each in waiting:
                    if each.kind == "check" and each.piece_id is not None:
                        peer = self.dice.choice([peer for peer in peers if peer is not self.operators[str(each.lab)]])
                        self._look(peer, each.piece_id, accept=self.dice.random() < 0.8)
            except AwayError:
                continue

    def _look(self, peer: Actor, piece_id: int, *, accept: bool) -> None:
        call = Call(peer, key=f"piece {piece_id}-{accept}")
        try:
            self.coordinator.ask(lambda app: app.pieces.check(call, piece_id, accept=accept, why="measured"))
        except StateError:
            return  # its answer was lost, and somebody else has looked since
        self.seen["a peer accepted" if accept else "a peer rejected"] += 1

    def _tend(self) -> Steps:
        while True:
            yield 15.0
            try:
                self.coordinator.ask(lambda app: Tending(app, failed=_fail).keep())
            except AwayError:
                continue

    def _listen(self) -> Steps:
        while True:
            yield self.dice.uniform(1, 120)
            last = self.heard[-1].id if self.heard else 0
            try:
                self.heard += self.coordinator.ask(lambda app, last=last: app.log.after(last, 500))
            except AwayError:
                continue

    def _harm(self) -> Steps:
        """Something dies about every two minutes."""
        while True:
            yield self.dice.expovariate(1 / 120)
            if self.coordinator.calm:
                return
            agent = self.dice.choice(self.agents)
            what = self.dice.choice(("coordinator", "agent", "agent sleeps", "network"))
            self.seen[f"harm: {what}"] += 1
            if what == "coordinator":
                self.coordinator.die(self.dice.uniform(1, LEASE_S * 2))
            elif what == "agent":
                agent.die()
                yield self.dice.uniform(1, LEASE_S * 2)
                agent.begin()
            elif what == "agent sleeps":
                agent.sleep(self.dice.uniform(LEASE_S / 2, LEASE_S * 4))
            else:
                agent.network.cut_until_s = self.kernel.now_s + self.dice.uniform(5, LEASE_S * 4)

    def _all_made(self) -> bool:
        with self.coordinator.store.reading() as session:
            lots = session.scalars(select(LotRow)).all()
            return all((job := live_job(lot)) is not None and job.state is JobState.MADE for lot in lots)


def _fail(error: BaseException) -> None:
    raise error


def _settle(application: Application, machines: list[str]) -> tuple[dict[str, Actor], list[Actor]]:
    """Labs that are open day and night, their operators and agents."""
    entry = {"name": "Printer", "processes": ["fdm"], "unattended": True, "envelope_mm": [200, 200, 200]}
    connection = {"driver": "marlin", "port": "virtual"}
    labs = [
        {
            "id": f"lab{lab}", "name": f"Lab {lab}", "timezone": "UTC", "opening_hours": {"daily": "00:00-24:00"},
            "machines": [entry | {"id": each, "connection": connection} for each in machines if f"lab{lab}-" in each],
        }
        for lab in range(LABS)
    ]  # fmt: skip
    application.labs.put(Call(KEEPER), {"labs": labs})
    operators, agents = {}, []
    for lab in range(LABS):
        code = application.invitations.make(KEEPER, Role.OPERATOR, f"lab{lab}").code
        operator = application.tokens.actor(application.invitations.accept(code, "Nora", None).token)
        operators[f"lab{lab}"] = operator
        agents.append(application.tokens.actor(application.tokens.add_agent(operator, f"lab{lab}", "box").token))
    return operators, agents


def _order(application: Application, plan: Plan) -> None:
    """Builds with tasks of one lot, and now and then one of many, new to every lab."""
    at = application.house.clock.now()
    with application.house.store.transaction() as session:
        design = DesignRow(name="lamp", location=".", content_hash="0" * 64)
        for number in range(plan.builds):
            build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="", opened_at=at)
            session.add(build)
            session.flush()
            session.add(PlanRow(id=build.id, build_id=build.id, made_at=at, why="", document={}))
            facts = {"lead_days": 0, "checked": False, "plan_wanted": 0, "plan_made": 0, "plan_why": ""}
            session.add(OrderRow(build_id=build.id, ordered_by="p", **facts))
            for place, lots in _cut(len(range(number, plan.lots, plan.builds))):
                pieces, key = 1 + place % 3, f"t{place}"
                task = TaskRow(
                    build=build, key=key, kind="fabricate", name="Foot", quantity=lots * pieces, unit="piece",
                    state=TaskState.OPEN, file="foot.stl", file_sha256=f"{build.id}-{key}",
                )  # fmt: skip
                session.add_all(
                    LotRow(build_id=build.id, task=task, key=f"{key}-{lot}", pieces=pieces)
                    for lot in range(1, lots + 1)
                )


def _cut(lots: int) -> Iterator[tuple[int, int]]:
    """So many lots as tasks: a number, and how many of the lots are its."""
    place = 0
    while lots > 0:
        mine = min(lots, BATCH if place % (ALONE + 1) == 0 else 1)
        yield place, mine
        place, lots = place + 1, lots - mine
