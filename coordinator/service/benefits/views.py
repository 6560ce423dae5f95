"""A distribution as people read it: who gets how much, out of what, for what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.benefits.contributions import Contribution
from coordinator.schema.flow import EconomicEventRow
from coordinator.schema.governance import DistributionRow, DistributionState, ShareRow
from coordinator.service.benefits.formulas import formula_in
from coordinator.service.benefits.parties import PartyView, parties
from coordinator.service.benefits.sharing import read_contributions
from coordinator.service.house import View

__all__ = ["DistributionView", "RecipientView", "ShareReasonView", "ShareView", "distribution_view"]

_MOST_SHARES: Final = 50
_MOST_UNKNOWN: Final = 100
_AT_ONCE: Final = 500


class ShareView(View):
    """One contribution, and what it brings; `contribution` is the id of its economic event, `number` its place here."""

    contribution: str
    number: int | None
    cents: int
    minutes: int
    rate_cents: int | None
    amount_cents: int
    at: datetime | None
    build_id: int | None
    note: str


class ShareReasonView(View):
    """What one gets out of one bucket: for so many contributions of a kind, or because the formula names them.

    `left_over` is what nobody has a claim to: it goes to whom the formula names for that.
    `shares` has the largest of them, `more` says how many are left out.
    """

    bucket: str
    percent: int
    kind: str | None
    left_over: bool
    by: str
    claim: str
    cents: int
    contributions: int
    minutes: int
    amount_cents: int
    shares: list[ShareView]
    more: int


class RecipientView(View):
    """Who gets something. `permille` is the part of the income, rounded; `paid_at` is null while nobody said so."""

    party: PartyView
    cents: int
    permille: int
    reasons: list[ShareReasonView]
    paid_at: datetime | None
    paid_by: str | None
    paid_how: str | None


class DistributionView(View):
    """An income, shared: the shares come to the income, to the cent. No money moves here.

    `contributions_sha256` is that of the contributions that were counted, as they were then; `unknown` are events whose
    worth nobody knew, with the reason: they count nowhere.
    """

    id: int
    design_id: int
    design: str
    build_id: int | None
    income_cents: int
    currency: str
    source: str
    why: str
    state: DistributionState
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str | None
    formula_id: int
    formula: str
    formula_number: int
    formula_words: list[str]
    contributions: int
    contributions_sha256: str
    recipients: list[RecipientView]
    unknown: dict[str, str]
    more_unknown: int


def distribution_view(session: Session, row: DistributionRow, *, explained: bool = True) -> DistributionView:
    """A stored distribution; without `explained` nobody's reasons are read."""
    formula, unknown = formula_in(row.formula), list(row.document["unknown"].items())
    return DistributionView(
        id=row.id,
        design_id=row.design_id,
        design=row.design.name,
        build_id=row.build_id,
        income_cents=row.income_cents,
        currency=row.currency,
        source=row.source,
        why=row.why,
        state=row.state,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        formula_id=row.formula_id,
        formula=formula.name,
        formula_number=row.formula.number,
        formula_words=formula.words(),
        contributions=len(row.document["contributions"]),
        contributions_sha256=row.contributions_sha256,
        recipients=_recipients(session, row, explained),
        unknown=dict(unknown[:_MOST_UNKNOWN]),
        more_unknown=max(0, len(unknown) - _MOST_UNKNOWN),
    )


def _recipients(session: Session, row: DistributionRow, explained: bool) -> list[RecipientView]:
    """Who gets most stands first."""
    lines: dict[str, list[ShareRow]] = defaultdict(list)
    for share in row.shares:
        lines[share.who].append(share)
    sums = {who: sum(each.cents for each in shares) for who, shares in lines.items()}
    paid = {each.who: each for each in row.payments}
    known = parties(session, lines)
    reasons = _Reasons(session, row, lines) if explained else None
    found = []
    for who in sorted(lines, key=lambda who: (-sums[who], who)):
        payment = paid.get(who)
        recipient = RecipientView(
            party=known[who],
            cents=sums[who],
            permille=round(1000 * sums[who] / row.income_cents),
            reasons=reasons.of(lines[who]) if reasons is not None else [],
            paid_at=payment.paid_at if payment is not None else None,
            paid_by=payment.paid_by if payment is not None else None,
            paid_how=payment.why if payment is not None else None,
        )
        found.append(recipient)
    return found


