"""`fabcommons plan`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from coordinator.commands.output import console, print_findings, print_json, print_questions, say
from coordinator.opening import open_all
from coordinator.plan_document import plan_document
from coordinator.planning import BuildPlan, plan_build
from coordinator.work import form_runs
from machines.lab import Network

__all__ = ["print_plan", "show"]


def show(
    location: str,
    labs: Path,
    revision: str | None,
    *,
    quantity: int,
    lead_days: float,
    seconds: float,
    as_json: bool,
) -> None:
    """Plan a design and print the plan."""
    with open_all(location, revision, labs, quantity) as opened:
        workload = form_runs(opened.design, opened.graph, opened.network)
        origin = datetime.now(UTC).replace(microsecond=0)
        plan = plan_build(workload, opened.graph, opened.network, origin, lead_days=lead_days, seconds=seconds)
        if as_json:
            print_json(plan_document(plan))
            return
        print_plan(plan, opened.network)
        print_findings(plan.workload.findings)
        print_questions(opened.bill.questions)


def print_plan(plan: BuildPlan, network: Network) -> None:
    """Who makes what when, as a table; times in each lab's own zone."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("start", "end", "lab", "machine", "what", "toolpath", "to be confirmed"):
        table.add_column(heading, overflow="fold")
    for run in sorted(plan.workload.runs, key=lambda each: plan.placement(each.id).start_s):
        placed, candidate = plan.placement(run.id), plan.candidate(run)
        if candidate is None:
            continue
        zone = ZoneInfo(network.lab(candidate.machine.lab).zone)
        start, end = (plan.moment(s).astimezone(zone) for s in (placed.start_s, placed.end_s))
        program = candidate.program.path if candidate.program else "-"
        doubt = "" if candidate.match.verdict == "yes" else candidate.match.text
        what = f"{run.pieces} x {run.task.name}"
        row = (f"{start:%a %d %b %H:%M}", f"{end:%a %H:%M}", candidate.machine.lab, candidate.machine.name, what)
        table.add_row(*(Text(cell) for cell in (*row, program, doubt)))
    console.print(table)
    bought = sum(not run.candidates for run in plan.workload.runs)
    makespan, bound = timedelta(seconds=plan.plan.makespan_s), timedelta(seconds=plan.plan.lower_bound_s)
    say(f"{len(plan.workload.runs) - bought} runs, {bought} purchases; done {makespan} after the start")
    say(f"no plan can be shorter than {bound} (gap {plan.plan.gap:.1%}, {plan.plan.solver})")
    for each in plan.workload.unplaceable:
        say(f"cannot be placed: {each.task.name}: {each.reason}")
