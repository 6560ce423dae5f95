"""What a server keeps for as long as it lives is not looked through again and again for cycles to throw away.

Python looks through all objects for cycles now and then, and everything else waits: 0.2 to 0.4 s with the half a
million objects of a coordinator of a thousand machines. Objects that are put aside are still freed as soon as nobody
holds them; only cycles among them are not found any more.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["Heap"]

_LONG_S = 0.03


class Heap:
    """Puts aside what is there when a server is ready, and later what a long look has found to be in use."""

    def __init__(self, *, long_s: float = _LONG_S) -> None:
        """Args: long_s: a look that took longer is not to be repeated."""
        self._long_s = long_s
        self._began_s = 0.0

    @contextmanager
    def growing(self) -> Iterator[None]:
        """While the body runs, nothing is looked for: whatever a starting server makes, it keeps."""
        gc.disable()
        gc.callbacks.append(self._looked)
        try:
            yield
        finally:
            gc.callbacks.remove(self._looked)
            gc.unfreeze()
            gc.enable()

    def settle(self) -> None:
        """The server has started: put aside what there is, and look from now on."""
        gc.freeze()
        gc.enable()

    def _looked(self, phase: str, told: Mapping[str, int]) -> None:
        if phase == "start":
            self._began_s = time.perf_counter()
        elif told["generation"] == 2 and time.perf_counter() - self._began_s > self._long_s:
            gc.freeze()
