"""What a licence asks of one maker for one purpose: an answer, a plain sentence, and the clauses behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from commons.licences.expressions import parsed
from commons.licences.parties import Maker, Making, Purpose
from commons.licences.table import Duty, Term, When, find_licence, licences
from commons.licences.wording import sentence, texts

__all__ = ["NO_LICENCE", "WHAT_UNSAID", "WHO_UNSAID", "Advice", "Answer", "Reason", "advise", "sayings"]

NO_LICENCE: Final = "no licence"
"""In place of an identifier, where none is stated."""
_WORDS: Final = re.compile(r"\b[a-z]{2,}\b")  # in the name of a clause: the rest is the same in every language
_UNSAID: Final = frozenset(
    {"LicenseRef-NONE", "LicenseRef-NOASSERTION", "LicenseRef-AllRightsReserved", "NONE", "NOASSERTION"}
)


class Answer(IntEnum):
    """Whether it may be made, the better first."""

    FREE = 0
    WITH_DUTIES = 1
    ASK = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and by which clause.

    Attributes:
        licence: SPDX identifier.
        clause: of the licence, or "" where none answers.
        says: what it asks, or forbids.
    """

    licence: str
    clause: str
    says: str

    def __str__(self) -> str:
        return f"{self.says} ({self.licence}, {self.clause})" if self.clause else f"{self.says} ({self.licence})"


