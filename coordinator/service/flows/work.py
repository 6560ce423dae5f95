"""What people enter in the book themselves: work that nothing else tells of, and corrections; nothing is erased."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.flows.actions import Action
from commons.flows.events import Event, Measure, reversal
from commons.flows.facts import Worked
from coordinator.schema.flow import EconomicEventRow
from coordinator.schema.network import GrantRow, PersonRow, Role
from coordinator.service.access import Actor, Right
from coordinator.service.flows.book import Entry, enter, event_in, row_of
from coordinator.service.flows.following import catch_up
from coordinator.service.flows.names import Kind, Names
from coordinator.service.flows.told import Told
from coordinator.service.flows.views import FlowView, flow_view, taken_back
from coordinator.service.house import Call, Change, House
from coordinator.service.membership.people import design_key
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from coordinator.service.work.builds import order_in
from core.errors import InputError, StateError

__all__ = ["KINDS", "Declared", "Work", "instead_of", "require_kind"]

KINDS: Final = ("making", "design", "translation", "documentation", "care", "teaching", "transport", "administration")
"""Kinds of work that people are asked for first; any other word will do."""
_KIND: Final = re.compile(r"[^\W\d_][\w -]{0,39}")
_NO_WORK: Final = frozenset({"machine", "material", "money"})  # what events that are no work count as
_BACK: Final = "#back"
_ANEW: Final = "#anew"
_AT_ONCE: Final = 500
_MOST_MINUTES: Final = 60 * 24 * 31
_JUDGED_BY_DESIGNERS: Final = frozenset({Action.WORK, Action.CITE})


@dataclass(frozen=True, slots=True)
class Declared:
    """Work that somebody did.

    Attributes:
        kind: such as "design" or "translation".
        minutes: above zero.
        at: when it was over; None for now.
        build_id, design_id: for which build, or for which version of a design; neither where it was for the network.
        note: what was done, one line.
    """

    kind: str
    minutes: int
    at: datetime | None = None
    build_id: int | None = None
    design_id: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        require_kind(self.kind)
        if not 0 < self.minutes <= _MOST_MINUTES:
            raise InputError(f"work is from 1 to {_MOST_MINUTES} minutes at a time", where="minutes")
        if self.build_id is not None and self.design_id is not None:
            raise InputError("work is for a build or for a design", where="design_id")


class Work:
    """What people say they did, and take back."""

    def __init__(self, house: House) -> None:
        self._house = house

    def declare(self, call: Call, said: Declared) -> FlowView:
        """Enter work of one's own.

        Raises:
            ForbiddenError: who asks is no person that takes part.
            UnknownError: there is no such build or design.
            InputError: it lies in time to come, or the note is no line of text.
        """
        call.actor.require(Right.DECLARE_WORK)
        names = catch_up(self._house)

        def work(change: Change) -> FlowView:
            if change.session.get(PersonRow, change.who) is None:
                raise ForbiddenError(f"{change.who} is no person: work is somebody's own")
            at = said.at or change.at
            if at > change.at:
                raise InputError("work that is still to be done cannot be entered", where="at")
            receiver, design_id = _beneficiary(change.session, names, said)
            name = names.of(Kind.WORK, secrets.token_hex(8))
            fact = Worked(name, at, names.of(Kind.PERSON, change.who), receiver, said.kind, said.minutes)
            (entry,) = Told(fact, said.build_id, design_id).entries()
            row = _entered(change, replace(entry, event=_noted(entry.event, said.note)))
            change.record(
                "flow.declared", f"flow {row.number}", said.note, work=said.kind, minutes=said.minutes,
                build=said.build_id, design=design_id,
            )  # fmt: skip
            return flow_view(row, {})

        return self._house.perform(call, FlowView, work)

    def may_correct(self, actor: Actor, number: int) -> bool:
        """Whether somebody may take an event back, and it can be.

        Raises:
            UnknownError: there is no such event.
        """
        names = catch_up(self._house)
        with self._house.reading() as session:
            row = row_of(session, number)
            open_ = row.corrects is None and not taken_back(session, [row])
            return open_ and _has_a_say(session, actor, names, row)

    def correct(self, call: Call, number: int, why: str, instead: Decimal | None = None) -> FlowView:
        """Take an event back, wholly; what is right is entered anew.

        Args:
            call: who asks.
            number: of the event.
            why: the reason, one line.
            instead: the right quantity, in the event's own unit; None where nothing of it is right.

        Returns:
            The event that takes it back.

        Raises:
            UnknownError: there is no such event.
            ForbiddenError: who asks has nothing to do with it, and is no steward.
            StateError: it was taken back before, or takes another back itself.
            InputError: there is no reason, or the quantity is none that the event could have.
        """
        if not why.strip():
            raise InputError("say why it is wrong", where="why")
        names = catch_up(self._house)

        def work(change: Change) -> FlowView:
            row = row_of(change.session, number)
            _require_a_say(change.session, call.actor, names, row)
            event = event_in(row)
            if event.corrects is not None or taken_back(change.session, [row]):
                raise StateError("it takes another back" if event.corrects else "it was taken back before",
                                 where=f"event {number}", hint="enter anew what is right")  # fmt: skip
            name = names.of(Kind.CORRECTION, number)
            back = _checked(lambda: reversal(event, f"{name}{_BACK}", change.at, why.strip()))
            found = _entered(change, _beside(row, back))
            if instead is not None:
                anew = _checked(lambda: _with(event, instead, f"{name}{_ANEW}", why.strip()))
                _entered(change, _beside(row, anew))
            right = None if instead is None else str(instead)
            change.record("flow.taken-back", f"flow {number}", why.strip(), instead=right, build=row.build_id)
            return flow_view(found, {})

        return self._house.perform(call, FlowView, work)


def require_kind(kind: str) -> None:
    """Refuse what is no kind of work.

    Raises:
        InputError: it is none.
    """
    if not _KIND.fullmatch(kind) or kind in _NO_WORK:
        raise InputError(f"{kind[:40]!r} is no kind of work", where="kind", hint=f"such as {', '.join(KINDS)}")


def instead_of(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """By the id of an event that was taken back, that of the one entered anew instead, the newest where it was often.

    What was taken back and not entered anew is not in it.
    """
    steps: dict[str, str] = {}
    wanted = sorted(set(ids))
    while wanted:
        anew: dict[str, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            backs = select(EconomicEventRow.corrects, EconomicEventRow.id)
            backs = backs.where(EconomicEventRow.corrects.in_(wanted[start : start + _AT_ONCE]))
            anew |= {f"{back.removesuffix(_BACK)}{_ANEW}": str(first) for first, back in session.execute(backs)}
        there = select(EconomicEventRow.id).where(EconomicEventRow.id.in_(anew))
        wanted = sorted(session.scalars(there))
        steps |= {anew[each]: each for each in wanted}
    return {first: _last(steps, first) for first in steps}


def _last(steps: Mapping[str, str], first: str) -> str:
    while first in steps:
        first = steps[first]
    return first


def _beneficiary(session: Session, names: Names, said: Declared) -> tuple[str, int | None]:
    """Who receives the work, and for which version of a design it is."""
    if said.build_id is not None:
        return names.of(Kind.BUILD, said.build_id), order_in(session, said.build_id).build.design_id
    if said.design_id is not None:
        design_key(session, said.design_id)
        return names.of(Kind.DESIGN, said.design_id), said.design_id
    return names.whole, None


def _require_a_say(session: Session, actor: Actor, names: Names, row: EconomicEventRow) -> None:
    """Let through stewards, who gave or received it, operators of the labs in it; for work maintainers, too."""
    if _has_a_say(session, actor, names, row):
        return
    if not actor.known:
        raise UnauthenticatedError("a token is needed to take an event back", hint="an invitation gives one")
    hint = "it is for who is named in it, operators of the labs in it and of a person's lab, maintainers and stewards"
    raise ForbiddenError(f"{actor.id} has no say in this event", where=f"event {row.number}", hint=hint)


def _has_a_say(session: Session, actor: Actor, names: Names, row: EconomicEventRow) -> bool:
    if actor.may(Right.KEEP_LEDGER):
        return True
    own = actor.known and not row.source
    return own and (_in_it(session, actor, names, row) or _keeps_design(session, actor, row))


def _in_it(session: Session, actor: Actor, names: Names, row: EconomicEventRow) -> bool:
    for named in (row.provider, row.receiver):
        kind, key = (names.read(named) if named is not None else None) or (None, "")
        if kind is Kind.PERSON:
            labs = select(GrantRow.lab).where(GrantRow.person_id == key, GrantRow.role == Role.OPERATOR)
            if key == actor.id or any(actor.may(Right.ANSWER, lab) for lab in session.scalars(labs)):
                return True
        if kind is Kind.LAB and actor.may(Right.ANSWER, key):
            return True
    return False


def _keeps_design(session: Session, actor: Actor, row: EconomicEventRow) -> bool:
    if row.design_id is None or row.action not in _JUDGED_BY_DESIGNERS:
        return False
    return actor.may(Right.KEEP_DESIGN, design=design_key(session, row.design_id))


def _noted(event: Event, note: str) -> Event:
    return _checked(lambda: replace(event, note=note.strip()))


def _with(event: Event, value: Decimal, name: str, note: str) -> Event:
    """The same event with another quantity; of two, the quantity of things."""
    if event.quantity is not None:
        return replace(event, id=name, quantity=Measure.of(value, event.quantity.unit), note=note)
    assert event.effort is not None  # noqa: S101 - an event has one of the two
    return replace(event, id=name, effort=Measure.of(value, event.effort.unit), note=note)


def _checked(make: Callable[[], Event]) -> Event:
    try:
        return make()
    except ValueError as error:
        raise InputError(str(error)) from error


def _beside(row: EconomicEventRow, event: Event) -> Entry:
    """An event that belongs where another does; what is said here of what came from elsewhere is said here."""
    return Entry(event, row.build_id, row.design_id)


def _entered(change: Change, entry: Entry) -> EconomicEventRow:
    enter(change, [entry])
    return change.session.scalars(select(EconomicEventRow).where(EconomicEventRow.id == entry.event.id)).one()
