"""What every reader of foreign labs keeps while it reads: ids that are taken, notes, and how a time zone is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from machines.exchange.notes import Note
from machines.exchange.zones import zone_of
from machines.lab import Place

__all__ = ["LabReader"]


@dataclass
class LabReader:
    """Reads labs one by one; ids stay unique over all of them.

    Attributes:
        zone: for labs whose time zone is not certain otherwise, or None.
        notes: what was not taken up or had to be assumed.
        labs: ids of labs that are taken.
        machines: ids of machines that are taken.
    """

    zone: str | None = None
    notes: list[Note] = field(default_factory=list)
    labs: set[str] = field(default_factory=set)
    machines: set[str] = field(default_factory=set)

    def note(self, where: str, what: str) -> None:
        """Say what was not taken up or had to be assumed."""
        self.notes.append(Note(where, what))

    def zone_of(self, document: Mapping[str, Any], where: str) -> str | None:
        """The time zone of a lab document with `place` and `address`, or None, which is noted."""
        place = document.get("place")
        known = Place(place["latitude"], place["longitude"]) if place else None
        guess = zone_of(document.get("address", {}).get("country"), known)
        if guess is not None and (guess.sure or self.zone is None):
            if not guess.sure:
                self.note(where, f"the time zone is assumed to be {guess.zone}: {guess.basis}")
            return guess.zone
        if self.zone is None:
            self.note(where, "left out: its time zone is not known; name one for such labs (--timezone)")
        return self.zone
