"""What one process at a time does beside the service, turn after turn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import OperationalError

from coordinator.service.holds import Hold
from coordinator.service.house import House

__all__ = ["take_turns"]

_LOG = logging.getLogger("fabcommons")
_AGAIN_S = 2.0


def take_turns(
    house: House, hold: Hold, turn: Callable[[], bool], *, every_s: float, failed: Callable[[BaseException], None]
) -> None:
    """Take turns until the house closes; for a thread.

    A database that is away is waited for: it comes back, or an operator sees the warnings. Any other error ends it.

    Args:
        house: whose bell wakes it.
        hold: without it, another process has the turns.
        turn: does something; False where there was nothing to do.
        every_s: how long to wait then, if the bell does not ring.
        failed: told what ended it.
    """
    try:
        while not house.closing.is_set():
            seen = house.bell.count
            try:
                idle = not hold.take() or not turn()
            except OperationalError as error:
                _LOG.warning("the database does not answer: %s", str(error.orig).partition("\n")[0])
                house.closing.wait(_AGAIN_S)
                continue
            if idle:
                house.bell.wait(seen, every_s)
        with suppress(OperationalError):  # it runs out by itself
            hold.drop()
    except BaseException as error:  # noqa: BLE001 - the edge of a thread: whoever serves must hear of it
        failed(error)
