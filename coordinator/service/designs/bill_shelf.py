"""Bills that were read, kept in memory by the content of their design: reading one again takes seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bom.bill import Bill

__all__ = ["BillShelf"]

_MOST_LINES: Final = 30_000
"""Of all bills together; a line with its reasons takes a kilobyte or two."""


class BillShelf:
    """The bills that were asked for last. For several threads; one bill is read at a time."""

    def __init__(self, most_lines: int = _MOST_LINES) -> None:
        """Args: most_lines: kept of all bills together; the bill that was asked for last is kept in any case."""
        self._most_lines = most_lines
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[str, Bill] = OrderedDict()

    def get(self, digest: str, read: Callable[[], Bill]) -> Bill:
        """The bill of a design by the SHA-256 of its archive; read where it is not kept."""
        found = self._known(digest)
        if found is not None:
            return found
        with self._reading:  # who waits here mostly wants the same one
            found = self._known(digest)
            if found is None:
                found = read()
                self.put(digest, found)
            return found

    def put(self, digest: str, bill: Bill) -> None:
        """Keep a bill that was read."""
        with self._lock:
            self._kept[digest] = bill
            self._kept.move_to_end(digest)
            while len(self._kept) > 1 and sum(len(each.lines) for each in self._kept.values()) > self._most_lines:
                self._kept.popitem(last=False)

    def _known(self, digest: str) -> Bill | None:
        with self._lock:
            found = self._kept.get(digest)
            if found is not None:
                self._kept.move_to_end(digest)
            return found
