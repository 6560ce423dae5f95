"""`fabcommons plan`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from coordinator.commands.calibrate import taught_by
from coordinator.commands.output import console, print_findings, print_json, print_questions, say, working
from coordinator.plans.costs import costs_of
from coordinator.plans.opening import open_all
from coordinator.plans.plan_document import costs_document, plan_document
from coordinator.plans.planning import BuildPlan, plan_build
from coordinator.plans.visiting import LABS_PEOPLE, Visit
from coordinator.plans.work import Candidate, Lot, form_lots
from machines.lab import Driver, Network
from machines.matching import ChangeKind, Verdict

__all__ = ["print_plan", "show"]

_TOLD_ELSEWHERE = (ChangeKind.TURN, ChangeKind.ASK)  # by the program, and by the line on what a lab's stock gives


def show(
    location: str,
    labs: Path,
    revision: str | None,
    answers: Path | None = None,
    runs: Path | None = None,
    visit: Visit = LABS_PEOPLE,
    *,
    quantity: int,
    lead_days: float,
    seconds: float,
    as_json: bool,
) -> None:
    """Plan a design and print the plan."""
    learned = taught_by(runs)
    with open_all(location, revision, labs, quantity, answers) as opened:
        visitor = visit.visitor(opened.network, labs)
        origin = datetime.now(UTC).replace(microsecond=0)
        with working("measuring and planning"):
            workload = form_lots(opened.design, opened.graph, opened.network, learned=learned, visitor=visitor)
            plan = plan_build(workload, opened.graph, opened.network, origin, lead_days=lead_days, seconds=seconds)
        if as_json:
            print_json({**plan_document(plan), **costs_document(costs_of(plan, opened.network))})
            return
        print_plan(plan, opened.network)
        print_findings(plan.workload.findings)
        print_questions(opened.bill.questions)


def print_plan(plan: BuildPlan, network: Network) -> None:
    """Who makes what when, as a table; times in each lab's own zone."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("start", "end", "machine", "what", "G-code"):
        table.add_column(heading, overflow="fold")
    doubts: dict[str, str] = {}
    changes: dict[str, str] = {}
    for lot in sorted(plan.workload.lots, key=lambda each: plan.placement(each.id).start_s):
        candidate = plan.candidate(lot)
        if candidate is not None:
            table.add_row(*(Text(cell) for cell in _row(plan, network, lot, candidate)))
            if candidate.match.verdict is not Verdict.YES:
                doubts[lot.task.name] = candidate.match.text
            else:
                told = [each.text for each in candidate.match.changes if each.kind not in _TOLD_ELSEWHERE]
                changes |= {lot.task.name: "; ".join(told)} if told else {}
    console.print(table)
    for name, doubt in doubts.items():
        say(f"to be confirmed: {name}: {doubt}")
    for name, change in changes.items():
        say(f"with a change: {name}: {change}")
    bought = sum(not lot.candidates for lot in plan.workload.lots)
    makespan, bound = timedelta(seconds=plan.plan.makespan_s), timedelta(seconds=plan.plan.lower_bound_s)
    what = "what can be placed is done" if plan.workload.unplaceable else "done"
    say(f"{len(plan.workload.lots) - bought} runs, {bought} purchases; {what} {makespan} after the start")
    say(f"no plan can be shorter than {bound} (gap {plan.plan.gap:.1%}, {plan.plan.solver}); times are each lab's own")
    for taken in plan.supplies:
        say(f"takes {taken.text}")
    costs = costs_of(plan, network)
    say(f"costs {costs.text}" + (f"; not known: {', '.join(costs.unknown)}" if costs.unknown else ""))
    for each in plan.workload.unplaceable:
        say(f"cannot be placed: {each.task.name}: {each.reason}")


def _row(plan: BuildPlan, network: Network, lot: Lot, candidate: Candidate) -> tuple[str, ...]:
    placed = plan.placement(lot.id)
    zone = ZoneInfo(network.lab(candidate.machine.lab).zone)
    start, end = (plan.moment(offset).astimezone(zone) for offset in (placed.start_s, placed.end_s))
    program = PurePosixPath(candidate.program.path).name if candidate.program else _without_program(candidate)
    what = lot.task.name if lot.pieces == 1 else f"{lot.pieces} x {lot.task.name}"
    return f"{start:%a %d %b %H:%M}", f"{end:%a %H:%M}", candidate.machine.id, what, program


def _without_program(candidate: Candidate) -> str:
    return "by hand" if candidate.machine.connection.driver is Driver.HANDS else "waits for a toolpath"
