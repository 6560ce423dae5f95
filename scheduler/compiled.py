"""The compiler of the local search: numba where it is installed, plain Python with the same results where it is not.

The same functions run uncompiled where their code is not at hand yet: compiling them takes ten seconds, a list schedule
of ten thousand tasks in plain Python two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from core.compiled import can_compile, compiler

__all__ = ["COMPILED", "at_hand", "called", "compiled"]

COMPILED = can_compile()

_HERE = Path(__file__).parent

# Kernels take and change arrays, but make none: without the counting of references a call costs a tenth (measured).
compiled = compiler(_HERE / "search", also=[_HERE / "shop.py"], _nrt=False)


def at_hand(function: Any) -> bool:
    """Whether a function is compiled already, in this process or kept on the disk for this and all that it calls."""
    if getattr(function, "py_func", None) is None:
        return False
    return bool(function.signatures) or _kept(function)


def _kept(function: Any) -> bool:
    """Whether compiled code is kept that is younger than its source."""
    source = Path(function.py_func.__code__.co_filename)
    pattern = f"{source.stem}.{function.py_func.__qualname__}-*.nbi"
    written = [each.stat().st_mtime for each in Path(function.stats.cache_path or _HERE).glob(pattern)]
    return max(written, default=0.0) > source.stat().st_mtime


def called(function: Callable[..., Any], *arguments: Any, wait: bool = True) -> Any:
    """What a function over tables gives, compiled, or in plain Python, which gives the same.

    Args:
        function: made by `compiled`.
        arguments: arrays, tuples of such, and numbers; arrays may be changed.
        wait: whether to compile it when its code is not at hand.
    """
    if getattr(function, "py_func", None) is not None and (wait or at_hand(function)):
        return function(*arguments)
    return _plain(function)(*(_viewed(each) for each in arguments))


@cache
def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that calls nothing compiled."""
    plain = getattr(function, "py_func", function)
    names = dict(plain.__globals__)
    names |= {each: _plain(names[each]) for each in plain.__code__.co_names if hasattr(names.get(each), "py_func")}
    return FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__, plain.__closure__)


def _viewed(table: Any) -> Any:
    """Tables as views, whose numbers Python takes out four times as quickly as those of arrays (measured)."""
    if isinstance(table, np.ndarray):
        return table.data
    return type(table)(*(_viewed(each) for each in table)) if isinstance(table, tuple) else table
