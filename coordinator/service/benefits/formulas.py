"""Formulas: written in versions that stay, forked freely, adopted by those who have a voice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commons.benefits.difference import difference
from commons.benefits.formula import Formula, read_formula
from coordinator.schema.governance import AdoptionRow, FormulaRow, ProposalRow
from coordinator.service.access import Actor
from coordinator.service.benefits.starters import starter
from coordinator.service.governance.effects import Effect, Prepared, Terms, register
from coordinator.service.governance.electorate import has_voice, require_voice
from coordinator.service.governance.proposals import Proposals, ProposalView, Voting
from coordinator.service.governance.scopes import NETWORK, design_of, scope_of
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from core.errors import InputError

__all__ = ["FORMULA", "DifferenceOfFormulas", "FormulaView", "Formulas", "formula_in", "formula_row", "held_row"]

FORMULA: Final = "formula"
_OF_THE_NETWORK: Final = Terms(least_hours=72, least_quorum_percent=10)


class FormulaView(View):
    """A version of a formula. `words` say it in sentences, `text` is the TOML that it is.

    `design_id` is the newest version here of the design that it is for, null where it is for the whole network;
    `holds` whether incomes there are shared by it now.
    """

    id: int
    design_id: int | None
    design: str | None
    number: int
    name: str
    currency: str
    words: list[str]
    text: str
    sha256: str
    forked_from: int | None
    written_at: datetime
    written_by: str
    why: str
    holds: bool
    adopted_at: datetime | None


class DifferenceOfFormulas(View):
    """What has changed from one version to another, a sentence each."""

    from_id: int
    to_id: int
    changes: list[str]


class Formulas:
    """By what incomes are shared."""

    def __init__(self, house: House, proposals: Proposals) -> None:
        self._house = house
        self._proposals = proposals

    def all(
        self, design_id: int | None = None, *, everywhere: bool = False, after: str | None = None, limit: int = 50
    ) -> Page[FormulaView]:
        """Versions, the newest first: of a design, of the network where none is named, or all that there are."""
        with self._house.reading() as session:
            query = select(FormulaRow)
            if not everywhere:
                query = query.where(FormulaRow.scope == scope_of(session, design_id))
            return page_of(
                session, query, FormulaRow.id, lambda row: _view(session, row), after=after, limit=limit, falling=True
            )

    def one(self, formula_id: int) -> FormulaView:
        """One version.

        Raises:
            UnknownError: there is no such formula.
        """
        with self._house.reading() as session:
            return _view(session, formula_row(session, formula_id))

    def holding(self, design_id: int | None) -> FormulaView:
        """The formula by which incomes of a design are shared now: its own, or else that of the network.

        Raises:
            UnknownError: there is no such design, or neither has adopted any.
        """
        with self._house.reading() as session:
            return _view(session, held_row(session, scope_of(session, design_id)))

    def may_write(self, actor: Actor, design_id: int | None) -> bool:
        """Whether somebody may write and propose formulas there.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            return has_voice(session, actor, scope_of(session, design_id))

    def write(self, call: Call, design_id: int | None, text: str, why: str, forked_from: int | None) -> FormulaView:
        """Write a version; it holds when a proposal to use it has passed.

        Args:
            call: who asks.
            design_id: of the design that it is for; None for the network.
            text: TOML, see `commons.benefits.formula`.
            why: the reason, one sentence.
            forked_from: of which version it is a change, or None.

        Raises:
            UnauthenticatedError, ForbiddenError: who asks has no voice there.
            InputError: the text is no formula.
            UnknownError: there is no such design or formula.
        """
        formula = read_formula(text, where="the formula")

        def work(change: Change) -> FormulaView:
            scope = scope_of(change.session, design_id)
            require_voice(change.session, call.actor, scope)
            if forked_from is not None:
                formula_row(change.session, forked_from)
            return _view(change.session, _written(change, scope, formula, text, why, forked_from))

        return self._house.perform(call, FormulaView, work)

    def fork(self, call: Call, formula_id: int, design_id: int | None, why: str) -> FormulaView:
        """Take over a version of anybody's as a version of one's own, word for word; `write` changes it from there.

        Raises:
            UnauthenticatedError, ForbiddenError, UnknownError: as for `write`.
        """
        with self._house.reading() as session:
            text = formula_row(session, formula_id).text
        return self.write(call, design_id, text, why, formula_id)

    def begin(self, call: Call, key: str, design_id: int | None, why: str) -> FormulaView:
        """Take over a formula that comes with the program.

        Raises:
            UnauthenticatedError, ForbiddenError, UnknownError: as for `write`.
        """
        return self.write(call, design_id, starter(key).text, why, None)

    def difference(self, from_id: int, to_id: int) -> DifferenceOfFormulas:
        """What has changed from one version to another.

        Raises:
            UnknownError: there is no such formula.
        """
        with self._house.reading() as session:
            old, new = (formula_in(formula_row(session, each)) for each in (from_id, to_id))
        return DifferenceOfFormulas(from_id=from_id, to_id=to_id, changes=difference(old, new))

    def propose(self, call: Call, formula_id: int, voting: Voting) -> ProposalView:
        """Propose that incomes are shared by a version from now on, to those who have a voice where it was written.

        Raises:
            UnknownError: there is no such formula.
            UnauthenticatedError, ForbiddenError, InputError: as for `Proposals.open`.
        """
        found = self.one(formula_id)
        return self._proposals.open(call, FORMULA, found.design_id, {"formula_id": formula_id}, voting)


