"""What a proposal brings about when it has passed: for each kind, how it is checked and how it takes effect.

A room that has something to be decided registers it here when it is imported, and knows nothing of voices and dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from commons.decisions import Rule
from coordinator.schema.governance import ProposalRow
from coordinator.service.house import Change
from core.errors import InputError

__all__ = ["EFFECTS", "Effect", "Prepared", "Terms", "effect_of", "register"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a proposal has to keep to.

    Attributes:
        least_hours: that it is open.
        least_quorum_percent: of the voices that must take part.
        rules: by which it may be decided.
    """

    least_hours: float = 24.0
    least_quorum_percent: int = 0
    rules: frozenset[Rule] = frozenset(Rule)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is proposed, checked.

    Attributes:
        what: one sentence for people, such as "Use the formula Buckets (version 2)".
        document: what taking effect needs; JSON values.
        terms: that it has to keep to.
    """

    what: str
    document: Mapping[str, Any]
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Effect:
    """A kind of proposal.

    Attributes:
        prepare: checks what is proposed when the proposal is opened: takes a session, the scope (a design's key, ""
            for the network) and what was sent. It raises InputError or UnknownError where that cannot be proposed.
        take: brings it about, in the transaction that decides: takes that and the proposal, returns a sentence on
            what has happened. What cannot be any more raises a FabcommonsError: then nothing of it happens.
    """

    prepare: Callable[[Session, str, Mapping[str, Any]], Prepared]
    take: Callable[[Change, ProposalRow], str]


EFFECTS: Final[dict[str, Effect]] = {}
"""By kind of proposal."""


def register(kind: str, effect: Effect) -> None:
    """Make something a matter of proposals.

    Raises:
        ValueError: the kind is taken.
    """
    if kind in EFFECTS:
        raise ValueError(f"proposals of the kind {kind!r} are known already")
    EFFECTS[kind] = effect


def effect_of(kind: str) -> Effect:
    """What a kind of proposal brings about.

    Raises:
        InputError: nobody has registered it.
    """
    found = EFFECTS.get(kind)
    if found is None:
        raise InputError(f"nothing is decided about {kind[:40]!r}", where="kind", hint=", ".join(sorted(EFFECTS)))
    return found
