"""Wakes this process when another one of its store has changed something; else it looks every few seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from coordinator.service.house import House

__all__ = ["Wakeups"]

_LOG = logging.getLogger("fabcommons")
_LOOK_S = 1.0  # at whether the process is to end
_AGAIN_S = 2.0
_ENDING_S = 5.0


class Wakeups:
    """A thread that rings the bell of the house. What has happened, the log says; this says only when to read it."""

    def __init__(self, house: House, *, failed: Callable[[BaseException], None]) -> None:
        """Args: house: whose bell; failed: told what ended the thread, but for a database that is away."""
        self._house = house
        self._failed = failed
        self._thread = threading.Thread(target=self._run, name="wakeups", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; the house is closing."""
        self._house.closing.set()
        self._thread.join(timeout=_ENDING_S)

    def _run(self) -> None:
        try:
            while not self._house.closing.is_set():
                try:
                    if not self._listen():
                        return
                except OperationalError as error:
                    _LOG.warning("cannot listen to the database: %s", str(error.orig).partition("\n")[0])
                    self._house.closing.wait(_AGAIN_S)
        except BaseException as error:  # noqa: BLE001 - the edge of a thread: whoever serves must hear of it
            self._failed(error)

    def _listen(self) -> bool:
        """Ring until the process ends; False where no other process can make a change."""
        with self._house.store.wakeups() as wait:
            if wait is None:
                return False
            self._house.bell.ring()  # for what was missed before it listened
            while not self._house.closing.is_set():
                if wait(_LOOK_S):
                    self._house.bell.ring()
        return True
