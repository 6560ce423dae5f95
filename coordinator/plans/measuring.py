"""Part files measured once for all commands: what was measured before comes from a folder, the rest is shared out.

The folder is `FABCOMMONS_CACHE`, else `fabcommons` below the user's folder for caches (XDG Base Directory
Specification 0.8). Where it cannot be written nothing is kept, and everything is measured anew.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from coordinator.computing import Computer, StoppedError
from core.errors import FabcommonsError, InputError
from core.hashes import sha256_of_bytes
from geometry.cache import FactCache
from geometry.content import Fault
from geometry.part import PartFacts
from geometry.survey import survey

__all__ = ["cache_folder", "measure_elsewhere", "measure_parts", "measure_sent"]

_LOG = logging.getLogger("fabcommons")
_POOL_BYTES: Final = 192 * 2**20  # two processes and their imports cost as much as measuring about so much STL
_HEAVY: Final = {  # how many times the cost of a byte of STL a byte of these has
    **dict.fromkeys((".step", ".stp"), 80),
    **dict.fromkeys((".3mf", ".obj", ".ply", ".off"), 30),
    **dict.fromkeys((".dxf", ".svg"), 20),
}
_CRASHED: Final = "part-crashed"
_MAX_ALONE: Final = 16
_MOST_SENT: Final = 8  # contents on their way at once
_MOST_SENT_BYTES: Final = 64 * 2**20
_LIMIT_S: Final = 900.0  # of one, the wait for a worker included


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


def measure_elsewhere(paths: Iterable[Path], computer: Computer, *, folder: Path | None = None) -> int:
    """Have workers on other computers measure what was never measured, so that `measure_parts` finds it known.

    What cannot be sent, or fails there, is left: it is measured here when it is asked for.

    Args:
        paths: files on this computer.
        computer: to whose workers contents are sent.
        folder: where measurements are kept; None for `cache_folder()`.

    Returns:
        How many contents were measured.

    Raises:
        StoppedError: this process is about to end.
    """
    cache = _cache(folder or cache_folder())
    if cache is None:
        return 0
    firsts = {_key(path): path for path in paths}
    wanted = [(key, path) for key, path in firsts.items() if cache.get(key) is None and _fits(path)]

    def measured(wish: tuple[str, Path]) -> bool:
        key, path = wish
        try:
            data = path.read_bytes()
            facts = computer.run(_LIMIT_S, measure_sent, path.suffix.lower(), sha256_of_bytes(data), data)
            cache.put(key, facts)
        except StoppedError:
            raise
        except (FabcommonsError, OSError) as error:
            _LOG.warning("%s is measured here: %s", path.name, error)
            return False
        return True

    if not wanted:
        return 0
    with ThreadPoolExecutor(min(_MOST_SENT, len(wanted))) as pool:
        return sum(pool.map(measured, wanted))


def measure_sent(suffix: str, sha256: str, data: bytes) -> PartFacts | Fault:
    """In a worker: the facts of a part file that was sent.

    Raises:
        InputError: what came is not what its hash says.
    """
    if sha256_of_bytes(data) != sha256:
        raise InputError("the part file that came is not what its hash says", where=sha256[:12])
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        path = Path(scratch, f"part{suffix}")
        path.write_bytes(data)
        return survey([path])[path]


def _fits(path: Path) -> bool:
    """Whether a file may be sent."""
    try:
        return path.stat().st_size <= _MOST_SENT_BYTES
    except OSError:
        return False


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
