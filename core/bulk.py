"""Making very many objects that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["making_many"]


@contextmanager
def making_many() -> Iterator[None]:
    """Pause the cyclic garbage collector, which would look at all the new objects again and again and free none.

    Afterwards they count as old at once (frozen and thawed, CPython puts them into the oldest generation): they are
    looked at when all objects are, and not right away. A graph of 100,000 tasks is made three times as fast so.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
