"""Which versions belong to one design, and which of them wait for the word of its maintainers.

Versions have a key in common (`coordinator.service.membership.people.design_key`): where they are fetched from, or the
upload that they began as. Beside these, a design has the versions that its maintainers took over from others.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, literal, or_, select
from sqlalchemy.orm import aliased

from coordinator.schema.builds import BuildRow, BuildState, DesignRow
from coordinator.schema.change import DesignAnswerRow
from coordinator.schema.design_change import ChangeState, DesignChangeRow
from coordinator.schema.network import GrantRow, PersonRow, Role
from coordinator.schema.service import ImportRow
from coordinator.service.house import Change

__all__ = ["hold_back", "is_newer", "of_key", "tell_builds", "unaccepted"]


def of_key(key: str) -> ColumnElement[bool]:
    """Whether a design's row belongs to a key: what was fetched or uploaded under it, and what was taken over."""
    taken_over = DesignRow.id.in_(_made().where(DesignChangeRow.scope == key))
    if key.startswith("design "):
        return or_(DesignRow.id == int(key.removeprefix("design ")), taken_over)
    return or_(DesignRow.location == key, taken_over)


def is_newer(new: type[DesignRow], old: type[DesignRow]) -> ColumnElement[bool]:
    """Whether a row is a newer version of the design of another: not one that waits for its maintainers' word.

    Versions are fetched from one address; or have one name and come from one person, or from answers to questions; or
    were taken over from others.
    """
    of_new, of_old = aliased(ImportRow), aliased(ImportRow)
    one_hand = _there(
        new, old, of_new.design_id == new.id, of_old.design_id == old.id, of_new.imported_by == of_old.imported_by
    )
    answered = _there(new, old, DesignAnswerRow.design_id == old.id, DesignAnswerRow.made_id == new.id)
    asked = (DesignChangeRow.version_id == new.id, DesignChangeRow.scope == new.location)
    waits = _there(new, old, *asked, DesignChangeRow.state != ChangeState.ACCEPTED)
    accepted = _there(new, old, DesignChangeRow.made_id == new.id)
    alike = or_(new.location.startswith("https://"), one_hand, answered)
    brought = and_(new.location == old.location, alike, or_(~waits, accepted))
    return and_(new.id > old.id, or_(brought, _taken_over(new, old)))


def _taken_over(new: type[DesignRow], old: type[DesignRow]) -> ColumnElement[bool]:
    """Whether the one was made by taking over a change of the design that the other belongs to, or both were."""
    of_new, of_old = aliased(DesignChangeRow), aliased(DesignChangeRow)
    key = or_(of_new.scope == old.location, of_new.scope == literal("design ") + cast(old.id, String))
    after = _there(new, old, of_new.made_id == new.id, key)
    both = _there(new, old, of_new.made_id == new.id, of_old.made_id == old.id, of_old.scope == of_new.scope)
    fetched_since = _there(new, old, of_old.made_id == old.id, of_old.scope == new.location)
    return or_(after, both, fetched_since)


def _there(new: type[DesignRow], old: type[DesignRow], *what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a row beside the two, however deep within other questions that is asked."""
    return exists().where(*what).correlate(new, old)


def unaccepted(key: str) -> Select[int]:
    """Ids of versions of a design to which no maintainer has said yes: they wait, or were declined."""
    asked = select(DesignChangeRow.version_id).where(
        DesignChangeRow.scope == key, DesignChangeRow.state != ChangeState.ACCEPTED
    )
    return asked.where(DesignChangeRow.version_id.not_in(_made())).distinct()


def hold_back(change: Change, row: DesignRow) -> bool:
    """Let a new version from a design's own address wait where somebody else than its maintainers brought it in.

    Returns whether it waits. A design that nobody maintains here, and the first version of any, wait for nobody.
    """
    key, session = row.location, change.session
    if not key.startswith("https://") or session.get(PersonRow, change.who) is None:
        return False
    kept = session.scalars(select(GrantRow.person_id).where(GrantRow.role == Role.MAINTAINER, GrantRow.design == key))
    stewards = session.scalars(select(GrantRow.person_id).where(GrantRow.role == Role.STEWARD))
    maintainers = set(kept)
    before = select(DesignRow.id).where(of_key(key), DesignRow.id < row.id, DesignRow.id.not_in(unaccepted(key)))
    newest = session.scalar(before.order_by(DesignRow.id.desc()).limit(1))
    if not maintainers or newest is None or change.who in maintainers | set(stewards):
        return False
    waits = DesignChangeRow(
        scope=key, design_id=newest, version_id=row.id, state=ChangeState.PROPOSED, proposed_at=change.at,
        proposed_by=change.who, why="it was brought in from the design's own address", decided_at=None,
        decided_by=None, decision="", made_id=None,
    )  # fmt: skip
    session.add(waits)
    session.flush()
    change.record("change.proposed", f"change {waits.id}", waits.why, design=newest, version=row.id)
    return True


def tell_builds(change: Change, key: str, made_id: int) -> None:
    """Tell the open builds of a design that it has a version more."""
    open_ones = select(BuildRow.id).join(DesignRow).where(BuildRow.state == BuildState.OPEN, of_key(key))
    for build_id in change.session.scalars(open_ones.where(DesignRow.id != made_id).order_by(BuildRow.id)).all():
        change.record("build.version-here", f"build {build_id}", design=made_id)


def _made() -> Select[int | None]:
    return select(DesignChangeRow.made_id).where(DesignChangeRow.made_id.is_not(None))
