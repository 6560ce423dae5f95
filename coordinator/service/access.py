"""Who may do what: one table from rights to roles, and the actor that has them.

Nobody commands anybody: a steward keeps the network, but only a lab's own operators answer for the lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coordinator.schema.network import Role
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError

__all__ = ["RIGHTS", "VISITOR", "Actor", "Grant", "Right"]


class Right(StrEnum):
    """Something that not everybody may do. What is public (reading, for the most part) needs no right."""

    IMPORT_DESIGN = "import a design"
    KEEP_DESIGN = "keep a design: say who maintains it and which forge tells of its changes"
    ORDER = "order a build"
    TEND_BUILD = "say what becomes of a build that another person ordered"
    ADD_LAB = "add a lab, or say how long the way between two labs takes"
    KEEP_LAB = "change what a lab says of itself"
    SEE_LAB = "see private facts"
    ANSWER = "answer offers, claim work, start jobs and rule on them"
    WORK = "take work by hand at a bench that its lab lets everybody use"
    RESERVE = "reserve a machine that its lab lets everybody use"
    KEEP_AGENTS = "let agents in or shut them out"
    CHECK = "check the pieces of others"
    INVITE = "invite people"
    KEEP_PEOPLE = "see who people are, and give and take roles"
    LISTEN = "have an address told of events"
    TRADE = "hold an account of mutual credit"
    KEEP_CREDIT = "keep mutual credit: limits, freezes and disputes"
    KEEP_NEIGHBOURS = "say to which other networks we listen, and what they are told"
    DECLARE_WORK = "enter work that they did, and say what they ask for an hour"
    KEEP_LEDGER = "import economic events, take any back, and see what people ask for an hour"
    PLEDGE = "pledge, and allot a part of a common fund"
    KEEP_FUND = "open a round of a common fund"
    DRIVE = "drive machines"


RIGHTS: Final[Mapping[Right, frozenset[Role]]] = {
    Right.IMPORT_DESIGN: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.STEWARD}),
    Right.KEEP_DESIGN: frozenset({Role.MAINTAINER, Role.STEWARD}),
    Right.ORDER: frozenset({Role.BUILDER, Role.STEWARD}),
    Right.TEND_BUILD: frozenset({Role.STEWARD}),
    Right.ADD_LAB: frozenset({Role.STEWARD}),
    Right.KEEP_LAB: frozenset({Role.OPERATOR, Role.STEWARD}),
    Right.SEE_LAB: frozenset({Role.OPERATOR, Role.STEWARD, Role.AGENT}),
    Right.ANSWER: frozenset({Role.OPERATOR}),
    Right.WORK: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.OPERATOR}),
    Right.RESERVE: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.OPERATOR, Role.STEWARD}),
    Right.KEEP_AGENTS: frozenset({Role.OPERATOR}),
    Right.CHECK: frozenset({Role.BUILDER, Role.DESIGNER, Role.OPERATOR}),
    Right.INVITE: frozenset({Role.STEWARD, Role.OPERATOR}),
    Right.KEEP_PEOPLE: frozenset({Role.STEWARD}),
    Right.LISTEN: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.OPERATOR, Role.STEWARD}),
    Right.TRADE: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.OPERATOR, Role.STEWARD}),
    Right.KEEP_CREDIT: frozenset({Role.STEWARD}),
    Right.KEEP_NEIGHBOURS: frozenset({Role.STEWARD}),
    Right.DECLARE_WORK: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.OPERATOR, Role.STEWARD}),
    Right.KEEP_LEDGER: frozenset({Role.STEWARD}),
    Right.PLEDGE: frozenset({Role.BUILDER, Role.DESIGNER, Role.MAINTAINER, Role.OPERATOR, Role.STEWARD}),
    Right.KEEP_FUND: frozenset({Role.STEWARD}),
    Right.DRIVE: frozenset({Role.AGENT}),
}
OF_A_LAB: Final = frozenset({Role.OPERATOR, Role.AGENT})
"""Roles that count in one lab only."""
OF_A_DESIGN: Final = frozenset({Role.MAINTAINER})
"""Roles that count for one design only."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role: of a lab, of a design (by `design_key`), or of the network (neither)."""

    role: Role
    lab: str = ""
    design: str = ""

    def __post_init__(self) -> None:
        if (self.role in OF_A_LAB) != bool(self.lab):
            raise ValueError(f"the role of {self.role} is {'' if self.role in OF_A_LAB else 'not '}for one lab")
        if (self.role in OF_A_DESIGN) != bool(self.design):
            raise ValueError(f"the role of {self.role} is {'' if self.role in OF_A_DESIGN else 'not '}for one design")

    def reaches(self, lab: str | None, design: str | None) -> bool:
        """Whether the role counts there; where nothing is named, every role does."""
        return (not self.lab or lab in (None, self.lab)) and (not self.design or design in (None, self.design))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        id: the pseudonym of a person, or an agent's id; "visitor" for whoever shows no token.
        grants: the roles that count now: the person's, as far as the token reaches.
    """

    id: str
    grants: frozenset[Grant] = frozenset()

    @property
    def known(self) -> bool:
        """Whether a token was shown."""
        return self is not VISITOR and self.id != "visitor"

    def may(self, right: Right, lab: str | None = None, design: str | None = None) -> bool:
        """Whether the actor has a right; where a lab or a design is named, there.

        A role of one lab gives the right in that lab, and where no lab is named; so with designs. A role of the network
        gives it everywhere.
        """
        roles = RIGHTS[right]
        return any(each.role in roles and each.reaches(lab, design) for each in self.grants)

    def require(self, right: Right, lab: str | None = None, design: str | None = None) -> None:
        """Refuse an actor that has not the right.

        Raises:
            UnauthenticatedError: the actor shows no token.
            ForbiddenError: the actor is known, and has not the right.
        """
        if self.may(right, lab, design):
            return
        place = f" in {lab}" if lab else ""
        if not self.known:
            raise UnauthenticatedError(f"a token is needed to {right}{place}", hint="an invitation gives one")
        allowed = " or ".join(f"{'an' if each[0] in 'aeiou' else 'a'} {each}" for each in sorted(RIGHTS[right]))
        raise ForbiddenError(f"{self.id} may not {right}{place}", hint=f"that is for {allowed}")


VISITOR: Final = Actor("visitor")
"""Whoever shows no token."""
