"""Purchases: what is bought for builds, by whom, where and for how much; what of it has come, and what was bad."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coordinator.moves import advance
from coordinator.schema.builds import BuildState, TaskRow, TaskState
from coordinator.schema.network import LabRow, PersonRow
from coordinator.schema.service import OrderRow
from coordinator.schema.supply import ArrivalRow, PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.supplies.supply import arrived_of, close_purchase, exact, open_of, settle_supply, standings
from coordinator.service.work.builds import order_in, require_tender
from core.errors import InputError, StateError

__all__ = ["Count", "Ordered", "PurchaseItemView", "PurchaseView", "Purchases"]

Step = Callable[[Change, PurchaseRow], None]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a buyer says of an order; None where it is not known.

    Attributes:
        supplier: where.
        order_number: of the supplier; shown to those in the purchase only.
        expected_at: when all of it should be here.
        currency: ISO 4217.
        prices: by item id, for all of the item.
        carriage: for bringing it.
        place: the lab that it comes to; None where it comes to the buyer, or nobody says.
    """

    supplier: str
    order_number: str | None = None
    expected_at: datetime | None = None
    currency: str | None = None
    prices: Mapping[int, float] | None = None
    carriage: float | None = None
    place: str | None = None

    def __post_init__(self) -> None:
        if not self.supplier.strip():
            raise InputError("an order names its supplier", where="supplier")
        if (self.prices or self.carriage is not None) and not self.currency:
            raise InputError("a price has a currency", where="currency", hint="such as EUR")


@dataclass(frozen=True, slots=True)
class Count:
    """What came of an item at once: good ones, and wrong or damaged ones."""

    item_id: int
    good: float = 0.0
    bad: float = 0.0

    def __post_init__(self) -> None:
        if min(self.good, self.bad) < 0 or exact(self.good + self.bad) <= 0:
            raise InputError("what came is more than nothing", where=f"item {self.item_id}")


class PurchaseItemView(View):
    """So much of a task's part. `bad` counts what was wrong or damaged, `surplus` what came beyond the order."""

    id: int
    task_id: int
    build_id: int
    task: str
    quantity: float
    unit: str
    arrived: float
    open: float
    surplus: float
    bad: float
    price: float | None


class PurchaseView(View):
    """An order at a supplier; `place` is null where it comes to the buyer, or nobody said.

    Its number is null for who neither buys it, tends its builds nor operates the lab that it comes to.
    """

    id: int
    buyer: str
    state: PurchaseState
    supplier: str | None
    order_number: str | None
    currency: str | None
    carriage: float | None
    place: str | None
    opened_at: datetime
    ordered_at: datetime | None
    expected_at: datetime | None
    items: list[PurchaseItemView]


