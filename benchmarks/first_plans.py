"""How soon there is a valid plan of a large network, with hours, set-ups and transport, without and with operators.

    ./dev python -m benchmarks.first_plans network/10000x500.json.gz

Each line is a process of its own, the first of each kind with no compiled code kept (*cold*: the plan is made in plain
Python, and the process compiles then); for the others compiled code is *kept* on the disk, or *in memory*, because
it is the second plan of the process. The first plan is that of the quickest list schedule, judged by the validator;
making the problem from the file is not in its time. Seconds of the processor stand beside those of the clock, because
other work may share the computer.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace

from benchmarks.networks import FOLDER, read_network, with_calendars
from scheduler.list_schedule import decode, quick_numbers
from scheduler.network import Network
from scheduler.plan import Plan
from scheduler.problem import Problem, Shift
from scheduler.solve import solve
from scheduler.validator import violations

__all__ = ["with_operators"]

_MACHINES_AN_OPERATOR = 5
_ATTENDED = 5  # a second of a network is a minute
_KINDS = ("hours, set-ups, transport", "and operators")


def with_operators(problem: Problem) -> Problem:
    """One operator for five machines while a lab is open; starts, taking off and set-ups take them."""
    machines = Counter(machine.lab for machine in problem.machines)
    labs = tuple(
        replace(
            lab,
            operators=tuple(
                Shift(each.start_s, each.end_s, max(1, machines[lab.id] // _MACHINES_AN_OPERATOR))
                for each in lab.calendar.windows
            ),
        )
        for lab in problem.labs
    )
    tended = tuple(
        replace(machine, attend_start_s=_ATTENDED, attend_end_s=_ATTENDED, attends_set_up=True)
        for machine in problem.machines
    )
    return replace(problem, labs=labs, machines=tended)


def _measure(name: str, kind: int, *, again: bool) -> None:
    """Print a line's numbers; with a second plan in the same process, those of two."""
    document = json.loads(gzip.decompress((FOLDER / name).read_bytes()))
    problem = with_calendars(read_network(document, transport=True), seed=1)
    problem = with_operators(problem) if kind else problem
    for _ in range(2 if again else 1):
        plan, took_s, took_cpu_s = first_plan(problem)
        valid = "no" if violations(problem, plan) else "yes"
        print(f"| {plan.makespan_s} | {took_s:.2f} | {took_cpu_s:.2f} | {valid} |")
    network = Network(problem)
    decode(network, quick_numbers(network))  # compiled and kept from now on


def first_plan(problem: Problem) -> tuple[Plan, float, float]:
    """A plan, the seconds until the first one, and those of the processor."""
    seen: list[tuple[float, float]] = []
    began, began_cpu = time.perf_counter(), time.process_time()
    plan = solve(
        problem,
        seconds=0.01,
        progress=lambda _: seen.append((time.perf_counter() - began, time.process_time() - began_cpu)),
    )
    return plan, *seen[0]


def main() -> None:
    """Measure each kind cold and twice warm."""
    parser = argparse.ArgumentParser(description="Time to the first valid plan.")
    parser.add_argument("name", nargs="?", default="network/10000x500.json.gz")
    parser.add_argument("--kind", type=int, choices=range(len(_KINDS)), help="one kind, in this process")
    parser.add_argument("--again", action="store_true", help="with --kind: a second plan in the same process")
    options = parser.parse_args()
    if options.kind is not None:
        _measure(options.name, options.kind, again=options.again)
        return
    print("| with | compiled code | makespan | s | s of the processor | valid |")
    print("|---|---|---|---|---|---|")
    for kind, told in enumerate(_KINDS):
        with tempfile.TemporaryDirectory() as empty:
            for codes in (("cold",), ("kept", "in memory"), ("kept", "in memory")):
                again = ["--again"] if len(codes) > 1 else []
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.first_plans", options.name, "--kind", str(kind), *again],
                    env={**os.environ, "NUMBA_CACHE_DIR": empty},
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                for code, line in zip(codes, done.stdout.splitlines(), strict=True):
                    print(f"| {told} | {code} {line}", flush=True)


if __name__ == "__main__":
    main()
