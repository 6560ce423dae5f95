"""What a Gantt chart is made of: jobs as bars, machines as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.clock import utc

__all__ = ["Bar", "BarState", "Row"]


class BarState(StrEnum):
    """How far a job is; the value is what the page calls it."""

    PLANNED = "planned"
    RUNNING = "running"
    MADE = "made"
    SCRAPPED = "scrapped"
    LOST = "lost contact"


@dataclass(frozen=True, slots=True)
class Bar:
    """One job on the chart.

    Attributes:
        row: the machine.
        group: the lab it stands in.
        label: what is made.
        start: when the machine is taken, with a time zone.
        end: when it is free again, not before the start.
        state: how far the job is.
        process: gives the bar its colour; empty for none.
        detail: anything else for the tooltip and the table.
        key: tells it from others for who made it; not shown.
        why: why it stands there, for the tooltip and the table.
        href: where more of it stands, for the table; empty for nowhere.
    """

    row: str
    group: str
    label: str
    start: datetime
    end: datetime
    state: BarState = BarState.PLANNED
    process: str = ""
    detail: str = ""
    key: str = ""
    why: str = ""
    href: str = ""

    def __post_init__(self) -> None:
        if utc(self.end) < utc(self.start):
            raise ValueError(f"{self.label!r} ends before it starts")


@dataclass(frozen=True, slots=True)
class Row:
    """A machine that has a line on the chart even if it has no job.

    Attributes:
        name: the machine.
        group: the lab it stands in.
        closed: when nobody can work there, as (start, end) with time zones; shaded.
    """

    name: str
    group: str
    closed: tuple[tuple[datetime, datetime], ...] = ()

    def __post_init__(self) -> None:
        if any(utc(end) < utc(start) for start, end in self.closed):
            raise ValueError(f"a closed time of {self.name!r} ends before it starts")
