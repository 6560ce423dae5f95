"""Beside the service: what has changed here is signed within a minute, and neighbours are asked when it is time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from coordinator.api.reach import HttpReach
from coordinator.service.application import KEEPER, Application
from coordinator.service.federation.neighbours import Reach
from coordinator.service.holds import Hold
from coordinator.service.turns import take_turns
from core.errors import FabcommonsError

__all__ = ["Exchange"]

_EVERY_S: Final = 30.0
_HOLD_S: Final = 900.0  # a slow neighbour with many files of documents takes minutes
_ENDING_S: Final = 5.0
_LOG = logging.getLogger("fabcommons")


class Exchange:
    """Publishes and asks. An error of its own ends the process that serves, a neighbour away does not."""

    def __init__(
        self, application: Application, *, failed: Callable[[BaseException], None], reach: Reach | None = None
    ) -> None:
        """Args: application: whose; failed: told what ended it; reach: the way to others, where not the usual one."""
        self._application = application
        self._reach = reach or HttpReach(local=application.house.settings.local_neighbours)
        self._hold = Hold(application.house, "exchange", _HOLD_S)
        self._published = -1
        self._thread = threading.Thread(
            target=take_turns,
            args=(application.house, self._hold, self._turn_and_rest),
            kwargs={"every_s": _EVERY_S, "failed": failed},
            name="exchange",
            daemon=True,
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what goes on; a neighbour that does not answer is not waited for."""
        self._application.house.closing.set()
        self._application.house.bell.ring()
        self._thread.join(timeout=_ENDING_S)

    def turn(self) -> int:
        """Sign what has changed and ask whoever is due; returns how many documents were signed or are new."""
        newest = self._application.log.newest()
        count = 0 if newest == self._published else self._application.federation.publishing.keep_up()
        self._published = newest
        for name in self._application.federation.pulling.due():
            if self._application.house.closing.is_set():
                break
            try:
                count += self._application.federation.pulling.pull(KEEPER, name, self._reach).new
            except FabcommonsError as error:
                _LOG.warning("neighbour %s: %s", name, error)
        return count

    def _turn_and_rest(self) -> bool:
        """A turn, and a rest: in a busy network the bell rings all the time, and neighbours can wait."""
        self.turn()
        self._application.house.closing.wait(_EVERY_S)
        return False
