"""Substitutions: a lab asks to use something else for a task; who answers for the design, or for the build, decides.

Another material, and another part where one is bought, the builder decides, or a maintainer of the design. Another
process and another tolerance change whether the parts fit together: those the maintainers decide, and the builder only
where the design has none. A maintainer may say that it is good for all: then the design is offered it as a text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from bom.substance import find_process
from coordinator.moves import advance
from coordinator.plans.substitutes import Substitute, Substitutes
from coordinator.schema.builds import BuildState, TaskRow, TaskState
from coordinator.schema.change import SubstitutionKind, SubstitutionRow, SubstitutionState
from coordinator.schema.network import GrantRow, LabRow, Role
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import design_key
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.planning.taking_back import take_back
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.store import once
from core.errors import InputError, StateError
from core.trees import materials, processes

__all__ = ["SubstitutionView", "Substitutions", "substitutes_in"]

_OF_BUILDERS = (SubstitutionKind.MATERIAL, SubstitutionKind.PART)
_OVER = (TaskState.DONE, TaskState.CANCELLED)


class SubstitutionView(View):
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


class Substitutions:
    """What labs use instead."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, build_id: int | None = None, lab: str | None = None, state: SubstitutionState | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[SubstitutionView]:  # fmt: skip
        """Substitutions, of one build, lab or state, or all."""
        query = select(SubstitutionRow).join(TaskRow).options(contains_eager(SubstitutionRow.task))
        for column, value in ((TaskRow.build_id, build_id), (SubstitutionRow.lab, lab), (SubstitutionRow.state, state)):
            if value is not None:
                query = query.where(column == value)
        with self._house.reading() as session:
            return page_of(session, query, SubstitutionRow.id, _view, after=after, limit=limit)

    def one(self, substitution_id: int) -> SubstitutionView:
        """One substitution.

        Raises:
            UnknownError: there is no such one.
        """
        with self._house.reading() as session:
            return _view(_row(session, substitution_id))

    def ask(
        self, call: Call, task_id: int, lab: str, kind: SubstitutionKind, instead: str, why: str
    ) -> SubstitutionView:
        """Ask to use something else for a task in a lab.

        Args:
            call: who asks.
            task_id: of an open build.
            lab: that would use it.
            kind: what is replaced.
            instead: a material, a process, a tolerance in millimetres or a part that is bought.
            why: one sentence; those who decide read it.

        Raises:
            UnknownError: there is no such task or lab.
            ForbiddenError: who asks is no operator of the lab.
            InputError: it is no such material, process or tolerance, the same as is wanted, or there is no reason.
            StateError: the task is done, or the same was asked and not decided.
        """

        def work(change: Change) -> SubstitutionView:
            session = change.session
            task = session.get(TaskRow, task_id)
            if task is None or session.get(OrderRow, task.build_id) is None:
                raise UnknownError(f"there is no task {task_id}")
            if session.get(LabRow, lab) is None:
                raise UnknownError(f"there is no lab {lab[:60]!r}")
            call.actor.require(Right.ANSWER, lab)
            if task.build.state is not BuildState.OPEN or task.state in _OVER:
                raise StateError("nothing of this task is left to make", where=f"task {task_id}")
            if not why.strip():
                raise InputError("a reason is needed", where="why", hint="those who decide read it")
            value, wanted = _checked(task, kind, instead), _wanted(task, kind)
            if value == wanted:
                raise InputError("that is what the design wants", where="instead")
            same = (SubstitutionRow.task_id == task_id, SubstitutionRow.lab == lab, SubstitutionRow.kind == kind)
            asked = select(SubstitutionRow.id).where(*same, SubstitutionRow.state == SubstitutionState.ASKED)
            if session.scalar(asked.limit(1)) is not None:
                raise StateError(f"{lab} has asked about this already", where=f"task {task_id}")
            row = SubstitutionRow(
                task=task, lab=lab, kind=kind, wanted=wanted, instead=value, why=why, for_all=False,
                state=SubstitutionState.ASKED, asked_at=change.at, asked_by=change.who,
            )  # fmt: skip
            session.add(row)
            session.flush()
            _record(change, row, why)
            return _view(row)

        return self._house.perform(call, SubstitutionView, work)

    def decide(
        self, call: Call, substitution_id: int, *, approve: bool, why: str, for_all: bool = False
    ) -> SubstitutionView:
        """Approve a substitution, for this task in this lab, or decline it.

        Work of the task in that lab that has not started is taken back and planned anew with it.

        Args:
            call: who decides.
            substitution_id: which.
            approve: yes or no.
            why: one sentence.
            for_all: a maintainer's word that the design should allow it everybody.

        Raises:
            UnknownError: there is no such one.
            ForbiddenError: who asks may not decide this.
            StateError: it was decided before.
        """

        def work(change: Change) -> SubstitutionView:
            row = _row(change.session, substitution_id)
            capacity = _capacity(change.session, call.actor, row)
            if for_all and (not approve or capacity != "maintainer"):
                raise InputError(
                    "what is good for all, a maintainer of the design approves", where="for_all", hint="leave it out"
                )
            state = SubstitutionState.APPROVED if approve else SubstitutionState.DECLINED
            advance(row, state, f"substitution {row.id}")
            row.decided_at, row.decided_by, row.decided_as = change.at, change.who, capacity
            row.decision, row.for_all = why, for_all
            _record(change, row, why)
            if approve:
                _use(change, row)
            return _view(row)

        return self._house.perform(call, SubstitutionView, work)

    def withdraw(self, call: Call, substitution_id: int, why: str) -> SubstitutionView:
        """Take a question back before it is decided.

        Raises:
            UnknownError: there is no such one.
            ForbiddenError: who asks is no operator of its lab.
            StateError: it was decided.
        """

        def work(change: Change) -> SubstitutionView:
            row = _row(change.session, substitution_id)
            call.actor.require(Right.ANSWER, row.lab)
            advance(row, SubstitutionState.WITHDRAWN, f"substitution {row.id}")
            _record(change, row, why)
            return _view(row)

        return self._house.perform(call, SubstitutionView, work)

    def may_decide(self, actor: Actor, substitution_id: int) -> bool:
        """Whether a person may decide a substitution."""
        with self._house.reading() as session:
            try:
                _capacity(session, actor, _row(session, substitution_id))
            except (ForbiddenError, UnauthenticatedError):
                return False
            return True


