"""People: known by a pseudonym, with roles; their names in a table that can be erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.schema.account import AccountRow, HookRow, ResetRow, SessionRow
from coordinator.schema.alert import AlertAddressRow, AlertHabitRow, AlertPersonRow, AlertWishRow
from coordinator.schema.builds import DesignRow
from coordinator.schema.design_change import DesignChangeRow
from coordinator.schema.flow import RateRow
from coordinator.schema.identity import IdentityRow
from coordinator.schema.network import GrantRow, LabRow, PersonalDataRow, PersonRow, Role, TokenRow
from coordinator.schema.shipment import DeliveryAddressRow
from coordinator.service.access import OF_A_DESIGN, OF_A_LAB, Actor, Grant, Right
from coordinator.service.alerts.addresses import end_address
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from core.errors import InputError, StateError

__all__ = [
    "GrantView",
    "People",
    "PersonView",
    "add_grant",
    "check_grant",
    "design_key",
    "end_grant",
    "grant_of",
    "new_person",
]

_OF_A_PERSON = (
    SessionRow, ResetRow, AccountRow, AlertHabitRow, AlertWishRow, AlertPersonRow, IdentityRow, DeliveryAddressRow,
    RateRow,
)  # fmt: skip
"""What goes with a person who is erased."""


class GrantView(View):
    """A role; of one lab, of one design (where it is fetched from, or which it is), or of the network."""

    role: Role
    lab: str = ""
    design: str = ""


class PersonView(View):
    """A person. Name and address are shown to the person and to stewards only; null for everybody else."""

    id: str
    joined_at: datetime
    erased: bool
    grants: list[GrantView]
    name: str | None = None
    email: str | None = None


class People:
    """Who takes part."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[PersonView]:
        """Everybody, by pseudonym."""
        with self._house.reading() as session:
            return page_of(
                session, select(PersonRow), PersonRow.id, lambda row: _view(row, actor), after=after, limit=limit
            )

    def one(self, actor: Actor, person_id: str) -> PersonView:
        """One person.

        Raises:
            UnknownError: there is no such person.
        """
        with self._house.reading() as session:
            return _view(_person(session, person_id), actor)

    def grant(self, call: Call, person_id: str, role: Role, lab: str, design_id: int | None = None) -> PersonView:
        """Give a person a role.

        Args:
            call: who asks.
            person_id: whose it is to be.
            role: not that of a visitor or an agent.
            lab: of an operator, else "".
            design_id: of a maintainer: any version of the design.

        Raises:
            ForbiddenError: who asks is neither a steward nor has the same role in the same lab or for the same design.
            UnknownError: there is no such person, lab or design.
        """

        def work(change: Change) -> PersonView:
            given = _checked(change, call.actor, role, lab, design_id)
            person = _person(change.session, person_id)
            if person.erased_at is not None:
                raise StateError("this person has left and cannot be given a role", where=person_id)
            add_grant(change, person, given)
            return _view(person, call.actor)

        return self._house.perform(call, PersonView, work)

    def withdraw(self, call: Call, person_id: str, role: Role, lab: str, design_id: int | None = None) -> PersonView:
        """Take a role from a person; that they had it stays in the log.

        Raises:
            ForbiddenError: as for `grant`.
            UnknownError: there is no such person, or the person has no such role.
            StateError: it is the last steward.
        """

        def work(change: Change) -> PersonView:
            taken = _checked(change, call.actor, role, lab, design_id)
            person = _person(change.session, person_id)
            found = next((each for each in person.grants if grant_of(each) == taken), None)
            if found is None:
                raise UnknownError(f"{person_id} has no such role", where=f"{role} {lab}".strip())
            end_grant(change, person, found)
            return _view(person, call.actor)

        return self._house.perform(call, PersonView, work)

    def erase(self, call: Call, person_id: str) -> PersonView:
        """Forget who a person is: name, address, log-in, roles and tokens go, the pseudonym in the log stays.

        Raises:
            ForbiddenError: who asks is neither the person nor a steward.
            UnknownError: there is no such person.
            StateError: it is the last steward.
        """
        if call.actor.id != person_id:
            call.actor.require(Right.KEEP_PEOPLE)

        def work(change: Change) -> PersonView:
            person = _person(change.session, person_id)
            for each in list(person.grants):
                _keep_a_steward(change.session, each)
                person.grants.remove(each)
                change.session.delete(each)
            if person.personal is not None:
                change.session.delete(person.personal)
                person.personal = None
            now = self._house.real.now()
            for token in change.session.scalars(select(TokenRow).where(TokenRow.person_id == person_id)):
                token.revoked_at = token.revoked_at or now
            for hook in change.session.scalars(select(HookRow).where(HookRow.person_id == person_id)):
                hook.url, hook.ended_at = "", hook.ended_at or now
            addresses = select(AlertAddressRow).where(AlertAddressRow.person_id == person_id)
            for address in change.session.scalars(addresses):
                end_address(change.session, address, now)
            for kind in _OF_A_PERSON:
                change.session.execute(delete(kind).where(kind.person_id == person_id))
            if person.erased_at is None:
                person.erased_at = change.at
                change.record("person.erased", f"person {person_id}")
            return _view(person, call.actor)

        return self._house.perform(call, PersonView, work)


