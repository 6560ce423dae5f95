"""Who can be reached about a build, told to those who are in it, and to nobody else.

In a build are who ordered it and the operators of the labs that have a job of it. To others a lab's contact and address
and a person's name stay what they are elsewhere: private.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.network import LabRow, PersonalDataRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import House, View
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from coordinator.service.work.builds import order_in

__all__ = ["BuilderContact", "Contacts", "ContactsView", "LabContact"]

_NEVER_TAKEN_UP: Final = (JobState.WITHDRAWN,)


class BuilderContact(View):
    """Who ordered; name and e-mail as that person gave them, null for who has left or gave none."""

    person_id: str
    name: str | None
    email: str | None


class LabContact(View):
    """A lab that has a job; contact and address as its entry has them (docs/labs.md), null for what it does not say."""

    lab: str
    name: str
    contact: dict[str, Any] | None
    address: dict[str, Any] | None


class ContactsView(View):
    """Who can be reached about a build."""

    build_id: int
    builder: BuilderContact
    labs: list[LabContact]


class Contacts:
    """Who can be reached."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of_build(self, actor: Actor, build_id: int) -> ContactsView:
        """Who can be reached about a build.

        Raises:
            UnauthenticatedError: a visitor asks.
            ForbiddenError: who asks has no part in the build.
            UnknownError: there is no such build.
        """
        if not actor.known:
            raise UnauthenticatedError("contacts are told to those who are in a build", hint="log in, or show a token")
        with self._house.reading() as session:
            order = order_in(session, build_id)
            labs = _labs_of(session, build_id)
            if not _takes_part(actor, order.ordered_by, labs):
                hint = "who ordered it and the labs that make it see them"
                raise ForbiddenError(f"{actor.id} has no part in build {build_id}", hint=hint)
            person = session.get(PersonalDataRow, order.ordered_by)
            return ContactsView(
                build_id=build_id,
                builder=BuilderContact(
                    person_id=order.ordered_by, name=person.name if person else None,
                    email=person.email if person else None,
                ),
                labs=[_lab(session, each) for each in labs],
            )  # fmt: skip


def _takes_part(actor: Actor, ordered_by: str, labs: list[str]) -> bool:
    """Whether an actor is in a build; a token that reaches no role of the person reaches no contacts either."""
    if actor.may(Right.KEEP_PEOPLE):
        return True
    return (actor.id == ordered_by and actor.may(Right.ORDER)) or any(actor.may(Right.ANSWER, lab) for lab in labs)


def _labs_of(session: Session, build_id: int) -> list[str]:
    query = select(JobRow.lab).where(JobRow.build_id == build_id, JobRow.state.not_in(_NEVER_TAKEN_UP))
    return sorted(set(session.scalars(query)))


def _lab(session: Session, lab_id: str) -> LabContact:
    row = session.get(LabRow, lab_id)
    said = row.document if row is not None else {}
    return LabContact(
        lab=lab_id, name=said.get("name", lab_id), contact=said.get("contact"), address=said.get("address")
    )
