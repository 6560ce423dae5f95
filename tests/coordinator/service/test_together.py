"""Threads that come together are served together; one's error is not another's."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from coordinator.service.together import Together
from core.errors import FabcommonsError, InputError

PATIENCE_S = 60


class Work:
    """Doubles numbers; refuses negative ones; the first turn waits until it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, asked: Sequence[int]) -> list[int | FabcommonsError]:
        self.batches.append(list(asked))
        if len(self.batches) == 1:
            self.begun.set()
            assert self.go.wait(PATIENCE_S)
            if 13 in asked:
                raise ZeroDivisionError
        return [InputError(f"{each} is below zero") if each < 0 else 2 * each for each in asked]


def ask(together: Together[int, int], number: int, found: dict[int, object]) -> threading.Thread:
    def run() -> None:
        try:
            found[number] = together.do(number)
        except (FabcommonsError, ZeroDivisionError) as error:
            found[number] = error

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("first", [1, 13])
def test_who_comes_while_one_works_is_done_in_one_turn(first: int) -> None:
    work = Work()
    together, found = Together(work), dict[int, object]()
    threads = [ask(together, first, found)]
    assert work.begun.wait(PATIENCE_S)
    threads += [ask(together, number, found) for number in (2, 3, -4)]
    while len(together._waiting) < 3:
        threads[-1].join(0.001)
    work.go.set()
    for each in threads:
        each.join(PATIENCE_S)
    assert work.batches[0] == [first]
    assert sorted(work.batches[1]) == [-4, 2, 3]
    assert len(work.batches) == 2
    assert (found[2], found[3]) == (4, 6)
    assert isinstance(found[-4], InputError)
    assert isinstance(found[first], ZeroDivisionError) if first == 13 else found[first] == 2