@dataclass(frozen=True, slots=True)
class Advice:
    """An answer for one case.

    Attributes:
        answer: whether it may be made.
        chosen: the licence that it is made under, where there is a choice: an SPDX expression.
        reasons: what it rests on, one by one.
        duties: what must be done, one by one; empty where the answer is no.
        making: the case.
        unsaid: what nobody has said and makes the difference; then `reasons` has what holds in some of the cases.
    """

    answer: Answer
    chosen: str
    reasons: tuple[Reason, ...]
    duties: tuple[Reason, ...]
    making: Making
    unsaid: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The answer in plain words."""
        return sentence(self)

    @property
    def is_free(self) -> bool:
        """Whether it may be made without asking anybody."""
        return self.answer < Answer.ASK


@dataclass(frozen=True, slots=True)
class _Found:
    answer: Answer
    chosen: str
    reasons: tuple[Reason, ...]
    duties: tuple[Reason, ...] = ()
    unsaid: tuple[str, ...] = ()


def advise(expression: str | None, making: Making) -> Advice:
    """What the licence of a design asks in one case.

    Of ``A OR B`` the better for this maker is taken; ``A AND B`` asks what both ask. Where nobody has said who makes
    it, or what for, and that makes a difference, the answer is to ask for that.

    Args:
        expression: SPDX expression, or None where no licence is stated.
        making: who makes it, and what for.
    """
    tree = parsed(expression)
    if making.is_known:
        found = _of(tree, making)
    else:
        found = _unsaid([(case, _of(tree, case)) for case in making.cases()], making, str(expression or ""))
    return Advice(found.answer, found.chosen, found.reasons, found.duties, making, found.unsaid)


def sayings() -> Iterator[str]:
    """Every text that an answer may be put together from, for who translates them."""
    yield from texts()
    cases = [
        Making(maker, purpose, changed, ordered)
        for maker in (*Maker, None)
        for purpose in (*Purpose, None)
        for changed in (False, True)
        for ordered in (False, True)
    ]
    for expression in (*licences(), None, "LicenseRef-unknown"):
        for case in cases:
            advice = advise(expression, case)
            yield from advice.unsaid
            for each in (*advice.reasons, *advice.duties):
                yield each.says
                yield from [each.licence] if each.licence == NO_LICENCE else []
                yield from [each.clause] if _WORDS.search(each.clause) else []


WHO_UNSAID: Final = "nobody has said what kind of maker this is, and the licence tells them apart"
WHAT_UNSAID: Final = "nobody has said what it is made for, and the licence tells that apart"


def _unsaid(cases: list[tuple[Making, _Found]], making: Making, expression: str) -> _Found:
    """What holds in every case that it may be; to ask, where that is not the same."""
    found = [each for _, each in cases]
    worst = max(found, key=lambda each: each.answer)
    reasons = dict.fromkeys(reason for each in found if each.answer >= Answer.ASK for reason in each.reasons)
    if len({_kind(each.answer) for each in found}) == 1:
        duties = dict.fromkeys(duty for each in found for duty in each.duties)
        return _Found(worst.answer, worst.chosen, tuple(reasons) or worst.reasons, tuple(duties))
    unsaid = []
    if making.maker is None and _differ(cases, lambda case: case.purpose):
        unsaid.append(WHO_UNSAID)
    if making.purpose is None and _differ(cases, lambda case: case.maker):
        unsaid.append(WHAT_UNSAID)
    return _Found(Answer.ASK, expression, tuple(reasons), unsaid=tuple(unsaid))


def _kind(answer: Answer) -> Answer:
    """Duties may be more or fewer; what counts is whether somebody must ask, or may not."""
    return max(answer, Answer.WITH_DUTIES)


def _differ(cases: list[tuple[Making, _Found]], fixed: Callable[[Making], object]) -> bool:
    """Whether answers differ among cases that are alike in what is fixed."""
    kinds: dict[object, set[Answer]] = {}
    for case, found in cases:
        kinds.setdefault(fixed(case), set()).add(_kind(found.answer))
    return any(len(each) > 1 for each in kinds.values())


def _of(tree: Any, making: Making) -> _Found:
    operator = getattr(tree, "operator", "").strip()
    if operator == "OR":
        return _best([_of(each, making) for each in tree.args])
    if operator == "AND":
        parts = [_of(each, making) for each in tree.args]
        answer, chosen = max(part.answer for part in parts), " AND ".join(part.chosen for part in parts)
        if answer >= Answer.ASK:
            return _Found(
                answer, chosen, tuple(each for part in parts if part.answer is answer for each in part.reasons)
            )
        reasons = tuple(dict.fromkeys(reason for part in parts for reason in part.reasons))
        return _Found(answer, chosen, reasons, tuple(dict.fromkeys(duty for part in parts for duty in part.duties)))
    return _of_one(str(tree or ""), making)


def _best(choices: list[_Found]) -> _Found:
    """The choice that asks least; where each has a hitch, all of them with their hitches."""
    answer = min(each.answer for each in choices)
    best = [each for each in choices if each.answer is answer]
    if answer < Answer.ASK:
        return min(best, key=lambda each: len(each.duties))
    reasons = dict.fromkeys(reason for each in best for reason in each.reasons)
    return _Found(answer, " OR ".join(each.chosen for each in best), tuple(reasons))


def _of_one(identifier: str, making: Making) -> _Found:
    if not identifier or identifier in _UNSAID:
        said = "no licence is stated: all rights are reserved, ask the designer"
        return _Found(Answer.ASK, identifier or NO_LICENCE, (Reason(identifier or NO_LICENCE, "", said),))
    licence = find_licence(identifier)
    if licence is None:
        said = "nobody here knows what this licence asks: read it, or ask the designer"
        return _Found(Answer.ASK, identifier, (Reason(identifier, "", said),))
    limits = [found for term in licence.terms if (found := _limit(identifier, term, making))]
    answer = max((each for each, _ in limits), default=Answer.FREE)
    duties = tuple(Reason(identifier, term.clause, term.says) for term in licence.terms if _is_met(term, making))
    if answer >= Answer.ASK:
        return _Found(answer, identifier, tuple(reason for each, reason in limits if each is answer))
    reasons = tuple(reason for _, reason in limits)
    return _Found(Answer.WITH_DUTIES if duties else Answer.FREE, identifier, reasons or duties, duties)


_LIMITS: Final = frozenset({Duty.NON_COMMERCIAL, Duty.NO_CHANGES, Duty.PEERS_ONLY})


def _is_met(term: Term, making: Making) -> bool:
    """Whether a duty, and no limit, is met in this case."""
    if term.duty in _LIMITS:
        return False
    return {When.MAKE: True, When.GIVE: making.given, When.CHANGE: making.given and making.changed}[term.when]


def _limit(identifier: str, term: Term, making: Making) -> tuple[Answer, Reason] | None:
    """What a limit of the licence answers in this case; None where it does not touch it."""
    rule = _RULES.get(term.duty)
    found = rule(making) if rule is not None else None
    return None if found is None else (found[0], Reason(identifier, found[1] or term.clause, found[2]))


_Ruled = tuple[Answer, str, str] | None


def _non_commercial(making: Making) -> _Ruled:
    if making.purpose is Purpose.SALE:
        return Answer.STOP, "", "it may not be made for payment"
    if making.purpose is Purpose.AT_COST:
        return Answer.ASK, "", "whether costs alone may be paid the licence leaves open: ask the designer"
    if making.maker is Maker.COMPANY:
        return Answer.ASK, "", "whatever a company makes may be for its advantage: ask the designer"
    return Answer.FREE, "", "it is made neither for advantage nor for payment"


def _no_changes(making: Making) -> _Ruled:
    if not making.changed:
        return None
    if making.given:
        return Answer.STOP, "", "what is changed may not be given on"
    return (
        Answer.ASK,
        "",
        "a changed one may not be given on, and older versions allow no change at all: ask the designer",
    )


def _peers_only(making: Making) -> _Ruled:
    if making.maker is Maker.COMPANY:
        return (
            Answer.ASK,
            "4(d)",
            "a privately owned business with wage labour needs a licence of its own: ask the designer",
        )
    if making.maker is Maker.COOPERATIVE:
        return (
            Answer.FREE,
            "4(c)",
            "a business that its workers own may use it, also for sale, if they share the surplus",
        )
    if making.purpose is Purpose.SALE:
        return Answer.ASK, "4(c)", "only businesses that their workers own may sell it: ask the designer for a licence"
    return Answer.FREE, "4(b)", "it is not made for private gain"


_RULES: Final[Mapping[Duty, Callable[[Making], _Ruled]]] = {
    Duty.NON_COMMERCIAL: _non_commercial,
    Duty.NO_CHANGES: _no_changes,
    Duty.PEERS_ONLY: _peers_only,
}
