"""A small checker of Beancount's text, for what we write: legal lines, opened accounts, balanced transactions."""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction

DATE = r"(\d{4}-\d\d-\d\d)"
TEXT = r'"((?:[^"\\]|\\.)*)"'
PART = r"[A-Z0-9][A-Za-z0-9-]*"
ACCOUNT = rf"((?:Assets|Equity|Income|Expenses)(?::{PART})+)"
COMMODITY = r"([A-Z][A-Z0-9'._-]{0,22}[A-Z0-9])"
LINES = {
    "option": re.compile(rf"option {TEXT} {TEXT}"),
    "commodity": re.compile(rf"{DATE} commodity {COMMODITY}"),
    "open": re.compile(rf"{DATE} open {ACCOUNT}"),
    "transaction": re.compile(rf"{DATE} \* {TEXT}"),
    "metadata": re.compile(rf"  ([a-z][a-z0-9]*): {TEXT}"),
    "posting": re.compile(rf"  {ACCOUNT}  (-?\d+(?:\.\d+)?) {COMMODITY}"),
    "blank": re.compile(r""),
}


def balances(text: str) -> dict[tuple[str, str], Fraction]:
    """What each account comes to, by commodity, of a text whose every line is legal and every transaction balances."""
    opened: dict[str, str] = {}
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    open_: dict[str, Fraction] = defaultdict(Fraction)
    at = ""
    for line in text.splitlines():
        kind, found = next((k, m) for k, rule in LINES.items() if (m := rule.fullmatch(line)))
        if kind in {"open", "commodity"}:
            assert found[2] not in opened
            opened[found[2]] = found[1]
        elif kind == "transaction":
            at = found[1]
            assert not any(open_.values())
            open_.clear()
        elif kind == "posting":
            account, number, commodity = found.groups()
            assert opened[account] <= at
            assert opened[commodity] <= at
            open_[commodity] += Fraction(number)
            sums[account, commodity] += Fraction(number)
    assert not any(open_.values())
    return {key: value for key, value in sums.items() if value}
