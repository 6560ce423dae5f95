"""An income shared by a formula, down to the contribution that each cent comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from commons.benefits.contributions import Contribution
from commons.benefits.formula import Bucket, By, Claim, Formula
from commons.cents import shared_out

__all__ = ["Distribution", "Line", "compared", "distributed"]


@dataclass(frozen=True, slots=True)
class Line:
    """A part of an income.

    Attributes:
        bucket: that it came out of.
        who: gets it.
        amount: in the smallest unit, above zero.
        contribution: that it is for, or None where the formula names who gets it.
    """

    bucket: str
    who: str
    amount: int
    contribution: str | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """An income that was shared.

    Attributes:
        formula: its SHA-256.
        income: in the smallest unit.
        lines: what everybody gets, and for what; they add up to the income.
        counted: contributions that had a claim here, by bucket: "once" they have no other.
    """

    formula: str
    income: int
    lines: tuple[Line, ...]
    counted: Mapping[str, frozenset[str]]

    def totals(self) -> dict[str, int]:
        """What each gets, the most first."""
        found: dict[str, int] = defaultdict(int)
        for line in self.lines:
            found[line.who] += line.amount
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def lines_of(self, who: str) -> list[Line]:
        """What one gets, and for what."""
        return [line for line in self.lines if line.who == who]


def distributed(
    formula: Formula, income: int, contributions: Sequence[Contribution], before: Iterable[Distribution] = ()
) -> Distribution:
    """Share an income.

    Args:
        formula: by which.
        income: in the smallest unit, from zero.
        contributions: everything given so far, each once.
        before: earlier distributions of the same commons: they tell which debts are paid, and what was counted once.

    Returns:
        What everybody gets; the lines add up to the income, whatever the formula.

    Raises:
        ValueError: the income is below zero, or a contribution stands twice.
    """
    if income < 0:
        raise ValueError("an income is from zero; a loss is not shared by a formula of benefits")
    if len({each.id for each in contributions}) != len(contributions):
        raise ValueError("each contribution stands once")
    earlier = list(before)
    parts = shared_out(income, {bucket.name: bucket.percent for bucket in formula.buckets})
    lines: list[Line] = []
    counted: dict[str, frozenset[str]] = {}
    for bucket in formula.buckets:
        found, claims = _of_bucket(formula, bucket, parts[bucket.name], contributions, earlier)
        lines += found
        counted[bucket.name] = claims
    return Distribution(formula.sha256, income, tuple(lines), counted)


def compared(
    formulas: Sequence[Formula], income: int, contributions: Sequence[Contribution]
) -> dict[str, dict[str, int]]:
    """Who would get what, if: by who gets something, by the name of each formula."""
    totals = {formula.name: distributed(formula, income, contributions).totals() for formula in formulas}
    everybody = dict.fromkeys(who for found in totals.values() for who in found)
    return {who: {name: found.get(who, 0) for name, found in totals.items()} for who in everybody}


def _of_bucket(
    formula: Formula, bucket: Bucket, amount: int, contributions: Sequence[Contribution], before: list[Distribution]
) -> tuple[list[Line], frozenset[str]]:
    if bucket.to is not None:
        return _whole(bucket, bucket.to, amount), frozenset()
    claims = [each for each in contributions if each.kind in bucket.counts]
    if bucket.claim is Claim.ONCE:
        earlier = {each for distribution in before for each in distribution.counted.get(bucket.name, ())}
        claims = [each for each in claims if each.id not in earlier]
    owed = _owed(bucket, claims, before, formula.rate) if bucket.claim is Claim.DEBT else None
    paid = amount if owed is None else min(amount, sum(owed.values()))
    shares = _shares(formula, bucket, paid, claims, owed)
    who = {each.id: each.who for each in claims}
    lines = [Line(bucket.name, who[each], share, each) for each, share in shares.items() if share]
    lines += _whole(bucket, formula.rest, amount - sum(shares.values()))
    return lines, frozenset(each.id for each in claims)


def _whole(bucket: Bucket, who: str, amount: int) -> list[Line]:
    return [Line(bucket.name, who, amount, None)] if amount else []


def _owed(bucket: Bucket, claims: Sequence[Contribution], before: list[Distribution], rate: int) -> dict[str, int]:
    """What is still owed for each contribution; parts of a unit are not."""
    paid: dict[str, int] = defaultdict(int)
    for distribution in before:
        for line in distribution.lines:
            if line.bucket == bucket.name and line.contribution is not None:
                paid[line.contribution] += line.amount
    return {each.id: max(0, int(each.value(rate)) - paid[each.id]) for each in claims}


def _shares(
    formula: Formula, bucket: Bucket, amount: int, claims: Sequence[Contribution], owed: Mapping[str, int] | None
) -> dict[str, int]:
    """By contribution; none where nobody has a claim."""
    if bucket.by is By.EQUAL:
        return _equal(amount, claims)
    weights: Mapping[str, int | Fraction]
    if owed is not None:
        weights = owed
    elif bucket.by is By.HOURS:
        weights = {each.id: each.minutes for each in claims}
    else:
        weights = {each.id: each.value(formula.rate) for each in claims}
    if any(weights.values()):
        return shared_out(amount, weights)
    priceless = [each for each in claims if not each.minutes and not each.amount]
    return _equal(amount, priceless) if bucket.shares_alike else {}


def _equal(amount: int, claims: Sequence[Contribution]) -> dict[str, int]:
    """The same to each giver, and of each giver's share the same for each of their contributions."""
    given: dict[str, list[str]] = defaultdict(list)
    for each in claims:
        given[each.who].append(each.id)
    if not given:
        return {}
    shares = shared_out(amount, dict.fromkeys(given, 1))
    return {
        each: share
        for who, ids in given.items()
        for each, share in shared_out(shares[who], dict.fromkeys(ids, 1)).items()
    }
