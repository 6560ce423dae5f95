"""A ledger of flows as a Beancount file: one balanced transaction an event, each stock and each agent an account.

============================  ======================================================================
account                       what stands in it
============================  ======================================================================
``Assets:Owned:STOCK``        the accounting quantity of a stock
``Assets:Onhand:STOCK``       its onhand quantity
``Equity:Owned:ACTION``       the other side of the first, by action
``Equity:Onhand:ACTION``      the other side of the second
``Income:AGENT:ACTION``       what an agent gave, below zero as incomes are
``Expenses:AGENT:ACTION``     what an agent received
============================  ======================================================================

Only what counts is written: no correction that waits for its event or was set aside, and of several that take one
event back the first. What nobody is named for goes to ``Nobody``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from commons.accounts.names import account_parts, commodities
from commons.flows.actions import RULES
from commons.flows.events import Event, decimal_text
from commons.flows.ledger import Ledger

__all__ = ["written"]

_NOBODY: Final = "nobody"  # no IRI, so that no agent is called so


@dataclass(frozen=True, slots=True)
class _Names:
    parts: Mapping[str, str]
    units: Mapping[str, str]


def written(ledger: Ledger, *, title: str = "Flows") -> str:
    """The ledger as the text of a Beancount file: the same for the same events.

    Args:
        ledger: whose events are written, by moment and id.
        title: of the file.
    """
    events = _counted(ledger)
    names = _Names(account_parts(_named(events)), commodities(_units(events)))
    entries = [(event, _postings(event, names)) for event in events]
    lines = [f'option "title" "{_escaped(title)}"', ""]
    if entries:
        first = min(event.at for event, _ in entries).date().isoformat()
        lines += _opened(first, entries, names)
    for event, postings in entries:
        lines += _transaction(event, postings)
    return "\n".join(lines) + "\n"


def _counted(ledger: Ledger) -> list[Event]:
    """Events, and one correction of each that was taken back."""
    known = {event.id for event in ledger.events if event.corrects is None}
    found, corrected = [], set()
    for event in ledger.events:
        if event.corrects is not None:
            if event.corrects in corrected or event.corrects not in known:
                continue
            corrected.add(event.corrects)
        found.append(event)
    return found


def _named(events: Sequence[Event]) -> set[str]:
    found = {_NOBODY}
    for event in events:
        found |= {each for each in (event.provider, event.receiver, event.resource, event.to_resource) if each}
        found.add(str(event.action))
    return found


def _units(events: Sequence[Event]) -> set[str]:
    return {measure.unit for event in events for measure in (event.quantity, event.effort) if measure is not None}


def _postings(event: Event, names: _Names) -> list[tuple[str, Fraction, str]]:
    """Account, number and commodity; they come to zero in each commodity."""
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    action = names.parts[event.action]
    if event.quantity is not None:
        value, unit = event.quantity.value, names.units[event.quantity.unit]
        rule = RULES[event.action]
        for tree, effect in (("Owned", rule.accounting), ("Onhand", rule.onhand)):
            for resource, sign in zip((event.resource, event.to_resource), effect.signs, strict=True):
                if resource is not None:
                    sums[f"Assets:{tree}:{names.parts[resource]}", unit] += sign * value
                    sums[f"Equity:{tree}:{action}", unit] -= sign * value
    for measure in (event.quantity, event.effort):
        if measure is not None:
            unit = names.units[measure.unit]
            sums[f"Income:{names.parts[event.provider or _NOBODY]}:{action}", unit] -= measure.value
            sums[f"Expenses:{names.parts[event.receiver or _NOBODY]}:{action}", unit] += measure.value
    return [(account, number, unit) for (account, unit), number in sums.items() if number]


def _opened(
    first: str, entries: Sequence[tuple[Event, list[tuple[str, Fraction, str]]]], names: _Names
) -> Iterator[str]:
    """What each commodity and account stands for, so that nothing is lost by legal names."""
    for unit, commodity in sorted(names.units.items()):
        yield f"{first} commodity {commodity}"
        yield f'  name: "{_escaped(unit)}"'
    meant = {part: name for name, part in names.parts.items()}
    for account in sorted({posting[0] for _, postings in entries for posting in postings}):
        _, *parts = account.split(":")
        yield f"{first} open {account}"
        yield f'  names: "{_escaped(" ".join(meant.get(part, part) for part in parts))}"'
    yield ""


def _transaction(event: Event, postings: Sequence[tuple[str, Fraction, str]]) -> Iterator[str]:
    words = event.note or str(event.action)
    yield f'{event.at.date().isoformat()} * "{_escaped(words)}"'
    said = {"event": event.id, "at": event.at.isoformat(), "process": event.process, "corrects": event.corrects}
    yield from (f'  {key}: "{_escaped(value)}"' for key, value in said.items() if value)
    yield from (f"  {account}  {decimal_text(number)} {unit}" for account, number, unit in postings)
    yield ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
