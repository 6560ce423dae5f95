"""Other schedulers, each in an environment of its own, asked for the makespan of one problem."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from scheduler.problem import Problem

__all__ = ["pyjobshop"]

_ROOT = Path(__file__).parents[1]
_PYTHON = _ROOT / ".peers" / "pyjobshop" / "bin" / "python"
_BUILDING_S = 300.0


def pyjobshop(problem: Problem, seconds: float, workers: int, python: Path = _PYTHON) -> str:
    """The makespan that PyJobShop finds, in words of a table.

    Args:
        problem: labs that are always open, no set-ups, no waits and no fixed work.
        seconds: for solving; building the model is not counted.
        workers: threads.
        python: of the environment that `./dev peers pyjobshop` makes.
    """
    if not python.exists():
        return "not installed: ./dev peers pyjobshop"
    if any(problem.transport.seconds.values()):
        return "knows no transport"
    machines = {machine.id: number for number, machine in enumerate(problem.machines)}
    tasks = {task.id: number for number, task in enumerate(problem.tasks)}
    shop = {
        "machines": len(machines),
        "tasks": [[[machines[each.machine], each.duration_s] for each in task.options] for task in problem.tasks],
        "arrows": [[tasks[each.before], tasks[each.after], each.lag_s] for each in problem.precedences],
    }
    try:
        done = subprocess.run(
            [str(python), str(_ROOT / "benchmarks" / "pyjobshop_peer.py"), str(seconds), str(workers)],
            input=json.dumps(shop), capture_output=True, text=True, timeout=seconds + _BUILDING_S, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no model in {_BUILDING_S:.0f} s"
    found = json.loads(done.stdout)
    return "no plan" if found is None else str(found)