def formula_in(row: FormulaRow) -> Formula:
    """A stored formula, read."""
    return read_formula(row.text, where=f"formula {row.id}")


def formula_row(session: Session, formula_id: int) -> FormulaRow:
    """A version's row.

    Raises:
        UnknownError: there is no such formula.
    """
    found = session.get(FormulaRow, formula_id)
    if found is None:
        raise UnknownError(f"there is no formula {formula_id}")
    return found


def held_row(session: Session, scope: str) -> FormulaRow:
    """The formula that holds in a scope: its own, or else that of the network.

    Raises:
        UnknownError: neither has adopted any.
    """
    found = _adoption(session, scope) or _adoption(session, NETWORK)
    if found is None:
        hint = "fork one that comes with the program, and propose it"
        raise UnknownError("no formula says yet who gets what of an income", hint=hint)
    return found.formula


def _adoption(session: Session, scope: str) -> AdoptionRow | None:
    newest = select(AdoptionRow).where(AdoptionRow.scope == scope).order_by(AdoptionRow.id.desc())
    return session.scalars(newest.limit(1)).first()


def _written(change: Change, scope: str, formula: Formula, text: str, why: str, forked_from: int | None) -> FormulaRow:
    last = change.session.scalar(select(func.max(FormulaRow.number)).where(FormulaRow.scope == scope))
    row = FormulaRow(
        scope=scope, number=(last or 0) + 1, name=formula.name[:200], text=text, sha256=formula.sha256,
        forked_from=forked_from, written_at=change.at, written_by=change.who, why=why,
    )  # fmt: skip
    change.session.add(row)
    change.session.flush()
    change.record("formula.written", f"formula {row.id}", why=why, name=row.name, sha256=row.sha256)
    return row


def _view(session: Session, row: FormulaRow) -> FormulaView:
    formula, design = formula_in(row), design_of(session, row.scope)
    held = _adoption(session, row.scope)
    holds = held is not None and held.formula_id == row.id
    adopted = select(func.max(AdoptionRow.adopted_at)).where(AdoptionRow.formula_id == row.id)
    return FormulaView(
        id=row.id, design_id=design.id if design else None, design=design.name if design else None, number=row.number,
        name=row.name, currency=formula.currency, words=formula.words(), text=row.text, sha256=row.sha256,
        forked_from=row.forked_from, written_at=row.written_at, written_by=row.written_by, why=row.why, holds=holds,
        adopted_at=session.scalar(adopted),
    )  # fmt: skip


def _prepare(session: Session, scope: str, sent: Mapping[str, Any]) -> Prepared:
    formula_id = sent.get("formula_id")
    if not isinstance(formula_id, int) or isinstance(formula_id, bool):
        raise InputError("a formula is named by its number", where="formula_id")
    row = formula_row(session, formula_id)
    if row.scope != scope:
        raise InputError("this version was written elsewhere", where="formula_id", hint="fork it first")
    held = _adoption(session, scope)
    if held is not None and held.formula_id == row.id:
        raise InputError("incomes are shared by this version already", where="formula_id")
    terms = _OF_THE_NETWORK if scope == NETWORK else Terms()
    return Prepared(f"Share incomes by {row.name} (version {row.number})", {"formula_id": row.id}, terms)


def _take(change: Change, proposal: ProposalRow) -> str:
    row = formula_row(change.session, proposal.document["formula_id"])
    change.session.add(AdoptionRow(scope=row.scope, formula_id=row.id, proposal_id=proposal.id, adopted_at=change.at))
    change.record("formula.adopted", f"formula {row.id}", why=f"proposal {proposal.id}", name=row.name)
    return f"incomes are shared by {row.name} (version {row.number}) from now on"


register(FORMULA, Effect(_prepare, _take))
