"""How soon there is a valid plan of a large network, with hours, set-ups and transport, without and with operators.

    ./dev python -m benchmarks.first_plans network/10000x500.json.gz

Each line is a process of its own, the first of each kind with no compiled code kept (*cold*). The first plan is that of
the quickest list schedule, judged by the validator; making the problem from the file is not in its time. Seconds of the
processor stand beside those of the clock, because other work may share the computer.
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


def _measure(name: str, kind: int) -> None:
    """Print one line's numbers."""
    document = json.loads(gzip.decompress((FOLDER / name).read_bytes()))
    problem = with_calendars(read_network(document, transport=True), seed=1)
    problem = with_operators(problem) if kind else problem
    seen: list[tuple[float, float]] = []
    began, began_cpu = time.perf_counter(), time.process_time()
    plan = solve(
        problem,
        seconds=0.01,
        progress=lambda _: seen.append((time.perf_counter() - began, time.process_time() - began_cpu)),
    )
    wrong = violations(problem, plan)
    print(f"| {plan.makespan_s} | {seen[0][0]:.2f} | {seen[0][1]:.2f} | {'no' if wrong else 'yes'} |")


def main() -> None:
    """Measure each kind cold and twice warm."""
    parser = argparse.ArgumentParser(description="Time to the first valid plan.")
    parser.add_argument("name", nargs="?", default="network/10000x500.json.gz")
    parser.add_argument("--kind", type=int, choices=range(len(_KINDS)), help="one line, in this process")
    options = parser.parse_args()
    if options.kind is not None:
        _measure(options.name, options.kind)
        return
    print("| with | compiled code | makespan | s | s of the processor | valid |")
    print("|---|---|---|---|---|---|")
    for kind, told in enumerate(_KINDS):
        with tempfile.TemporaryDirectory() as empty:
            for code in ("cold", "warm", "warm"):
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.first_plans", options.name, "--kind", str(kind)],
                    env={**os.environ, "NUMBA_CACHE_DIR": empty},
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                print(f"| {told} | {code} {done.stdout.strip()}", flush=True)


if __name__ == "__main__":
    main()
