"""Who makes something, and what for: what licences tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Maker", "Making", "Purpose"]


class Maker(StrEnum):
    """Who makes it, as far as licences tell makers apart."""

    PERSON = "person"
    ASSOCIATION = "association"  # non-profit
    SCHOOL = "school"
    PUBLIC_BODY = "public body"
    COOPERATIVE = "cooperative"  # owned by its workers, who share the surplus
    COMPANY = "company"  # privately owned, with paid employees


class Purpose(StrEnum):
    """What it is made for."""

    OWN_USE = "own use"
    GIFT = "gift"
    AT_COST = "at cost"  # material, energy and wear are paid, nothing more
    SALE = "sale"  # somebody earns by it


@dataclass(frozen=True, slots=True)
class Making:
    """One case that a licence is asked about.

    Attributes:
        maker: who makes it.
        purpose: what for.
        changed: whether the design was changed.
    """

    maker: Maker
    purpose: Purpose
    changed: bool = False

    @property
    def given(self) -> bool:
        """Whether it goes to somebody else."""
        return self.purpose is not Purpose.OWN_USE
