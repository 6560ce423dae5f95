"""Ctrl-C as a wish to end with what there is."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from coordinator.commands.output import warn

__all__ = ["interruptible"]


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Tells whether Ctrl-C was pressed meanwhile; pressed again it ends the program, as it does afterwards.

    Only the main thread may use it. Where Ctrl-C is ignored, as in the background of a script, it stays so.
    """
    asked = Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        warn("Ends with the best so far; Ctrl-C again ends at once.")

    before = signal.getsignal(signal.SIGINT)
    if before != signal.SIG_IGN:
        signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
