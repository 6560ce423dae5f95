"""Local search for any wishes: shake the order of the best schedule, free some machines, list-schedule again.

It is slower than the search on the disjunctive graph (`scheduler.search`), but asks nothing of the objective, so it
serves due dates, promises and fixed work that lies ahead. Where lateness counts, tasks that lead to late ones are
freed most.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduler.effort import Effort
from scheduler.list_schedule import listed_by
from scheduler.network import Network
from scheduler.promises import Promises
from scheduler.scoring import Floats, Scoring
from scheduler.search.graph import OPTION, START, Graph
from scheduler.shop import OPTIONS, OPTIONS_END, Ints, Shop
from scheduler.wishes import RATES, Wishes

__all__ = ["improve"]

_FREED = (0.0, 0.002, 0.01, 0.05, 0.2)  # shares of tasks that may change their machine in a pass
_FEW, _FREED_OF_FEW = 30, (0.0, 0.2, 0.5)  # tasks, and shares of so few
_SHAKEN = (0.0, 0.0, 0.0, 0.003, 0.01, 0.03, 0.1)  # of the makespan: the standard deviation by which starts are shaken
_DRAWN = 0.5  # of the passes draw an option for each freed task, where it matters beside ends which one it has
_TOUCHED = (0.02, 0.2, 1.0)  # shares of tasks whose starts are shaken


def improve(
    network: Network,
    graph: Graph,
    *,
    effort: Effort,
    seed: int,
    found: Callable[[Graph], None],
    enough: Callable[[], bool],
    most_vain: int | None = None,
) -> None:
    """Look for better schedules until the effort is spent.

    Args:
        network: what is planned.
        graph: where to begin: nodes as `scheduler.search.listing` leaves them.
        effort: when to stop.
        seed: of the random numbers.
        found: told every better schedule.
        enough: whether no improvement is needed any more.
        most_vain: stop after so many passes in a row without a gain; None for never.
    """
    random = np.random.default_rng(seed)
    scoring = Scoring(network)
    promises, wishes = Promises(network), Wishes(network)
    best, score, vain = graph, scoring.score(graph), 0
    while not enough() and vain != most_vain and effort.another_pass():
        vain += 1
        other = _pass(network, _held(network, promises, random), best, (scoring, wishes), random)
        if other is None:
            continue
        other_score = scoring.score(other)
        if other_score > score:
            continue
        if other_score < score:
            found(other)
            vain = 0
        best, score = other, other_score


def _held(network: Network, promises: Promises, random: np.random.Generator) -> Shop:
    """The tables, with many or all promises held."""
    if not promises:
        return network.shop
    return promises.held(random.random(len(promises)) < random.choice((0.5, 0.95, 1.0, 1.0)))


def _pass(
    network: Network, shop: Shop, best: Graph, aims: tuple[Scoring, Wishes], random: np.random.Generator
) -> Graph | None:
    """A list schedule near another, or None when a task found no place."""
    scoring, wishes = aims
    tasks = len(shop.tasks)
    spread = random.choice(_SHAKEN) * max(1, int(best.nodes[:, START].max()))
    touched = random.random(tasks) < random.choice(_TOUCHED)
    shifts = random.normal(0.0, max(spread, 1e-9), tasks)
    numbers: Floats = best.nodes[:, START].astype(np.float64) + np.where(touched, shifts, 0.0)
    numbers = scoring.hurried(best, numbers, random)
    ranks = np.empty(tasks, dtype=np.int64)
    ranks[np.argsort(numbers, kind="stable")] = np.arange(tasks)
    freed = random.random(tasks) < random.choice(_FREED if tasks > _FEW else _FREED_OF_FEW)
    allowed = _own_or_freed(shop.tasks, best, freed, len(shop.options))
    if scoring.places and random.random() < _DRAWN:
        allowed = _drawn(shop.tasks, allowed, random)
    if wishes:
        allowed = wishes.priced(allowed, float(random.choice(RATES)), best)
    graph, stuck = listed_by(network, shop, ranks, allowed)
    return None if stuck >= 0 else graph


def _own_or_freed(tasks: Ints, graph: Graph, freed: np.ndarray[tuple[int], np.dtype[np.bool_]], options: int) -> Ints:
    """By option, 1 where a task has it in the graph or is free to choose."""
    counts = tasks[:, OPTIONS_END] - tasks[:, OPTIONS]
    allowed = np.repeat(freed, counts).astype(np.int64)
    chosen = graph.nodes[:, OPTION]
    allowed[chosen[chosen >= 0]] = 1
    return allowed if len(allowed) == options else np.ones(options, dtype=np.int64)


def _drawn(tasks: Ints, allowed: Ints, random: np.random.Generator) -> Ints:
    """One of the allowed options of each task, all as likely: the one that ends first is not always the best."""
    sizes = tasks[:, OPTIONS_END] - tasks[:, OPTIONS]
    if not sizes.any():
        return allowed
    drawn = np.where(allowed > 0, random.random(len(allowed)), -1.0)
    most = np.maximum.reduceat(drawn, tasks[sizes > 0, OPTIONS])
    return np.where(drawn == np.repeat(most, sizes[sizes > 0]), allowed, 0)
