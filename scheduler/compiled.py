"""Compiled functions: numba where it is installed, plain Python with the same results, only slower, where it is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["COMPILED", "compiled"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_numba: Any = import_module("numba") if find_spec("numba") else None

COMPILED = _numba is not None


def _forget_stale() -> None:
    """Throw kept code away when any source of it has changed.

    Numba looks at the file of a function only, not at those of the functions that are compiled into it.
    """
    here = Path(__file__).parent
    cache = here / "search" / "__pycache__"
    sources = [here / "shop.py", *sorted((here / "search").glob("*.py"))]
    digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = cache / "sources.sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    for kept in cache.glob("*.nb[ic]"):
        kept.unlink(missing_ok=True)
    cache.mkdir(exist_ok=True)
    stamp.write_text(digest, encoding="ascii")


if COMPILED:
    with suppress(OSError):  # an installation that cannot be written to does not change either
        _forget_stale()


def compiled(function: _Function) -> _Function:
    """The function, compiled at its first call and kept on the disk; it lets other threads run beside it.

    It takes and changes arrays, but makes none: without the counting of references a call costs a tenth (measured).
    """
    if _numba is None:
        return function
    result: _Function = _numba.njit(cache=True, nogil=True, _nrt=False)(function)
    return result
