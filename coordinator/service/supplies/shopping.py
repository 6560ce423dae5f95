"""What is to be bought, added up over assemblies and builds, with the designers' sources; a list, and a CSV file."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from bom.graph import TaskKind
from coordinator.schema.builds import BuildRow, BuildState, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.service import OrderRow
from coordinator.schema.supply import PurchaseState, SourceRow
from coordinator.service.house import House, View
from coordinator.service.supplies.supply import Standing, exact, standings
from coordinator.service.work.builds import order_in

__all__ = ["PartView", "Shopping", "as_csv", "plain_cell"]

_MOST: Final = 2000
_COLUMNS: Final = (
    "part", "how many", "unit", "here", "on order", "to buy", "supplier", "links", "price in the bill", "notes",
    "goes into", "build", "design", "state", "expected",
)  # fmt: skip
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (full-width signs count too)


class PartView(View):
    """What is bought for one task.

    Supplier, links, price and notes are the designer's, as the bill has them; null or empty where it does not.
    `missing` is what nobody has ordered or taken in hand; `state` is the least advanced of its parts.
    """

    task_id: int
    build_id: int
    design: str
    ordered_by: str
    name: str
    quantity: float
    unit: str
    arrived: float
    in_hand: float
    on_order: float
    missing: float
    state: str
    expected_at: datetime | None
    supplier: str | None
    links: list[str]
    price: str | None
    notes: str | None
    goes_into: list[str]
    purchases: list[int]


class Shopping:
    """What is to be bought."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, build_id: int | None = None, builder: str | None = None) -> list[PartView]:
        """What is bought for a build, or for all open builds of a builder or of everybody; 2,000 parts at most.

        Raises:
            UnknownError: there is no such build.
        """
        query = (
            select(TaskRow)
            .join(OrderRow, OrderRow.build_id == TaskRow.build_id)
            .where(TaskRow.kind == str(TaskKind.PURCHASE), TaskRow.state != TaskState.CANCELLED)
            .options(joinedload(TaskRow.build).joinedload(BuildRow.design))
        )
        with self._house.reading() as session:
            if build_id is not None:
                order_in(session, build_id)
                query = query.where(TaskRow.build_id == build_id)
            else:
                query = query.join(BuildRow, BuildRow.id == TaskRow.build_id).where(BuildRow.state == BuildState.OPEN)
            if builder is not None:
                query = query.where(OrderRow.ordered_by == builder)
            tasks = session.scalars(query.order_by(TaskRow.build_id, TaskRow.id).limit(_MOST)).all()
            return _parts(session, tasks) if tasks else []


def _parts(session: Session, tasks: Sequence[TaskRow]) -> list[PartView]:
    ids = [task.id for task in tasks]
    standing = standings(session, tasks)
    sources = {row.task_id: row for row in session.scalars(select(SourceRow).where(SourceRow.task_id.in_(ids)))}
    builders = {
        row.build_id: row.ordered_by
        for row in session.scalars(select(OrderRow).where(OrderRow.build_id.in_({task.build_id for task in tasks})))
    }
    goes_into = _goes_into(session, ids)
    return [
        _part(task, standing[task.id], sources.get(task.id), builders[task.build_id], goes_into[task.id])
        for task in tasks
    ]


def _goes_into(session: Session, ids: list[int]) -> Mapping[int, list[str]]:
    """By the id of a task, the names of the assemblies that use it."""
    after = aliased(TaskRow)
    query = select(TaskEdgeRow.before_id, after.name).join(after, after.id == TaskEdgeRow.after_id)
    found: dict[int, list[str]] = defaultdict(list)
    for before, name in session.execute(query.where(TaskEdgeRow.before_id.in_(ids)).order_by(after.id)):
        found[before].append(name)
    return found


def _part(task: TaskRow, stand: Standing, source: SourceRow | None, builder: str, goes_into: list[str]) -> PartView:
    done = task.state is TaskState.DONE
    return PartView(
        task_id=task.id,
        build_id=task.build_id,
        design=task.build.design.name,
        ordered_by=builder,
        name=task.name,
        quantity=task.quantity,
        unit=task.unit,
        arrived=exact(stand.arrived - stand.lost),
        in_hand=stand.in_hand,
        on_order=stand.on_order,
        missing=0.0 if done else stand.missing,
        state=_state(stand, done=done),
        expected_at=None if done else task.arrives_at,
        supplier=source.supplier if source else None,
        links=source.links if source else [],
        price=source.price if source else None,
        notes=source.notes if source else None,
        goes_into=goes_into,
        purchases=list(dict.fromkeys(item.purchase_id for item in stand.items)),
    )


def _state(stand: Standing, *, done: bool) -> str:
    if done:
        return str(PurchaseState.ARRIVED)
    if stand.missing > 0 or stand.in_hand > 0:
        return str(PurchaseState.SHORT if stand.arrived > 0 else PurchaseState.WANTED)
    return str(PurchaseState.SHORT if stand.arrived > 0 else PurchaseState.ORDERED)


def as_csv(parts: Iterable[PartView]) -> str:
    """The list as a CSV file (RFC 4180) that spreadsheets open as it is: no text of a stranger begins a formula."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for each in parts:
        expected = each.expected_at.isoformat(timespec="minutes") if each.expected_at else ""
        texts = (each.supplier, " ".join(each.links), each.price, each.notes, ", ".join(each.goes_into))
        amounts = (each.arrived, each.on_order, each.missing)
        writer.writerow(
            [
                plain_cell(each.name), _number(each.quantity), plain_cell(each.unit), *map(_number, amounts),
                *(plain_cell(text or "") for text in texts), each.build_id, plain_cell(each.design), each.state,
                expected,
            ]
        )  # fmt: skip
    return "\ufeff" + target.getvalue()  # the mark tells spreadsheets that it is UTF-8


def plain_cell(text: str) -> str:
    """A text that a spreadsheet shows and does not reckon with: an apostrophe stands before what begins a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_A_FORMULA) else text


def _number(amount: float) -> str:
    return f"{amount:.12g}"
