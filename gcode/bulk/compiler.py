"""Functions compiled by numba where it is installed, plain Python over arrays where it is not.

Compiled code is kept beside the source, as `.pyc` files are, or in the user's own cache folder where that cannot be
written; where neither can, it is compiled anew in each process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

__all__ = ["COMPILED", "compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import njit
except ImportError:  # the plain reference is faster than these functions uncompiled
    _njit: Any = None
else:
    _njit = njit

COMPILED = _njit is not None
"""Whether the functions of this package are compiled."""


def compiled(function: Function) -> Function:
    """The function, compiled on first use."""
    if not COMPILED:
        return function
    try:
        return cast("Function", _njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # no folder to keep compiled code in
        return cast("Function", _njit(nogil=True, error_model="numpy")(function))
