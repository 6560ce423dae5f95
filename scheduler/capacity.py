"""How many seconds of free work each machine can run by a moment: an upper limit, for bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from scheduler.network import Network
from scheduler.paths import Head
from scheduler.shop import FREE, MODE

__all__ = ["Capacity", "spans"]

Spans = list[tuple[int, int]]


def spans(network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> Spans:
    """For each machine the earliest start and the shortest tail of the free tasks it could do."""
    horizon_s = network.problem.horizon_s
    result = [(horizon_s, horizon_s)] * len(network.rules)
    for task in network.free:
        each = head[task]
        for choice in network.choices[task]:
            start_s, tail_s = result[choice.machine]
            result[choice.machine] = (min(start_s, each.start_s if each else 0), min(tail_s, tail[task]))
    return result


class Capacity:
    """The seconds on offer, for all machines at once.

    A machine offers the open seconds of its lab from the earliest start of its tasks on. After each closing, an
    unattended one offers as much again as its longest run, because only a run that began before may go on. What fixed
    work takes is left out, and so are the set-ups that the machine cannot avoid.

    Args:
        network: the problem.
        head: of `scheduler.paths.heads`.
        tail: of `scheduler.paths.tails`.
    """

    def __init__(self, network: Network, head: Sequence[Head | None], tail: Sequence[int]) -> None:
        longest = [0] * len(network.rules)
        for choices in network.choices:
            for choice in choices:
                longest[choice.machine] = max(longest[choice.machine], choice.duration_s)
        edges = spans(network, head, tail)
        windows = [
            list(
                _without(
                    _runnable(network, machine, start_s, longest[machine]),
                    [each[:2] for each in network.bookings[machine]],
                )
            )
            for machine, (start_s, _) in enumerate(edges)
        ]
        flat = np.array([span for each in windows for span in each] or [(0, 0)], dtype=np.int64)
        sizes = [len(each) for each in windows]
        self._starts, self._ends = flat[:, 0], flat[:, 1]
        self._first = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp)
        self._before = np.concatenate(([0], np.cumsum(self._ends - self._starts)))
        self._set_up_s = np.array([_set_up_s(network, machine) for machine in range(len(sizes))], dtype=np.int64)
        self._tails = np.array([tail_s for _, tail_s in edges], dtype=np.int64)
        self._stride = network.problem.horizon_s + 2  # one axis for all machines, each on a stretch of its own
        owners = np.repeat(np.arange(len(sizes)), sizes) if any(sizes) else np.array([len(sizes)])
        self._keys = owners * self._stride + self._starts

    def offered(self, makespan_s: int) -> npt.NDArray[np.float64]:
        """The seconds by machine within a makespan."""
        until = np.clip(makespan_s - self._tails, 0, self._stride - 2)
        keys = np.arange(len(until)) * self._stride + until
        last = np.searchsorted(self._keys, keys, side="right") - 1
        any_before = last >= self._first
        last = np.maximum(last, 0)
        whole = self._before[last] - self._before[self._first.clip(max=len(self._starts) - 1)]
        seconds = whole + np.minimum(until, self._ends[last]) - self._starts[last]
        return np.where(any_before, np.maximum(seconds - self._set_up_s, 0), 0).astype(np.float64)


def _set_up_s(network: Network, machine: int) -> int:
    """Seconds of set-up that free work on a machine cannot do without.

    Each family that no other machine can take is set up once at least, in the shortest way from another; the dearest of
    them may be the first, which may need nothing or be set up before work is there. Closed hours may hide a set-up, and
    so may fixed work. Work without a family leaves a machine as it was.
    """
    shop = network.shop
    if not shop.change.any() or shop.machines[machine, MODE] != FREE or network.bookings[machine]:
        return 0
    must: set[int] = set()
    may: set[int] = set()
    for task in network.free:
        if any(choice.machine == machine for choice in network.choices[task]):
            family = network.families[network.tasks[task].family]
            may.add(family)
            if len(network.choices[task]) == 1:
                must.add(family)
    must.discard(0)
    may.discard(0)
    cheapest = sorted(min((int(shop.change[other, each]) for other in may - {each}), default=0) for each in must)
    return sum(cheapest[:-1])


def _runnable(network: Network, machine: int, start_s: int, longest_s: int) -> Iterator[tuple[int, int]]:
    """When free work may run, in order and apart."""
    rules = network.rules[machine]
    first_s = max(start_s, rules.free_from_s)
    starts, ends = rules.hours.starts, rules.hours.ends
    for position, (opens_s, closes_s) in enumerate(zip(starts, ends, strict=True)):
        if closes_s <= first_s:
            continue
        next_s = starts[position + 1] if position + 1 < len(starts) else rules.horizon_s
        last_s = min(closes_s + longest_s, next_s) if rules.unattended else closes_s
        yield max(opens_s, first_s), last_s


def _without(windows: Iterator[tuple[int, int]], taken: Spans) -> Iterator[tuple[int, int]]:
    """The windows less what is taken, both in order and apart."""
    for start_s, end_s in windows:
        for from_s, to_s in taken:
            if start_s < from_s < end_s:
                yield start_s, from_s
            if from_s < end_s:
                start_s = max(start_s, min(to_s, end_s))
        if start_s < end_s:
            yield start_s, end_s