def substitutes_in(session: Session, build_id: int) -> Substitutes:
    """What labs may use instead for the tasks of a build, as long as the design wants what it wanted then."""
    query = select(SubstitutionRow).join(TaskRow).where(TaskRow.build_id == build_id)
    approved = query.where(SubstitutionRow.state == SubstitutionState.APPROVED).order_by(SubstitutionRow.id)
    newest: dict[tuple[str, str], dict[SubstitutionKind, SubstitutionRow]] = {}
    for row in session.scalars(approved):
        if row.wanted == _wanted(row.task, row.kind) and row.kind is not SubstitutionKind.PART:
            newest.setdefault((row.task.key, row.lab), {})[row.kind] = row
    return {place: _substitute(rows) for place, rows in newest.items()}


def _substitute(rows: dict[SubstitutionKind, SubstitutionRow]) -> Substitute:
    told = {kind: row.instead for kind, row in rows.items()}
    tolerance = told.get(SubstitutionKind.TOLERANCE)
    return Substitute(
        ids=tuple(sorted(row.id for row in rows.values())),
        material=told.get(SubstitutionKind.MATERIAL),
        process=told.get(SubstitutionKind.PROCESS),
        tolerance_mm=float(tolerance) if tolerance is not None else None,
    )


def _capacity(session: Session, actor: Actor, row: SubstitutionRow) -> str:
    """As what a person decides a substitution.

    Raises:
        UnauthenticatedError: nobody is known to ask.
        ForbiddenError: the person may not decide it.
    """
    if not actor.known:
        raise UnauthenticatedError("a token is needed to decide about a substitution")
    build = row.task.build
    design, kept = once(session, ("kept", build.design_id), lambda: _kept(session, build.design_id))
    if actor.may(Right.KEEP_DESIGN, design=design):
        return "maintainer"
    order = session.get_one(OrderRow, build.id)
    of_builders = row.kind in _OF_BUILDERS or not kept
    if order.ordered_by == actor.id and of_builders:
        return "builder"
    hint = "that is for who ordered the build, or a maintainer" if of_builders else "that is for a maintainer"
    raise ForbiddenError(f"{actor.id} may not decide about another {row.kind}", hint=hint)


