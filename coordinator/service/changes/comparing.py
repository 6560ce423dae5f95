"""A build beside another version of its design, part by part: what changes, which pieces stand, what it costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.graph import Task, TaskKind
from coordinator.lots import live_job
from coordinator.schema.builds import BuildRow, JobRow, PieceState, TaskRow
from coordinator.schema.change import CompatibilityRow
from coordinator.service.changes.recipes import Recipe, Terms, with_settings
from coordinator.service.house import View
from coordinator.service.planning.taking_back import NOT_STARTED, RUNS_ON

__all__ = ["Comparison", "DifferenceView", "FieldChange", "PartView", "field_changes", "task_words"]

_GOOD = (PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED)
_STANDS = frozenset({"name", "quantity", "assembly", "alternatives", "instructions"})
_FOLLOWS = (TaskKind.FINISH, TaskKind.INSPECT, TaskKind.ASSEMBLE)


class FieldChange(View):
    """What is different about a part; null where nothing is stated."""

    field: str
    before: str | None
    after: str | None


class PartView(View):
    """One task in both versions.

    `change` is same, changed, added or removed. `made`, `running` and `waiting` count pieces of the build's lots. Where
    the change is taken over, `stands` says whether what is made still counts.
    """

    key: str
    name: str
    kind: str
    change: str
    fields: list[FieldChange]
    made: int
    running: int
    waiting: int
    machine_h: float
    stands: bool
    compatible: bool


class DifferenceView(View):
    """What moving a build from one version to another would change, and cost."""

    build_id: int
    from_design_id: int
    to_design_id: int
    parts: list[PartView]
    same: int
    pieces_lost: int
    machine_h_lost: float
    pieces_withdrawn: int


@dataclass(frozen=True)
class Comparison:
    """A build as it is made now, beside another version of its design.

    Attributes:
        session: to read with.
        build: what is made.
        terms: of the build.
        old: what it is made by now.
        new: the other version, whole.
        new_id: of the other version.
        chosen: keys of the parts that are taken over; None for all.
    """

    session: Session
    build: BuildRow
    terms: Terms
    old: Recipe
    new: Recipe
    new_id: int
    chosen: Collection[str] | None = None

    @cached_property
    def rows(self) -> dict[str, TaskRow]:
        """The tasks that are to be done now, by key."""
        return {task.key: task for task in self.build.tasks if task.key in self.terms.keys}

    @cached_property
    def parts(self) -> list[PartView]:
        """Every part, in the order of the work; those of the old version alone come last."""
        compatible = self._compatible()
        found: dict[str, PartView] = {}
        anew: set[str] = set()
        gone = {key for key in self.rows if key not in self.new.graph.graph and self._taken(key)}
        for task in self.new.graph.order():
            part = self._part(task, compatible)
            behind = {each.id for each in self.new.graph.before(task.id)}
            if task.id in self.old.graph.graph:
                behind |= {each.id for each in self.old.graph.before(task.id)} & gone
            if task.kind in _FOLLOWS and part.change != "added" and part.stands and not part.compatible:
                part = self._following(part, behind & (anew | gone))
            if not part.stands and (part.change != "added" or self._taken(task.id)):
                anew.add(task.id)
            found[task.id] = part
        for key in self.rows:
            if key not in found:
                found[key] = self._view(key, self.rows[key].name, self.rows[key].kind, "removed", [], stands=False)
        return list(found.values())

    def view(self) -> DifferenceView:
        """As the outside sees it; parts that are the same are counted."""
        told = [each for each in self.parts if each.change != "same"]
        lost = [each for each in told if not each.stands and each.change != "added"]
        return DifferenceView(
            build_id=self.build.id,
            from_design_id=self.terms.design_id,
            to_design_id=self.new_id,
            parts=told,
            same=len(self.parts) - len(told),
            pieces_lost=sum(each.made + each.running for each in lost),
            machine_h_lost=round(sum(each.machine_h for each in lost), 2),
            pieces_withdrawn=sum(each.waiting for each in told),
        )

    def _taken(self, key: str) -> bool:
        return self.chosen is None or key in self.chosen

    def _part(self, task: Task, compatible: Collection[str]) -> PartView:
        row = self.rows.get(task.id)
        if row is None:
            return self._view(task.id, task.name, str(task.kind), "added", [], stands=False)
        before = task_words(self.old, self.old.graph.task(task.id))
        task = with_settings(task, self.terms.settings.get(task.id, {}))  # what was set here stays set
        fields = field_changes(before, task_words(self.new, task))
        if not fields:
            return self._view(task.id, task.name, str(task.kind), "same", [], stands=True)
        ok = task.id in compatible
        stands = ok or all(each.field in _STANDS or _is_looser(each) for each in fields) or not self._taken(task.id)
        return self._view(task.id, task.name, str(task.kind), "changed", fields, stands=stands, compatible=ok)

    def _following(self, part: PartView, behind: Collection[str]) -> PartView:
        """Work on pieces that are made anew is done again, as far as it was begun."""
        if not behind or not part.made + part.running:
            return part
        names = ", ".join(sorted(self._name(key) for key in behind))
        fields = [*part.fields, FieldChange(field="parts", before="as they were", after=f"changed: {names}")]
        return part.model_copy(update={"change": "changed", "fields": fields, "stands": False})

    def _name(self, key: str) -> str:
        return self.rows[key].name if key in self.rows else self.new.graph.task(key).name

    def _compatible(self) -> set[str]:
        query = select(CompatibilityRow).where(CompatibilityRow.new_id == self.new_id)
        return {each.part for each in self.session.scalars(query) if self.terms.version_of(each.part) == each.old_id}

    def _view(
        self, key: str, name: str, kind: str, change: str, fields: list[FieldChange], *,
        stands: bool, compatible: bool = False,
    ) -> PartView:  # fmt: skip
        row = self.rows.get(key)
        jobs = [job for lot in row.lots if (job := live_job(lot)) is not None] if row is not None else []
        return PartView(
            key=key, name=name, kind=kind, change=change, fields=fields, stands=stands, compatible=compatible,
            made=sum(piece.state in _GOOD for job in jobs for piece in job.pieces),
            running=sum(len(job.pieces) for job in jobs if job.state in RUNS_ON),
            waiting=sum(len(job.pieces) for job in jobs if job.state in NOT_STARTED),
            machine_h=round(sum(map(_hours, jobs)), 2),
        )  # fmt: skip


def _hours(job: JobRow) -> float:
    if job.run is None or job.run.ended_at is None:
        return 0.0
    return (job.run.ended_at - job.run.started_at).total_seconds() / 3600


def task_words(recipe: Recipe, task: Task) -> dict[str, str | None]:
    """What tells whether a part is still the same, in words; the name under which a file lies does not."""
    stored = recipe.stored(task)
    return {
        "name": task.name, "quantity": f"{task.quantity:g} {task.unit}", "assembly": task.assembly,
        "process": stored["process"], "material": task.material, "thickness_mm": _number(task.thickness_mm),
        "alternatives": ", ".join(task.alternatives) or None, "tolerance_mm": _number(task.tolerance_mm),
        "feature_mm": _number(task.feature_mm), "settings": task.settings.text or None,
        "file": stored["file_sha256"][:16] if stored["file_sha256"] else task.file,
        "instructions": recipe.instructions(task),
    }  # fmt: skip


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def field_changes(before: dict[str, str | None], after: dict[str, str | None]) -> list[FieldChange]:
    """What is otherwise in the words of a part."""
    return [
        FieldChange(field=name, before=value, after=after[name])
        for name, value in before.items()
        if value != after[name]
    ]


def _is_looser(change: FieldChange) -> bool:
    """Whether a piece that kept the old tolerance keeps the new one too."""
    if change.field != "tolerance_mm" or change.before is None:
        return False
    return change.after is None or float(change.after) >= float(change.before)
