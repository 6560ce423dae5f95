"""Changes that somebody proposes to the maintainers of a design: a fork, an upload, a version of its own address.

One maintainer accepts or declines, with a reason that stays. What is accepted is the newest version of the design from
then on, builds of it are told, and who proposed it is credited (`coordinator.service.flows.made`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.moves import advance
from coordinator.schema.builds import DesignRow
from coordinator.schema.design_change import ChangeState, DesignChangeRow
from coordinator.schema.service import ImportRow
from coordinator.service.access import Actor, Right
from coordinator.service.changes.versus import VersusView, versus
from coordinator.service.designs.designs import Designs, Packed
from coordinator.service.designs.lineage import tell_builds
from coordinator.service.governance.copies import ORIGIN_NAME, copied, named_in_origin, origin_of
from coordinator.service.governance.electorate import has_voice, require_voice
from coordinator.service.governance.scopes import design_of
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import design_key
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError, StateError
from designs.design import Source

__all__ = ["DesignChangeView", "DesignChanges"]

_MOST_OPEN_OF_ONE: Final = 20
_MOST_KNOWN: Final = 50


class DesignChangeView(View):
    """A version that somebody proposes for a design.

    `design_id` is the version that it is to follow, `version_id` the one that is proposed. `made_id` is the version
    that the design got by it, null while nobody has accepted it. `own` says that it came from the design's own address.
    `may_decide` and `may_withdraw` are about who reads.
    """

    id: int
    design_id: int
    design: str
    version_id: int
    version: str
    state: ChangeState
    proposed_at: datetime
    proposed_by: str
    why: str
    decided_at: datetime | None
    decided_by: str | None
    decision: str
    made_id: int | None
    own: bool
    may_decide: bool
    may_withdraw: bool


class DesignChanges:
    """What is proposed to the maintainers of designs."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs
        self._known: dict[tuple[int, int], VersusView] = {}

    def all(
        self, actor: Actor, state: ChangeState | None = None, design_id: int | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[DesignChangeView]:  # fmt: skip
        """Proposed changes, the newest first; of one state, or of one design in all its versions.

        Raises:
            UnknownError: there is no such design.
        """
        query = select(DesignChangeRow)
        if state is not None:
            query = query.where(DesignChangeRow.state == state)
        with self._house.reading() as session:
            if design_id is not None:
                query = query.where(DesignChangeRow.scope == design_key(session, design_id))
            return page_of(
                session, query, DesignChangeRow.id, lambda row: _view(session, row, actor), after=after, limit=limit,
                falling=True,
            )  # fmt: skip

    def one(self, actor: Actor, change_id: int) -> DesignChangeView:
        """One proposed change.

        Raises:
            UnknownError: there is no such change.
        """
        with self._house.reading() as session:
            return _view(session, _row(session, change_id), actor)

    def of_version(self, actor: Actor, design_id: int) -> list[DesignChangeView]:
        """Where a version was proposed, the newest first."""
        query = select(DesignChangeRow).where(DesignChangeRow.version_id == design_id)
        with self._house.reading() as session:
            return [_view(session, row, actor) for row in session.scalars(query.order_by(DesignChangeRow.id.desc()))]

    def may_propose(self, actor: Actor, version_id: int) -> bool:
        """Whether somebody may propose a version to the maintainers of others."""
        with self._house.reading() as session:
            return _may_give(session, actor, version_id)

    def difference(self, change_id: int) -> VersusView:
        """What a change does to the version that it is to follow; files are opened once, which takes a while.

        Raises:
            UnknownError: there is no such change.
        """
        with self._house.reading() as session:
            row = _row(session, change_id)
            old, new = row.design_id, row.version_id
        if (old, new) not in self._known:  # versions never change
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[old, new] = versus(self._designs, old, new, aside=ORIGIN_NAME)
        return self._known[old, new]

    def propose(self, call: Call, design_id: int, version_id: int, why: str) -> DesignChangeView:
        """Propose a version to the maintainers of a design.

        Args:
            call: who asks: who brought the version in, or maintains it.
            design_id: any version of the design.
            version_id: that it is to take over.
            why: what it is good for, one sentence.

        Raises:
            UnauthenticatedError, ForbiddenError: the version is somebody else's.
            UnknownError: there is no such design.
            InputError: it is a version of that design already, or nothing is said on what it is good for.
            StateError: it was proposed already, or too much of the same person waits.
        """
        call.actor.require(Right.IMPORT_DESIGN)
        if not why.strip():
            raise InputError("a reason is needed", where="why", hint="say what the change is good for")

        def work(change: Change) -> DesignChangeView:
            session = change.session
            scope, theirs = design_key(session, design_id), design_key(session, version_id)
            if scope == theirs:
                raise InputError(f"design {version_id} is a version of design {design_id} already", where="version_id")
            if not _may_give(session, call.actor, version_id):
                hint = "fork it, and propose the fork"
                raise ForbiddenError(f"design {version_id} is somebody else's", where="version_id", hint=hint)
            _refuse_again(session, call.actor, scope, version_id)
            newest = design_of(session, scope)
            row = DesignChangeRow(
                scope=scope, design_id=newest.id if newest is not None else design_id, version_id=version_id,
                state=ChangeState.PROPOSED, proposed_at=change.at, proposed_by=change.who, why=why, decided_at=None,
                decided_by=None, decision="", made_id=None,
            )  # fmt: skip
            session.add(row)
            session.flush()
            change.record("change.proposed", f"change {row.id}", why, design=row.design_id, version=version_id)
            return _view(session, row, call.actor)

        return self._house.perform(call, DesignChangeView, work)

    def accept(self, call: Call, change_id: int, why: str) -> DesignChangeView:
        """Take a change over: it is the design's newest version from now on.

        Raises:
            UnauthenticatedError, ForbiddenError: who asks does not maintain the design.
            UnknownError: there is no such change.
            StateError: it is decided, or what it was to follow is not the newest version any more.
        """
        with self._house.reading() as session:
            row = _row(session, change_id)
            _require_able(session, call.actor, row)
            own = design_key(session, row.version_id) == row.scope
            design_id, version_id = row.design_id, row.version_id
        packed = None if own else self._packed(change_id, design_id, version_id)

        def work(change: Change) -> DesignChangeView:
            row = _row(change.session, change_id)
            _require_able(change.session, call.actor, row)
            _require_newest(change.session, row, own=own)
            _decide(change, row, ChangeState.ACCEPTED, why)
            row.made_id = row.version_id if packed is None else self._designs.store(change, packed).design.id
            change.session.flush()
            change.record(
                "change.accepted", f"change {row.id}", why, design=row.design_id, version=row.version_id,
                made=row.made_id,
            )  # fmt: skip
            tell_builds(change, row.scope, row.made_id)
            return _view(change.session, row, call.actor)

        return self._house.perform(call, DesignChangeView, work)

    def decline(self, call: Call, change_id: int, why: str) -> DesignChangeView:
        """Say no to a change; the reason stays with it.

        Raises:
            UnauthenticatedError, ForbiddenError: who asks does not maintain the design.
            UnknownError: there is no such change.
            InputError: no reason is given.
            StateError: it is decided.
        """
        if not why.strip():
            raise InputError("a reason is needed", where="why", hint="who proposed it goes on from there")

        def work(change: Change) -> DesignChangeView:
            row = _row(change.session, change_id)
            _require_able(change.session, call.actor, row)
            _decide(change, row, ChangeState.DECLINED, why)
            change.record("change.declined", f"change {row.id}", why, design=row.design_id, version=row.version_id)
            return _view(change.session, row, call.actor)

        return self._house.perform(call, DesignChangeView, work)

    def withdraw(self, call: Call, change_id: int, why: str) -> DesignChangeView:
        """Take a proposed change back.

        Raises:
            ForbiddenError: who asks has not proposed it.
            UnknownError: there is no such change.
            StateError: it is decided.
        """

        def work(change: Change) -> DesignChangeView:
            row = _row(change.session, change_id)
            if row.proposed_by != change.who:
                raise ForbiddenError("only who proposed a change takes it back", where=f"change {row.id}")
            _decide(change, row, ChangeState.WITHDRAWN, why)
            change.record("change.withdrawn", f"change {row.id}", why, design=row.design_id, version=row.version_id)
            return _view(change.session, row, call.actor)

        return self._house.perform(call, DesignChangeView, work)

    def _packed(self, change_id: int, design_id: int, version_id: int) -> Packed:
        """The version as one of the design: under its name, and with a word on where it came from."""
        base, theirs = self._designs.one(design_id), self._designs.one(version_id)
        with self._designs.opened(design_id) as old:
            before = origin_of(old)
        words = f"This version takes over {named_in_origin(theirs)}"
        with self._designs.opened(version_id) as design, copied(design, words, before) as copy:
            source = Source("zip", f"change:{change_id}", None)
            return self._designs.packed(replace(copy, name=base.name, source=source))


def _row(session: Session, change_id: int) -> DesignChangeRow:
    found = session.get(DesignChangeRow, change_id)
    if found is None:
        raise UnknownError(f"there is no proposed change {change_id}")
    return found


def _may_give(session: Session, actor: Actor, version_id: int) -> bool:
    """Whether a version is a person's to give: they brought it in, or maintain it."""
    found = session.get(ImportRow, version_id)
    if found is None:
        raise UnknownError(f"there is no design {version_id}")
    kept = actor.known and actor.may(Right.KEEP_DESIGN, design=design_key(session, version_id))
    return actor.may(Right.IMPORT_DESIGN) and (kept or found.imported_by == actor.id)


def _refuse_again(session: Session, actor: Actor, scope: str, version_id: int) -> None:
    waits = select(DesignChangeRow).where(DesignChangeRow.state == ChangeState.PROPOSED)
    same = waits.where(DesignChangeRow.scope == scope, DesignChangeRow.version_id == version_id)
    if session.scalars(same.limit(1)).first() is not None:
        raise StateError("this was proposed already, and waits", where=f"design {version_id}")
    mine = session.scalars(waits.where(DesignChangeRow.proposed_by == actor.id)).all()
    if len(mine) >= _MOST_OPEN_OF_ONE:
        raise StateError(f"{_MOST_OPEN_OF_ONE} changes of yours wait", hint="wait for one of them to be decided")


def _require_able(session: Session, actor: Actor, row: DesignChangeRow) -> None:
    """Its maintainers decide; the stewards where nobody maintains it."""
    require_voice(session, actor, row.scope)


def _require_newest(session: Session, row: DesignChangeRow, *, own: bool) -> None:
    """Nobody takes over what undoes a version that came since, and that they have not seen beside it."""
    newest = design_of(session, row.scope)
    if newest is not None and newest.id > (row.version_id if own else row.design_id):
        hint = "decline it; proposed anew it is shown beside that one"
        raise StateError(
            f"design {newest.id} is newer than what this was to follow", where=f"change {row.id}", hint=hint
        )


def _decide(change: Change, row: DesignChangeRow, state: ChangeState, why: str) -> None:
    advance(row, state, f"change {row.id}")
    row.decided_at, row.decided_by, row.decision = change.at, change.who, why


def _view(session: Session, row: DesignChangeRow, actor: Actor) -> DesignChangeView:
    waits = row.state is ChangeState.PROPOSED
    return DesignChangeView(
        id=row.id,
        design_id=row.design_id,
        design=row.design.name,
        version_id=row.version_id,
        version=_named(row.version),
        state=row.state,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        why=row.why,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision=row.decision,
        made_id=row.made_id,
        own=row.version.location == row.scope,
        may_decide=waits and has_voice(session, actor, row.scope),
        may_withdraw=waits and row.proposed_by == actor.id,
    )


def _named(design: DesignRow) -> str:
    return f"{design.name} ({design.commit[:12]})" if design.commit else design.name
