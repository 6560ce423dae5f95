"""Advice on licences as the outside sees it."""

from __future__ import annotations

from enum import StrEnum

from commons.licences.advice import Advice, Answer, Reason
from commons.licences.parties import Maker, Purpose
from coordinator.service.house import View

__all__ = ["AdviceView", "AnswerWord", "LicenceView", "ReasonView", "advice_view"]


class AnswerWord(StrEnum):
    """Whether something may be made, in a word."""

    FREE = "free"
    WITH_DUTIES = "with duties"
    ASK = "ask"
    STOP = "stop"


_WORDS = dict(zip(Answer, AnswerWord, strict=True))


class ReasonView(View):
    """Why, and by which clause; `clause` is empty where none answers."""

    licence: str
    clause: str
    says: str


class AdviceView(View):
    """What a licence asks of a maker for a purpose: our own reading and no legal advice.

    `maker` and `purpose` are null where nobody has said. `unsaid` is what would have to be said for a better answer.
    """

    licence: str | None
    maker: Maker | None
    purpose: Purpose | None
    answer: AnswerWord
    sentence: str
    chosen: str
    reasons: list[ReasonView]
    duties: list[ReasonView]
    unsaid: list[str]


class LicenceView(AdviceView):
    """The same for one piece of work; `permitted` is the designer's word that settles it, as it was recorded.

    Where `settled` is false only a person accepts it, who says how it was settled.
    """

    permitted: str | None
    settled: bool


def advice_view(expression: str | None, advice: Advice) -> AdviceView:
    """Advice as the outside sees it."""
    return AdviceView(
        licence=expression,
        maker=advice.making.maker,
        purpose=advice.making.purpose,
        answer=_WORDS[advice.answer],
        sentence=advice.sentence,
        chosen=advice.chosen,
        reasons=[_reason(each) for each in advice.reasons],
        duties=[_reason(each) for each in advice.duties],
        unsaid=list(advice.unsaid),
    )


def _reason(reason: Reason) -> ReasonView:
    return ReasonView(licence=reason.licence, clause=reason.clause, says=reason.says)
