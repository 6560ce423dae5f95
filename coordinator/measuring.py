"""Part files measured once for all commands: what was measured before comes from a folder, the rest is shared out.

The folder is `FABCOMMONS_CACHE`, else `fabcommons` below the user's folder for caches (XDG Base Directory
Specification 0.8). Where it cannot be written nothing is kept, and everything is measured anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from geometry.cache import FactCache
from geometry.content import Fault
from geometry.part import PartFacts
from geometry.survey import survey

__all__ = ["cache_folder", "measure_parts"]

_POOL_BYTES: Final = 192 * 2**20  # two processes and their imports cost as much as measuring about so much STL
_HEAVY: Final = {  # how many times the cost of a byte of STL a byte of these has
    **dict.fromkeys((".step", ".stp"), 80),
    **dict.fromkeys((".3mf", ".obj", ".ply", ".off"), 30),
    **dict.fromkeys((".dxf", ".svg"), 20),
}
_CRASHED: Final = "part-crashed"
_MAX_ALONE: Final = 16


def cache_folder() -> Path:
    """Where measurements are kept."""
    stated = os.environ.get("FABCOMMONS_CACHE")
    if stated:
        return Path(stated)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fabcommons"


def measure_parts(paths: Iterable[Path], *, folder: Path | None = None) -> dict[Path, PartFacts | Fault]:
    """The facts of each part file, or why it has none; in the order given, each content measured once.

    Args:
        paths: files on this computer.
        folder: where measurements are kept; None for `cache_folder()`.
    """
    cache = _cache(folder or cache_folder())
    keys = {path: _key(path) for path in paths}
    firsts: dict[str, Path] = {}
    for path, key in keys.items():
        firsts.setdefault(key, path)
    known = {} if cache is None else {key: facts for key in firsts if (facts := cache.get(key)) is not None}
    measured = _measure([path for key, path in firsts.items() if key not in known])
    for path, facts in measured.items():
        known[keys[path]] = facts
        if cache is not None and not _is_unread(facts):
            with suppress(OSError):  # a full disk takes nothing from what was measured
                cache.put(keys[path], facts)
    return {path: known[key] for path, key in keys.items()}


def _cache(folder: Path) -> FactCache | None:
    """The cache, if its folder can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FactCache(folder) if os.access(folder, os.W_OK) else None


def _key(path: Path) -> str:
    """What tells the content; the path itself where it cannot be read, so that the survey says why."""
    try:
        return FactCache(Path()).key(path)
    except OSError:
        return str(path)


def _is_unread(facts: PartFacts | Fault) -> bool:
    """Whether the computer and not the file is to blame."""
    return isinstance(facts, Fault) and facts.code == "file-unreadable"


def _measure(paths: Sequence[Path]) -> dict[Path, PartFacts | Fault]:
    """The facts of files that were never measured; one whose process ends is tried again alone, to know whose fault."""
    with _pool(paths) as pool:
        measured = survey(paths, executor=pool)
    crashed = [path for path, outcome in measured.items() if isinstance(outcome, Fault) and outcome.code == _CRASHED]
    for path in crashed[:_MAX_ALONE]:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            measured |= survey([path], executor=alone)
    return measured


@contextmanager
def _pool(paths: Sequence[Path]) -> Iterator[Executor | None]:
    """A pool of processes, if the work is worth one."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if processors < 2 or len(paths) < 2 or sum(map(_cost, paths)) < _POOL_BYTES:
        yield None
        return
    # A new process and not a fork: others may run threads, and a fork would copy their locks.
    with ProcessPoolExecutor(min(processors, len(paths)), mp_context=get_context("spawn")) as pool:
        yield pool


def _cost(path: Path) -> int:
    try:
        return path.stat().st_size * _HEAVY.get(path.suffix.lower(), 1)
    except OSError:
        return 0
