"""The part of the API under `tasks`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    TaskState,
    TaskView,
)

__all__ = ["Orientation", "SettingsView", "SubstitutionKind", "SubstitutionState", "SubstitutionView", "Tasks"]


Orientation: TypeAlias = Literal[
    "as modelled", "top down", "on its left", "on its right", "on its front", "on its back"
]
"""How a part lies while it is made; sides are those of its file."""


SubstitutionKind: TypeAlias = Literal["material", "process", "tolerance", "part"]
"""What a lab would use another of."""


SubstitutionState: TypeAlias = Literal["asked", "approved", "declined", "withdrawn"]
"""Life of a substitution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """How a task's part is made.

    `stated` is what the design says, `set` what was set here and counts more, `settings` both together. `not_honoured`
    names what no machine carries out by itself.
    """

    task_id: int
    task: str
    stated: dict[str, Any]
    set: dict[str, Any]
    settings: dict[str, Any]
    text: str
    tolerance_mm: float | None
    not_honoured: tuple[str, ...]
    set_by: str | None
    set_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionView:
    """A lab's wish to use `instead` for what the design wants; `decided_as` is maintainer or builder."""

    id: int
    build_id: int
    task_id: int
    task: str
    lab: str
    kind: SubstitutionKind
    wanted: str | None
    instead: str
    why: str
    state: SubstitutionState
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_as: str | None
    decided_at: datetime | None
    decision: str | None
    for_all: bool


class Tasks(Calls):
    """The part of the API under `tasks`."""

    def list_substitutions(
        self, *, build_id: int | None = None, lab: str | None = None, state: SubstitutionState | None = None
    ) -> Iterator[SubstitutionView]:
        """What labs have asked to use instead, of one build, lab or state, or all."""
        return self._pages(SubstitutionView, "/substitutions", {"build_id": build_id, "lab": lab, "state": state}, 200)

    def read_substitution(self, substitution_id: int) -> SubstitutionView:
        """One substitution."""
        return self._one(SubstitutionView, "GET", f"/substitutions/{segment(substitution_id)}")

    def ask_substitution(
        self, task_id: int, lab: str, kind: SubstitutionKind, instead: str, why: str, *, key: str | None = None
    ) -> SubstitutionView:
        """Ask to use something else for a task in a lab; for its operators."""
        return self._one(
            SubstitutionView,
            "POST",
            f"/tasks/{segment(task_id)}/substitutions",
            body={"lab": lab, "kind": kind, "instead": instead, "why": why},
            key=new_key(key),
        )

    def approve_substitution(
        self, substitution_id: int, *, why: str = "", for_all: bool = False, key: str | None = None
    ) -> SubstitutionView:
        """Allow a substitution for that task in that lab; work there that has not started is planned anew."""
        return self._one(
            SubstitutionView,
            "POST",
            f"/substitutions/{segment(substitution_id)}/approve",
            body={"why": why, "for_all": for_all},
            key=new_key(key),
        )

    def decline_substitution(self, substitution_id: int, *, why: str = "", key: str | None = None) -> SubstitutionView:
        """Decline a substitution."""
        return self._one(
            SubstitutionView,
            "POST",
            f"/substitutions/{segment(substitution_id)}/decline",
            body={"why": why},
            key=new_key(key),
        )

    def withdraw_substitution(self, substitution_id: int, *, why: str = "", key: str | None = None) -> SubstitutionView:
        """Take a question back before it is decided; for operators of the lab that asked."""
        return self._one(
            SubstitutionView,
            "POST",
            f"/substitutions/{segment(substitution_id)}/withdraw",
            body={"why": why},
            key=new_key(key),
        )

    def read_settings(self, task_id: int) -> SettingsView:
        """How a task's part is made: what the design says, what was set here, and what no machine does by itself."""
        return self._one(SettingsView, "GET", f"/tasks/{segment(task_id)}/settings")

    def put_settings(
        self,
        task_id: int,
        *,
        infill_percent: float | None = None,
        layer_mm: float | None = None,
        walls: int | None = None,
        supports: bool | None = None,
        orientation: Orientation | None = None,
        tolerance_mm: float | None = None,
        why: str = "",
        key: str | None = None,
    ) -> SettingsView:
        """Set how a task's part is made, for what is not begun; null leaves it to the design."""
        return self._one(
            SettingsView,
            "PUT",
            f"/tasks/{segment(task_id)}/settings",
            body={
                "infill_percent": infill_percent,
                "layer_mm": layer_mm,
                "walls": walls,
                "supports": supports,
                "orientation": orientation,
                "tolerance_mm": tolerance_mm,
                "why": why,
            },
            key=new_key(key),
        )

    def list_tasks(self, *, state: TaskState | None = None) -> Iterator[TaskView]:
        """The tasks of all builds; those that are open can be claimed lot by lot."""
        return self._pages(TaskView, "/tasks", {"state": state}, 200)

    def read_task(self, task_id: int) -> TaskView:
        """One task."""
        return self._one(TaskView, "GET", f"/tasks/{segment(task_id)}")

    def note_arrival(self, task_id: int, *, key: str | None = None) -> TaskView:
        """Say that a purchase is there."""
        return self._one(TaskView, "POST", f"/tasks/{segment(task_id)}/arrival", key=new_key(key))