def check_grant(session: Session, role: Role, lab: str) -> None:
    """Refuse a role that cannot be given.

    Raises:
        InputError: the role is nobody's to have, or names a lab where it should not, or none where it should.
        UnknownError: there is no such lab.
    """
    if role in {Role.VISITOR, Role.AGENT}:
        raise InputError(f"nobody is made a {role} in this way", hint="everybody is a visitor; agents have tokens")
    if (role in OF_A_LAB) != bool(lab):
        raise InputError(f"the role of {role} is {'' if role in OF_A_LAB else 'not '}for one lab", where="lab")
    if lab and session.get(LabRow, lab) is None:
        raise UnknownError(f"there is no lab {lab!r}")


def add_grant(change: Change, person: PersonRow, given: Grant) -> None:
    """Give a role, unless the person has it."""
    if not any(grant_of(each) == given for each in person.grants):
        row = GrantRow(role=given.role, lab=given.lab, design=given.design, granted_at=change.at, granted_by=change.who)
        person.grants.append(row)
        change.record("person.role-given", f"person {person.id}", **_told(given))


def end_grant(change: Change, person: PersonRow, row: GrantRow) -> None:
    """Take a role from a person; that they had it stays in the log.

    Raises:
        StateError: it is the last steward.
    """
    _keep_a_steward(change.session, row)
    taken = grant_of(row)
    person.grants.remove(row)
    change.session.delete(row)
    change.record("person.role-taken", f"person {person.id}", **_told(taken))


def grant_of(row: GrantRow) -> Grant:
    """A stored role."""
    return Grant(row.role, row.lab, row.design)


def design_key(session: Session, design_id: int) -> str:
    """What all versions of a design have in common: where it is fetched from; an upload is a design of its own.

    A version that maintainers have made by taking over somebody's change belongs to their design.

    Raises:
        UnknownError: there is no such design.
    """
    row = session.get(DesignRow, design_id)
    if row is None:
        raise UnknownError(f"there is no design {design_id}")
    if row.location.startswith("https://"):
        return row.location
    taken_over = select(DesignChangeRow.scope).where(DesignChangeRow.made_id == row.id)
    return session.scalar(taken_over) or f"design {row.id}"


def _told(given: Grant) -> dict[str, str]:
    more = {"design": given.design} if given.design else {}
    return {"role": str(given.role), "lab": given.lab, **more}


def _checked(change: Change, actor: Actor, role: Role, lab: str, design_id: int | None) -> Grant:
    """A role that may be given or taken, by who may do that."""
    keeps_lab = role is Role.OPERATOR and lab and actor.may(Right.KEEP_LAB, lab)
    if not keeps_lab and role is not Role.MAINTAINER:
        actor.require(Right.KEEP_PEOPLE)
    if (role in OF_A_DESIGN) != (design_id is not None):
        wanted = "" if role in OF_A_DESIGN else "not "
        raise InputError(f"the role of {role} is {wanted}for one design", where="design_id")
    check_grant(change.session, role, lab)
    if design_id is None:
        return Grant(role, lab)
    actor.require(Right.KEEP_DESIGN)
    design = design_key(change.session, design_id)
    actor.require(Right.KEEP_DESIGN, design=design)
    return Grant(role, design=design)


def _keep_a_steward(session: Session, leaving: GrantRow) -> None:
    if leaving.role is not Role.STEWARD:
        return
    stewards = session.scalars(select(GrantRow.person_id).where(GrantRow.role == Role.STEWARD)).all()
    if set(stewards) == {leaving.person_id}:
        raise StateError("the network would be without a steward", hint="make somebody else one first")


def _person(session: Session, person_id: str) -> PersonRow:
    found = session.get(PersonRow, person_id)
    if found is None:
        raise UnknownError(f"there is no person {person_id[:60]!r}")
    return found


def _view(person: PersonRow, actor: Actor) -> PersonView:
    shown = person.personal if actor.id == person.id or actor.may(Right.KEEP_PEOPLE) else None
    return PersonView(
        id=person.id,
        joined_at=person.joined_at,
        erased=person.erased_at is not None,
        grants=[GrantView(role=each.role, lab=each.lab, design=each.design) for each in person.grants],
        name=shown.name if shown else None,
        email=shown.email if shown else None,
    )


def new_person(change: Change, person_id: str, name: str, email: str | None) -> PersonRow:
    """A new person with personal data."""
    person = PersonRow(id=person_id, joined_at=change.at, erased_at=None)
    person.personal = PersonalDataRow(name=name, email=email)
    change.session.add(person)
    return person
