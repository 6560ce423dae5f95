"""Where heavy work is done: here, in processes of this computer, or on a Dask cluster. One door for all of it.

Work is a function of a module with arguments and a result that can be pickled; it touches no database and no network.
A worker that dies is replaced, and what it did is done once more. What takes too long is ended.
"""

from __future__ import annotations

import copyreg
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, ParamSpec, Protocol, TypeVar
from weakref import WeakSet

from core.errors import FabcommonsError, InputError, MissingToolError

__all__ = ["Computer", "ComputingError", "DaskPool", "Elsewhere", "Here", "Processes", "StoppedError", "computer_at"]

_LOG = logging.getLogger("fabcommons")
_LOOK_S: Final = 0.2  # at whether the process is to end
_REACH_S: Final = 10
_GRACE_S: Final = 1.0  # for who waits to be told first, so that it is not begun again
_TASKS_A_PROCESS: Final = 200  # then a new one, so that none grows for ever
_NICER: Final = 5  # than what answers requests
P = ParamSpec("P")
T = TypeVar("T")


class ComputingError(FabcommonsError):
    """Work took too long, or its workers died."""


class StoppedError(ComputingError):
    """Work was given up because the process is about to end; nothing is wrong with it."""


class Computer(Protocol):
    """Does heavy work."""

    @property
    def far(self) -> bool:
        """Whether its workers are on other computers, which have none of the files of this one."""
        ...

    def run(self, limit_s: float, work: Callable[P, T], /, *args: P.args, **how: P.kwargs) -> T:
        """What the work gives, or the error that it ends with.

        Args:
            limit_s: how long it may take.
            work: a function of a module.
            *args: what it is given.
            **how: by name.

        Raises:
            ComputingError: it took longer, or a worker died of it twice.
            StoppedError: this process is about to end.
        """
        ...

    def close(self) -> None:
        """Let go of workers; what they do is given up."""
        ...


class Here:
    """Does work in the thread that asks, without a limit: for commands, which have nothing else to do."""

    far = False

    def run(self, limit_s: float, work: Callable[P, T], /, *args: P.args, **how: P.kwargs) -> T:  # noqa: ARG002 (the protocol's)
        """As `Computer.run`."""
        return work(*args, **how)

    def close(self) -> None:
        """Nothing is kept."""


