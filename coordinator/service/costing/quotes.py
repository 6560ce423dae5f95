"""Quotes: what a design would cost so many times over, and what a build was reckoned to cost before anybody started."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from bom.bill import Bill
from bom.graph import TaskGraph, TaskKind, task_graph
from bom.reader import read_bill
from coordinator.schema.network import LabRow
from coordinator.service.access import Actor
from coordinator.service.costing.keeping import QUICKEST, Quoted, newest_quote, quoted
from coordinator.service.costing.lines import Kind, Line, sums_of
from coordinator.service.costing.outcome import outcome_of
from coordinator.service.costing.parts import Bought
from coordinator.service.costing.views import CostLine, MoneyView, line_views, sum_views
from coordinator.service.designs.designs import Designs
from coordinator.service.house import House, View
from coordinator.service.machinery.networks import VERSION
from coordinator.service.machinery.standing import as_it_stands
from coordinator.service.refusals import UnauthenticatedError, UnknownError
from coordinator.service.work.builds import order_in
from core.errors import InputError, StateError

__all__ = ["MOST_QUOTED", "ComparedView", "QuoteView", "Quotes"]

MOST_QUOTED: Final = 10_000
_FRESH: Final = timedelta(minutes=1)
_KEPT: Final = 50
_PATIENCE_S: Final = 20.0


class ComparedView(View):
    """What a kind of cost was reckoned at and what it came to so far; null where nothing of it is known."""

    kind: Kind
    currency: str
    quoted_cents: int | None
    came_to_cents: int | None


class QuoteView(View):
    """What something is reckoned to cost. `unknown` is in no sum.

    `spent` adds up what a build came to so far, line by line in `came_to`; what of it nobody has noted is in
    `came_to_unknown`.
    """

    design_id: int
    design: str
    build_id: int | None
    count: int
    made_at: datetime
    basis: str
    sums: list[MoneyView]
    lines: list[CostLine]
    unknown: list[CostLine]
    spent: list[MoneyView]
    came_to: list[CostLine]
    came_to_unknown: list[CostLine]
    compared: list[ComparedView]


class Quotes:
    """What things are reckoned to cost."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs
        self._busy = threading.Lock()
        self._known: OrderedDict[tuple[int, int, str | None, int], tuple[datetime, Quoted]] = OrderedDict()

    def of_design(self, actor: Actor, design_id: int, count: int = 1, deliver_to: str | None = None) -> QuoteView:
        """What so many of a design would cost if they were ordered now, delivered to a lab or not; nothing is stored.

        Raises:
            UnauthenticatedError: who asks is nobody here: it takes the computer for seconds.
            UnknownError: there is no such design or lab.
            InputError: the count is none.
            StateError: others are being reckoned, for long.
        """
        if not actor.known:
            raise UnauthenticatedError("quotes are reckoned for people of the network", hint="log in")
        name = self._designs.one(design_id).name
        found = self.reckon(design_id, count, deliver_to)
        return _view(design_id, name, None, count, self._house.clock.now(), found, [])

    def of_build(self, build_id: int) -> QuoteView:
        """What a build was reckoned to cost before its first run, and what it came to so far.

        Raises:
            UnknownError: there is no such build, or it was never reckoned.
        """
        with self._house.reading() as session:
            build = order_in(session, build_id).build
            row = newest_quote(session, build_id)
            if row is None:
                raise UnknownError(f"build {build_id} has no quote yet", hint="its first plan makes one")
            network = self._house.networks.of(session)
            came = outcome_of(session, network, build_id, self._house.clock.now()) if network is not None else []
            return _view(
                build.design_id, build.design.name, build_id, build.quantity, row.made_at, Quoted.of(row.document), came
            )

    def reckon(self, design_id: int, count: int, deliver_to: str | None = None) -> Quoted:
        """A quote of a design, a minute old at most.

        Raises:
            UnknownError: there is no such design, no lab, or not the one that it is delivered to.
            InputError: the count is none.
            StateError: others are being reckoned, for long.
        """
        if not 1 <= count <= MOST_QUOTED:
            raise InputError(f"from 1 to {MOST_QUOTED} are quoted", where="count")
        if not self._busy.acquire(timeout=_PATIENCE_S):
            raise StateError("other quotes are being reckoned", hint="try again in a minute")
        try:
            return self._reckoned(design_id, count, deliver_to)
        finally:
            self._busy.release()

    def _reckoned(self, design_id: int, count: int, deliver_to: str | None) -> Quoted:
        with self._house.reading() as session:
            key = (design_id, count, deliver_to, session.scalar(select(VERSION)) or 0)
            network = self._house.networks.of(session)
            if network is None:
                raise UnknownError("there is no lab yet")
            if deliver_to is not None and session.get(LabRow, deliver_to) is None:
                raise UnknownError(f"there is no lab {deliver_to[:60]!r}", where="deliver_to")
            stands = as_it_stands(session, network, self._house.clock.now())
        known = self._known.get(key)
        if known is not None and self._house.real.now() - known[0] < _FRESH:
            return known[1]
        from coordinator.plans.work import form_lots
        from coordinator.service.costing.reckoning import quickest

        with self._designs.opened(design_id) as design:
            bill = read_bill(design)
            graph = task_graph(bill, quantity=count)
            workload = form_lots(design, graph, stands)
            with self._house.reading() as session:
                found = quoted(
                    session, network, quickest(workload), workload.unplaceable, _bought(bill, graph, count), graph,
                    self._house.clock.now(), basis=QUICKEST, to=deliver_to,
                )  # fmt: skip
        self._known[key] = (self._house.real.now(), found)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found


def _bought(bill: Bill, graph: TaskGraph, count: int) -> list[Bought]:
    lines = {line.key: line for line in bill.lines}
    found = []
    for task in graph.order():
        if task.kind is TaskKind.PURCHASE:
            said = dict.fromkeys(price for share in graph.shares(task.id) if (price := lines[share.line].price))
            found.append(Bought(task.name, task.quantity, task.quantity / count, task.unit, "; ".join(said) or None))
    return found


def _view(
    design_id: int, design: str, build_id: int | None, count: int, at: datetime, found: Quoted, came: Sequence[Line]
) -> QuoteView:
    return QuoteView(
        design_id=design_id, design=design, build_id=build_id, count=count, made_at=at, basis=found.basis,
        sums=sum_views(found.lines), spent=sum_views(came),
        lines=line_views(found.lines, known=True), unknown=line_views(found.lines, known=False),
        came_to=line_views(came, known=True), came_to_unknown=line_views(came, known=False),
        compared=_compared(found.lines, came) if came else [],
    )  # fmt: skip


def _compared(quote: Sequence[Line], came: Sequence[Line]) -> list[ComparedView]:
    found = []
    for kind in Kind:
        before, after = (
            {each.currency: each.cents for each in sums_of(line for line in lines if line.kind is kind)}
            for lines in (quote, came)
        )
        found += [
            ComparedView(
                kind=kind, currency=currency, quoted_cents=before.get(currency), came_to_cents=after.get(currency)
            )
            for currency in sorted(before.keys() | after.keys())
        ]
    return found
