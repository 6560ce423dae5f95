"""A plan after an event where operators or material are shared: listed anew in the order in which it stood.

Each task keeps its machine and does not start before it stood there, as far as there is room, operators and material
for it; so little moves, but more than in a standing plan (`scheduler.standing`), whose tables know machines alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import inf

from core.errors import PlanError
from scheduler.list_schedule import Stuck, placed, schedule_of
from scheduler.network import Choice, Network
from scheduler.plan import Placement, Plan
from scheduler.plates import formed, groups_in
from scheduler.problem import Problem
from scheduler.shop import NOT_BEFORE, OPTIONS
from scheduler.wording import listed

__all__ = ["reformed", "rescheduled"]

_SOLVER = "repair, all listed anew"


def reformed(problem: Problem, before: Mapping[str, Placement]) -> Plan:
    """As `rescheduled`; tasks that shared a run, and have not started, go on sharing it.

    Args:
        problem: with the event in it.
        before: the placements as they were.

    Raises:
        PlanError: a task finds no place within the horizon.
    """
    way = formed(problem, groups_in(problem, list(before.values())))
    stood = dict(before)
    stood |= {name: replace(before[group[0].id], task=name) for name, group in way.members.items()}
    found = rescheduled(Network(way.problem), stood)
    return replace(found, placements=way.expanded(found.placements, problem.tasks))


def rescheduled(network: Network, before: Mapping[str, Placement]) -> Plan:
    """The plan of a problem near an older one.

    Args:
        network: the problem with the event in it; what has started is fixed, and the rest not released before now.
        before: the placements as they were; tasks without one are placed last.

    Raises:
        PlanError: a task finds no place within the horizon.
    """
    machines = {machine.id: index for index, machine in enumerate(network.problem.machines)}
    numbers = [float(before[task.id].start_s) if task.id in before else inf for task in network.tasks]
    kept: list[list[Choice]] = []
    options = network.shop.options.copy()
    for index, (task, every) in enumerate(zip(network.tasks, network.choices, strict=True)):
        at = before.get(task.id)
        own = [each for each in every if at is not None and machines.get(at.machine or "") == each.machine]
        kept.append(own or list(every))
        for each in own:
            row = int(network.shop.tasks[index, OPTIONS]) + every.index(each)
            options[row, NOT_BEFORE] = at.start_s if at is not None else 0
    held = network.shop._replace(options=options)
    stuck: Stuck | None = None
    ways: tuple[Sequence[Sequence[Choice]], ...] = (kept, network.choices)
    for choices, shop in product(ways, (held, network.shop)):
        found = placed(network, numbers, choices, shop)
        if not isinstance(found, Stuck):
            return Plan(schedule_of(network, found.nodes).placements, 0, _SOLVER)
        stuck = found
    on = f" on {listed(stuck.machines)}" if stuck is not None else ""
    raise PlanError(
        f"task {stuck.task if stuck else ''} finds no place{on} with the operators and the material that are there",
        hint="plan further ahead, open the labs longer, bring material or plan anew",
    )
