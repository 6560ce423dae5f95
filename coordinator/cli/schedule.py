"""`fabcommons schedule ...`: scheduling problems and plans as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.options import JsonOption, SecondsOption

__all__ = ["group"]

group = typer.Typer(help="Scheduling problems and plans as files.", no_args_is_help=True)

ProblemArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A problem: JSON (docs/scheduling-problem.md), or a job shop as .fjs.")
]
PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan: JSON, as `solve --out` writes it.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="PLAN", help="Write the plan as JSON.")]
SvgOption = Annotated[Path | None, typer.Option("--svg", metavar="SVG", help="Draw the plan as a Gantt chart.")]


@group.command("solve")
def solve(
    file: ProblemArgument,
    seconds: SecondsOption = 10.0,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Threads.")] = 2,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of all random numbers.")] = 0,
    out: OutOption = None,
    svg: SvgOption = None,
    json: JsonOption = False,
) -> None:
    """Find a plan, and tell how far from the best it can be."""
    from coordinator.commands import schedule

    schedule.solve_file(file, (seconds, workers, seed), out, svg, as_json=json)


@group.command("validate")
def validate(file: ProblemArgument, plan: PlanArgument) -> None:
    """Judge a plan by the rules alone. Ends with status 1 when it breaks one."""
    from coordinator.commands import schedule

    raise typer.Exit(schedule.validate_file(file, plan))


@group.command("explain")
def explain(
    file: ProblemArgument,
    plan: PlanArgument,
    task: Annotated[str, typer.Argument(metavar="TASK", help="The id of a task.")],
) -> None:
    """Tell why a task stands where it does, and what would come of every other machine."""
    from coordinator.commands import schedule

    schedule.explain_file(file, plan, task)


@group.command("repair")
def repair(
    file: ProblemArgument,
    plan: PlanArgument,
    event: Annotated[
        str,
        typer.Option(
            "--event",
            help="down:MACHINE:FROM:UNTIL, closed:LAB:FROM:UNTIL, failed:TASK, ends:TASK:AT, declined:TASK:MACHINE"
            " or new; times in seconds from the origin.",
        ),
    ],
    now: Annotated[int, typer.Option("--now", help="The moment, in seconds from the problem's origin.")] = 0,
    out: OutOption = None,
    problem: Annotated[
        Path | None, typer.Option("--problem", metavar="FILE", help="Write the problem with the event in it.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Change a plan for what happened: only what must move does."""
    from coordinator.commands import schedule

    schedule.repair_file(file, plan, (event, now), out, problem, as_json=json)
