"""Rules for list schedules where one machine limits all orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scheduler.bounds import lower_bound
from scheduler.calendars import Calendar
from scheduler.list_schedule import Stuck, placed, quick_numbers
from scheduler.network import Network
from scheduler.orders import order_rules
from scheduler.paths import heads, tails
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task, Transport
from scheduler.search.graph import END
from scheduler.shop import OPTIONS, Ints

pytestmark = pytest.mark.timeout(600)  # a busy computer compiles for minutes


@pytest.fixture
def pressed(workshop: Problem) -> Problem:
    """Orders of two tasks: by hand, which takes long where the rest is short, then on the one press or a far hammer."""
    labs = tuple(Lab(name, Calendar.always(20_000)) for name in ("near", "far"))
    machines = (
        *(Machine(f"hand {n}", "near", False) for n in range(8)),
        Machine("press", "near", False),
        Machine("hammer", "far", False),
    )
    tasks, arcs = [], []
    for n in range(24):
        by_hand = 180 if n % 2 else 20
        tasks.append(Task(f"cut {n}", tuple(Option(f"hand {k}", by_hand) for k in range(8))))
        on_press = 50 if n % 2 else 200
        options = (Option("press", on_press), *([Option("hammer", on_press * (2 if n else 3))] if n < 12 else []))
        tasks.append(Task(f"form {n}", options, due_s=300, weight=1 + n % 3))
        arcs.append(Precedence(f"cut {n}", f"form {n}"))
    ways = Transport(default_s=30)
    return Problem(workshop.origin, 20_000, labs, machines, tuple(tasks), tuple(arcs), ways)


def _late(network: Network, numbers: Sequence[float], allowed: Ints | None = None) -> int:
    graph = placed(network, numbers, None, None, allowed)
    assert not isinstance(graph, Stuck)
    ends = graph.nodes[:, END].tolist()
    return sum(t.weight * max(0, end - t.due_s) for t, end in zip(network.tasks, ends, strict=True) if t.due_s)


def test_orders_that_take_little_of_the_scarce_machine_go_first_and_dear_options_must_end_earlier(
    pressed: Problem,
) -> None:
    network = Network(pressed)
    head, tail = heads(network), tails(network)
    rules = list(order_rules(network, lower_bound(network, head, tail), tail))
    first = int(network.shop.tasks[network.position["form 0"], OPTIONS])
    for numbers, allowed in rules:
        assert numbers[network.position["form 7"]] < numbers[network.position["form 4"]]  # of one weight
        press, hammer = allowed[first : first + 2].tolist()
        assert hammer > press  # three times as long there, where others take twice as long
    best = min(_late(network, numbers.tolist(), allowed) for numbers, allowed in rules)
    assert best < _late(network, quick_numbers(network))


def test_without_due_dates_there_are_no_such_rules(pressed: Problem) -> None:
    network = Network(replace(pressed, tasks=tuple(replace(task, due_s=None) for task in pressed.tasks)))
    head, tail = heads(network), tails(network)
    assert list(order_rules(network, lower_bound(network, head, tail), tail)) == []
