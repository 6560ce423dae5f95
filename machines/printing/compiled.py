"""Compiled functions: numba where it is installed, plain Python with the same results, only slower, where it is not."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

__all__ = ["compiled"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_NUMBA = find_spec("numba") is not None


def compiled(function: _Function) -> _Function:
    """The function, compiled at its first call and kept on the disk; it lets other threads run beside it."""
    if not _NUMBA:  # pragma: no cover (the coordinator's extra brings it)
        return function
    import numba

    result: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return result  # type: ignore[no-any-return]
