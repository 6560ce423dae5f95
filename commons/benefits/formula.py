"""A formula of benefits: a page of TOML, read, checked, and said in words.

Form ``fabcommons-benefit/1``::

    version = "fabcommons-benefit/1"
    name = "Rover commons"
    currency = "EUR"                # ISO 4217
    rate = 2000                     # of who set none, in the smallest unit an hour
    rest = "reserve of the commons" # who gets what nobody has a claim to

    [[bucket]]
    name = "making"
    percent = 60                    # of an income; all buckets come to 100
    counts = ["making", "care"]     # kinds of contributions
    by = "value"                    # value (hours times rate, and amounts) | hours | equal (each giver the same)
    claim = "debt"                  # debt: until it is paid; equity: each time, for ever; once: in the next income only

A bucket without `counts` goes whole to who is named in `to`, such as an association.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.errors import InputError

__all__ = ["VERSION", "Bucket", "By", "Claim", "Formula", "read_formula"]

VERSION: Final = "fabcommons-benefit/1"
_MOST_BYTES: Final = 64 * 1024
_MOST_BUCKETS: Final = 20
_MOST_CHARS: Final = 200
_MOST_RATE: Final = 10**9
_KEYS: Final = {"version", "name", "currency", "rate", "rest", "bucket"}
_BUCKET_KEYS: Final = {"name", "percent", "counts", "by", "claim", "to"}


class By(StrEnum):
    """What shares are in proportion to."""

    VALUE = "value"
    HOURS = "hours"
    EQUAL = "equal"


class Claim(StrEnum):
    """How long a contribution has a claim."""

    DEBT = "debt"  # until its value is paid
    EQUITY = "equity"  # on every income
    ONCE = "once"  # on the first income after it


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of the income, and how it is shared.

    Attributes:
        name: for people.
        percent: of the income, from 1 to 100.
        counts: kinds of contributions that have a claim; none where all goes to `to`.
        by: what shares are in proportion to.
        claim: how long a contribution has one.
        to: who gets all of it, where nothing is counted.
    """

    name: str
    percent: int
    counts: frozenset[str]
    by: By
    claim: Claim
    to: str | None

    def __post_init__(self) -> None:
        if not 1 <= self.percent <= 100:
            raise ValueError("a bucket holds 1 to 100 percent")
        if bool(self.counts) == (self.to is not None):
            raise ValueError("a bucket either counts contributions or goes to somebody")
        if self.claim is Claim.DEBT and self.by is not By.VALUE:
            raise ValueError("a debt is a value: a bucket with debts shares by value")

    def words(self) -> str:
        """In a sentence."""
        if self.to is not None:
            return f"{self.percent} % go to {self.to}."
        measure = {
            By.VALUE: "in proportion to its value",
            By.HOURS: "in proportion to its hours",
            By.EQUAL: "the same to everybody who gave any",
        }[self.by]
        until = {
            Claim.DEBT: ", until that value is paid",
            Claim.EQUITY: ", each time anew",
            Claim.ONCE: ", once: of what was given since the last time",
        }[self.claim]
        alike = "; alike where nothing of it has a price" if self.shares_alike else ""
        who = " or ".join(sorted(self.counts))
        return f"{self.percent} % ({self.name}) go to who gave {who}, {measure}{until}{alike}."

    @property
    def shares_alike(self) -> bool:
        """Whether what nobody has put a price on, such as a design, counts alike where nothing else has a value."""
        return self.to is None and self.by is By.VALUE and self.claim is not Claim.DEBT


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula.

    Attributes:
        name: for people.
        currency: ISO 4217.
        rate: of who set none, in the smallest unit an hour.
        rest: who gets what nobody has a claim to.
        buckets: that the income is put into.
        sha256: of the text that it was read from: what a distribution names.
    """

    name: str
    currency: str
    rate: int
    rest: str
    buckets: tuple[Bucket, ...]
    sha256: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.buckets) <= _MOST_BUCKETS:
            raise ValueError(f"a formula has 1 to {_MOST_BUCKETS} buckets")
        if sum(bucket.percent for bucket in self.buckets) != 100:
            raise ValueError(
                f"the buckets come to {sum(bucket.percent for bucket in self.buckets)} percent, not to 100"
            )
        if len({bucket.name for bucket in self.buckets}) != len(self.buckets):
            raise ValueError("each bucket has a name of its own")
        if self.rate < 0:
            raise ValueError("a rate is not below zero")
        if self.rate > _MOST_RATE:
            raise ValueError(f"a rate is {_MOST_RATE} at most, in the smallest unit an hour")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError("a currency has three letters, such as EUR")

    def words(self) -> list[str]:
        """The whole formula, a sentence each."""
        rate = f"Who set no rate is counted with {self.rate / 100:.2f} {self.currency} an hour."
        return [*(bucket.words() for bucket in self.buckets), rate, f"What nobody has a claim to goes to {self.rest}."]


def read_formula(text: str, *, where: str) -> Formula:
    """Read a formula.

    Args:
        text: TOML, as above.
        where: file name, for errors.

    Raises:
        InputError: it is no TOML, has an unknown key or misses one, or breaks a rule.
    """
    if len(text.encode()) > _MOST_BYTES:
        raise InputError("a formula fits on a page", where=where, hint=f"at most {_MOST_BYTES // 1024} KiB")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is no TOML: {error}", where=where) from error
    _check_keys(document, _KEYS, where)
    if document.get("version") != VERSION:
        raise InputError(f"the version is {document.get('version')!r}", where=where, hint=f'version = "{VERSION}"')
    try:
        return Formula(
            name=_of(document, "name", str),
            currency=_of(document, "currency", str),
            rate=_of(document, "rate", int),
            rest=_of(document, "rest", str),
            buckets=tuple(_bucket(row, f"{where}, bucket {at}") for at, row in enumerate(_rows(document), start=1)),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )
    except ValueError as error:
        raise InputError(str(error), where=where) from error


def _rows(document: Mapping[str, Any]) -> list[Any]:
    rows = _of(document, "bucket", list)
    return [row if isinstance(row, dict) else {} for row in rows]


def _bucket(row: Mapping[str, Any], where: str) -> Bucket:
    _check_keys(row, _BUCKET_KEYS, where)
    try:
        return Bucket(
            name=_of(row, "name", str),
            percent=_of(row, "percent", int),
            counts=frozenset(_name(str(each), "counts") for each in _of(row, "counts", list, [])),
            by=By(_of(row, "by", str, By.VALUE.value)),
            claim=Claim(_of(row, "claim", str, Claim.EQUITY.value)),
            to=_of(row, "to", str, None),
        )
    except ValueError as error:
        raise InputError(str(error), where=where) from error


def _check_keys(row: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise InputError(f"unknown key {unknown[0]!r}", where=where, hint=f"known are {', '.join(sorted(known))}")


_NEEDED: Final = object()


def _of(row: Mapping[str, Any], key: str, kind: type, default: Any = _NEEDED) -> Any:
    value = row.get(key, default)
    if value is _NEEDED:
        raise ValueError(f"{key!r} is missing")
    if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
        raise ValueError(f"{key!r} is no {kind.__name__}")
    if isinstance(value, str) and value is not default:
        return _name(value, key)
    return value


def _name(text: str, key: str) -> str:
    """A name as people can read it."""
    if not text.strip() or len(text) > _MOST_CHARS or not text.isprintable():
        raise ValueError(f"{key!r} is 1 to {_MOST_CHARS} characters that can be read")
    return text
