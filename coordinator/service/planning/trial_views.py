"""What a trial of a plan tells; apart from what works it out, which takes long to start."""

from __future__ import annotations

from datetime import datetime

from coordinator.service.house import View

__all__ = ["MovedView", "TrialBuildView", "TrialView"]


class MovedView(View):
    """Work that would be made at another time or place; a machine is null where there would be none."""

    task: str
    machine: str | None
    start: datetime
    new_machine: str | None
    new_start: datetime


class TrialBuildView(View):
    """A build: when it ends as things stand and as they would stand; `why` says why it would have no plan."""

    build_id: int
    design: str
    end: datetime | None
    new_end: datetime | None
    moved: list[MovedView]
    more_moved: int
    why: str | None = None


class TrialView(View):
    """What would change if a machine stopped; builds without work on it are not looked at."""

    machine: str
    hours: float
    builds: list[TrialBuildView]
