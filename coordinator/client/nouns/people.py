"""The part of the API under `people`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    Role,
)

__all__ = ["BuilderContact", "ContactsView", "GrantView", "LabContact", "Me", "NewReset", "People", "PersonView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderContact:
    """Who ordered; name and e-mail as that person gave them, null for who has left or gave none."""

    person_id: str
    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsView:
    """Who can be reached about a build."""

    build_id: int
    builder: BuilderContact
    labs: tuple[LabContact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """A role; of one lab, of one design (where it is fetched from, or which it is), or of the network."""

    role: Role
    lab: str = ""
    design: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabContact:
    """A lab that has a job; contact and address as its entry has them (docs/labs.md), null for what it does not say."""

    lab: str
    name: str
    contact: dict[str, Any] | None
    address: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who shows the token: a person's or an agent's id, or "visitor"; and the roles that count."""

    id: str
    grants: tuple[GrantView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReset:
    """A code with which a person sets a password; it is not shown again."""

    person_id: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person. Name and address are shown to the person and to stewards only; null for everybody else."""

    id: str
    joined_at: datetime
    erased: bool
    grants: tuple[GrantView, ...]
    name: str | None = None
    email: str | None = None


class People(Calls):
    """The part of the API under `people`."""

    def list_people(self) -> Iterator[PersonView]:
        """Everybody, by pseudonym."""
        return self._pages(PersonView, "/people", {}, 200)

    def read_person(self, person_id: str) -> PersonView:
        """One person; name and address for that person and for stewards."""
        return self._one(PersonView, "GET", f"/people/{segment(person_id)}")

    def erase_person(self, person_id: str, *, key: str | None = None) -> PersonView:
        """Forget who a person is. What the pseudonym did stays in the log."""
        return self._one(PersonView, "DELETE", f"/people/{segment(person_id)}", key=new_key(key))

    def give_role(
        self, person_id: str, role: Role, *, lab: str = "", design_id: int | None = None, key: str | None = None
    ) -> PersonView:
        """Give a person a role. Browsers have it at once; a token has the roles that it was made for: log in again."""
        return self._one(
            PersonView,
            "POST",
            f"/people/{segment(person_id)}/roles",
            body={"role": role, "lab": lab, "design_id": design_id},
            key=new_key(key),
        )

    def take_role(
        self, person_id: str, role: Role, *, lab: str = "", design_id: int | None = None, key: str | None = None
    ) -> PersonView:
        """Take a role from a person."""
        return self._one(
            PersonView,
            "POST",
            f"/people/{segment(person_id)}/roles/withdraw",
            body={"role": role, "lab": lab, "design_id": design_id},
            key=new_key(key),
        )

    def read_contacts(self, build_id: int) -> ContactsView:
        """Who can be reached about a build: who ordered it, and the labs that make it; for these and for stewards only."""  # noqa: E501 (the words of the route)
        return self._one(ContactsView, "GET", f"/builds/{segment(build_id)}/contacts")

    def read_me(self) -> Me:
        """Who you are to the coordinator: what the token that you show can do."""
        return self._one(Me, "GET", "/me")

    def offer_reset(self, person_id: str) -> NewReset:
        """A code with which a person sets a password, good once and for a day; for stewards, who hand it over."""
        return self._one(NewReset, "POST", f"/people/{segment(person_id)}/password-reset")
