"""How fast and how gently a standing plan takes what happens, for every kind of event, as a Markdown table.

    ./dev python -m benchmarks.repairs network/10000x500.json.gz

A network of labs with weekly hours, unattended runs, set-ups and transport is planned, and one plan then takes events
one after another: loaded machines fail for three days, runs fail, end late or early, orders come in, labs close for a
day, work is declined. *Moved* are tasks on another machine, *reordered* the fewest tasks without which the order of the
rest on their machines is as before; both without the tasks of the machine, the lab or the event itself. Times are of
the processor, which other work on the computer does not change; they hold the judging of what changed, but not the
preparation of the plan for events. At the end the whole plan is judged by the validator.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import pairwise
from math import ceil
from pathlib import Path
from random import Random

from benchmarks.first_plans import with_operators
from benchmarks.networks import DAY, FOLDER, peak_mb, read_network, with_calendars
from scheduler.events import Declined, Event, Failed, LabCloses, MachineDown, NewOrder, TaskEnds
from scheduler.plan import Placement
from scheduler.problem import Precedence, Problem
from scheduler.repair import Standing
from scheduler.solve import solve
from scheduler.validator import violations

__all__ = ["Floor", "disturbed"]

_LATE, _EARLY = 1.5, 0.5  # of the planned run
_CLOSED_FROM, _CLOSED_DAYS = 60, 1


class Floor:
    """What stands where, and what could happen there; `random` draws it.

    Args:
        problem: what is planned.
        standing: its plan.
        placements: of that plan.
        random: of what happens.
    """

    def __init__(self, problem: Problem, standing: Standing, placements: Iterable[Placement], random: Random) -> None:
        self.problem, self.standing, self.random = problem, standing, random
        self.placed = {each.task: each for each in placements}
        self.tasks = {task.id: task for task in problem.tasks}
        self.lab_of = {machine.id: machine.lab for machine in problem.machines}
        self._orders = 0

    def loaded(self, now_s: int) -> str:
        """One of the twenty machines that have most to do from a moment on."""
        loads = Counter(each.machine for each in self.placed.values() if each.end_s > now_s and each.machine)
        return self.random.choice(loads.most_common(20))[0] or ""

    def one(self, now_s: int, *, running: bool) -> str:
        """A task that runs at a moment, or one that has not started."""
        return self.random.choice(
            [
                name
                for name, each in self.placed.items()
                if each.machine and (each.start_s < now_s < each.end_s if running else each.start_s >= now_s)
            ]
        )

    def machine_down(self, now_s: int) -> Event:
        """A loaded machine fails for three days."""
        return MachineDown(self.loaded(now_s), now_s, now_s + 3 * DAY)

    def failed(self, now_s: int) -> Event:
        """A run was in vain."""
        return Failed(self.one(now_s, running=True))

    def late(self, now_s: int) -> Event:
        """A run takes half as long again."""
        each = self.placed[self.one(now_s, running=True)]
        return TaskEnds(each.task, each.start_s + ceil(_LATE * (each.end_s - each.start_s)))

    def early(self, now_s: int) -> Event:
        """A run is over now."""
        return TaskEnds(self.one(now_s, running=True), now_s)

    def new_order(self, now_s: int) -> Event:
        """Twelve tasks like others, one behind another."""
        self._orders += 1
        like = self.random.sample([task for task in self.problem.tasks if task.options], 12)
        tasks = tuple(
            replace(each, id=f"new {self._orders}.{place}", release_s=now_s) for place, each in enumerate(like)
        )
        arrows = tuple(Precedence(one.id, other.id) for one, other in pairwise(tasks))
        return NewOrder(tasks, arrows)

    def lab_closes(self, now_s: int) -> Event:
        """A lab is closed for a day from the next hour on."""
        return LabCloses(
            self.random.choice(self.problem.labs).id, now_s + _CLOSED_FROM, now_s + _CLOSED_FROM + _CLOSED_DAYS * DAY
        )

    def declined(self, now_s: int) -> Event:
        """A lab does not take a task."""
        while True:
            name = self.one(now_s, running=False)
            if name in self.tasks and len(self.tasks[name].options) > 1:
                return Declined(name, self.placed[name].machine or "")

    def concerned(self, event: Event) -> set[str]:
        """The tasks that an event is about."""
        if isinstance(event, MachineDown):
            return {name for name, each in self.placed.items() if each.machine == event.machine}
        if isinstance(event, LabCloses):
            return {name for name, each in self.placed.items() if self.lab_of.get(each.machine or "") == event.lab}
        return {event.task} if isinstance(event, Failed | TaskEnds | Declined) else set()


def disturbed(
    placed: dict[str, Placement], changed: Collection[Placement], concerned: Collection[str]
) -> tuple[int, int]:
    """How many tasks stand on another machine, and the fewest without which all others keep their order.

    Args:
        placed: where everything stood.
        changed: what stands elsewhere or at another time now.
        concerned: tasks that are not counted.
    """
    after = {each.task: each for each in changed}
    counted = [each for each in changed if each.task in placed and each.task not in concerned]
    moved = sum(placed[each.task].machine != each.machine for each in counted)
    sequences: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    machines = {each.machine for each in counted if placed[each.task].machine == each.machine} - {None}
    for name, old in placed.items():
        new = after.get(name, old)
        if old.machine in machines and new.machine == old.machine and name not in concerned:
            sequences[old.machine].append((old.start_s, new.start_s))
    return moved, sum(len(each) - _longest_rise([new for _, new in sorted(each)]) for each in sequences.values())


def _longest_rise(numbers: Iterable[int]) -> int:
    """The length of the longest rising subsequence (Fredman 1975)."""
    lasts: list[int] = []
    for number in numbers:
        place = bisect_left(lasts, number)
        lasts[place : place + 1] = [number]
    return len(lasts)


def measure(problem: Problem, *, count: int, workers: int) -> None:
    """Print a row for each kind of event."""
    solve(problem, seconds=0.01, workers=workers)  # compiled code at hand
    began = time.perf_counter()
    plan = solve(problem, seconds=0.01, workers=workers)
    first_s = time.perf_counter() - began
    began = time.perf_counter()
    standing = Standing(problem, plan.placements)
    prepared_s = time.perf_counter() - began
    floor = Floor(problem, standing, plan.placements, Random(1))
    now_s = plan.makespan_s // 4
    kinds: dict[str, Callable[[int], Event]] = {
        "a loaded machine fails": floor.machine_down,
        "a run fails": floor.failed,
        "a run ends late": floor.late,
        "a run ends early": floor.early,
        "an order comes in": floor.new_order,
        "a lab closes": floor.lab_closes,
        "work is declined": floor.declined,
    }
    for make in (*kinds.values(), *kinds.values()):  # compiled code at hand
        Standing(problem, plan.placements).take(make(now_s), now_s)
    took_ms: dict[str, list[float]] = defaultdict(list)
    shares: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for _ in range(count):
        for kind, make in kinds.items():
            now_s += 5
            event = make(now_s)
            concerned = floor.concerned(event)
            began = time.thread_time()
            changed = standing.take(event, now_s)
            took_ms[kind].append(1000 * (time.thread_time() - began))
            moved, reordered = disturbed(floor.placed, changed, concerned)
            shares[kind].append((moved / len(floor.placed), reordered / len(floor.placed), len(changed)))
            floor.placed.update((each.task, each) for each in changed)
    print(f"First plan {first_s:.2f} s, made ready for events in {prepared_s:.2f} s.\n")
    print("| event | times | p50, ms | p99, ms | most moved | most reordered | most at another time |")
    print("|---|---|---|---|---|---|---|")
    for kind, times in took_ms.items():
        times.sort()
        moved_most, reordered_most, changed_most = (max(each) for each in zip(*shares[kind], strict=True))
        print(
            f"| {kind} | {len(times)} | {times[len(times) // 2]:.1f} | {times[ceil(0.99 * len(times)) - 1]:.1f} "
            f"| {moved_most:.2%} | {reordered_most:.2%} | {changed_most} |",
            flush=True,
        )
    wrong = violations(standing.problem, standing.plan)
    if wrong:
        raise SystemExit(f"the plan breaks {len(wrong)} rules, first: {wrong[0]}")
    print(f"\nThe plan after all events keeps every rule. Peak memory {peak_mb():.0f} MB.")


def main() -> None:
    """Print one table for each network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["network/10000x500.json.gz"])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--count", type=int, default=25)
    parser.add_argument("--operators", action="store_true", help="one for five machines, at starts, ends and set-ups")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    for name in options.names:
        document = json.loads(gzip.decompress((options.folder / name).read_bytes()))
        problem = with_calendars(read_network(document, transport=True), 1)
        problem = with_operators(problem) if options.operators else problem
        measure(problem, count=options.count, workers=options.workers)


if __name__ == "__main__":
    main()