class Purchases:
    """What is bought."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, actor: Actor, build_id: int | None = None, state: PurchaseState | None = None, buyer: str | None = None,
        *, after: str | None = None, limit: int = 50,
    ) -> Page[PurchaseView]:  # fmt: skip
        """Purchases, of one build, state or buyer, or all."""
        items = selectinload(PurchaseRow.items)
        read = (items.joinedload(PurchaseItemRow.task), items.selectinload(PurchaseItemRow.arrivals))
        query = select(PurchaseRow).options(*read)
        if build_id is not None:
            mine = select(PurchaseItemRow.purchase_id).join(TaskRow).where(TaskRow.build_id == build_id)
            query = query.where(PurchaseRow.id.in_(mine))
        for column, value in ((PurchaseRow.state, state), (PurchaseRow.buyer, buyer)):
            if value is not None:
                query = query.where(column == value)
        with self._house.reading() as session:
            return page_of(
                session, query, PurchaseRow.id, lambda row: _view(session, row, actor), after=after, limit=limit
            )

    def one(self, actor: Actor, purchase_id: int) -> PurchaseView:
        """One purchase.

        Raises:
            UnknownError: there is no such purchase.
        """
        with self._house.reading() as session:
            return _view(session, _purchase(session, purchase_id), actor)

    def want(self, call: Call, wanted: Mapping[int, float | None], buyer: str | None = None) -> PurchaseView:
        """Take in hand what is to be bought, for one build or for several of the same builder.

        Args:
            call: who asks.
            wanted: how much, by task id; None for what nobody has ordered yet.
            buyer: who buys; None for who asks.

        Raises:
            UnknownError: there is no such task or person.
            ForbiddenError: who asks has not ordered all of the builds and is no steward.
            StateError: a task is not bought or is no longer wanted, nothing of it is missing, or the builds are of
                several builders.
        """

        def work(change: Change) -> PurchaseView:
            session = change.session
            tasks = [_task(session, each) for each in wanted]
            builders = {require_tender(session, call.actor, task.build_id).ordered_by for task in tasks}
            if len(builders) != 1:
                raise StateError(
                    "a purchase is for builds that one person has ordered", hint="make one for each builder"
                )
            who = buyer or change.who
            if buyer is not None and session.get(PersonRow, buyer) is None:
                raise UnknownError(f"there is no person {buyer[:60]!r}", where="buyer")
            row = PurchaseRow(buyer=who, state=PurchaseState.WANTED, opened_at=change.at)
            standing = standings(session, tasks)
            for task in tasks:
                amount = wanted[task.id]
                amount = standing[task.id].missing if amount is None else exact(amount)
                if amount <= 0:
                    raise StateError("nothing of it is missing", where=task.name)
                row.items.append(PurchaseItemRow(task=task, quantity=amount))
            session.add(row)
            session.flush()
            builds = sorted({task.build_id for task in tasks})
            change.record("purchase.wanted", f"purchase {row.id}", buyer=who, builds=builds, items=len(tasks))
            return _view(session, row, call.actor)

        return self._house.perform(call, PurchaseView, work)

    def order(self, call: Call, purchase_id: int, said: Ordered) -> PurchaseView:
        """Say that it is ordered. Of a purchase that came short, that the rest is ordered again.

        Raises:
            UnknownError: there is no such purchase, item or lab.
            ForbiddenError: who asks neither buys it nor tends its builds.
            StateError: it is ordered already, has arrived or is cancelled.
        """

        def work(change: Change, row: PurchaseRow) -> None:
            if said.place is not None and change.session.get(LabRow, said.place) is None:
                raise UnknownError(f"there is no lab {said.place!r}", where="place")
            if row.currency not in (None, said.currency) and (said.prices or said.carriage is not None):
                raise StateError(f"its prices are in {row.currency}", where=f"purchase {row.id}")
            advance(row, PurchaseState.ORDERED, f"purchase {row.id}")
            row.supplier, row.order_number, row.expected_at = said.supplier, said.order_number, said.expected_at
            row.place, row.currency = said.place, said.currency or row.currency
            row.ordered_at = row.ordered_at or change.at
            if said.carriage is not None:
                row.carriage = exact((row.carriage or 0.0) + said.carriage)
            for item_id, price in (said.prices or {}).items():
                item = _item(row, item_id)
                item.price = exact((item.price or 0.0) + price)
            paid = None if said.carriage is None else exact(said.carriage)
            change.record(
                "purchase.ordered", f"purchase {row.id}", supplier=said.supplier, carriage=paid, currency=said.currency
            )  # fmt: skip

        return self._step(call, purchase_id, work, f"ordered from {said.supplier}")

    def expect(self, call: Call, purchase_id: int, expected_at: datetime, why: str) -> PurchaseView:
        """Say when it is expected now; what waits for it is planned anew.

        Raises:
            UnknownError: there is no such purchase.
            ForbiddenError: who asks neither buys it nor tends its builds.
            StateError: nothing of it is on its way.
        """

        def work(change: Change, row: PurchaseRow) -> None:
            _require_coming(row)
            row.expected_at = expected_at
            change.record("purchase.expected", f"purchase {row.id}", why, expected_at=expected_at.isoformat())

        return self._step(call, purchase_id, work, why or "expected at another time")

    def receive(self, call: Call, purchase_id: int, counts: Sequence[Count], why: str = "") -> PurchaseView:
        """Say what has come, as often as something does. What comes beyond the order is noted as surplus.

        Args:
            call: who asks.
            purchase_id: of which purchase.
            counts: by item; none where all that was still to come is here.
            why: what is wrong with bad ones.

        Raises:
            UnknownError: there is no such purchase or item.
            ForbiddenError: who asks neither buys it, tends its builds nor operates the lab that it comes to.
            StateError: nothing of it is on its way.
            InputError: some were bad, and nobody says why.
        """
        if not why and any(each.bad for each in counts):
            raise InputError("say what is wrong with them", where="why")

        def work(change: Change, row: PurchaseRow) -> None:
            _require_coming(row)
            told = counts or [Count(each.id, open_of(each)) for each in row.items if open_of(each) > 0]
            for each in told:
                _note(change, _item(row, each.item_id), each, why)
                close_purchase(change, _item(row, each.item_id), why)

        return self._step(call, purchase_id, work, why or "some of it has come", at_the_door=True)

    def find_bad(self, call: Call, purchase_id: int, item_id: int, amount: float, why: str) -> PurchaseView:
        """Say that some of what had come turns out to be wrong or damaged: it is still to come.

        Raises:
            UnknownError: there is no such purchase or item.
            ForbiddenError: as for `receive`.
            StateError: less than that had come.
        """

        def work(change: Change, row: PurchaseRow) -> None:
            item, bad = _item(row, item_id), exact(amount)
            if row.state is PurchaseState.CANCELLED or not 0 < bad <= arrived_of(item):
                raise StateError(f"{arrived_of(item):g} of it had come", where=f"item {item_id}")
            item.arrivals.append(ArrivalRow(good=-bad, surplus=0.0, bad=bad, at=change.at, by=change.who, why=why))
            change.record("purchase.bad", f"purchase {row.id}", why, item=item_id, bad=bad)
            close_purchase(change, item, why)

        return self._step(call, purchase_id, work, why, at_the_door=True)

    def cancel(self, call: Call, purchase_id: int, why: str) -> PurchaseView:
        """Say that nothing more of it comes; what had come stays.

        Raises:
            UnknownError: there is no such purchase.
            ForbiddenError: who asks neither buys it nor tends its builds.
            StateError: it has arrived, or is cancelled already.
        """

        def work(change: Change, row: PurchaseRow) -> None:
            advance(row, PurchaseState.CANCELLED, f"purchase {row.id}")
            change.record("purchase.cancelled", f"purchase {row.id}", why)

        return self._step(call, purchase_id, work, why or "its purchase is cancelled")

    def _step(self, call: Call, purchase_id: int, step: Step, why: str, *, at_the_door: bool = False) -> PurchaseView:
        """One step of a purchase, and what it means for its tasks."""

        def work(change: Change) -> PurchaseView:
            row = _purchase(change.session, purchase_id)
            _require_in(change.session, call.actor, row, at_the_door=at_the_door)
            step(change, row)
            for item in row.items:
                settle_supply(change, item.task, why)
            return _view(change.session, row, call.actor)

        return self._house.perform(call, PurchaseView, work)


def _note(change: Change, item: PurchaseItemRow, count: Count, why: str) -> None:
    """What came of an item: up to what is open counts, the rest is surplus."""
    good = min(exact(count.good), open_of(item))
    surplus, bad = exact(count.good - good), exact(count.bad)
    item.arrivals.append(ArrivalRow(good=good, surplus=surplus, bad=bad, at=change.at, by=change.who, why=why))
    subject, facts = f"purchase {item.purchase_id}", {"item": item.id, "good": good, "surplus": surplus, "bad": bad}
    change.record("purchase.came", subject, why, **facts)


def _require_coming(row: PurchaseRow) -> None:
    if row.state not in (PurchaseState.ORDERED, PurchaseState.SHORT):
        raise StateError(f"it is {row.state}: nothing is on its way", where=f"purchase {row.id}")


def _in_it(session: Session, actor: Actor, row: PurchaseRow) -> bool:
    """Whether somebody buys it or tends its builds."""
    if not actor.known:
        return False
    builds = {item.task.build_id for item in row.items}
    ordered = all(order_in(session, each).ordered_by == actor.id for each in builds)
    return actor.id == row.buyer or actor.may(Right.TEND_BUILD) or ordered


def _at_the_door(actor: Actor, row: PurchaseRow) -> bool:
    return row.place is not None and actor.may(Right.ANSWER, row.place)


def _require_in(session: Session, actor: Actor, row: PurchaseRow, *, at_the_door: bool) -> None:
    if _in_it(session, actor, row) or (at_the_door and _at_the_door(actor, row)):
        return
    if actor.known:
        raise ForbiddenError(f"{actor.id} neither buys it nor tends its builds", where=f"purchase {row.id}")
    actor.require(Right.TEND_BUILD)


def _purchase(session: Session, purchase_id: int) -> PurchaseRow:
    found = session.get(PurchaseRow, purchase_id)
    if found is None:
        raise UnknownError(f"there is no purchase {purchase_id}")
    return found


def _item(row: PurchaseRow, item_id: int) -> PurchaseItemRow:
    found = next((each for each in row.items if each.id == item_id), None)
    if found is None:
        raise UnknownError(f"purchase {row.id} has no item {item_id}")
    return found


def _task(session: Session, task_id: int) -> TaskRow:
    found = session.get(TaskRow, task_id)
    if found is None or session.get(OrderRow, found.build_id) is None:
        raise UnknownError(f"there is no task {task_id}")
    if found.kind != "purchase":
        raise StateError("this is made, not bought", where=found.name)
    if found.build.state is not BuildState.OPEN or found.state is TaskState.CANCELLED:
        raise StateError("nobody waits for it any more", where=found.name)
    return found


def _view(session: Session, row: PurchaseRow, actor: Actor) -> PurchaseView:
    inside = _in_it(session, actor, row) or _at_the_door(actor, row)
    return PurchaseView(
        id=row.id, buyer=row.buyer, state=row.state, supplier=row.supplier,
        order_number=row.order_number if inside else None, currency=row.currency, carriage=row.carriage,
        place=row.place, opened_at=row.opened_at, ordered_at=row.ordered_at, expected_at=row.expected_at,
        items=[_item_view(each) for each in row.items],
    )  # fmt: skip


def _item_view(item: PurchaseItemRow) -> PurchaseItemView:
    return PurchaseItemView(
        id=item.id, task_id=item.task_id, build_id=item.task.build_id, task=item.task.name, quantity=item.quantity,
        unit=item.task.unit, arrived=arrived_of(item), open=open_of(item),
        surplus=exact(sum(each.surplus for each in item.arrivals)), bad=exact(sum(each.bad for each in item.arrivals)),
        price=item.price,
    )  # fmt: skip
