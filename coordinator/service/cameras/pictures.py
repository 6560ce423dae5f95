"""The last picture of each machine, for the members of its lab: in memory alone, and for an hour at most.

Who is in a room is nobody else's business: pictures are on no disk, in no backup, in no event and in no export. A
server that is started anew has none until an agent shows the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final

from coordinator.schema.network import MachineRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import House
from coordinator.service.refusals import UnknownError
from core.pictures import Picture, bare_picture

__all__ = ["Pictures", "SeenPicture"]

_KEPT_FOR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """What a camera saw.

    Attributes:
        at: when it came here, by the computer's clock.
        version: tells it from others.
        picture: without metadata.
    """

    at: datetime
    version: str
    picture: Picture


class Pictures:
    """What cameras saw last."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = Lock()
        self._last: dict[str, SeenPicture] = {}

    def show(self, actor: Actor, machine_id: str, content: bytes) -> None:
        """Take the newest picture of a machine in the place of the last.

        Raises:
            UnknownError: who asks drives no such machine.
            InputError, LimitError: it is no picture, or too large (`core.pictures`).
        """
        if not self._in_lab_where(machine_id, lambda lab: actor.may(Right.DRIVE, lab)):
            raise UnknownError(f"{actor.id} drives no machine {machine_id[:60]!r}")
        picture = bare_picture(content)
        seen = SeenPicture(self._house.real.now(), sha256(picture.content).hexdigest()[:16], picture)
        with self._lock:
            before = self._last.get(machine_id)
            self._last[machine_id] = seen
        if before is None or before.version != seen.version:
            self._house.bell.ring()  # who watches the page is shown it

    def of(self, actor: Actor, machine_id: str) -> SeenPicture | None:
        """The last picture of a machine; None where there is none, or who asks is no member of its lab.

        Raises:
            UnknownError: there is no such machine.
        """
        if not self._in_lab_where(machine_id, lambda lab: actor.may(Right.SEE_LAB, lab)):
            return None
        with self._lock:
            seen = self._last.get(machine_id)
            if seen is not None and self._house.real.now() - seen.at > _KEPT_FOR:
                self._last.pop(machine_id)
                return None
        return seen

    def one(self, actor: Actor, machine_id: str) -> SeenPicture:
        """The last picture of a machine.

        Raises:
            UnknownError: there is no such machine, or no picture of it.
            UnauthenticatedError, ForbiddenError: who asks is no member of its lab.
        """
        with self._house.reading() as session:
            row = session.get(MachineRow, machine_id)
            if row is None:
                raise UnknownError(f"there is no machine {machine_id[:60]!r}")
            actor.require(Right.SEE_LAB, row.lab)
        seen = self.of(actor, machine_id)
        if seen is None:
            raise UnknownError(f"there is no picture of {machine_id}")
        return seen

    def age_s(self, seen: SeenPicture) -> float:
        """How old a picture is, in seconds."""
        return max(0.0, (self._house.real.now() - seen.at).total_seconds())

    def _in_lab_where(self, machine_id: str, allowed: Callable[[str], bool]) -> bool:
        with self._house.reading() as session:
            row = session.get(MachineRow, machine_id)
            if row is None:
                raise UnknownError(f"there is no machine {machine_id[:60]!r}")
            return allowed(row.lab)
