"""Incomes shared by a formula: what is counted, what came before, and the sum that each cent comes from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.benefits.contributions import Contribution
from commons.benefits.distribution import Distribution, Line
from commons.benefits.formula import Formula
from commons.flows.giving import Given
from coordinator.schema.governance import DistributionRow, DistributionState, ShareRow
from coordinator.service.flows.work import instead_of
from coordinator.service.house import fingerprint_of
from core.errors import InputError, LimitError

__all__ = [
    "COUNTS",
    "MOST_CENTS",
    "Counted",
    "Giving",
    "check_income",
    "counted",
    "document_of",
    "earlier",
    "earlier_rows",
    "read_contributions",
    "shares_of",
]

COUNTS: Final = (DistributionState.CONFIRMED, DistributionState.PAID)
"""States in which a distribution was agreed on: debts are paid by it, and what counts once has counted."""
MOST_CENTS: Final = 10**13
_MOST_CONTRIBUTIONS: Final = 50_000


class Giving(Protocol):
    """What knows who gave what; `coordinator.service.flows.door.Flows` is it."""

    def given(
        self, *, build_ids: Collection[int] | None = None, design_id: int | None = None, currency: str = "EUR",
        kinds: Collection[str] | None = None,
    ) -> Given:  # fmt: skip
        """What was given to builds, or to a design in all its versions; of all kinds, or of these."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """What a formula counts of what was given.

    Attributes:
        contributions: of kinds that a bucket of it counts.
        unknown: events of such kinds whose worth nobody knows, and why; they count nowhere.
    """

    contributions: tuple[Contribution, ...]
    unknown: dict[str, str]


def counted(giving: Giving, formula: Formula, build_id: int | None, design_id: int) -> Counted:
    """What a formula counts of what was given to a build or, where none is named, to a design.

    Raises:
        LimitError: it is more than fits into one distribution.
    """
    kinds = frozenset().union(*(bucket.counts for bucket in formula.buckets))
    found = (
        giving.given(design_id=design_id, currency=formula.currency, kinds=kinds)
        if build_id is None
        else giving.given(build_ids=[build_id], currency=formula.currency, kinds=kinds)
    )
    if len(found.contributions) > _MOST_CONTRIBUTIONS:
        hint = "share the income of one build at a time"
        raise LimitError(f"more than {_MOST_CONTRIBUTIONS} contributions are counted at once", hint=hint)
    return Counted(found.contributions, dict(found.unknown))


def check_income(income_cents: int, currency: str, formula: Formula) -> None:
    """Refuse an income that cannot be shared.

    Raises:
        InputError: it is nothing, or more than anybody has; or the formula is for another currency.
    """
    if not 0 < income_cents <= MOST_CENTS:
        raise InputError("an income is above zero, in whole cents", where="income_cents")
    if currency != formula.currency:
        hint = "write a version of it for this currency"
        raise InputError(
            f"{formula.name} shares incomes in {formula.currency}, not in {currency}", where="currency", hint=hint
        )


def earlier_rows(session: Session, scope: str) -> Sequence[DistributionRow]:
    """The distributions of a design that were confirmed, in order."""
    wanted = select(DistributionRow).where(DistributionRow.scope == scope, DistributionRow.state.in_(COUNTS))
    return session.scalars(wanted.order_by(DistributionRow.decided_at, DistributionRow.id)).all()


def earlier(session: Session, rows: Sequence[DistributionRow]) -> list[Distribution]:
    """Stored distributions, as the formula wants to know them.

    What was paid or counted of an event that was corrected since was paid or counted of what stands instead: else it
    would be paid twice.
    """
    counted = {each for row in rows for ids in row.document["counted"].values() for each in ids}
    now = instead_of(session, counted)
    return [
        Distribution(
            row.formula.sha256,
            row.income_cents,
            tuple(
                Line(each.bucket, each.who, each.cents, now.get(each.contribution or "", each.contribution))
                for each in row.shares
            ),
            {bucket: frozenset(now.get(each, each) for each in ids) for bucket, ids in row.document["counted"].items()},
        )
        for row in rows
    ]


def document_of(found: Counted, shared: Distribution, before: Sequence[DistributionRow]) -> tuple[dict[str, Any], str]:
    """What a distribution keeps of what it counted, and the SHA-256 of the contributions."""
    contributions = [
        {"id": each.id, "who": each.who, "kind": each.kind, "minutes": each.minutes, "rate": each.rate,
         "amount": each.amount}
        for each in found.contributions
    ]  # fmt: skip
    document = {
        "contributions": contributions,
        "counted": {bucket: sorted(ids) for bucket, ids in shared.counted.items()},
        "unknown": found.unknown,
        "before": [row.id for row in before],
    }
    return document, fingerprint_of(contributions)


def read_contributions(row: DistributionRow) -> list[Contribution]:
    """The contributions that a distribution has counted, as they were then."""
    return [Contribution(**each) for each in row.document["contributions"]]


def shares_of(shared: Distribution) -> list[ShareRow]:
    """The lines of a distribution as rows."""
    return [
        ShareRow(bucket=each.bucket, who=each.who, cents=each.amount, contribution=each.contribution)
        for each in shared.lines
    ]
