"""Many part files measured: in the processes of an executor, each content once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias

from geometry.cache import FactCache
from geometry.content import Fault
from geometry.errors import GeometryError
from geometry.part import PartFacts, measure_part

__all__ = ["Surveying", "survey"]

Surveying: TypeAlias = Callable[
    [Iterable[Path]], Mapping[Path, PartFacts | Fault]
]  # what measures many files, as `survey`

_CHUNK = 8  # files a process takes at once: fewer messages, and still an even share


def survey(
    paths: Iterable[Path], *, executor: Executor | None = None, cache: FactCache | None = None
) -> dict[Path, PartFacts | Fault]:
    """The facts of each part file, or why it has none; in the order given.

    Args:
        paths: files on this computer.
        executor: where to measure; without one, here and now. A process pool uses all cores.
        cache: what was measured before, or None.
    """
    wanted = list(dict.fromkeys(paths))
    if executor is None:
        return {path: _measure(path, cache) for path in wanted}
    chunks = [wanted[at : at + _CHUNK] for at in range(0, len(wanted), _CHUNK)]
    work = partial(_measure_all, cache=cache)
    try:
        futures = [(chunk, executor.submit(work, chunk)) for chunk in chunks]
    except BrokenExecutor:
        return {path: _measure(path, cache) for path in wanted}
    return {path: outcome for chunk, future in futures for path, outcome in _collected(chunk, future)}


def _collected(chunk: list[Path], future: Future[list[PartFacts | Fault]]) -> Iterable[tuple[Path, PartFacts | Fault]]:
    """What a process found; when it ended over one of its files, nobody knows over which."""
    try:
        return zip(chunk, future.result(), strict=True)
    except BrokenExecutor:
        fault = Fault("part-crashed", "the process that measured it and others ended", "measure it alone")
        return [(path, fault) for path in chunk]


def _measure_all(paths: list[Path], cache: FactCache | None) -> list[PartFacts | Fault]:
    return [_measure(path, cache) for path in paths]


def _measure(path: Path, cache: FactCache | None) -> PartFacts | Fault:
    try:
        key = cache.key(path) if cache else ""
        known = cache.get(key) if cache else None
        outcome = known or _facts(path)
    except OSError as error:
        return Fault("file-unreadable", error.strerror or "the file cannot be read", "check its permissions")
    if cache and known is None:
        with suppress(OSError):  # a full disk takes nothing from what was measured
            cache.put(key, outcome)
    return outcome


def _facts(path: Path) -> PartFacts | Fault:
    try:
        return measure_part(path)
    except GeometryError as error:
        return Fault(error.code, error.what, error.hint)
