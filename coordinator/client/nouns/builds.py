"""The part of the API under `builds`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    FieldChange,
    PieceState,
    Purpose,
    TaskState,
    TaskView,
)

__all__ = [
    "BuildState",
    "BuildView",
    "Builds",
    "CancellationView",
    "ComparingPartView",
    "DifferenceView",
    "FirstArticle",
    "FreedView",
    "KeptView",
    "MaterialView",
    "MoveChoice",
    "PlanView",
    "PurchaseLeft",
    "RunView",
    "SheetName",
    "VersionView",
]


BuildState: TypeAlias = Literal["waits for pledges", "open", "finished", "reported", "delivered", "cancelled"]
"""Life of a build."""


FirstArticle: TypeAlias = Literal["always", "new", "never"]
"""Whether the first run of a batch is to be checked by a peer before the rest of it starts."""


MoveChoice: TypeAlias = Literal["stay", "move", "parts"]
"""What a builder decides about a newer version of the design."""


SheetName: TypeAlias = Literal["a4-24", "62x29"]
"""The sheet that labels are printed on: 24 on an A4 page, or one on a label printer's roll (mm)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildView:
    """An order.

    `planning` says that a new plan is on its way; `tasks` counts them by state. `purpose` is what licences tell apart,
    null where nobody has said.
    """

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
    purpose: Purpose | None
    planning: bool
    tasks: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationView:
    """What a cancellation does, or has done where `cancelled_at` says when."""

    build_id: int
    cancelled_at: datetime | None
    cancelled_by: str | None
    why: str
    kept: tuple[KeptView, ...]
    freed: tuple[FreedView, ...]
    running: tuple[RunView, ...]
    purchases: tuple[PurchaseLeft, ...]
    materials: tuple[MaterialView, ...]
    tasks_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparingPartView:
    """One task in both versions.

    `change` is same, changed, added or removed. `made`, `running` and `waiting` count pieces of the build's lots. Where
    the change is taken over, `stands` says whether what is made still counts.
    """

    key: str
    name: str
    kind: str
    change: str
    fields: tuple[FieldChange, ...]
    made: int
    running: int
    waiting: int
    machine_h: float
    stands: bool
    compatible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """What moving a build from one version to another would change, and cost."""

    build_id: int
    from_design_id: int
    to_design_id: int
    parts: tuple[ComparingPartView, ...]
    same: int
    pieces_lost: int
    machine_h_lost: float
    pieces_withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreedView:
    """Work that is taken back: an offer, a claim or a job."""

    kind: str
    id: str
    task: str
    pieces: int
    lab: str
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """Pieces of one task that were made in one lab, where they stay; `wanted_by` are open builds that make the same."""

    task: str
    lab: str
    state: PieceState
    pieces: tuple[int, ...]
    wanted_by: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialView:
    """Material that the newest plan took at a lab for what is freed or runs on."""

    lab: str
    material: str
    amount: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The newest plan of a build; `document` is what docs/plan.md describes."""

    made_at: datetime
    why: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLeft:
    """Something bought that has not arrived: a person cancels it at its supplier, or keeps it."""

    task_id: int
    task: str
    quantity: float
    unit: str
    expected_at: datetime | None
    purchases: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run that is not stopped; `stop_asked` says that who cancelled asks its lab to end it."""

    job_id: str
    task: str
    lab: str
    machine: str
    state: str
    stop_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A version of the design of a build; `decision` is what the builder decided about it last."""

    design_id: int
    commit: str | None
    content_sha256: str
    imported_at: datetime
    imported_by: str
    current: bool
    newer: bool
    decision: MoveChoice | None
    why: str


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
        purpose: Purpose | None = None,
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
                "purpose": purpose,
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

    def read_cancellation(self, build_id: int) -> CancellationView:
        """What cancelling a build would do: what is kept, freed and runs on; of a cancelled build what it did."""
        return self._one(CancellationView, "GET", f"/builds/{segment(build_id)}/cancellation")

    def cancel_build(
        self, build_id: int, why: str, *, stop: Sequence[str] = (), key: str | None = None
    ) -> CancellationView:
        """Cancel a build half-way. No machine is stopped; nothing of it begins again."""
        return self._one(
            CancellationView,
            "POST",
            f"/builds/{segment(build_id)}/cancellation",
            body={"why": why, "stop": stop},
            key=new_key(key),
        )

    def list_versions(self, build_id: int) -> tuple[VersionView, ...]:
        """The versions of a build's design that are here, the newest first, and what was decided about them."""
        found: tuple[VersionView, ...] = self._any(
            tuple[VersionView, ...], "GET", f"/builds/{segment(build_id)}/versions"
        )
        return found

    def read_difference(self, build_id: int, design_id: int) -> DifferenceView:
        """What would change part by part, and what would be lost, were a build moved to another version."""
        return self._one(DifferenceView, "GET", f"/builds/{segment(build_id)}/versions/{segment(design_id)}")

    def stay_with_version(self, build_id: int, design_id: int, *, why: str = "", key: str | None = None) -> VersionView:
        """Say that a build stays with the version that it has."""
        return self._one(
            VersionView,
            "POST",
            f"/builds/{segment(build_id)}/versions/{segment(design_id)}/stay",
            body={"why": why},
            key=new_key(key),
        )

    def move_to_version(
        self,
        build_id: int,
        design_id: int,
        *,
        why: str = "",
        parts: Sequence[str] | None = None,
        key: str | None = None,
    ) -> DifferenceView:
        """Move a build to another version, wholly or in part; pieces of parts that are made anew are superseded."""
        return self._one(
            DifferenceView,
            "POST",
            f"/builds/{segment(build_id)}/versions/{segment(design_id)}/move",
            body={"why": why, "parts": parts},
            key=new_key(key),
        )

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

    def say_purpose(self, build_id: int, purpose: Purpose, *, key: str | None = None) -> BuildView:
        """Say what a build is for: own use, gift, at cost or sale."""
        return self._one(
            BuildView, "PUT", f"/builds/{segment(build_id)}/purpose", body={"purpose": purpose}, key=new_key(key)
        )
