"""People of a lab, as values: by pseudonym, with what they are trained for; and what of a lab is private."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Address", "Contact", "Person", "PrivateFact"]


class PrivateFact(StrEnum):
    """What stays in the lab unless the lab discloses it."""

    CONTACT = "contact"
    ADDRESS = "address"  # and the place more exactly than a kilometre
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Contact:
    """How people of the lab are reached."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where the door is; `country` is an ISO 3166 code of two letters."""

    street: str | None = None
    postcode: str | None = None
    region: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One of the lab's people, known by a pseudonym only.

    Attributes:
        id: a pseudonym, unique in the lab.
        training: ids of the skills held.
    """

    id: str
    training: tuple[str, ...] = ()
