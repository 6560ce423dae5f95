"""Who makes things, as far as licences tell makers apart."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Maker"]


class Maker(StrEnum):
    """What kind of maker somebody is."""

    PERSON = "person"
    ASSOCIATION = "association"  # non-profit
    SCHOOL = "school"
    PUBLIC_BODY = "public body"
    COOPERATIVE = "cooperative"  # owned by its workers, who share the surplus
    COMPANY = "company"  # privately owned, with paid employees
