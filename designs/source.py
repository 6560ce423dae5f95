"""Open a design wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import InputError
from designs.design import Design, Source
from designs.limits import Limits
from designs.reader import read_design

__all__ = ["open_design"]

_LIMITS = Limits()


@contextmanager
def open_design(location: str | Path, *, revision: str | None = None, limits: Limits = _LIMITS) -> Iterator[Design]:
    """A design, read; its files are valid until the context ends.

    Raises:
        InputError: nothing is there, or it is no design.
        LimitError: it is too large, too deep or too many.
    """
    path = Path(location)
    if revision is not None:
        raise InputError("a revision can only be chosen in a git repository", where=str(location))
    if not path.exists():
        raise InputError("there is nothing at this path", where=str(location), hint="check the spelling")
    if not path.is_dir():
        raise InputError("this is neither a folder nor a zip archive", where=str(location))
    yield read_design(path, Source("folder", str(location)), limits)
