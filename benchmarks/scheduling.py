"""Gaps of `scheduler.solve` on public flexible job shops and on synthetic networks of labs, as a Markdown table.

    ./dev python -m benchmarks.scheduling --seconds 10 fjsp/brandimarte/mk01.fjs network/200x10.json.gz

    ./dev python -m benchmarks.scheduling --plain --seconds 10         # beside CP-SAT alone, in the same run
    ./dev python -m benchmarks.scheduling --set-ups --seconds 25       # forty tasks, five machines, four families
    ./dev python -m benchmarks.scheduling --failures network/10000x500.json.gz  # repairs, with calendars

Without names it runs mk01 to mk10. Instances are read from `../shared/benchmarks`, or from `--folder`. Times are as in
the files (units or minutes), taken as seconds. `best` is the best known makespan, where the folder tells it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.plain_cpsat import plain_cpsat
from scheduler.calendars import Calendar, Window
from scheduler.events import MachineDown
from scheduler.fjs import read_fjs
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.paths import tails
from scheduler.plan import Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, SetUps, Task, Transport
from scheduler.repair import Standing, repair
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations

_ORIGIN = datetime(2026, 1, 5, tzinfo=UTC)
_DAY, _WORKING_DAYS = 1440, 5
_FAILURES, _WHOLE_REPAIRS = 25, 5
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
                progress=lambda each: seen.append(terms_of(problem, each.placements).weighted_lateness),  # noqa: B023 - called within its turn
            )  # fmt: skip
            late = terms_of(problem, plan.placements).weighted_lateness
            print(
                f"| {name} {'with' if transport else 'without'} transport | {plain} | {seen[0]} | {late} "
                f"| {late / plain:.3f} | {time.perf_counter() - began:.1f} "
                f"| {'no' if violations(problem, plan) else 'yes'} |",
                flush=True,
            )


def set_up_problem(seed: int) -> Problem:
    """Forty tasks of four families on five machines, each on two to five of them."""
    random = Random(seed)
    names = ("red", "blue", "green", "white")
    tasks = []
    for number in range(40):
        base, machines = random.randint(10, 60), random.sample(range(5), random.randint(2, 5))
        options = tuple(Option(f"m{each}", max(1, round(base * random.uniform(0.7, 1.4)))) for each in machines)
        tasks.append(Task(f"t{number}", options, family=random.choice(names)))
    pairs = {pair: random.randint(15, 45) for pair in permutations(names, 2)}
    machines = tuple(Machine(f"m{number}", "lab", unattended=False) for number in range(5))
    labs = (Lab("lab", Calendar.always(5000)),)
    return Problem(_ORIGIN, 5000, labs, machines, tuple(tasks), set_ups=SetUps(pairs))


def with_calendars(problem: Problem, seed: int) -> Problem:
    """A network in which labs open ten hours on five days a week, and work has one of four families.

    A second is a minute here. Every other machine is attended, where all its runs fit into a day.
    """
    random = Random(seed)
    days = range(problem.horizon_s // _DAY)
    labs = []
    for lab in problem.labs:
        shift = random.randint(0, 120)
        opens = [day * _DAY + 420 + shift for day in days if day % 7 < _WORKING_DAYS]
        labs.append(Lab(lab.id, Calendar(tuple(Window(each, each + 600) for each in opens))))
    longest: dict[str, int] = {}
    for task in problem.tasks:
        for option in task.options:
            longest[option.machine] = max(longest.get(option.machine, 0), option.duration_s)
    machines = tuple(
        replace(machine, unattended=bool(number % 2) or longest.get(machine.id, 0) > 600)
        for number, machine in enumerate(problem.machines)
    )
    tasks = tuple(replace(task, family=random.choice(("a", "b", "c", "d"))) for task in problem.tasks)
    return replace(problem, labs=tuple(labs), machines=machines, tasks=tasks, set_ups=SetUps(default_s=15))


def failures(folder: Path, names: Sequence[str], workers: int) -> None:
    """Print how fast and how gently failures of loaded machines are repaired; each on a plan of its own."""
    print("| instance | way | failures | first plan s | p50 ms | p99 ms | most moved beyond the machine |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        document = json.loads(gzip.decompress((folder / name).read_bytes()))
        problem = with_calendars(read_network(document, transport=True), 1)
        solve(problem, seconds=0.01, workers=workers)  # compiled code at hand
        began = time.perf_counter()
        plan = solve(problem, seconds=0.01, workers=workers)
        first_s = time.perf_counter() - began
        loads = Counter(each.machine for each in plan.placements)
        for way, count in (("Standing.machine_down", _FAILURES), ("repair", _WHOLE_REPAIRS)):
            took_ms, shares = [], []
            for machine, _ in loads.most_common(count):
                took, share = _failure(problem, plan, machine or "", whole=way == "repair")
                took_ms.append(took)
                shares.append(share)
            took_ms.sort()
            print(
                f"| {name} | {way} | {count} | {first_s:.2f} | {took_ms[len(took_ms) // 2]:.1f} "
                f"| {took_ms[ceil(0.99 * len(took_ms)) - 1]:.1f} | {max(shares):.2%} |",
                flush=True,
            )


def _failure(problem: Problem, plan: Plan, machine: str, *, whole: bool) -> tuple[float, float]:
    """Milliseconds of one repair, and the share of tasks off the machine that changed their machine."""
    now_s = plan.makespan_s // 4
    until_s = now_s + 3 * _DAY
    was = {each.task: each.machine for each in plan.placements}
    if whole:
        began = time.perf_counter()
        result = repair(problem, plan, MachineDown(machine, now_s, until_s), now_s)
        took_s = time.perf_counter() - began
        after = result.plan.placements
        if violations(result.problem, result.plan):
            raise SystemExit(f"the repair of {machine} breaks a rule")
    else:
        standing = Standing(problem, plan.placements)
        began = time.perf_counter()
        after = standing.machine_down(machine, now_s, until_s, now_s)
        took_s = time.perf_counter() - began
    moved = [each for each in after if each.task in was and was[each.task] not in (machine, each.machine)]
    return 1000 * took_s, len(moved) / len(problem.tasks)


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
    parser.add_argument("--plain", action="store_true", help="solve each with CP-SAT alone too")
    parser.add_argument("--set-ups", action="store_true", help="small problems with set-ups instead of files")
    parser.add_argument("--failures", action="store_true", help="failures of machines in networks with calendars")
    options = parser.parse_args()
    if options.tardiness:
        tardiness(options.folder, options.names, options.seconds, options.workers)
        return
    if options.failures:
        failures(options.folder, options.names, options.workers)
        return
    print("| instance | tasks | makespan | bound | best | over best | over bound | s | solver | valid | CP-SAT alone |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    gaps: list[float] = []
    found = problems(options.folder, options.names)
    if options.set_ups:
        found = ((f"set-ups, seed {seed}", set_up_problem(seed), None) for seed in range(1, 6))
    for name, problem, best in found:
        began = time.perf_counter()
        plan = solve(problem, seconds=options.seconds, workers=options.workers, patience_s=None)
        took_s = time.perf_counter() - began
        over = plan.makespan_s / best - 1 if best else None
        gaps += [over] if over is not None else []
        peer = "-"
        if options.plain and not options.set_ups:
            peer = str(plain_cpsat(problem, options.seconds, options.workers) or "no plan")
        print(
            f"| {name} | {len(problem.tasks)} | {plan.makespan_s} | {plan.lower_bound_s} | {best or '-'} "
            f"| {'-' if over is None else f'{over:.2%}'} | {plan.makespan_s / plan.lower_bound_s - 1:.2%} "
            f"| {took_s:.1f} | {plan.solver} | {'no' if violations(problem, plan) else 'yes'} | {peer} |",
            flush=True,
        )
    if gaps:
        print(f"\nMean over best: {sum(gaps) / len(gaps):.2%}")


if __name__ == "__main__":
    main()
