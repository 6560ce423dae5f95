"""What goes wrong, how often, and that it did: connections break, answers are lost or come twice, processes die."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from coordinator.files import FileStore
from coordinator.service.application import Application
from coordinator.service.house import House, Settings
from coordinator.store import Store
from core.errors import FabcommonsError

from .kernel import Kernel

__all__ = ["LEASE_S", "AwayError", "Coordinator", "Network"]

T = TypeVar("T")
LEASE_S = 60.0


class AwayError(Exception):
    """No answer: whoever asked does not know whether anything has happened."""


class Killed(BaseException):
    """The coordinator's process is gone, wherever it was."""


class Coordinator:
    """A coordinator that dies and comes back on the same store, and whose connections to the database break."""

    def __init__(
        self, where: Path | str, folder: Path, kernel: Kernel, dice: random.Random, seen: Counter[str]
    ) -> None:
        self._where, self._folder, self._kernel, self._dice, self.seen = where, folder, kernel, dice, seen
        self.up_from_s = 0.0
        self.calm = True
        self._strike: tuple[int, str] | None = None  # after so many statements, and what happens then
        self.start()

    def start(self) -> None:
        """A new process: nothing of the old one is left but the store."""
        self.store = Store(self._where)
        settings = Settings(lease_s=LEASE_S, plan_seconds=0.1)
        files = FileStore(self._folder / "files")
        self.application = Application(House(self.store, files, self._kernel, self._kernel, settings))
        event.listen(self.store.engine, "before_cursor_execute", self._before)
        event.listen(self.store.engine, "commit", self._at_commit)

    def stop(self) -> None:
        self.store.close()

    def ask(self, work: Callable[[Application], T]) -> T:
        """One request; the errors that a client understands come through.

        Raises:
            AwayError: the coordinator is down, or failed at it.
        """
        if self._kernel.now_s < self.up_from_s:
            raise AwayError
        self._strike = None if self.calm else self._thrown()
        try:
            return work(self.application)
        except FabcommonsError:
            raise
        except (DBAPIError, InvalidRequestError) as error:  # a connection broke: HTTP's 500
            self.seen["a request failed with its connection"] += 1
            raise AwayError from error
        except Killed:
            self.seen["the coordinator was killed in a transaction"] += 1
            self.die(self._dice.uniform(1, 40))
            raise AwayError from None
        finally:
            self._strike = None

    def die(self, down_s: float) -> None:
        """As by `kill -9`, and back after a while."""
        self.store.close()
        self.up_from_s = self._kernel.now_s + down_s
        self.start()

    def _thrown(self) -> tuple[int, str] | None:
        chance = self._dice.random()
        if chance < 0.006:
            return self._dice.randint(1, 8), "the connection to the database broke"
        if chance < 0.008:
            return self._dice.randint(1, 8), "killed"
        return None

    def _before(self, connection: Connection, *_: Any) -> None:
        if self._strike is None:
            return
        left, what = self._strike
        self._strike = (left - 1, what) if left > 1 else None
        if left == 1:
            self._hit(connection, what)

    def _at_commit(self, connection: Connection) -> None:
        """Where fewer statements came than were counted, the blow falls just before the commit."""
        if self._strike is not None:
            (_, what), self._strike = self._strike, None
            self._hit(connection, what)

    def _hit(self, connection: Connection, what: str) -> None:
        self.seen[what] += 1
        if what == "killed":
            raise Killed
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.close()


class Network:
    """The way between an agent and the coordinator: requests and answers are lost, late, or come twice."""

    def __init__(self, coordinator: Coordinator, kernel: Kernel, dice: random.Random, seen: Counter[str]) -> None:
        self._coordinator, self._kernel, self._dice, self._seen = coordinator, kernel, dice, seen
        self.cut_until_s = 0.0

    def ask(self, work: Callable[[Application], T]) -> Generator[float, None, T]:
        """A request and its answer.

        Raises:
            AwayError: there was none.
        """
        chance = 1.0 if self._coordinator.calm else self._dice.random()
        yield self._dice.uniform(0.01, 0.3) if chance > 0.05 else self._dice.uniform(5, LEASE_S * 1.5)
        if self._kernel.now_s < self.cut_until_s or chance < 0.02:
            self._seen["a request was lost"] += 1
            yield 15.0
            raise AwayError
        answer = self._coordinator.ask(work)
        if 0.05 < chance < 0.08:
            self._seen["a request came twice"] += 1
            self._kernel.begin(self._again(work), self._dice.uniform(0.0, LEASE_S))
        yield self._dice.uniform(0.01, 0.3)
        if self._kernel.now_s < self.cut_until_s or 0.08 < chance < 0.11:
            self._seen["an answer was lost"] += 1
            yield 15.0
            raise AwayError
        return answer

    def _again(self, work: Callable[[Application], T]) -> Generator[float, None, None]:
        """The network's own copy of a request: nobody waits for its answer."""
        yield 0.0
        try:
            self._coordinator.ask(work)
        except (AwayError, FabcommonsError):
            return
