"""Who would get what, if: any formulas side by side on an income that nobody has yet; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from commons.benefits.distribution import distributed
from commons.benefits.formula import Formula, read_formula
from coordinator.service.access import Actor
from coordinator.service.benefits.formulas import formula_row
from coordinator.service.benefits.parties import PartyView, parties
from coordinator.service.benefits.sharing import Giving, check_income, counted, earlier, earlier_rows
from coordinator.service.benefits.starters import starter
from coordinator.service.governance.scopes import scope_of
from coordinator.service.house import House, View
from coordinator.service.refusals import UnauthenticatedError
from coordinator.service.work.builds import order_in
from core.errors import InputError

__all__ = ["MOST", "ChosenFormula", "FormulaTrials", "RowOfTrial", "TrialOfFormulas", "TriedFormula"]

MOST: Final = 4
"""Formulas side by side."""


@dataclass(frozen=True, slots=True)
class ChosenFormula:
    """A formula to try: a stored version, one that comes with the program, or any text; one of the three."""

    formula_id: int | None = None
    starter: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if [self.formula_id, self.starter, self.text].count(None) != 2:
            raise InputError("a formula to try has a number, a key or a text, one of them", where="formulas")


class TriedFormula(View):
    """A formula that was tried, in words."""

    name: str
    words: list[str]
    sha256: str


class RowOfTrial(View):
    """What one would get by each formula, in cents, in the order of the formulas."""

    party: PartyView
    cents: list[int]


class TrialOfFormulas(View):
    """Who would get what. `counted` contributions of those with a price were known, `unknown` had none."""

    income_cents: int
    currency: str
    formulas: list[TriedFormula]
    rows: list[RowOfTrial]
    counted: int
    unknown: int


class FormulaTrials:
    """Formulas, tried."""

    def __init__(self, house: House, giving: Giving) -> None:
        self._house = house
        self._giving = giving

    def compare(
        self, actor: Actor, design_id: int, build_id: int | None, income_cents: int, chosen: Sequence[ChosenFormula]
    ) -> TrialOfFormulas:
        """Share an income by up to four formulas, as if it came in now. What was confirmed before counts.

        Args:
            actor: who asks; somebody who is known.
            design_id: any version of the design that it is an income of.
            build_id: of one build only; None for all of the design.
            income_cents: whole cents, in the formulas' currency.
            chosen: the formulas.

        Raises:
            UnauthenticatedError: who asks shows no token.
            InputError: there are none or too many, one is no formula, they are for several currencies, or the build
                is of another design.
            UnknownError: there is no such design, build or formula.
        """
        if not actor.known:
            raise UnauthenticatedError("a token is needed to try a formula", hint="an invitation gives one")
        if not 1 <= len(chosen) <= MOST:
            raise InputError(f"1 to {MOST} formulas are compared", where="formulas")
        with self._house.reading() as session:
            scope = scope_of(session, design_id)
            if build_id is not None:
                require_of(session, build_id, scope)
            formulas = [_formula(session, each, number) for number, each in enumerate(chosen, start=1)]
            before = earlier(session, earlier_rows(session, scope))
        for each in formulas:
            check_income(income_cents, formulas[0].currency, each)
        found = [counted(self._giving, each, build_id, design_id) for each in formulas]
        totals = [
            distributed(each, income_cents, one.contributions, before).totals()
            for each, one in zip(formulas, found, strict=True)
        ]
        everybody = sorted(dict.fromkeys(who for each in totals for who in each), key=lambda who: _by_most(who, totals))
        with self._house.reading() as session:
            known = parties(session, everybody)
        return TrialOfFormulas(
            income_cents=income_cents,
            currency=formulas[0].currency,
            formulas=[TriedFormula(name=each.name, words=each.words(), sha256=each.sha256) for each in formulas],
            rows=[RowOfTrial(party=known[who], cents=[each.get(who, 0) for each in totals]) for who in everybody],
            counted=max(len(each.contributions) for each in found),
            unknown=len(found[0].unknown),
        )


def require_of(session: Session, build_id: int, scope: str) -> None:
    """Refuse a build of another design.

    Raises:
        UnknownError: there is no such build.
        InputError: it is of another design.
    """
    if scope_of(session, order_in(session, build_id).build.design_id) != scope:
        raise InputError(f"build {build_id} is of another design", where="build_id")


def _by_most(who: str, totals: Sequence[dict[str, int]]) -> tuple[int, str]:
    return -sum(each.get(who, 0) for each in totals), who


def _formula(session: Session, chosen: ChosenFormula, number: int) -> Formula:
    if chosen.formula_id is not None:
        return read_formula(formula_row(session, chosen.formula_id).text, where=f"formula {chosen.formula_id}")
    if chosen.starter is not None:
        return read_formula(starter(chosen.starter).text, where=chosen.starter)
    return read_formula(chosen.text or "", where=f"the formula no. {number}")
