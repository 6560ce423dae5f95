"""What many threads ask for at the same time, done in one transaction: whoever comes first does it for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import FabcommonsError

__all__ = ["Together"]

A = TypeVar("A")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class _Entry(Generic[A, R]):
    asked: A
    answer: R | FabcommonsError | None = None
    done: bool = False


class Together(Generic[A, R]):
    """Nobody waits longer than for the turn that goes on: while one works others gather; the next takes them all."""

    def __init__(self, work: Callable[[Sequence[A]], Sequence[R | FabcommonsError]]) -> None:
        """Args: work: does what was asked, and answers each: with what is wrong with it, or with what it is to get."""
        self._work = work
        self._gathering = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Entry[A, R]] = []

    def do(self, asked: A) -> R:
        """Returns when it is done.

        Raises:
            FabcommonsError: what is wrong with what was asked.
            Exception: what kept the work from being done; who waited for the same turn does it again for themselves.
        """
        entry = _Entry[A, R](asked)
        with self._gathering:
            self._waiting.append(entry)
        with self._turn:
            if not entry.done:
                self._do_all(entry)
        if isinstance(entry.answer, FabcommonsError):
            raise entry.answer
        return entry.answer  # type: ignore[return-value] # done: it has an answer

    def _do_all(self, mine: _Entry[A, R]) -> None:
        with self._gathering:
            batch, self._waiting = self._waiting, []
        try:
            answers = self._work([each.asked for each in batch])
        except BaseException:
            with self._gathering:
                self._waiting += [each for each in batch if each is not mine]
            raise
        for each, answer in zip(batch, answers, strict=True):
            each.answer, each.done = answer, True
