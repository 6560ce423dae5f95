"""Local search at any size: shake the order of the best schedule, free some machines, list-schedule again.

Most tasks keep their machine in a pass, which makes a pass several times cheaper than a list schedule from nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scheduler.effort import Effort
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Choice, Network

__all__ = ["improve"]

_FREED = (0.02, 0.05, 0.15, 0.4)  # shares of tasks that may change their machine in a pass
_SHAKEN = (0.0, 0.01, 0.03, 0.1)  # of the makespan: the standard deviation by which starts are shaken


def improve(
    network: Network,
    schedule: Schedule,
    *,
    effort: Effort,
    seed: int,
    found: Callable[[Schedule], None],
    enough_s: int,
    most_vain: int | None = None,
) -> Schedule:
    """The best schedule found by the time the effort is spent, or the makespan is down to `enough_s`.

    Args:
        network: what is planned.
        schedule: where to begin.
        effort: when to stop.
        seed: of the random numbers.
        found: told every better schedule.
        enough_s: a makespan that needs no improvement, such as a lower bound.
        most_vain: stop after so many passes in a row without a gain; None for never.
    """
    random = Random(seed)  # noqa: S311 (a search, not a secret)
    best, vain = schedule, 0
    while best.makespan_s > enough_s and vain != most_vain and effort.another_pass():
        vain += 1
        numbers, choices = _shaken(network, best, random)
        other = decode(network, numbers, choices)
        if not isinstance(other, Schedule) or other.cost > best.cost:
            continue
        if other.cost < best.cost:
            found(other)
            vain = 0
        best = other
    return best


def _shaken(network: Network, schedule: Schedule, random: Random) -> tuple[list[float], list[list[Choice]]]:
    """Priority numbers and options near a schedule."""
    spread = random.choice(_SHAKEN) * schedule.makespan_s
    share = random.choice(_FREED)
    numbers = [placement.start_s + random.gauss(0.0, spread) for placement in schedule.placements]
    machines = network.problem.machines
    choices = [
        options
        if len(options) < 2 or random.random() < share
        else [choice for choice in options if machines[choice.machine].id == placement.machine]
        for options, placement in zip(network.choices, schedule.placements, strict=True)
    ]
    return numbers, choices
