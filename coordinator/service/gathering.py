"""What many requests ask for at the same time, done in one turn for all; no thread waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from core.errors import FabcommonsError

__all__ = ["Gathering"]

A = TypeVar("A")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class _Waiting(Generic[A, R]):
    """Who waits in one event loop, and the task that serves them."""

    entries: list[tuple[A, asyncio.Future[R]]] = field(default_factory=list)
    serving: asyncio.Task[None] | None = None
    next_s: float = 0.0


class Gathering(Generic[A, R]):
    """While one turn goes on in a thread, others gather; the next takes them all. Who comes alone is served at once."""

    def __init__(self, work: Callable[[Sequence[A]], Sequence[R | FabcommonsError]], *, every_s: float = 0.0) -> None:
        """Args: work: does what was asked, and answers each, if only with an error; every_s: between two turns."""
        self._work = work
        self._every_s = every_s
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Waiting[A, R]] = WeakKeyDictionary()

    async def do(self, asked: A) -> R:
        """Returns when it is done.

        Raises:
            FabcommonsError: what is wrong with what was asked.
            Exception: what kept it from being done.
        """
        loop = asyncio.get_running_loop()
        waiting = self._loops.setdefault(loop, _Waiting())
        answer: asyncio.Future[R] = loop.create_future()
        waiting.entries.append((asked, answer))
        if waiting.serving is None or waiting.serving.done():
            waiting.serving = loop.create_task(self._serve(waiting))
        return await answer

    async def _serve(self, waiting: _Waiting[A, R]) -> None:
        loop = asyncio.get_running_loop()
        while waiting.entries:
            pause_s = waiting.next_s - loop.time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            entries, waiting.entries = waiting.entries, []
            waiting.next_s = loop.time() + self._every_s
            for (_, future), answer in zip(entries, await self._turn([asked for asked, _ in entries]), strict=True):
                if future.done():  # who asked has gone
                    continue
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    async def _turn(self, asked: list[A]) -> Sequence[R | Exception]:
        """The answers; what one request breaks is done again for each alone, so that it breaks no other."""
        try:
            return await asyncio.to_thread(self._work, asked)
        except Exception as error:  # noqa: BLE001 - told to who asked
            if len(asked) == 1:
                return [error]
            return [answer for each in asked for answer in await self._turn([each])]
