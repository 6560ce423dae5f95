"""Requests that come together are served together; one's error is not another's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from coordinator.service.gathering import Gathering
from core.errors import FabcommonsError, InputError

PATIENCE_S = 60


class Work:
    """Doubles numbers; refuses negative ones, breaks at 13; the first turn waits until it is let."""

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


async def served(work: Work, gathering: Gathering[int, int], first: int, *others: int) -> list[int | BaseException]:
    """The answers, where the others come while the first is being served."""
    tasks = [asyncio.create_task(gathering.do(first))]
    assert await asyncio.to_thread(work.begun.wait, PATIENCE_S)
    tasks += [asyncio.create_task(gathering.do(number)) for number in others]
    await asyncio.sleep(0)  # all have asked
    work.go.set()
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), PATIENCE_S)


@pytest.mark.parametrize("first", [1, 13])
def test_who_comes_while_one_works_is_done_in_one_turn(first: int) -> None:
    work = Work()
    found = asyncio.run(served(work, Gathering(work), first, 2, 3, -4))
    assert work.batches == [[first], [2, 3, -4]]
    assert found[1:3] == [4, 6]
    assert isinstance(found[3], InputError)
    assert isinstance(found[0], ZeroDivisionError) if first == 13 else found[0] == 2


def test_what_breaks_one_breaks_no_other() -> None:
    work = Work()
    found = asyncio.run(served(work, Gathering(work), 1, 2, 13, 3))
    assert (found[0], found[1], found[3]) == (2, 4, 6)
    assert isinstance(found[2], ZeroDivisionError)


def test_one_object_serves_several_event_loops() -> None:
    gathering = Gathering[int, int](lambda asked: [each + 1 for each in asked], every_s=0.001)

    async def twice() -> list[int]:
        return [await gathering.do(1), await gathering.do(2)]

    assert [asyncio.run(twice()) for _ in range(2)] == [[2, 3], [2, 3]]


def test_who_leaves_does_not_hold_up_the_others() -> None:
    work = Work()
    gathering = Gathering(work)

    async def leave() -> int:
        first = asyncio.create_task(gathering.do(1))
        assert await asyncio.to_thread(work.begun.wait, PATIENCE_S)
        first.cancel()
        second = asyncio.create_task(gathering.do(2))
        await asyncio.sleep(0)
        work.go.set()
        return await asyncio.wait_for(second, PATIENCE_S)

    assert asyncio.run(leave()) == 4
