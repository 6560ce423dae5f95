"""What has been bought of a part, what is on its way and what nobody has ordered; what that means for its task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from coordinator.moves import advance
from coordinator.schema.builds import TaskRow, TaskState
from coordinator.schema.service import OrderRow
from coordinator.schema.shipment import Outcome, ShipmentItemRow
from coordinator.schema.supply import ArrivalRow, PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.house import Change
from coordinator.service.planning.orders import want_plan
from coordinator.service.work.finishing import settle_build
from coordinator.service.work.remaking import reopen_build

__all__ = ["Standing", "arrived_of", "close_purchase", "exact", "open_of", "receive_rest", "settle_supply", "standings"]

_DIGITS: Final = 6
_COMING: Final = (PurchaseState.ORDERED, PurchaseState.SHORT)


def exact(amount: float) -> float:
    """An amount without what adding up fractions leaves behind."""
    return round(amount, _DIGITS)


def arrived_of(item: PurchaseItemRow) -> float:
    """How much of an item is here and good; never more than was ordered."""
    return exact(sum(each.good for each in item.arrivals))


def open_of(item: PurchaseItemRow) -> float:
    """How much of an item is still to come; nothing of one that is cancelled."""
    if item.purchase.state is PurchaseState.CANCELLED:
        return 0.0
    return exact(item.quantity - arrived_of(item))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task's part stands, in the task's unit.

    Attributes:
        wanted: for the build.
        arrived: it came, and was good.
        lost: of that, what was lost or damaged on its way to somewhere else.
        in_hand: somebody is to order it.
        on_order: ordered, and still to come.
        expected_at: when the last of that is expected; None where nothing is on order or no day is known.
        items: of purchases, the first one first.
    """

    wanted: float
    arrived: float = 0.0
    in_hand: float = 0.0
    on_order: float = 0.0
    lost: float = 0.0
    expected_at: datetime | None = None
    items: tuple[PurchaseItemRow, ...] = ()

    @property
    def missing(self) -> float:
        """What nobody has ordered or is to order."""
        return max(0.0, exact(self.wanted + self.lost - self.arrived - self.in_hand - self.on_order))

    @property
    def complete(self) -> bool:
        """Whether all of it is here."""
        return exact(self.wanted + self.lost - self.arrived) <= 0

    @property
    def covered(self) -> bool:
        """Whether all of it is here or ordered, with a day for all that is to come."""
        ordered = exact(self.wanted + self.lost - self.arrived - self.on_order) <= 0
        return ordered and (self.on_order == 0 or self.expected_at is not None)


def standings(session: Session, tasks: Iterable[TaskRow]) -> Mapping[int, Standing]:
    """By the id of a task, how its part stands."""
    wanted = {task.id: task.quantity for task in tasks}
    query = (
        select(PurchaseItemRow)
        .where(PurchaseItemRow.task_id.in_(wanted))
        .options(joinedload(PurchaseItemRow.purchase), selectinload(PurchaseItemRow.arrivals))
        .order_by(PurchaseItemRow.id)
    )
    items: dict[int, list[PurchaseItemRow]] = defaultdict(list)
    for item in session.scalars(query):
        items[item.task_id].append(item)
    lost = _lost(session, wanted)
    return {task: _standing(amount, items[task], lost.get(task, 0.0)) for task, amount in wanted.items()}


