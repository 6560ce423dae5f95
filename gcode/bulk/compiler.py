"""Functions compiled by numba where it is installed, plain Python over arrays where it is not.

Compiled code is kept beside the source, as `.pyc` files are, or in the user's own cache folder where that cannot be
written; where neither can, it is compiled anew in each process. numba looks only at the file of a function, not at
those of the functions that it has taken in: so all is forgotten when any source is newer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

__all__ = ["COMPILED", "compiled", "forget_stale"]

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import njit
except ImportError:  # the plain reference is faster than these functions uncompiled
    _njit: Any = None
else:
    _njit = njit

COMPILED = _njit is not None
"""Whether the functions of this package are compiled."""


def forget_stale(folder: Path) -> None:
    """Remove compiled code of a package where one of its sources, or of the constants that it takes in, is newer."""
    kept = [path for pattern in ("*.nbi", "*.nbc") for path in (folder / "__pycache__").glob(pattern)]
    sources = [*folder.glob("*.py"), *(folder.parent / name for name in ("arcs.py", "program.py", "words.py"))]
    try:
        newest = max(path.stat().st_mtime_ns for path in sources if path.exists())
        stale = any(path.stat().st_mtime_ns < newest for path in kept)
    except FileNotFoundError:  # another process forgets at the same time
        stale = True
    if stale:
        for path in kept:
            path.unlink(missing_ok=True)


def compiled(function: Function) -> Function:
    """The function, compiled on first use."""
    if not COMPILED:
        return function
    try:
        return cast("Function", _njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # no folder to keep compiled code in
        return cast("Function", _njit(nogil=True, error_model="numpy")(function))


with suppress(OSError):  # a folder that cannot be written keeps nothing either
    forget_stale(Path(__file__).parent)
