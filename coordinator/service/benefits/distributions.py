"""Distributions: an income is shared by the formula that holds, proposed, confirmed, and marked as paid.

No money moves here. What was proposed is kept as it was reckoned; where something that it stands on has changed before
it is confirmed, it is not confirmed but proposed anew.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.benefits.contributions import Contribution
from commons.benefits.distribution import distributed
from coordinator.schema.governance import DistributionRow, DistributionState, FormulaRow, SharePaymentRow
from coordinator.service.access import Actor, Right
from coordinator.service.benefits.formulas import formula_in, held_row
from coordinator.service.benefits.sharing import (
    Counted,
    Giving,
    check_income,
    counted,
    document_of,
    earlier,
    earlier_rows,
    read_contributions,
    shares_of,
)
from coordinator.service.benefits.trials import require_of
from coordinator.service.benefits.views import DistributionView, distribution_view
from coordinator.service.governance.electorate import has_voice, require_voice, stewards, voters
from coordinator.service.governance.scopes import scope_of
from coordinator.service.house import Call, Change, House
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.work.builds import order_in
from core.errors import InputError, StateError

__all__ = ["Distributions"]

_AGAIN: Final = "propose it anew"


class Distributions:
    """Incomes, shared."""

    def __init__(self, house: House, giving: Giving) -> None:
        self._house = house
        self._giving = giving

    def all(
        self, design_id: int | None = None, build_id: int | None = None, state: DistributionState | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[DistributionView]:  # fmt: skip
        """Distributions, the newest first, without reasons: of a design in all its versions, of a build, or all."""
        query = select(DistributionRow)
        if build_id is not None:
            query = query.where(DistributionRow.build_id == build_id)
        if state is not None:
            query = query.where(DistributionRow.state == state)
        with self._house.reading() as session:
            if design_id is not None:
                query = query.where(DistributionRow.scope == scope_of(session, design_id))
            return page_of(
                session, query, DistributionRow.id, lambda row: distribution_view(session, row, explained=False),
                after=after, limit=limit, falling=True,
            )  # fmt: skip

    def one(self, distribution_id: int) -> DistributionView:
        """One distribution, each share with its reasons.

        Raises:
            UnknownError: there is no such distribution.
        """
        with self._house.reading() as session:
            return distribution_view(session, _row(session, distribution_id))

    def may_keep(self, actor: Actor, design_id: int) -> bool:
        """Whether somebody may confirm the distributions of a design, and mark them as paid.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            return actor.may(Right.KEEP_PEOPLE) or has_voice(session, actor, scope_of(session, design_id))

    def propose(
        self, call: Call, design_id: int, build_id: int | None, income_cents: int, currency: str, source: str, why: str
    ) -> DistributionView:
        """Share an income by the formula that holds; it counts when somebody else has confirmed it.

        Args:
            call: who asks.
            design_id: any version of the design that it is an income of.
            build_id: of one build only; None for all that was given to the design.
            income_cents: whole cents.
            currency: ISO 4217; that of the formula.
            source: where it came from, one sentence.
            why: a remark.

        Raises:
            ForbiddenError: who asks neither has a voice about the design, nor is a steward, nor ordered the build.
            InputError: there is nothing to share, or the formula is for another currency.
            UnknownError: there is no such design or build, or no formula holds.
        """
        if not source.strip():
            raise InputError("an income comes from somewhere", where="source")
        with self._house.reading() as session:
            scope = scope_of(session, design_id)
            _require_proposer(session, call.actor, scope, build_id)
            formula_id = held_row(session, scope).id
            formula = formula_in(held_row(session, scope))
        check_income(income_cents, currency, formula)
        found = counted(self._giving, formula, build_id, design_id)

        def work(change: Change) -> DistributionView:
            _require_same_formula(change.session, scope, formula_id)
            before = earlier_rows(change.session, scope)
            shared = distributed(formula, income_cents, found.contributions, earlier(change.session, before))
            document, digest = document_of(found, shared, before)
            row = DistributionRow(
                scope=scope, design_id=design_id, build_id=build_id, formula_id=formula_id, income_cents=income_cents,
                currency=currency, source=source, contributions_sha256=digest, document=document,
                state=DistributionState.PROPOSED, proposed_at=change.at, proposed_by=change.who, decided_at=None,
                decided_by=None, why=why, shares=shares_of(shared),
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record(
                "distribution.proposed", f"distribution {row.id}", why=source, design=design_id, build=build_id,
                income_cents=income_cents, currency=currency,
            )  # fmt: skip
            return distribution_view(change.session, row)

        return self._house.perform(call, DistributionView, work)

    def confirm(self, call: Call, distribution_id: int, why: str) -> DistributionView:
        """Agree that an income is shared so; from then on debts count as paid, and what counts once has counted.

        Raises:
            UnknownError: there is no such distribution.
            ForbiddenError: who asks is neither a maintainer of the design nor a steward, or proposed it where another
                could confirm it.
            StateError: it is confirmed or withdrawn, or what it stands on has changed since.
        """
        with self._house.reading() as session:
            row = _row(session, distribution_id)
            formula, design_id, build_id = formula_in(row.formula), row.design_id, row.build_id
            then = read_contributions(row)
        now = counted(self._giving, formula, build_id, design_id)

        def work(change: Change) -> DistributionView:
            row = _row(change.session, distribution_id)
            _require_keeper(change.session, call.actor, row.scope)
            _require_state(row, DistributionState.PROPOSED)
            if row.proposed_by == change.who and _others(change.session, row):
                raise ForbiddenError("somebody else confirms what you proposed", where=f"distribution {row.id}")
            _require_unchanged(change.session, row, then, now)
            _decide(change, row, DistributionState.CONFIRMED, why)
            return distribution_view(change.session, row)

        return self._house.perform(call, DistributionView, work)

    def withdraw(self, call: Call, distribution_id: int, why: str) -> DistributionView:
        """Take a proposed distribution back, or refuse it: it never counts.

        Raises:
            UnknownError: there is no such distribution.
            ForbiddenError: who asks has neither proposed it nor could confirm it.
            StateError: it is confirmed or withdrawn.
        """

        def work(change: Change) -> DistributionView:
            row = _row(change.session, distribution_id)
            if row.proposed_by != change.who:
                _require_keeper(change.session, call.actor, row.scope)
            _require_state(row, DistributionState.PROPOSED)
            _decide(change, row, DistributionState.WITHDRAWN, why)
            return distribution_view(change.session, row)

        return self._house.perform(call, DistributionView, work)

    def mark_paid(self, call: Call, distribution_id: int, who: str, why: str) -> DistributionView:
        """Note that a recipient was paid, elsewhere; with the last of them the distribution is paid.

        Args:
            call: who asks.
            distribution_id: of the distribution.
            who: the recipient, as the distribution names them.
            why: how, such as "bank transfer of 3 May".

        Raises:
            UnknownError: there is no such distribution, or nobody of that name in it.
            ForbiddenError: who asks is neither a maintainer of the design nor a steward.
            StateError: it is not confirmed, or they were marked already.
        """

        def work(change: Change) -> DistributionView:
            row = _row(change.session, distribution_id)
            _require_keeper(change.session, call.actor, row.scope)
            _require_state(row, DistributionState.CONFIRMED)
            everybody = {each.who for each in row.shares}
            if who not in everybody:
                raise UnknownError(f"{who[:60]!r} gets nothing of this", where=f"distribution {row.id}")
            if who in {each.who for each in row.payments}:
                raise StateError("they were marked as paid already", where=f"distribution {row.id}")
            row.payments.append(SharePaymentRow(who=who, paid_at=change.at, paid_by=change.who, why=why))
            change.record("distribution.share-paid", f"distribution {row.id}", why=why, to=who)
            if {each.who for each in row.payments} == everybody:
                row.state = DistributionState.PAID
                change.record("distribution.paid", f"distribution {row.id}")
            return distribution_view(change.session, row)

        return self._house.perform(call, DistributionView, work)


def _row(session: Session, distribution_id: int) -> DistributionRow:
    found = session.get(DistributionRow, distribution_id)
    if found is None:
        raise UnknownError(f"there is no distribution {distribution_id}")
    return found


def _decide(change: Change, row: DistributionRow, state: DistributionState, why: str) -> None:
    row.state, row.decided_at, row.decided_by = state, change.at, change.who
    change.record(f"distribution.{state}", f"distribution {row.id}", why=why)


def _require_state(row: DistributionRow, state: DistributionState) -> None:
    if row.state is not state:
        raise StateError(f"this distribution is {row.state}", where=f"distribution {row.id}")


def _require_keeper(session: Session, actor: Actor, scope: str) -> None:
    """Maintainers of the design, and stewards."""
    if not actor.may(Right.KEEP_PEOPLE):
        require_voice(session, actor, scope)


def _require_proposer(session: Session, actor: Actor, scope: str, build_id: int | None) -> None:
    if build_id is not None:
        require_of(session, build_id, scope)
        if actor.known and order_in(session, build_id).ordered_by == actor.id:
            return
    _require_keeper(session, actor, scope)


def _others(session: Session, row: DistributionRow) -> bool:
    """Whether anybody but who proposed it could confirm it."""
    return bool((voters(session, row.scope) | stewards(session)) - {row.proposed_by})


def _require_same_formula(session: Session, scope: str, formula_id: int) -> FormulaRow:
    row = held_row(session, scope)
    if row.id != formula_id:
        raise StateError("another formula holds since it was reckoned", where="the formula", hint=_AGAIN)
    return row


def _require_unchanged(session: Session, row: DistributionRow, then: list[Contribution], now: Counted) -> None:
    """What was reckoned still stands: nothing of it was taken back, nothing else was confirmed, the formula holds."""
    where = f"distribution {row.id}"
    _require_same_formula(session, row.scope, row.formula_id)
    if [each.id for each in earlier_rows(session, row.scope)] != row.document["before"]:
        raise StateError("another distribution was confirmed since", where=where, hint=_AGAIN)
    gone = len(set(then) - set(now.contributions))
    if gone:
        raise StateError(f"{gone} contributions were taken back or changed since", where=where, hint=_AGAIN)
