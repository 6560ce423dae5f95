"""The log is read once for all who follow it; each misses none, however late or slow."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable

import pytest

from coordinator.service import tail as tail_module
from coordinator.service.log import EventView, Log
from coordinator.service.tail import Tail

from .conftest import Town

PATIENCE_S = 60.0


def happen(town: Town, count: int) -> None:
    for number in range(count):
        with town.application.house.change("somebody") as change:
            change.record("a.b", f"c {number}")


class CountingLog(Log):
    """Counts how often the database is read."""

    reads = 0

    def after(self, last: int, limit: int = 200) -> list[EventView]:
        self.reads += 1
        return super().after(last, limit)


async def gather(tail: Tail, last: int, count: int) -> list[int]:
    """The ids of so many events."""
    found: list[int] = []
    with tail.followed(last) as follower:
        while len(found) < count:
            found += [each.event.id for each in await follower.next(PATIENCE_S)]
    return found


def run(work: Awaitable[None]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(work, PATIENCE_S)

    asyncio.run(limited())


def test_many_listeners_miss_none_and_cost_one(bare: Town) -> None:
    log = CountingLog(bare.application.house)
    tail = Tail(bare.application.house, log)
    last = log.newest()

    async def follow() -> None:
        begun = asyncio.Barrier(101)

        async def one() -> list[int]:
            found: list[int] = []
            with tail.followed() as follower:
                await follower.next(0.0)
                await begun.wait()
                while len(found) < 60:
                    found += [each.event.id for each in await follower.next(PATIENCE_S)]
            return found

        listeners = [asyncio.create_task(one()) for _ in range(100)]
        await begun.wait()
        log.reads = 0
        await asyncio.to_thread(happen, bare, 60)
        for each in listeners:
            assert await each == list(range(last + 1, last + 61))

    run(follow())
    assert log.reads <= 130, "as if there were one: at most one look that finds and one that does not for each event"


def test_who_comes_late_or_was_away_gets_all(bare: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "_KEPT", 10)
    monkeypatch.setattr(tail_module, "_BATCH", 7)
    tail = Tail(bare.application.house, bare.application.log)
    first = bare.application.log.newest()
    happen(bare, 30)

    async def follow() -> None:
        with tail.followed(first) as slow:
            assert len(await slow.next(PATIENCE_S)) == 7, "what is behind is read from the database"
            await asyncio.to_thread(happen, bare, 50)
            found = first + 7
            while found < first + 80:
                for each in await slow.next(PATIENCE_S):
                    assert each.event.id == found + 1
                    found = each.event.id
            assert await gather(tail, first + 79, 1) == [first + 80]

    run(follow())
    run(follow_again(tail, first))


async def follow_again(tail: Tail, first: int) -> None:
    """In another event loop, after the first has ended."""
    assert await gather(tail, first, 80) == list(range(first + 1, first + 81))


def test_a_log_that_cannot_be_read_ends_the_stream(bare: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = Tail(bare.application.house, bare.application.log)

    async def follow() -> None:
        with tail.followed() as follower:
            await follower.next(0.0)
            monkeypatch.setattr(Log, "after", lambda *_: 1 / 0)
            bare.application.house.bell.ring()
            with pytest.raises(ZeroDivisionError):
                await follower.next(PATIENCE_S)
                await follower.next(PATIENCE_S)

    run(follow())


def test_what_is_waited_for_wakes_and_the_rest_does_not(bare: Town) -> None:
    tail = Tail(bare.application.house, bare.application.log)

    async def follow() -> None:
        with tail.followed() as follower:
            await follower.next(0.0)
            waiting = asyncio.create_task(follower.until(lambda event: event.subject == "c 4", PATIENCE_S))
            await asyncio.to_thread(happen, bare, 4)
            assert not waiting.done()
            threading.Thread(target=happen, args=(bare, 5)).start()
            await waiting
            await follower.until(lambda event: False, 0.01)

    run(follow())