def _lost(session: Session, tasks: Iterable[int]) -> Mapping[int, float]:
    """By the id of a task, how much of what was bought for it did not come through a shipment."""
    query = (
        select(ShipmentItemRow.task_id, func.sum(ShipmentItemRow.quantity))
        .where(ShipmentItemRow.task_id.in_(tasks), ShipmentItemRow.piece_id.is_(None))
        .where(ShipmentItemRow.outcome.in_((Outcome.LOST, Outcome.REMADE)))
        .group_by(ShipmentItemRow.task_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _standing(wanted: float, items: list[PurchaseItemRow], lost: float) -> Standing:
    coming = [each for each in items if each.purchase.state in _COMING and open_of(each) > 0]
    days = [each.purchase.expected_at for each in coming]
    known = [each for each in days if each is not None]
    return Standing(
        wanted,
        exact(sum(map(arrived_of, items))),
        exact(sum(open_of(each) for each in items if each.purchase.state is PurchaseState.WANTED)),
        exact(sum(map(open_of, coming))),
        exact(lost),
        max(known) if known and len(known) == len(days) else None,
        tuple(items),
    )


def settle_supply(change: Change, task: TaskRow, why: str) -> None:
    """Bring a task to what its purchases say: done when all is here, else expected when the last is, and planned so.

    Where something is still to be ordered, it is assumed to take the lead time of the build from now on.
    """
    if task.state is TaskState.CANCELLED:
        return
    change.session.flush()
    standing = standings(change.session, [task])[task.id]
    if standing.complete:
        if task.state is not TaskState.DONE:
            _done(change, task)
        return
    expected = standing.expected_at if standing.covered else None
    if expected is None:
        expected = change.at + timedelta(days=change.session.get_one(OrderRow, task.build_id).lead_days)
    if task.state is TaskState.DONE:
        advance(task, TaskState.OPEN, f"task {task.key}")
        change.record("task.open", f"task {task.key}", why, build=task.build_id)
        reopen_build(change, task.build, why)
    if task.state is not TaskState.ORDERED:
        advance(task, TaskState.ORDERED, f"task {task.key}")
        task.reason = None
    elif task.arrives_at == expected:
        return
    task.arrives_at = expected
    change.record("task.ordered", f"task {task.key}", why, build=task.build_id, arrives_at=expected.isoformat())
    want_plan(change, task.build_id, f"{task.name}: {why}")


def receive_rest(change: Change, task: TaskRow, why: str) -> None:
    """All that is still to come of a task's part is here, and the task is done.

    Its purchases say so too; what nobody had noted an order of is noted as bought by who says that it is here.
    """
    change.session.flush()
    for item in standings(change.session, [task])[task.id].items:
        if item.purchase.state in _COMING and (rest := open_of(item)) > 0:
            item.arrivals.append(ArrivalRow(good=rest, surplus=0.0, bad=0.0, at=change.at, by=change.who, why=why))
            close_purchase(change, item, why)
    change.session.flush()
    stand = standings(change.session, [task])[task.id]
    rest = exact(stand.wanted + stand.lost - stand.arrived)
    if rest > 0:
        row = PurchaseRow(buyer=change.who, state=PurchaseState.ARRIVED, opened_at=change.at)
        item = PurchaseItemRow(task=task, quantity=rest)
        item.arrivals.append(ArrivalRow(good=rest, surplus=0.0, bad=0.0, at=change.at, by=change.who, why=why))
        row.items.append(item)
        change.session.add(row)
        change.session.flush()
        change.record("purchase.arrived", f"purchase {row.id}", why, builds=[task.build_id])
    _done(change, task)


def close_purchase(change: Change, item: PurchaseItemRow, why: str) -> None:
    """After something came of an item: its purchase has arrived when nothing is open, else it is short."""
    purchase = item.purchase
    change.session.flush()
    state = PurchaseState.SHORT if any(open_of(each) > 0 for each in purchase.items) else PurchaseState.ARRIVED
    if purchase.state is not state:
        advance(purchase, state, f"purchase {purchase.id}")
        change.record(f"purchase.{state}", f"purchase {purchase.id}", why)


def _done(change: Change, task: TaskRow) -> None:
    advance(task, TaskState.DONE, f"task {task.key}")
    task.arrives_at, task.reason = change.at, None
    change.record("task.arrived", f"task {task.key}", build=task.build_id)
    want_plan(change, task.build_id, f"{task.name} has arrived")
    settle_build(change, task)
