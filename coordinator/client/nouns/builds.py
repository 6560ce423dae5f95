"""The part of the API under `builds`, and what it answers.

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

__all__ = ["BuildState", "BuildView", "Builds", "FirstArticle", "PlanView", "SheetName"]


BuildState: TypeAlias = Literal["open", "finished", "reported", "delivered", "cancelled"]
"""Life of a build."""


FirstArticle: TypeAlias = Literal["always", "new", "never"]
"""Whether the first run of a batch is to be checked by a peer before the rest of it starts."""


SheetName: TypeAlias = Literal["a4-24", "62x29"]
"""The sheet that labels are printed on: 24 on an A4 page, or one on a label printer's roll (mm)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildView:
    """An order. `planning` says that a new plan is on its way; `tasks` counts them by state."""

    id: int
    design_id: int
    design: str
    design_sha256: str
    quantity: int
    state: BuildState
    ordered_by: str
    opened_at: datetime
    finished_at: datetime | None
    due_at: datetime | None
    deliver_to: str | None
    lead_days: float
    checked: bool
    first_article: FirstArticle | None
    planning: bool
    tasks: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The newest plan of a build; `document` is what docs/plan.md describes."""

    made_at: datetime
    why: str
    document: dict[str, Any]


class Builds(Calls):
    """The part of the API under `builds`."""

    def list_builds(self) -> Iterator[BuildView]:
        """Every build, the oldest first."""
        return self._pages(BuildView, "/builds", {}, 200)

    def order_build(
        self,
        design_id: int,
        *,
        quantity: int = 1,
        due_at: datetime | None = None,
        deliver_to: str | None = None,
        lead_days: float = 3.0,
        checked: bool = False,
        first_article: FirstArticle | None = None,
        key: str | None = None,
    ) -> BuildView:
        """Order a design. It is planned in the background; offers to labs follow."""
        return self._one(
            BuildView,
            "POST",
            "/builds",
            body={
                "design_id": design_id,
                "quantity": quantity,
                "due_at": due_at,
                "deliver_to": deliver_to,
                "lead_days": lead_days,
                "checked": checked,
                "first_article": first_article,
            },
            key=new_key(key),
        )

    def read_build(self, build_id: int) -> BuildView:
        """One build."""
        return self._one(BuildView, "GET", f"/builds/{segment(build_id)}")

    def list_tasks_of_build(self, build_id: int, *, state: TaskState | None = None) -> Iterator[TaskView]:
        """The tasks of a build."""
        return self._pages(TaskView, f"/builds/{segment(build_id)}/tasks", {"state": state}, 200)

    def read_plan(self, build_id: int) -> PlanView:
        """The newest plan of a build."""
        return self._one(PlanView, "GET", f"/builds/{segment(build_id)}/plan")

    def read_report(self, build_id: int) -> dict[str, Any]:
        """The as-built report so far: every piece, its file, machine, times, instructions and outcome."""
        found: dict[str, Any] = self._any(dict[str, Any], "GET", f"/builds/{segment(build_id)}/report")
        return found

    def print_traveller(self, build_id: int) -> bytes:
        """The sheet that goes through the workshops with a build: every step in order, with a line to sign."""
        return self._caller.bytes(f"/builds/{segment(build_id)}/traveller.pdf")

    def print_labels(self, build_id: int, *, sheet: SheetName = "a4-24", skip: int = 0, after: int = 0) -> bytes:
        """Labels for the pieces that are made: what it is, its licence and source, and a code that leads to its page.

        `skip`: Places of the first sheet that are used already.
        `after`: Only pieces with a higher id.
        """
        return self._caller.bytes(
            f"/builds/{segment(build_id)}/labels.pdf", query={"sheet": sheet, "skip": skip, "after": after}
        )
