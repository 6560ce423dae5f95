"""A builder decides about another version of the design: stay, move wholly, or part by part; all in one transaction.

Work that nobody has started is taken back and planned anew. Pieces of parts that are made anew are superseded: they are
kept, named with their version in the report, and never delivered as the new ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.builds import note_settings
from coordinator.first_articles import put_aside
from coordinator.lots import live_job, made_in_full
from coordinator.moves import advance, may_become
from coordinator.schema.builds import BuildRow, BuildState, LotRow, PieceState, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.change import LotVersionRow, MoveChoice, TaskVersionRow, VersionDecisionRow
from coordinator.service.changes.comparing import Comparison, DifferenceView, PartView
from coordinator.service.changes.recipes import Terms, combined, opened_recipe, opened_version
from coordinator.service.changes.versions import Versions, VersionView, require_version
from coordinator.service.designs.designs import Designs
from coordinator.service.house import Call, Change, House
from coordinator.service.planning.orders import want_plan
from coordinator.service.planning.taking_back import take_back
from coordinator.service.supplies.sources import note_sources
from coordinator.service.work.builds import order_in, require_tender
from coordinator.service.work.finishing import settle_task
from core.errors import InputError, StateError

__all__ = ["Moving"]


class Moving:
    """Builds that follow their design."""

    def __init__(self, house: House, designs: Designs, versions: Versions) -> None:
        self._house = house
        self._designs = designs
        self._versions = versions

    def stay(self, call: Call, build_id: int, design_id: int, why: str) -> VersionView:
        """Say that a build stays with the version that it has.

        Raises:
            UnknownError: there is no such build, or no such version of its design.
            ForbiddenError: who asks has not ordered it and is no steward.
            StateError: the build is over.
        """

        def work(change: Change) -> VersionView:
            build = _movable(change.session, call, build_id, design_id)
            _decide(change, build, design_id, MoveChoice.STAY, why, {})
            change.record("build.stays", f"build {build_id}", why, design=design_id)
            change.session.flush()
            return self._versions.one_in(change.session, build, design_id)

        return self._house.perform(call, VersionView, work)

    def move(
        self, call: Call, build_id: int, design_id: int, why: str, parts: Collection[str] | None = None
    ) -> DifferenceView:
        """Move a build to another version.

        Args:
            call: who asks.
            build_id: which build.
            design_id: the version.
            why: one sentence.
            parts: keys of the tasks that move, of those that differ; None for all.

        Returns:
            What was changed, as it was before.

        Raises:
            UnknownError: there is no such build, or no such version of its design.
            ForbiddenError: who asks has not ordered it and is no steward.
            InputError: a part does not differ, none is chosen, or parts of both versions wait for each other.
            StateError: the build is over, or was changed at this moment.
        """
        with self._house.reading() as session:
            require_tender(session, call.actor, build_id)
            terms = Terms.of(session, order_in(session, build_id).build)
        with ExitStack() as stack:
            old = opened_recipe(stack, self._designs, terms)
            new = opened_version(stack, self._designs, design_id, terms.quantity)
            old.read()
            new.read()

            def work(change: Change) -> DifferenceView:
                session = change.session
                build = _movable(session, call, build_id, design_id)
                if Terms.of(session, build) != terms:
                    raise StateError("it was changed at this moment: look again", where=f"build {build_id}")
                seen = Comparison(session, build, terms, old, new, design_id, parts)
                _require_differing(seen, parts)
                told = seen.view()
                _Move(change, build, seen).carry_out()
                choice = MoveChoice.MOVE if parts is None else MoveChoice.PARTS
                _decide(change, build, design_id, choice, why, told.model_dump(mode="json"))
                facts = {"before": terms.design_id, "design": design_id, "pieces_lost": told.pieces_lost}
                change.record("build.moved", f"build {build_id}", why, **facts, choice=str(choice))
                want_plan(change, build_id, "the build follows another version of its design")
                return told

            return self._house.perform(call, DifferenceView, work)


def _movable(session: Session, call: Call, build_id: int, design_id: int) -> BuildRow:
    build = require_tender(session, call.actor, build_id).build
    require_version(session, build, design_id)
    if build.state is not BuildState.OPEN:
        raise StateError(f"it is {build.state}: it stays as it is", where=f"build {build_id}")
    return build


def _require_differing(seen: Comparison, parts: Collection[str] | None) -> None:
    if parts is None:
        return
    strange = set(parts) - {each.key for each in seen.parts if each.change != "same"}
    if strange or not parts:
        what = f"{min(strange)[:80]!r} does not differ" if strange else "no part is chosen"
        raise InputError(what, where="parts", hint="name keys of parts that the difference lists")


def _decide(
    change: Change, build: BuildRow, design_id: int, choice: MoveChoice, why: str, document: dict[str, object]
) -> None:
    change.session.add(
        VersionDecisionRow(
            build_id=build.id, design_id=design_id, choice=choice, decided_at=change.at, decided_by=change.who, why=why,
            document=document,
        )
    )  # fmt: skip


class _Move:
    """One move of one build, within its transaction."""

    def __init__(self, change: Change, build: BuildRow, seen: Comparison) -> None:
        self._change = change
        self._session = change.session
        self._build = build
        self._seen = seen
        self._rows: dict[str, TaskRow] = {task.key: task for task in build.tasks}
        self._why = f"build {build.id} follows design {seen.new_id}"

    def carry_out(self) -> None:
        """Change tasks, lots and edges, and what hangs on them."""
        parts = self._seen.parts
        for row in self._rows.values():
            self._note_versions(row)
        keeping = {each.key for each in parts if each.change in ("changed", "removed") and not self._taken(each)}
        for part in parts:
            if part.key not in keeping and self._taken(part):
                self._apply(part)
        versions = {key: self._seen.terms.version_of(key) for key in keeping}
        self._follow(versions)
        self._build.design_id = self._seen.new_id
        self._session.flush()
        self._session.refresh(self._build)
        self._join(versions)
        note_sources(self._session, self._build, self._seen.new.bill, self._seen.new.graph)
        for task in self._build.tasks:
            settle_task(self._change, task)

    def _taken(self, part: PartView) -> bool:
        """Whether a part moves; work on pieces that move goes with them, and what is the same does anyway."""
        chosen = self._seen.chosen
        return chosen is None or part.key in chosen or part.change == "same" or _follows(part)

    def _apply(self, part: PartView) -> None:
        row = self._rows.get(part.key)
        if part.change == "removed" and row is not None:
            self._remove(row)
        elif part.change == "added":
            self._add(part.key, row)
        elif row is not None:
            self._update(part, row)

    def _facts(self, key: str) -> dict[str, object]:
        return self._seen.new.stored(self._seen.new.graph.task(key))

    def _update(self, part: PartView, row: TaskRow) -> None:
        more = part.kind == "purchase" and self._seen.new.graph.task(part.key).quantity > row.quantity
        for name, value in self._facts(part.key).items():
            setattr(row, name, value)
        note_settings(self._session, row, self._seen.new.graph.task(part.key))
        if part.change == "same":
            return
        for lot in list(row.lots):
            self._put_aside(lot, keep_begun=part.stands)
        self._session.flush()
        self._session.refresh(row)
        bought = row.kind == "purchase"
        short = more if bought else not made_in_full(row)
        if short and row.state is not TaskState.OPEN and may_become(row.state, TaskState.OPEN):
            advance(row, TaskState.OPEN, f"task {row.key}")
            row.reason = "the new version of the design needs more" if bought else None
            self._change.record("task.open", f"task {row.key}", self._why, build=self._build.id)

    def _remove(self, row: TaskRow) -> None:
        for lot in list(row.lots):
            self._put_aside(lot, keep_begun=False)
        advance(row, TaskState.CANCELLED, f"task {row.key}")
        row.reason = "the new version of the design has no such part"
        self._change.record("task.cancelled", f"task {row.key}", self._why, build=self._build.id)

    def _add(self, key: str, row: TaskRow | None) -> None:
        if row is None:
            row = TaskRow(build_id=self._build.id, key=key, state=TaskState.OPEN, **self._facts(key))
            self._session.add(row)
            self._session.flush()
        else:
            for name, value in self._facts(key).items():
                setattr(row, name, value)
            advance(row, TaskState.OPEN, f"task {key}")
            row.reason = None
        note_settings(self._session, row, self._seen.new.graph.task(key))
        self._change.record("task.open", f"task {key}", self._why, build=self._build.id)

    def _put_aside(self, lot: LotRow, *, keep_begun: bool) -> None:
        """Retire a lot; its key is free for those that are cut anew. One that was begun may be kept."""
        take_back(self._change, lot, self._why)
        job = live_job(lot)
        if keep_begun and job is not None:
            return
        lot.retired_at, lot.key = self._change.at, f"{lot.key}@{lot.id}"
        for each in lot.jobs:
            put_aside(self._session, each, self._change.at, self._why, who=self._change.who)
            for piece in each.pieces:
                if may_become(piece.state, PieceState.SUPERSEDED):
                    advance(piece, PieceState.SUPERSEDED, f"piece {piece.id}")
                    self._change.record("piece.superseded", f"piece {piece.id}", self._why, job=each.id)

    def _note_versions(self, row: TaskRow) -> None:
        """What begun lots were made by, before the task says something else."""
        for lot in row.lots:
            if any(job.run is not None for job in lot.jobs) and self._session.get(LotVersionRow, lot.id) is None:
                self._session.add(
                    LotVersionRow(
                        lot_id=lot.id, design_id=self._seen.terms.version_of(row.key), file=row.file,
                        file_sha256=row.file_sha256, process=row.process, material=row.material, why=self._why,
                    )
                )  # fmt: skip

    def _follow(self, versions: Mapping[str, int]) -> None:
        """Note which tasks follow another version from now on."""
        mine = select(TaskRow.id).where(TaskRow.build_id == self._build.id)
        self._session.execute(delete(TaskVersionRow).where(TaskVersionRow.task_id.in_(mine)))
        self._session.add_all(
            TaskVersionRow(task_id=self._rows[key].id, design_id=version)
            for key, version in versions.items()
            if version != self._seen.new_id
        )

    def _join(self, versions: Mapping[str, int]) -> None:
        """Lay the edges anew."""
        rows = {task.key: task for task in self._build.tasks if task.state is not TaskState.CANCELLED}
        terms = replace(
            self._seen.terms, design_id=self._seen.new_id, keys=frozenset(rows),
            versions={key: at for key, at in versions.items() if at != self._seen.new_id},
        )  # fmt: skip
        graph = combined(self._seen.new, terms, dict.fromkeys(terms.versions.values(), self._seen.old)).graph.graph
        mine = select(TaskRow.id).where(TaskRow.build_id == self._build.id)
        self._session.execute(delete(TaskEdgeRow).where(TaskEdgeRow.after_id.in_(mine)))
        self._session.add_all(
            TaskEdgeRow(before_id=rows[before].id, after_id=rows[after].id, quantity=facts["quantity"])
            for before, after, facts in graph.edges(data=True)
        )
        self._session.flush()


def _follows(part: PartView) -> bool:
    return any(each.field == "parts" for each in part.fields)
