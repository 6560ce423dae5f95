"""How long to wait for a print server."""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.errors import InputError

__all__ = ["ServerTiming"]


@dataclass(frozen=True, slots=True)
class ServerTiming:
    """Seconds.

    Attributes:
        poll_s: between two questions for the state while a print goes on.
        start_s: for a print that was asked for to be seen.
        away_s: for a server that fell silent to come back.
        end_s: for a cancelled print to end.
        ask_s: between two questions while the server pushes its state unasked.
    """

    poll_s: float = 1.0
    start_s: float = 60.0
    away_s: float = 600.0
    end_s: float = 180.0
    ask_s: float = 15.0

    def __post_init__(self) -> None:
        for each in fields(self):
            if not getattr(self, each.name) > 0:
                raise InputError(f"{each.name} must be above 0")
