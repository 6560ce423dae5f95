"""Gaps of `scheduler.solve` on public flexible job shops and on synthetic networks of labs, as a Markdown table.

    ./dev python benchmarks/scheduling.py --seconds 10 fjsp/brandimarte/mk01.fjs network/200x10.json.gz

Without names it runs mk01 to mk10. Instances are read from `../shared/benchmarks`, or from `--folder`. Times are as in
the files (units or minutes), taken as seconds. `best` is the best known makespan, where the folder tells it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scheduler.calendars import Calendar
from scheduler.fjs import read_fjs
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.paths import tails
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations

_ORIGIN = datetime(2026, 1, 5, tzinfo=UTC)
_FOLDER = Path(__file__).parents[1].parent / "shared" / "benchmarks"


def read_network(document: dict[str, Any], *, transport: bool) -> Problem:
    """A synthetic network of labs."""
    tasks = tuple(
        Task(f"t{number}", tuple(Option(f"m{machine}", duration) for machine, duration in task["alternatives"]))
        for number, task in enumerate(document["tasks"])
    )
    precedences = tuple(
        Precedence(f"t{before}", f"t{number}")
        for number, task in enumerate(document["tasks"])
        for before in task["predecessors"]
    )
    minutes = document["transport_min"]
    horizon_s = 10 * document["lower_bound"]
    labs = tuple(Lab(f"l{number}", Calendar.always(horizon_s)) for number in range(len(minutes)))
    machines = tuple(
        Machine(f"m{number}", f"l{lab}", unattended=True) for number, lab in enumerate(document["machine_lab"])
    )
    ways = {
        (f"l{here}", f"l{there}"): value
        for here, row in enumerate(minutes)
        for there, value in enumerate(row)
        if here != there and transport
    }
    return Problem(_ORIGIN, horizon_s, labs, machines, tasks, precedences, Transport(ways))


def dated(document: dict[str, Any], problem: Problem) -> Problem:
    """The same with the orders' due dates and weights, on the last task of each order."""
    last = {task["order"]: number for number, task in enumerate(document["tasks"])}
    tasks = list(problem.tasks)
    for order, each in enumerate(document["orders"]):
        tasks[last[order]] = replace(tasks[last[order]], due_s=each["due"], weight=each["weight"])
    return replace(problem, tasks=tuple(tasks))


def tardiness(folder: Path, names: Sequence[str], seconds: float, workers: int) -> None:
    """Print weighted tardiness on networks, beside that of a list schedule by longest tail."""
    print("| instance | longest tail | first plan | after | share of longest tail | s | valid |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        document = json.loads(gzip.decompress((folder / name).read_bytes()))
        for transport in (False, True):
            problem = dated(document, read_network(document, transport=transport))
            network = Network(problem)
            found = decode(network, [-float(each) for each in tails(network)])
            if not isinstance(found, Schedule):
                raise SystemExit(f"{name}: no list schedule")
            plain = terms_of(problem, found.placements).weighted_lateness
            seen: list[int] = []
            began = time.perf_counter()
            plan = solve(
                problem, seconds=seconds, workers=workers, patience_s=None,
                progress=lambda each: seen.append(terms_of(problem, each.placements).weighted_lateness),  # noqa: B023
            )  # fmt: skip
            late = terms_of(problem, plan.placements).weighted_lateness
            print(
                f"| {name} {'with' if transport else 'without'} transport | {plain} | {seen[0]} | {late} "
                f"| {late / plain:.3f} | {time.perf_counter() - began:.1f} "
                f"| {'no' if violations(problem, plan) else 'yes'} |",
                flush=True,
            )


def problems(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, Problem, int | None]]:
    """Each instance with its name and its best known makespan; networks once without and once with transport."""
    known = json.loads((folder / "fjsp" / "best_known.json").read_text(encoding="utf-8"))["bounds"]
    for name in names:
        path = folder / name
        if path.suffix == ".fjs":
            best = known.get(path.relative_to(folder / "fjsp").with_suffix("").as_posix())
            yield name, read_fjs(path.read_text(encoding="utf-8")), best[1] if best else None
        else:
            document = json.loads(gzip.decompress(path.read_bytes()))
            yield f"{name} without transport", read_network(document, transport=False), None
            yield f"{name} with transport", read_network(document, transport=True), None


def main() -> None:
    """Print one row for each instance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[f"fjsp/brandimarte/mk{number:02}.fjs" for number in range(1, 11)])
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tardiness", action="store_true", help="due dates of networks instead of the makespan")
    options = parser.parse_args()
    if options.tardiness:
        tardiness(options.folder, options.names, options.seconds, options.workers)
        return
    print("| instance | tasks | makespan | bound | best | over best | over bound | s | solver | valid |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    gaps: list[float] = []
    for name, problem, best in problems(options.folder, options.names):
        began = time.perf_counter()
        plan = solve(problem, seconds=options.seconds, workers=options.workers, patience_s=None)
        took_s = time.perf_counter() - began
        over = plan.makespan_s / best - 1 if best else None
        gaps += [over] if over is not None else []
        print(
            f"| {name} | {len(problem.tasks)} | {plan.makespan_s} | {plan.lower_bound_s} | {best or '-'} "
            f"| {'-' if over is None else f'{over:.2%}'} | {plan.makespan_s / plan.lower_bound_s - 1:.2%} "
            f"| {took_s:.1f} | {plan.solver} | {'no' if violations(problem, plan) else 'yes'} |",
            flush=True,
        )
    if gaps:
        print(f"\nMean over best: {sum(gaps) / len(gaps):.2%}")


if __name__ == "__main__":
    main()
