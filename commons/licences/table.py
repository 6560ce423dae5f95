"""What each licence asks, as data: `table.yaml`, read once and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["Duty", "Kind", "Licence", "Term", "When", "find_licence", "licences"]


class Duty(StrEnum):
    """What a clause asks for."""

    CREDIT = "credit"
    NOTICES = "notices"
    CHANGES = "changes"
    SAME_LICENCE = "same-licence"
    SOURCE = "source"
    SOURCE_LOCATION = "source-location"
    NOTIFY = "notify"
    PATENT = "patent"
    NON_COMMERCIAL = "non-commercial"
    NO_CHANGES = "no-changes"
    PEERS_ONLY = "peers-only"


class When(StrEnum):
    """When a clause is met."""

    MAKE = "make"  # whatever it is for
    GIVE = "give"  # when what is made goes to somebody else
    CHANGE = "change"  # when what is given was changed


class Kind(StrEnum):
    """How far a licence reaches."""

    PERMISSIVE = "permissive"
    WEAK = "weak"
    STRONG = "strong"
    RESTRICTED = "restricted"  # no open hardware by the OSHW definition 1.0


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a licence asks.

    Attributes:
        duty: the kind of it.
        when: it is asked.
        clause: of the licence.
        says: what is asked, as the end of a sentence.
    """

    duty: Duty
    when: When
    clause: str
    says: str

    def __post_init__(self) -> None:
        if not self.clause or not self.says:
            raise ValueError("a term has a clause and says something")


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence, or several that ask the same.

    Attributes:
        ids: SPDX identifiers.
        name: for people.
        kind: how far it reaches.
        terms: what it asks.
    """

    ids: tuple[str, ...]
    name: str
    kind: Kind
    terms: tuple[Term, ...]

    def asks(self, duty: Duty) -> Term | None:
        """The term of a duty, if there is one."""
        return next((term for term in self.terms if term.duty is duty), None)


@cache
def licences() -> Mapping[str, Licence]:
    """All that are known, by identifier."""
    rows = yaml.safe_load((files("commons.licences") / "table.yaml").read_text(encoding="utf-8"))
    found: dict[str, Licence] = {}
    for licence in map(_licence, rows):
        for each in licence.ids:
            if each in found:
                raise ValueError(f"{each} stands twice in the table of licences")
            found[each] = licence
    return found


def _licence(row: Mapping[str, Any]) -> Licence:
    terms = [Term(Duty(each["duty"]), When(each["when"]), each["clause"], each["says"]) for each in row["terms"]]
    return Licence(tuple(row["ids"]), row["name"], Kind(row["kind"]), tuple(terms))


def find_licence(identifier: str) -> Licence | None:
    """A licence by its SPDX identifier; versions "or later" ask what the version named asks. None: not known."""
    known = licences()
    return known.get(identifier) or known.get(re.sub(r"(?:-only|-or-later|\+)$", "", identifier))
