"""What a build costs, as far as people and labs have said: bought parts, and what its first plan reckoned."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from coordinator.plans.costs import Costs
from coordinator.schema.builds import PlanRow, TaskRow
from coordinator.schema.supply import PurchaseItemRow, PurchaseRow, PurchaseState
from coordinator.service.house import House, View
from coordinator.service.supplies.supply import arrived_of, open_of
from coordinator.service.work.builds import order_in

__all__ = ["CostsView", "Spending"]


class CostsView(View):
    """Money by currency. `bought` is what buyers recorded, with a share of the carriage for each thing bought together.

    `machines` and `materials` are estimates of the first plan; `unknown` names what has no price.
    """

    build_id: int
    bought: dict[str, float]
    machines: dict[str, float]
    materials: dict[str, float]
    sums: dict[str, float]
    unknown: list[str]


class Spending:
    """What builds cost."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, build_id: int) -> CostsView:
        """What a build costs, as far as anybody has said.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            order_in(session, build_id)
            bought, unknown = _bought(session, build_id)
            planned = _planned(session, build_id)
        costs = Costs(planned.machines, planned.materials, planned.energy_kwh, planned.unknown, bought)
        return CostsView(
            build_id=build_id,
            bought=costs.bought,
            machines=costs.machines,
            materials=costs.materials,
            sums=costs.sums,
            unknown=[*unknown, *planned.unknown],
        )


def _bought(session: Session, build_id: int) -> tuple[dict[str, float], list[str]]:
    """Prices that people recorded, by currency; and the parts that were ordered or came without one."""
    query = (
        select(PurchaseItemRow)
        .join(TaskRow, TaskRow.id == PurchaseItemRow.task_id)
        .where(TaskRow.build_id == build_id)
        .options(
            joinedload(PurchaseItemRow.task),
            joinedload(PurchaseItemRow.purchase).selectinload(PurchaseRow.items),
            selectinload(PurchaseItemRow.arrivals),
        )
        .order_by(PurchaseItemRow.id)
    )
    money: dict[str, float] = defaultdict(float)
    unknown: dict[str, None] = {}
    for item in session.scalars(query):
        purchase = item.purchase
        if purchase.state is PurchaseState.WANTED or (arrived_of(item) == 0 and open_of(item) == 0):
            continue  # not ordered yet, or cancelled before anything came
        if item.price is None or purchase.currency is None:
            unknown[item.task.name] = None
        else:
            money[purchase.currency] += item.price
        if purchase.carriage is not None and purchase.currency is not None:
            money[purchase.currency] += purchase.carriage / len(purchase.items)
    return {currency: round(total, 2) for currency, total in money.items()}, list(unknown)


def _planned(session: Session, build_id: int) -> Costs:
    """What the first plan reckoned for machines and material; later ones leave out what already stands."""
    first = select(PlanRow).where(PlanRow.build_id == build_id).order_by(PlanRow.id).limit(1)
    row = session.scalars(first).first()
    document: dict[str, Any] = row.document if row is not None else {}
    costs = document.get("costs", [])
    return Costs(
        {each["currency"]: each["machines"] for each in costs},
        {each["currency"]: each["materials"] for each in costs},
        document.get("energy_kwh", 0.0),
        tuple(document.get("costs_unknown", ())),
    )
