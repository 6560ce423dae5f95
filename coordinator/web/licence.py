"""What a design's licence asks, for the page: who may make it for what, and what must be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from commons.licences.advice import Advice, Answer, Reason, advise
from commons.licences.parties import Maker, Making, Purpose
from coordinator.web.languages import mark

__all__ = ["Asked", "Case", "asked_by"]

_WORDS: Final = {
    Answer.FREE: mark("yes"),
    Answer.WITH_DUTIES: mark("yes, with duties"),
    Answer.ASK: mark("ask first"),
    Answer.STOP: mark("no"),
}
_TONES: Final = {Answer.FREE: "calm", Answer.WITH_DUTIES: "calm", Answer.ASK: "asks", Answer.STOP: "bad"}


@dataclass(frozen=True, slots=True)
class Case:
    """The answer for one maker and one purpose."""

    words: str
    tone: str
    advice: Advice


@dataclass(frozen=True, slots=True)
class Asked:
    """What a licence asks.

    Attributes:
        purposes: heads of the columns.
        rows: each maker with an answer for each purpose.
        duties: what must be done when it is made for others, and by which clause.
        reasons: why somebody must ask or may not, and by which clause.
    """

    purposes: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Case]]]
    duties: Sequence[Reason]
    reasons: Sequence[Reason]


@lru_cache(maxsize=256)
def asked_by(licence: str | None) -> Asked:
    """What the licence of a design asks of whom; None where no licence is stated."""
    rows: list[tuple[str, list[Case]]] = []
    duties: dict[Reason, None] = {}
    reasons: dict[Reason, None] = {}
    for maker in Maker:
        cases = []
        for purpose in Purpose:
            advice = advise(licence, Making(maker, purpose))
            cases.append(_case(advice))
            if advice.answer >= Answer.ASK:
                reasons.update(dict.fromkeys(advice.reasons))
            elif purpose is not Purpose.OWN_USE:
                duties.update(dict.fromkeys(advice.duties))
        rows.append((str(maker), cases))
    return Asked([str(purpose) for purpose in Purpose], rows, list(duties), list(reasons))


def _case(advice: Advice) -> Case:
    return Case(_WORDS[advice.answer], _TONES[advice.answer], advice)