@dataclass(frozen=True, slots=True)
class _Noted:
    """What is told of an economic event."""

    number: int
    at: datetime
    build_id: int | None
    note: str


class _Reasons:
    """Says for what somebody gets something."""

    def __init__(self, session: Session, row: DistributionRow, lines: Mapping[str, Sequence[ShareRow]]) -> None:
        """Args: row: of the distribution; lines: its shares by who gets them."""
        self._buckets = {each.name: each for each in formula_in(row.formula).buckets}
        self._given: Mapping[str, Contribution] = {each.id: each for each in read_contributions(row)}
        shown = [each for mine in lines.values() for group in self._groups(mine).values() for each in _largest(group)]
        self._events = _noted(session, [str(each.contribution) for each in shown])

    def of(self, lines: Sequence[ShareRow]) -> list[ShareReasonView]:
        """By bucket and kind of contribution, what brings most first."""
        groups = self._groups(lines)
        return sorted((self._reason(*key, group) for key, group in groups.items()), key=lambda each: -each.cents)

    def _groups(self, lines: Sequence[ShareRow]) -> dict[tuple[str, str | None], list[ShareRow]]:
        groups: dict[tuple[str, str | None], list[ShareRow]] = defaultdict(list)
        for line in lines:
            kind = self._given[line.contribution].kind if line.contribution is not None else None
            groups[(line.bucket, kind)].append(line)
        return groups

    def _reason(self, name: str, kind: str | None, lines: list[ShareRow]) -> ShareReasonView:
        bucket = self._buckets[name]
        given = [self._given[each.contribution] for each in lines if each.contribution is not None]
        return ShareReasonView(
            bucket=name,
            percent=bucket.percent,
            kind=kind,
            left_over=kind is None and bucket.to is None,
            by=str(bucket.by),
            claim=str(bucket.claim),
            cents=sum(each.cents for each in lines),
            contributions=len(given),
            minutes=sum(each.minutes for each in given),
            amount_cents=sum(each.amount for each in given),
            shares=[self._share(str(each.contribution), each.cents) for each in _largest(lines)],
            more=max(0, len(given) - _MOST_SHARES),
        )

    def _share(self, event_id: str, cents: int) -> ShareView:
        given, event = self._given[event_id], self._events.get(event_id)
        return ShareView(
            contribution=event_id, number=event.number if event is not None else None,
            cents=cents, minutes=given.minutes, rate_cents=given.rate,
            amount_cents=given.amount, at=event.at if event is not None else None,
            build_id=event.build_id if event is not None else None,
            note=event.note if event is not None else "",
        )  # fmt: skip


def _largest(lines: Sequence[ShareRow]) -> list[ShareRow]:
    """The shares of contributions that are told one by one, the largest first."""
    found = sorted((each for each in lines if each.contribution), key=lambda each: (-each.cents, each.id))
    return found[:_MOST_SHARES]


def _noted(session: Session, ids: Sequence[str]) -> dict[str, _Noted]:
    """What is told of events, by their ids, in few statements."""
    row = EconomicEventRow
    query = select(row.id, row.number, row.at, row.build_id, row.document)
    found = {}
    for start in range(0, len(ids), _AT_ONCE):
        for each in session.execute(query.where(row.id.in_(ids[start : start + _AT_ONCE]))):
            note = str(each.document.get("note") or "")
            found[each.id] = _Noted(each.number, each.at, each.build_id, note)
    return found