class Pool(Protocol):
    """Workers; a pool that broke or was ended is not used again."""

    def submit(self, limit_s: float, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Begin; nobody waits for longer."""
        ...

    def is_broken(self, error: BaseException) -> bool:
        """Whether an error says that a worker died, and not that the work failed."""
        ...

    def end(self) -> None:
        """End at once, whatever goes on."""
        ...


class Elsewhere:
    """Does work by a pool, which is opened when it is first needed. For several threads."""

    def __init__(
        self, opened: Callable[[], Pool], closing: threading.Event | None = None, *, far: bool = False
    ) -> None:
        """Args: opened: opens a pool; closing: set when the process is about to end; far: as `Computer` says."""
        self.far = far
        self._opened = opened
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._closing = closing or threading.Event()

    def run(self, limit_s: float, work: Callable[P, T], /, *args: P.args, **how: P.kwargs) -> T:
        """As `Computer.run`."""
        try:
            return self._once(limit_s, work, *args, **how)
        except _BrokenError as error:
            _LOG.warning("a worker died at %s (%s); it is done once more", work.__name__, error)
        try:
            return self._once(limit_s, work, *args, **how)
        except _BrokenError as error:
            raise ComputingError(f"the worker died twice at {work.__name__}: {error}") from None

    def close(self) -> None:
        """End the pool; who waits for it is told."""
        self._closing.set()
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.end()

    def _once(self, limit_s: float, work: Callable[P, T], /, *args: P.args, **how: P.kwargs) -> T:
        pool = self.open()
        try:
            answer = self._awaited(pool.submit(limit_s, _answered, work, args, how), limit_s, work.__name__)
        except ComputingError:
            self._drop(pool)
            raise
        except BaseException as error:
            if self._closing.is_set():
                raise StoppedError("the process is about to end") from None
            if not pool.is_broken(error):
                raise
            self._drop(pool)
            raise _BrokenError(f"{type(error).__name__}: {error}") from None
        if isinstance(answer, _Refusal):
            raise answer.kind(answer.what, where=answer.where, hint=answer.hint)
        result: T = answer
        return result

    def _awaited(self, future: Future[T | _Refusal], limit_s: float, name: str) -> T | _Refusal:
        end_s = time.monotonic() + limit_s
        while True:
            try:
                return future.result(_LOOK_S)
            except TimeoutError:
                if future.done():  # a moment ago; or the work itself has raised it
                    return future.result()
            if self._closing.is_set():
                raise StoppedError("the process is about to end")
            if time.monotonic() >= end_s:
                raise ComputingError(f"{name} took longer than {limit_s:g} s")

    def open(self) -> Pool:
        """The pool, opened now if it is not.

        Raises:
            ComputingError: it cannot be.
            StoppedError: this process is about to end.
        """
        with self._lock:
            if self._closing.is_set():
                raise StoppedError("the process is about to end")
            if self._pool is None:
                self._pool = self._opened()
            return self._pool

    def _drop(self, pool: Pool) -> None:
        """The pool is of no use any more: a worker has died, or goes on with what nobody waits for."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.end()


class Processes:
    """Processes of this computer. They step back behind what answers requests, and end with the one that began them."""

    def __init__(self, count: int | None = None) -> None:
        """Args: count: how many; None for one less than there are processors, but one."""
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # a new process and not a fork: others run threads, and a fork would copy their locks
        self._pool = ProcessPoolExecutor(
            count or max(1, processors - 1), mp_context=get_context("spawn"), initializer=_begin,
            max_tasks_per_child=_TASKS_A_PROCESS,
        )  # fmt: skip

    def submit(self, limit_s: float, work: Callable[..., Any], /, *args: Any) -> Future[Any]:  # noqa: ARG002 (the protocol's)
        """Begin; who has waited long enough ends the pool."""
        return self._pool.submit(work, *args)

    def is_broken(self, error: BaseException) -> bool:
        """Whether a worker died."""
        return isinstance(error, BrokenExecutor | CancelledError)

    def end(self) -> None:
        """End at once."""
        workers = list((self._pool._processes or {}).values())  # noqa: SLF001 - public from 3.14 on: kill_workers
        self._pool.shutdown(wait=False, cancel_futures=True)
        for each in workers:
            each.kill()


class DaskPool:
    """The workers of a Dask cluster, which have fabcommons installed in the same version."""

    def __init__(self, address: str) -> None:
        """Args: address: of the scheduler, such as tcp://host:8786.

        Raises:
            MissingToolError: Dask is not installed here.
            ComputingError: the scheduler does not answer.
        """
        try:
            from distributed import Client
        except ImportError:
            hint = "pip install 'fabcommons[scale]'"
            raise MissingToolError("Dask is not installed", where=address, hint=hint) from None
        try:
            connect: Any = Client
            self._client: Any = connect(address, timeout=_REACH_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ComputingError(f"the Dask scheduler does not answer: {error}", where=address) from None
        self._asked: WeakSet[Any] = WeakSet()

    def submit(self, limit_s: float, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Begin; a worker that takes longer ends itself, and Dask begins another."""
        future: Future[Any] = self._client.submit(_watched, limit_s, work, args, pure=False)
        self._asked.add(future)
        return future

    def is_broken(self, error: BaseException) -> bool:
        """Whether workers died, or the scheduler has gone."""
        from distributed import CancelledError as Cancelled
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        if isinstance(error, UnboundLocalError) and error.__traceback__ is not None:
            # `distributed.utils.sync` has no answer where another thread has closed the client meanwhile
            return traceback.extract_tb(error.__traceback__)[-1].name == "sync"
        return isinstance(error, KilledWorker | CommClosedError | Cancelled | CancelledError)

    def end(self) -> None:
        """Let go of the cluster; what has not begun there will not."""
        with suppress(OSError, TimeoutError):  # the scheduler has gone: so has what we asked
            self._client.cancel([each for each in self._asked if not each.done()])
        self._client.close(timeout=1)


def computer_at(url: str | None, closing: threading.Event | None = None) -> Computer:
    """What does the work.

    Args:
        url: ``dask://host:port`` of a scheduler, or None for processes of this computer.
        closing: set when the process is about to end.

    Raises:
        InputError: it is of another kind.
        MissingToolError: Dask is not installed.
        ComputingError: the scheduler does not answer.
    """
    if url is None:
        return Elsewhere(Processes, closing)
    kind, _, place = url.partition("://")
    if kind != "dask" or not place:
        raise InputError("this is no address of a cluster", where=url[:60], hint="write dask://host:8786")
    computer = Elsewhere(lambda: DaskPool(f"tcp://{place}"), closing, far=True)
    computer.open()  # a wrong address is told at the start
    return computer


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An error of ours, on its way: made anew from `args` alone, as exceptions are, it would come back in pieces."""

    kind: type[FabcommonsError]
    what: str
    where: str | None
    hint: str | None


def _answered(work: Callable[..., T], args: tuple[Any, ...], how: dict[str, Any]) -> T | _Refusal:
    """In a worker: what the work gives."""
    try:
        return work(*args, **how)
    except FabcommonsError as error:
        return _Refusal(type(error), error.what, error.where, error.hint)


def _watched(limit_s: float, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """In a worker of a cluster, where a thread cannot be ended: at the end of the time, the process is."""
    with _WATCH.until(time.monotonic() + limit_s + _GRACE_S):
        return work(*args)


class _Watch:
    """Ends this process at the first of several moments, unless each is taken back.

    A thread of Python would wait for compiled code and others that hold the interpreter's lock, which is just what runs
    for too long; `faulthandler` waits outside of Python, and writes down first what each thread was at.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: list[float] = []

    @contextmanager
    def until(self, end_s: float) -> Iterator[None]:
        """Be over before a moment of the monotonic clock."""
        with self._lock:
            self._moments.append(end_s)
            self._set()
        try:
            yield
        finally:
            with self._lock:
                self._moments.remove(end_s)
                self._set()

    def _set(self) -> None:
        if not self._moments:
            faulthandler.cancel_dump_traceback_later()
            return
        left_s = max(0.001, min(self._moments) - time.monotonic())
        faulthandler.dump_traceback_later(left_s, exit=True, file=sys.__stderr__ or _NOWHERE)


_NOWHERE: Final = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (as long as the process)
_WATCH: Final = _Watch()


def _view_of(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda view: (_view_of, (dict(view),)))  # frozen values hold such views


class _BrokenError(Exception):
    """A worker died."""


def _begin() -> None:
    """In a new worker: Ctrl-C is for the process that began it, whose end is its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICER)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)  # nobody is left to hear more
