"""The part of the API under `kits`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    JobState,
)

__all__ = ["KitLineView", "KitView", "Kits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KitLineView:
    """One thing of a kit.

    `kind` is made, bought or tool; `quantity` is null where the design's amounts were not kept. `here` is how much of
    it is in the lab by what was noted, `where` says of the rest where it is; `may_be_ticked` whether it can lie on the
    table at all: it is made, and in no shipment.
    """

    task_id: int
    name: str
    kind: str
    quantity: float | None
    unit: str
    here: float
    is_here: bool
    where: str
    may_be_ticked: bool
    expected_at: datetime | None
    ticked_at: datetime | None
    ticked_by: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KitView:
    """What one job of assembly needs: it may begin when all is ticked, or a person has waived that with a reason."""

    job_id: str
    build_id: int
    design: str
    task: str
    pieces: int
    lab: str
    machine: str
    state: JobState
    planned_start: datetime
    complete: bool
    waived_by: str | None
    waived_why: str | None
    expected_at: datetime | None
    lines: tuple[KitLineView, ...]


class Kits(Calls):
    """The part of the API under `kits`."""

    def list_kits(self, *, build_id: int | None = None, lab: str | None = None) -> tuple[KitView, ...]:
        """The kits of assemblies that have not begun, of a build or a lab; the 50 that begin first."""
        found: tuple[KitView, ...] = self._any(
            tuple[KitView, ...], "GET", "/kits", query={"build_id": build_id, "lab": lab}
        )
        return found

    def read_kit(self, job_id: str) -> KitView:
        """The kit of one job."""
        return self._one(KitView, "GET", f"/kits/{segment(job_id)}")

    def tick_kit(self, job_id: str, *, tasks: Sequence[int] = (), why: str = "", key: str | None = None) -> KitView:
        """Say that things lie on the table."""
        return self._one(
            KitView, "POST", f"/kits/{segment(job_id)}/ticks", body={"tasks": tasks, "why": why}, key=new_key(key)
        )

    def untick_kit(self, job_id: str, task_id: int, *, why: str = "", key: str | None = None) -> KitView:
        """Say that something does not lie on the table any more."""
        return self._one(
            KitView, "POST", f"/kits/{segment(job_id)}/unticks", body={"task_id": task_id, "why": why}, key=new_key(key)
        )

    def waive_kit(self, job_id: str, why: str, *, key: str | None = None) -> KitView:
        """Say that a job may begin though its kit is not complete."""
        return self._one(KitView, "POST", f"/kits/{segment(job_id)}/waiver", body={"why": why}, key=new_key(key))
