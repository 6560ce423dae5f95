"""Functions compiled by numba where it is installed, plain Python over arrays where it is not.

Compiled code is kept beside the source, as `.pyc` files are, or in the user's own cache folder where that cannot be
written; where neither can, it is compiled anew in each process. numba looks only at the file of a function, not at
those of the functions that it has taken in: so all is forgotten when any source has changed.

numba is looked for only when a package asks for a compiler, so whoever imports this module needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

__all__ = ["Compiler", "can_compile", "compiler", "forget_stale"]

Function = TypeVar("Function", bound=Callable[..., Any])
_STAMP = "sources.sha256"


class Compiler(Protocol):
    """A decorator for functions over arrays and numbers."""

    def __call__(self, function: Function) -> Function:
        """The function, compiled on first use; it lets other threads run beside it."""


def can_compile() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def compiler(folder: Path, *, also: Sequence[Path] = (), **options: Any) -> Compiler:
    """The decorator for the functions of one package.

    Args:
        folder: the package's; code is kept in its `__pycache__`.
        also: sources of other packages that its functions or their constants come from.
        options: of `numba.njit`, beside `cache` and `nogil`.
    """
    if not can_compile():
        return _plain
    with suppress(OSError):  # a folder that cannot be written keeps nothing either
        forget_stale(folder, also)
    njit = import_module("numba").njit

    def compiled(function: Function) -> Function:
        try:
            return cast("Function", njit(cache=True, nogil=True, **options)(function))
        except RuntimeError:  # no folder to keep compiled code in
            return cast("Function", njit(nogil=True, **options)(function))

    return compiled


def _plain(function: Function) -> Function:
    return function


def forget_stale(folder: Path, also: Sequence[Path] = ()) -> None:
    """Remove the compiled code of a package when any of its sources has changed since.

    Raises:
        OSError: a source cannot be read, or the cache not be written.
    """
    digest = sha256()
    for source in [*sorted(folder.glob("*.py")), *also]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    now = digest.hexdigest()
    cache = folder / "__pycache__"
    stamp = cache / _STAMP
    if stamp.exists() and stamp.read_text(encoding="ascii") == now:
        return
    cache.mkdir(exist_ok=True)
    for pattern in ("*.nbi", "*.nbc"):
        for kept in cache.glob(pattern):
            kept.unlink(missing_ok=True)
    stamp.write_text(now, encoding="ascii")
