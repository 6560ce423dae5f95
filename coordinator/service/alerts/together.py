"""What waits for people by name: proposals, incomes to confirm, changes of designs, campaigns, credit, other networks.

Told is only what everybody may read: of mutual credit neither amount nor reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import Base, EventRow
from coordinator.schema.credit import CreditAccountRow, CreditEntryRow
from coordinator.schema.design_change import DesignChangeRow
from coordinator.schema.governance import DistributionRow, ProposalRow, ProposalState
from coordinator.schema.network import GrantRow, Role
from coordinator.schema.pledge import CampaignRow, GoalRow
from coordinator.service.governance.electorate import stewards, voters
from coordinator.service.governance.scopes import design_of

__all__ = ["FINDERS", "Concern", "subject_of"]


@dataclass(frozen=True, slots=True)
class Concern:
    """What there is to say of one subject, and to whom.

    Attributes:
        people: whom it is for, by pseudonym.
        words: by name, what sentences may say.
        build_id, design_id: that it belongs to, or None.
    """

    people: frozenset[str]
    words: Mapping[str, object] = field(default_factory=dict)
    build_id: int | None = None
    design_id: int | None = None


R = TypeVar("R", bound=Base)
Finder = Callable[[Session, str], Concern | None]


def _proposal(session: Session, key: str) -> Concern | None:
    """While it is open, those who may decide and have said nothing; afterwards all who could have, or have."""
    row = _row(session, ProposalRow, key)
    if row is None:
        return None
    spoken = frozenset(each.person for each in row.voices)
    could = voters(session, row.scope)
    about = design_of(session, row.scope)
    people = could - spoken if row.state is ProposalState.OPEN else could | spoken
    return Concern(people, {"what": row.what, "closes": row.closes_at}, design_id=about.id if about else None)


def _distribution(session: Session, key: str) -> Concern | None:
    """Who may confirm what somebody else has proposed; who proposed it, where nobody else could."""
    row = _row(session, DistributionRow, key)
    if row is None:
        return None
    people = voters(session, row.scope) | stewards(session)
    words = {"design": row.design.name, "amount": _money(row.income_cents, row.currency)}
    return Concern(people - {row.proposed_by} or people, words, row.build_id, row.design_id)


def _change(session: Session, key: str) -> Concern | None:
    """The maintainers, while it waits; who proposed it, when it is decided."""
    row = _row(session, DesignChangeRow, key)
    if row is None:
        return None
    people = frozenset({row.proposed_by}) if row.decided_at else voters(session, row.scope)
    return Concern(people, {"design": row.design.name}, design_id=row.design_id)


def _campaign(session: Session, key: str) -> Concern | None:
    row = _row(session, CampaignRow, key)
    if row is None:
        return None
    there = [each for each in row.joins if each.withdrawn_at is None]
    people = frozenset({row.opened_by, *(each.who for each in there)})
    lacks = max(0, row.wanted - sum(each.pieces for each in there))
    return Concern(people, {"what": row.what, "lacks": f"{lacks} pieces", "closes": row.until}, design_id=row.design_id)


def _goal(session: Session, key: str) -> Concern | None:
    row = _row(session, GoalRow, key)
    if row is None:
        return None
    there = [each for each in row.pledges if each.withdrawn_at is None]
    people = frozenset({row.opened_by, *(each.who for each in there)})
    lacks = max(0, row.cents - sum(each.cents for each in there))
    what = f"build {row.build_id} of {row.build.design.name}"
    words = {"what": what, "lacks": _money(lacks, row.currency), "closes": row.until}
    return Concern(people, words, row.build_id, row.build.design_id)


def _credit(session: Session, key: str) -> Concern | None:
    """A payment in dispute is for both sides and the stewards, who rule on it; a frozen account for who holds it."""
    noun, _, number = key.partition(" ")
    if noun == "entry":
        entry = _row(session, CreditEntryRow, number)
        ids = (entry.payer_id, entry.payee_id) if entry is not None else ()
        return Concern(stewards(session).union(*(_holders(session, each) for each in ids)))
    return Concern(_holders(session, int(number))) if number.isdecimal() else None


def _neighbour(session: Session, key: str) -> Concern | None:
    return Concern(stewards(session), {"neighbour": key or "a stick"})


def subject_of(event: EventRow) -> str:
    """What an event is about; what is pledged is of a build, and for others than the build."""
    return event.subject.replace("build", "goal", 1) if event.kind.startswith("goal.") else event.subject


def _row(session: Session, kind: type[R], key: str) -> R | None:
    return session.get(kind, int(key)) if key.isdecimal() else None


def _money(cents: int, currency: str) -> str:
    return f"{cents // 100}.{cents % 100:02d} {currency}"


def _holders(session: Session, account_id: int) -> frozenset[str]:
    account = session.get(CreditAccountRow, account_id)
    noun, _, key = account.holder.partition(" ") if account is not None else ("", "", "")
    if noun == "person":
        return frozenset({key})
    operators = select(GrantRow.person_id).where(GrantRow.role == Role.OPERATOR, GrantRow.lab == key)
    return frozenset(session.scalars(operators)) if noun == "lab" else frozenset()


FINDERS: Final[Mapping[str, Finder]] = {
    "proposal": _proposal,
    "voting": _proposal,
    "distribution": _distribution,
    "change": _change,
    "campaign": _campaign,
    "joining": _campaign,
    "pledging": _goal,
    "credit": _credit,
    "neighbour": _neighbour,
    "stick": _neighbour,
    "goal": _goal,
}
"""By the noun of a subject."""
