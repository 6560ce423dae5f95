"""Rates, set: a person for an hour of one kind of work, a lab for an hour of its machines; nobody for anybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coordinator.schema.flow import RateRow
from coordinator.schema.network import LabRow, MachineRow, PersonRow
from coordinator.service.access import Actor, Right
from coordinator.service.flows.work import require_kind
from coordinator.service.house import Call, Change, House, View
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import InputError

__all__ = ["MOST_CENTS", "Asked", "RateView", "Rates"]

MOST_CENTS = 1_000_000
"""Cents an hour that anybody may ask."""
_MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for an hour.

    Attributes:
        cents_per_hour: from 0.
        currency: ISO 4217.
        since: from when on; None for now. What was given before counts at the rate that held then.
    """

    cents_per_hour: int
    currency: str = "EUR"
    since: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.cents_per_hour <= MOST_CENTS:
            raise InputError(f"an hour is from 0 to {MOST_CENTS} cents", where="cents_per_hour")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise InputError("a currency is three capital letters", where="currency", hint="such as EUR")


class RateView(View):
    """What somebody asks for an hour from a moment on: a person for a kind of work, or a lab for its machines.

    `machine` is null where it is for all machines of the lab that have none of their own.
    """

    id: int
    person_id: str | None
    lab: str | None
    machine: str | None
    kind: str
    cents_per_hour: int
    currency: str
    since: datetime
    set_at: datetime


class Rates:
    """What people and labs ask."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of_person(self, actor: Actor, person_id: str) -> list[RateView]:
        """What a person asks, and asked before, for the person and for stewards.

        Raises:
            UnknownError: there is no such person.
            ForbiddenError: who asks is neither.
        """
        if actor.id != person_id:
            actor.require(Right.KEEP_LEDGER)
        with self._house.reading() as session:
            if session.get(PersonRow, person_id) is None:
                raise UnknownError(f"there is no person {person_id[:60]!r}")
            return _views(session.scalars(_ordered().where(RateRow.person_id == person_id)).all())

    def of_lab(self, lab: str) -> list[RateView]:
        """What a lab asks for its machines, and asked before.

        Raises:
            UnknownError: there is no such lab.
        """
        with self._house.reading() as session:
            _require_lab(session, lab)
            return _views(session.scalars(_ordered().where(RateRow.lab == lab)).all())

    def set_own(self, call: Call, kind: str, asked: Asked) -> RateView:
        """Say what one asks for an hour of a kind of work.

        Raises:
            ForbiddenError: who asks is no person that takes part.
            InputError: it would change what was given already.
        """
        call.actor.require(Right.DECLARE_WORK)
        require_kind(kind)

        def work(change: Change) -> RateView:
            if change.session.get(PersonRow, change.who) is None:
                raise ForbiddenError(f"{change.who} is no person: a rate is somebody's own")
            earlier = select(RateRow.id).where(RateRow.person_id == change.who, RateRow.kind == kind)
            row = _row(change, asked, known=change.session.scalar(earlier.limit(1)) is not None)
            row.person_id, row.kind = change.who, kind
            return _set(change, row)

        return self._house.perform(call, RateView, work)

    def set_for_lab(self, call: Call, lab: str, machine: str | None, asked: Asked) -> RateView:
        """Say what a lab asks for an hour of a machine, or of every one that has no rate of its own.

        Raises:
            UnknownError: there is no such lab, or the machine is not its.
            ForbiddenError: who asks is no operator of it.
            InputError: it would change what was given already.
        """
        if not call.actor.known:
            raise UnauthenticatedError("a token is needed to set a rate", hint="an invitation gives one")
        call.actor.require(Right.ANSWER, lab)

        def work(change: Change) -> RateView:
            _require_lab(change.session, lab)
            home = None if machine is None else change.session.get(MachineRow, machine)
            if machine is not None and (home is None or home.lab != lab):
                raise UnknownError(f"{lab} has no machine {machine!r}", where="machine")
            earlier = select(RateRow.id).where(RateRow.lab == lab, RateRow.machine == machine)
            row = _row(change, asked, known=change.session.scalar(earlier.limit(1)) is not None)
            row.lab, row.machine, row.kind = lab, machine, _MACHINE
            return _set(change, row)

        return self._house.perform(call, RateView, work)


def _row(change: Change, asked: Asked, *, known: bool) -> RateRow:
    """A rate; only the first one may reach back, so that nobody changes what was given at another."""
    since = asked.since or change.at
    if known and since < change.at:
        raise InputError("a rate that is changed counts from now on, or later", where="since")
    return RateRow(
        cents_per_hour=asked.cents_per_hour, currency=asked.currency, since=since, set_at=change.at, set_by=change.who
    )


def _set(change: Change, row: RateRow) -> RateView:
    change.session.add(row)
    change.session.flush()
    # how much is for the person and the stewards to know
    change.record("rate.set", f"rate {row.id}", work=row.kind, lab=row.lab, machine=row.machine)
    return _views([row])[0]


def _require_lab(session: Session, lab: str) -> None:
    if session.get(LabRow, lab) is None:
        raise UnknownError(f"there is no lab {lab!r}")


def _ordered() -> Select[RateRow]:
    return select(RateRow).order_by(RateRow.since.desc(), RateRow.id.desc())


def _views(rows: Sequence[RateRow]) -> list[RateView]:
    return [
        RateView(
            id=row.id, person_id=row.person_id, lab=row.lab, machine=row.machine, kind=row.kind,
            cents_per_hour=row.cents_per_hour, currency=row.currency, since=row.since, set_at=row.set_at,
        )
        for row in rows
    ]  # fmt: skip