def _kept(session: Session, design_id: int) -> tuple[str, bool]:
    """The key of a design, and whether it has a maintainer."""
    design = design_key(session, design_id)
    kept = select(GrantRow.id).where(GrantRow.role == Role.MAINTAINER, GrantRow.design == design)
    return design, session.scalar(kept.limit(1)) is not None


def _use(change: Change, row: SubstitutionRow) -> None:
    """Have the lab's share of the task planned anew."""
    for lot in row.task.lots:
        if row.lab in {*(job.lab for job in lot.jobs), *(offer.lab for offer in lot.offers)}:
            take_back(change, lot, f"{row.lab} uses {row.instead} instead")
    want_plan(change, row.task.build_id, f"{row.lab} may use {row.instead} for {row.task.name}")


def _wanted(task: TaskRow, kind: SubstitutionKind) -> str | None:
    wanted: dict[SubstitutionKind, str | None] = {
        SubstitutionKind.MATERIAL: task.material,
        SubstitutionKind.PROCESS: task.process,
        SubstitutionKind.PART: task.name,
        SubstitutionKind.TOLERANCE: None,
    }
    return wanted[kind]


def _checked(task: TaskRow, kind: SubstitutionKind, instead: str) -> str:
    """What is used instead, in the words that matching knows.

    Raises:
        InputError: it is none.
    """
    bought = task.kind == "purchase"
    if bought is not (kind is SubstitutionKind.PART):
        what = (
            "a bought part is replaced by another part" if bought else "what is made has no part to be bought instead"
        )
        raise InputError(what, where="kind")
    return _READERS[kind](instead.strip())


def _material(text: str) -> str:
    found = materials().find(text)
    return found.id if found is not None else _words(text)


def _process(text: str) -> str:
    return find_process(text) or processes().require(text, where="instead").id


def _tolerance(text: str) -> str:
    try:
        value = float(text.removesuffix("mm").strip().removeprefix("±").replace(",", "."))
    except ValueError:
        value = 0.0
    if not 0 < value < 1000:
        raise InputError("a tolerance is given in millimetres: 0.3", where="instead")
    return f"{value:g}"


def _words(text: str) -> str:
    if not text:
        raise InputError("what is used instead is not said", where="instead")
    return text


_READERS: dict[SubstitutionKind, Callable[[str], str]] = {
    SubstitutionKind.MATERIAL: _material,
    SubstitutionKind.PROCESS: _process,
    SubstitutionKind.TOLERANCE: _tolerance,
    SubstitutionKind.PART: _words,
}


def _record(change: Change, row: SubstitutionRow, why: str) -> None:
    facts = {"task": row.task.key, "build": row.task.build_id, "lab": row.lab, "of": str(row.kind)}
    change.record(f"substitution.{row.state}", f"substitution {row.id}", why, **facts, instead=row.instead)


def _row(session: Session, substitution_id: int) -> SubstitutionRow:
    found = session.get(SubstitutionRow, substitution_id)
    if found is None:
        raise UnknownError(f"there is no substitution {substitution_id}")
    return found


def _view(row: SubstitutionRow) -> SubstitutionView:
    return SubstitutionView(
        id=row.id, build_id=row.task.build_id, task_id=row.task_id, task=row.task.name, lab=row.lab, kind=row.kind,
        wanted=row.wanted, instead=row.instead, why=row.why, state=row.state, asked_by=row.asked_by,
        asked_at=row.asked_at, decided_by=row.decided_by, decided_as=row.decided_as, decided_at=row.decided_at,
        decision=row.decision, for_all=row.for_all,
    )  # fmt: skip
