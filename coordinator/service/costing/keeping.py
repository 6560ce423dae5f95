"""A quote as one thing: reckoned for a design or a build, kept with the build until its first run begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.graph import TaskGraph, TaskKind
from coordinator.schema.builds import BuildRow, JobRow, RunRow, TaskState
from coordinator.schema.pledge import QuoteRow
from coordinator.schema.service import OrderRow
from coordinator.schema.supply import SourceRow
from coordinator.service.costing.carriage import carriage_lines
from coordinator.service.costing.legs import legs_of
from coordinator.service.costing.lines import Kind, Line
from coordinator.service.costing.parts import Bought, paid_before, part_lines
from coordinator.service.costing.rates import rates_in
from coordinator.service.costing.set_ups import Batch
from coordinator.service.house import Change

if TYPE_CHECKING:  # they bring the planner's packages along
    from coordinator.plans.planning import BuildPlan
    from coordinator.plans.work import Unplaceable
    from coordinator.service.costing.reckoning import Chosen
    from machines.lab import Network

__all__ = ["PLANNED", "QUICKEST", "Quoted", "began", "bought_of", "keep_planned", "newest_quote", "put_quote", "quoted"]

QUICKEST: Final = "before a plan: with the machine that is quickest for each run"
PLANNED: Final = "with the machines of the plan"


@dataclass(frozen=True, slots=True)
class Quoted:
    """What something is reckoned to cost.

    Attributes:
        basis: how the machines were chosen.
        lines: what is known and what is not.
        batches: what each part takes to set up.
    """

    basis: str
    lines: tuple[Line, ...]
    batches: tuple[Batch, ...] = ()

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "basis": self.basis, "lines": [asdict(each) for each in self.lines],
            "batches": [asdict(each) for each in self.batches],
        }  # fmt: skip

    @classmethod
    def of(cls, document: dict[str, Any]) -> Quoted:
        """What was stored."""
        lines = (Line(**{**each, "kind": Kind(each["kind"])}) for each in document["lines"])
        return cls(document["basis"], tuple(lines), tuple(Batch(**each) for each in document["batches"]))


def quoted(
    session: Session, network: Network, chosen: Iterable[Chosen], unplaceable: Iterable[Unplaceable],
    parts: Iterable[Bought], graph: TaskGraph, at: datetime, *, basis: str,
    to: str | None = None,
) -> Quoted:  # fmt: skip
    """Everything that is known of what so many products cost.

    Args:
        session: knows rates of work and what was paid before.
        network: the labs as their entries say.
        chosen: lots with their machines.
        unplaceable: tasks that nobody can make, and why.
        parts: what is bought.
        graph: the tasks of all products.
        at: whose rates count.
        basis: how the machines were chosen.
        to: the lab that it is delivered to; None is who ordered it.
    """
    from coordinator.service.costing.reckoning import batches_of, reckoned

    runs, bought = list(chosen), list(parts)
    rates = rates_in(session, at)
    lines = reckoned(runs, network, rates)
    for each in unplaceable:
        kind = Kind.WORK if each.task.kind is TaskKind.ASSEMBLE else Kind.MACHINE
        lines.append(Line(kind, each.task.name, each.reason))
    lines += part_lines(bought, paid_before(session, (each.name for each in bought)))
    lines += carriage_lines(legs_of(graph, runs, to), network, at)
    order = list(Kind)
    lines.sort(key=lambda line: order.index(line.kind))
    count = round(graph.task(graph.final).quantity)
    return Quoted(basis, tuple(lines), tuple(batches_of(runs, network, count, rates)))


def bought_of(session: Session, build: BuildRow) -> list[Bought]:
    """What is bought for a build, with what the bill said of prices."""
    prices = {
        row.task_id: row.price
        for row in session.scalars(select(SourceRow).where(SourceRow.task_id.in_([task.id for task in build.tasks])))
    }
    return [
        Bought(task.name, task.quantity, task.quantity / build.quantity, task.unit, prices.get(task.id))
        for task in build.tasks
        if task.kind == TaskKind.PURCHASE and task.state is not TaskState.CANCELLED
    ]


def keep_planned(change: Change, build: BuildRow, plan: BuildPlan, graph: TaskGraph, network: Network) -> None:
    """Keep what a plan makes of a build's costs, unless something of the build has begun."""
    if began(change.session, build.id):
        return
    runs = [(lot, plan.candidate(lot)) for lot in plan.workload.lots if lot.task.kind is not TaskKind.PURCHASE]
    to = change.session.get_one(OrderRow, build.id).deliver_to
    here = any(lab.id == to for lab in network.labs)
    found = quoted(
        change.session, network, runs, plan.workload.unplaceable, bought_of(change.session, build), graph,
        change.at, basis=PLANNED, to=to if here else None,
    )  # fmt: skip
    put_quote(change, build.id, found)


def put_quote(change: Change, build_id: int, found: Quoted) -> None:
    """Keep a quote beside the build's earlier ones, if it says anything else."""
    before = newest_quote(change.session, build_id)
    document = found.document()
    if before is not None and before.document == document:
        return
    change.session.add(QuoteRow(build_id=build_id, made_at=change.at, why=found.basis, document=document))
    change.record("quote.made", f"build {build_id}", found.basis)


def newest_quote(session: Session, build_id: int) -> QuoteRow | None:
    """The quote of a build that counts."""
    query = select(QuoteRow).where(QuoteRow.build_id == build_id).order_by(QuoteRow.id.desc()).limit(1)
    return session.scalars(query).first()


def began(session: Session, build_id: int) -> bool:
    """Whether a run of a build has begun: from then on its quote stands."""
    runs = select(RunRow.job_id).join(JobRow, JobRow.id == RunRow.job_id).where(JobRow.build_id == build_id)
    return session.scalar(runs.limit(1)) is not None
