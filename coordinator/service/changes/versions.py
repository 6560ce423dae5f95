"""Versions of a design beside a build: which there are, what each would change, which parts are called alike."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from coordinator.schema.builds import BuildRow, DesignRow, EventRow
from coordinator.schema.change import CompatibilityRow, DesignAnswerRow, MoveChoice, VersionDecisionRow
from coordinator.schema.design_change import DesignChangeRow
from coordinator.schema.service import ImportRow
from coordinator.service.access import Actor, Right
from coordinator.service.changes.comparing import Comparison, DifferenceView
from coordinator.service.changes.recipes import Terms, opened_recipe, opened_version
from coordinator.service.designs.designs import Designs
from coordinator.service.designs.lineage import of_key, unaccepted
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import design_key
from coordinator.service.refusals import UnknownError
from coordinator.service.work.builds import order_in
from core.errors import InputError

__all__ = ["CompatibleView", "VersionView", "Versions", "require_version", "versions_of"]

_MOST = 20
_MOST_KNOWN = 100


class VersionView(View):
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


class CompatibleView(View):
    """A maintainer's word that pieces of a part as it was will do in another version."""

    id: int
    old_id: int
    new_id: int
    part: str
    why: str
    marked_by: str
    marked_at: datetime


class Versions:
    """Versions of designs."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs
        self._known: dict[tuple[int, int], tuple[int, DifferenceView]] = {}  # as of the last event

    def of(self, build_id: int) -> list[VersionView]:
        """The versions of a build's design that are here, the newest first, 20 at most.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            build = order_in(session, build_id).build
            made = select(VersionDecisionRow).where(VersionDecisionRow.build_id == build_id)
            decided = {each.design_id: each for each in session.scalars(made.order_by(VersionDecisionRow.id))}
            return [_view(each, build, decided.get(each.design_id)) for each in versions_of(session, build.design)]

    def one_in(self, session: Session, build: BuildRow, design_id: int) -> VersionView:
        """One version of a build's design, and what was decided about it."""
        decided = select(VersionDecisionRow).where(
            VersionDecisionRow.build_id == build.id, VersionDecisionRow.design_id == design_id
        )
        last = session.scalars(decided.order_by(VersionDecisionRow.id.desc()).limit(1)).first()
        return _view(session.get_one(ImportRow, design_id), build, last)

    def keeps(self, actor: Actor, design_id: int) -> bool:
        """Whether a person maintains a design, or is a steward."""
        with self._house.reading() as session:
            return actor.known and actor.may(Right.KEEP_DESIGN, design=design_key(session, design_id))

    def difference(self, build_id: int, design_id: int) -> DifferenceView:
        """What would change were a build moved to another version.

        Raises:
            UnknownError: there is no such build, or no such version of its design.
        """
        with self._house.reading() as session:
            build = order_in(session, build_id).build
            require_version(session, build, design_id)
            terms = Terms.of(session, build)
            newest = session.scalar(select(func.max(EventRow.id))) or 0
        known = self._known.get((build_id, design_id))
        if known is None or known[0] != newest:  # opening two designs takes seconds
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[build_id, design_id] = (newest, self._compared(build_id, design_id, terms))
        return known[1]

    def _compared(self, build_id: int, design_id: int, terms: Terms) -> DifferenceView:
        with ExitStack() as stack:
            old = opened_recipe(stack, self._designs, terms)
            new = opened_version(stack, self._designs, design_id, terms.quantity)
            with self._house.reading() as session:
                build = session.get_one(BuildRow, build_id)
                return Comparison(session, build, terms, old, new, design_id).view()

    def mark_compatible(self, call: Call, old_id: int, new_id: int, part: str, why: str) -> CompatibleView:
        """Say that pieces of a part as it was in one version will do in another.

        Raises:
            ForbiddenError: who asks does not maintain the design.
            UnknownError: there is no such version.
            InputError: they are not versions of one design, or there is no reason.
        """
        call.actor.require(Right.KEEP_DESIGN)

        def work(change: Change) -> CompatibleView:
            session = change.session
            call.actor.require(Right.KEEP_DESIGN, design=design_key(session, new_id))
            old = session.get(DesignRow, old_id)
            if old is None:
                raise UnknownError(f"there is no design {old_id}")
            if old_id == new_id or new_id not in {each.design_id for each in versions_of(session, old)}:
                raise InputError(f"designs {old_id} and {new_id} are not two versions of one design", where="old_id")
            if not why.strip():
                raise InputError("a reason is needed", where="why", hint="builders decide by it")
            same = (CompatibilityRow.old_id == old_id, CompatibilityRow.new_id == new_id, CompatibilityRow.part == part)
            row = session.scalars(select(CompatibilityRow).where(*same)).first()
            if row is None:
                row = CompatibilityRow(
                    old_id=old_id, new_id=new_id, part=part, why=why, marked_at=change.at, marked_by=change.who
                )
                session.add(row)
                session.flush()
                change.record("design.compatible", f"design {new_id}", why, old=old_id, part=part)
            return CompatibleView(
                id=row.id, old_id=row.old_id, new_id=row.new_id, part=row.part, why=row.why, marked_by=row.marked_by,
                marked_at=row.marked_at,
            )  # fmt: skip

        return self._house.perform(call, CompatibleView, work)


def versions_of(session: Session, design: DesignRow) -> list[ImportRow]:
    """The imports of a design in all its versions, the newest first, 20 at most.

    Versions come from one public address. Uploads are versions of one design when they have the same name and come from
    the same person, or were made of one another by answering questions; a stranger's upload of that name is none. What
    waits for the word of the maintainers, or was declined, is none either; what they took over from others is one.
    """
    key = design_key(session, design.id)
    same: ColumnElement[bool] = of_key(key)
    if key.startswith("design "):
        root = session.get_one(DesignRow, int(key.removeprefix("design ")))
        first = session.get(ImportRow, root.id)
        made = select(DesignAnswerRow.made_id).where(DesignAnswerRow.design_id == root.id)
        came = select(DesignAnswerRow.design_id).where(DesignAnswerRow.made_id == root.id)
        alike = or_(
            ImportRow.imported_by == (first.imported_by if first is not None else ""),
            ImportRow.design_id.in_(made.union(came)),
        )
        same = or_(same, (DesignRow.location == root.location) & alike)
    waits = unaccepted(key).where(DesignChangeRow.version_id != design.id)
    query = select(ImportRow).join(DesignRow).where(same, DesignRow.id.not_in(waits))
    query = query.options(contains_eager(ImportRow.design))
    return list(session.scalars(query.order_by(ImportRow.design_id.desc()).limit(_MOST)))


def require_version(session: Session, build: BuildRow, design_id: int) -> None:
    """Refuse what is no other version of the build's design.

    Raises:
        UnknownError: it is none.
    """
    if design_id == build.design_id or design_id not in {e.design_id for e in versions_of(session, build.design)}:
        raise UnknownError(f"design {design_id} is no other version of what build {build.id} makes")


def _view(row: ImportRow, build: BuildRow, decided: VersionDecisionRow | None) -> VersionView:
    return VersionView(
        design_id=row.design_id,
        commit=row.design.commit,
        content_sha256=row.design.content_hash,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        current=row.design_id == build.design_id,
        newer=row.design_id > build.design_id,
        decision=decided.choice if decided is not None else None,
        why=decided.why if decided is not None else "",
    )
