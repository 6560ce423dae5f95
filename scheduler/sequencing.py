"""Where the search on the disjunctive graph begins, and how it runs beside other solvers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread

import numpy as np
import numpy.typing as npt

from scheduler.bounds import Bound
from scheduler.effort import Effort
from scheduler.list_schedule import listed_by
from scheduler.network import Choice, Network
from scheduler.paths import option_tails
from scheduler.search.balance import balance
from scheduler.search.elite import Elite, Sequenced
from scheduler.search.exchange import exchange
from scheduler.search.graph import END, OPTION, START, Graph
from scheduler.shop import OPTIONS, RUN, Ints

__all__ = ["beside", "level_choices", "sequencable", "sequenced", "settled", "tail_numbers"]

_TRIES = 600  # exchanges looked at, by task
_MOST_TRIES = 2_000_000
_FULL = 0.8  # machines with at least this share of the bound on them limit the plan: their tasks keep their option

Floats = npt.NDArray[np.float64]


def sequencable(network: Network) -> bool:
    """Whether machine sequences tell the whole plan.

    They do not where fixed work lies behind free work; with set-ups, where fixed work lies among it, or some has no
    family; and where work asks for operators or material.
    """
    before_fixed = any(network.tasks[arc.task].fixed for arcs in network.after for arc in arcs)
    sets_up = bool(network.shop.change.any())
    beside_fixed = sets_up and any(network.bookings)
    mixed = sets_up and any(network.tasks[task].options and not network.tasks[task].family for task in network.free)
    return bool(network.free) and not (before_fixed or beside_fixed or mixed or network.supplies is not None)


def level_choices(network: Network, bound: Bound, size: Floats, seed: int) -> tuple[Ints, list[Sequence[Choice]]]:
    """Options that even loads out, and choices that keep them on full machines.

    The options are rows of the shop's by task, -1 for none.

    Args:
        network: the problem.
        bound: of it, with prices.
        size: the seconds that each machine offers within the bound.
        seed: of the random numbers.
    """
    shop = network.shop
    options = balance(shop, np.array(bound.prices), size)
    stretch = max(1, bound.makespan_s) / np.maximum(size, 1.0)
    tails = option_tails(network)
    options = exchange(shop, options, tails, stretch, seed=seed, tries=min(_MOST_TRIES, _TRIES * len(network.free)))
    load = np.bincount(
        shop.options[options[options >= 0], 0],
        weights=shop.options[options[options >= 0], RUN],
        minlength=len(shop.machines),
    )
    full = load >= _FULL * size
    first = shop.tasks[:, OPTIONS]
    choices: list[Sequence[Choice]] = []
    for task, every in enumerate(network.choices):
        chosen = every[options[task] - first[task]] if every else None
        choices.append([chosen] if chosen is not None and full[chosen.machine] else every)
    return options, choices


def tail_numbers(network: Network, options: Ints) -> list[float]:
    """Priority numbers: what must follow a task where its option stands, longest first."""
    tails = option_tails(network)
    return [-float(tails[option]) if option >= 0 else 0.0 for option in options.tolist()]


def sequenced(graph: Graph) -> Sequenced:
    """A list schedule as the search begins with it."""
    nodes = graph.nodes
    return Sequenced(nodes[:, OPTION].copy(), nodes[:, START].copy(), int(nodes[:, END].max(initial=0)))


def settled(network: Network, found: Sequenced) -> Graph | None:
    """The list schedule in the order of a found one, on its options: nothing ends later, gaps are filled."""
    ranks = np.empty(len(found.starts), dtype=np.int64)
    ranks[np.argsort(found.starts, kind="stable")] = np.arange(len(ranks))
    allowed = np.zeros(len(network.shop.options), dtype=np.int64)
    allowed[found.options[found.options >= 0]] = 1
    graph, stuck = listed_by(network, network.shop, ranks, allowed)
    return None if stuck >= 0 else graph


def beside(
    searches: Sequence[Elite],
    *,
    effort: Effort,
    found: Callable[[Sequenced], None],
    enough: Callable[[], bool],
    main: Callable[[], None] | None = None,
) -> None:
    """Run searches, each in a thread of its own, and another solver beside them, until the effort is spent.

    Args:
        searches: each with schedules to begin with.
        effort: when to stop.
        found: told every better schedule, from the thread that found it.
        enough: whether no improvement is needed any more.
        main: the other solver, in the calling thread; None for none.
    """

    def go_on() -> bool:
        return not enough() and effort.another_pass()

    if main is None and len(searches) == 1:
        searches[0].run(go_on, found)
        return
    threads = [Thread(target=elite.run, args=(go_on, found), daemon=True) for elite in searches]
    for thread in threads:
        thread.start()
    try:
        if main is not None:
            main()
    finally:
        for thread in threads:
            thread.join()
