"""What has changed from one formula to another, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from commons.benefits.formula import Bucket, By, Claim, Formula

__all__ = ["difference"]

_MEASURES: Final = {By.VALUE: "by value", By.HOURS: "by hours", By.EQUAL: "in equal parts"}
_CLAIMS: Final = {
    Claim.DEBT: "until it is paid",
    Claim.EQUITY: "on every income",
    Claim.ONCE: "on the next income only",
}


def difference(old: Formula, new: Formula) -> list[str]:
    """What has changed, a sentence each; none where both share every income alike.

    A bucket under another name that is otherwise the same was renamed.

    Args:
        old: as it was.
        new: as it is to be.
    """
    return list(_of_formulas(old, new))


def _of_formulas(old: Formula, new: Formula) -> Iterator[str]:
    if old.name != new.name:
        yield f"It is called {new.name}, not {old.name} any more."
    if old.currency != new.currency:
        yield f"It is for incomes in {new.currency}, not in {old.currency} any more."
    before, after = ({bucket.name: bucket for bucket in each.buckets} for each in (old, new))
    names = _renamed(before, after)
    for name, bucket in after.items():
        known = before.get(names.get(name, name))
        if known is None:
            yield f"New: {bucket.words()}"
            continue
        if known.name != name:
            yield f"What was called {known.name} is called {name}."
        yield from _of_buckets(known, bucket)
    for name in before:
        if name not in after and name not in names.values():
            yield f"Gone: {before[name].words()}"
    if old.rate != new.rate:
        yield f"Who set no rate is counted with {_money(new)} an hour instead of {_money(old)}."
    if old.rest != new.rest:
        yield f"What nobody has a claim to goes to {new.rest} instead of {old.rest}."


def _renamed(before: dict[str, Bucket], after: dict[str, Bucket]) -> dict[str, str]:
    """By new name the old one, of buckets that differ in nothing else."""
    gone = {_sense(bucket): name for name, bucket in before.items() if name not in after}
    return {
        name: gone[_sense(bucket)] for name, bucket in after.items() if name not in before and _sense(bucket) in gone
    }


def _sense(bucket: Bucket) -> tuple[object, ...]:
    return (bucket.percent, bucket.counts, bucket.by, bucket.claim, bucket.to)


def _of_buckets(old: Bucket, new: Bucket) -> Iterator[str]:
    name = new.name.capitalize()
    if old.percent != new.percent:
        yield f"{name}: {new.percent} % instead of {old.percent} %."
    if old.to != new.to and new.to is not None:
        yield f"{name}: all of it goes to {new.to}."
        return
    added, gone = sorted(new.counts - old.counts), sorted(old.counts - new.counts)
    if added:
        yield f"{name}: who gave {' or '.join(added)} has a part in it too."
    if gone:
        yield f"{name}: who gave {' or '.join(gone)} has no part in it any more."
    if old.by is not new.by:
        yield f"{name}: shared {_MEASURES[new.by]}, not {_MEASURES[old.by]}."
    if old.claim is not new.claim:
        yield f"{name}: a claim to it lasts {_CLAIMS[new.claim]}, not {_CLAIMS[old.claim]}."


def _money(formula: Formula) -> str:
    return f"{formula.rate / 100:.2f} {formula.currency}"
