"""The stock of a lab, item by item: spools, sheets, tools; what is left of each, and on which machine it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator import ledger
from coordinator.schema.network import LabRow
from coordinator.schema.stock import BookingKind, BookingRow, LoadedRow, StockKind, StockRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plans
from coordinator.service.refusals import UnknownError
from core.errors import InputError, StateError
from core.trees import materials

__all__ = ["BookingView", "NewItem", "Stock", "StockView", "item_of", "stock_view"]

_MOST_MM = 100_000.0


class StockView(View):
    """An item of a lab's stock. `left` and `low` are grams of a spool, sheets, or 1 for a tool.

    `machine` says where it is loaded; `in_words` is what is left, as people say it.
    """

    id: int
    lab: str
    kind: StockKind
    name: str
    material: str | None
    colour: str | None
    diameter_mm: float | None
    thickness_mm: float | None
    length_mm: float | None
    width_mm: float | None
    left: float
    low: float | None
    is_low: bool
    in_words: str
    machine: str | None
    added_at: datetime
    retired_at: datetime | None


class BookingView(View):
    """A change of an item's amount, and what was left after it."""

    id: int
    at: datetime
    kind: BookingKind
    change: float
    left: float
    job_id: str | None
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class NewItem:
    """What somebody puts into stock.

    Attributes:
        kind: of item.
        name: what stands on it, such as "S-17".
        amount: grams, or sheets; a tool is one.
        material: as people or the material tree say it; of a spool or a sheet it must be known.
        colour: as people say.
        diameter_mm: of filament, a nozzle or a bit.
        thickness_mm: of a sheet.
        length_mm, width_mm: of one sheet.
        low: below what people are told, or None.

    Raises:
        InputError: it is not of its kind; the sentence says why.
    """

    kind: StockKind
    name: str
    amount: float = 1.0
    material: str | None = None
    colour: str | None = None
    diameter_mm: float | None = None
    thickness_mm: float | None = None
    length_mm: float | None = None
    width_mm: float | None = None
    low: float | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("an item has a name", where="name", hint="what stands on it")
        if self.kind is not StockKind.TOOL and not self.material:
            raise InputError(f"a {self.kind} has a material", where="material")
        if self.kind is StockKind.TOOL and self.amount != 1:
            raise InputError("a tool is one", where="amount", hint="put each into stock by itself")
        if (self.length_mm is None) != (self.width_mm is None):
            raise InputError("a sheet has a length and a width, or neither is stated", where="length_mm")
        for name in ("diameter_mm", "thickness_mm", "length_mm", "width_mm"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= _MOST_MM:
                raise InputError(f"{value:g} mm is no such length", where=name)
        for name in ("amount", "low"):
            ledger.amount_of(getattr(self, name) or 0.0, name)


class Stock:
    """What labs have."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, lab: str | None = None, *, gone: bool = False, after: str | None = None, limit: int = 50
    ) -> Page[StockView]:
        """Items, of one lab or of all; `gone` ones too where asked for."""
        query = select(StockRow) if lab is None else select(StockRow).where(StockRow.lab == lab)
        if not gone:
            query = query.where(StockRow.retired_at.is_(None))
        machines: dict[int, str] = {}
        with self._house.reading() as session:
            return page_of(
                session, query, StockRow.id, lambda row: _view(row, machines.get(row.id)), after=after, limit=limit,
                first=lambda rows: machines.update(_machines(session, [row.id for row in rows])),
            )  # fmt: skip

    def one(self, stock_id: int) -> StockView:
        """One item.

        Raises:
            UnknownError: there is no such item.
        """
        with self._house.reading() as session:
            return stock_view(session, item_of(session, stock_id))

    def bookings(self, stock_id: int, *, after: str | None = None, limit: int = 50) -> Page[BookingView]:
        """How an item's amount came about, the newest first.

        Raises:
            UnknownError: there is no such item.
        """
        query = select(BookingRow).where(BookingRow.stock_id == stock_id)
        with self._house.reading() as session:
            item_of(session, stock_id)
            return page_of(session, query, BookingRow.id, _booking, after=after, limit=limit, falling=True)

    def add(self, call: Call, lab: str, new: NewItem, why: str = "") -> StockView:
        """Put an item into a lab's stock. From the first of its kind on, the lab is held to what it has.

        Raises:
            ForbiddenError: who asks is no operator of the lab.
            UnknownError: there is no such lab.
            InputError: the material is not known.
        """
        call.actor.require(Right.ANSWER, lab)
        material = materials().require(new.material, where="material").id if new.material else None

        def work(change: Change) -> StockView:
            if change.session.get(LabRow, lab) is None:
                raise UnknownError(f"there is no lab {lab!r}")
            row = StockRow(
                lab=lab, kind=new.kind, name=new.name.strip(), material=material, colour=new.colour or None,
                diameter_mm=new.diameter_mm, thickness_mm=new.thickness_mm, length_mm=new.length_mm,
                width_mm=new.width_mm, left=ledger.amount_of(new.amount, "amount"),
                low=None if new.low is None else ledger.amount_of(new.low, "low"),
                added_at=change.at, added_by=change.who,
            )  # fmt: skip
            change.session.add(row)
            ledger.receive(change.session, row, change.at, who=change.who, why=why)
            want_plans(change, f"{lab} has {row.name} in stock")
            return stock_view(change.session, row)

        return self._house.perform(call, StockView, work)

    def correct(self, call: Call, stock_id: int, left: float, why: str) -> StockView:
        """Say what is left of an item, as somebody weighed or counted it.

        Raises:
            UnknownError: there is no such item.
            ForbiddenError: who asks is no operator of its lab.
            InputError: the amount is none, or no reason is given.
            StateError: the item is gone, or is a tool.
        """
        amount = ledger.amount_of(left, "left")
        _require_reason(why)

        def work(change: Change) -> StockView:
            row = _kept(change.session, call, stock_id)
            if row.kind is StockKind.TOOL:
                raise StateError("of a tool nothing is used up", where=f"stock {stock_id}", hint="retire it")
            ledger.set_left(change.session, row, amount, change.at, who=change.who, why=why)
            want_plans(change, f"{row.lab} has counted {row.name}")
            return stock_view(change.session, row)

        return self._house.perform(call, StockView, work)

    def retire(self, call: Call, stock_id: int, why: str) -> StockView:
        """Say that an item is gone: used up, thrown away, given away.

        Raises:
            UnknownError: there is no such item.
            ForbiddenError: who asks is no operator of its lab.
            StateError: it is gone already, or is loaded.
        """

        def work(change: Change) -> StockView:
            row = _kept(change.session, call, stock_id)
            loaded = _loaded(change.session, stock_id)
            if loaded is not None:
                raise StateError(
                    f"{row.name} is on {loaded.machine}", where=f"stock {stock_id}", hint="unload it first"
                )
            ledger.retire(change.session, row, change.at, who=change.who, why=why)
            want_plans(change, f"{row.name} of {row.lab} is gone")
            return stock_view(change.session, row)

        return self._house.perform(call, StockView, work)


def item_of(session: Session, stock_id: int) -> StockRow:
    """An item's row.

    Raises:
        UnknownError: there is none.
    """
    found = session.get(StockRow, stock_id)
    if found is None:
        raise UnknownError(f"there is no item {stock_id} in stock")
    return found


def stock_view(session: Session, row: StockRow) -> StockView:
    """An item as the outside sees it."""
    return _view(row, _machines(session, [row.id]).get(row.id))


def _machines(session: Session, items: Sequence[int]) -> Mapping[int, str]:
    """By item, on which machine it is loaded, if on any."""
    there = select(LoadedRow.stock_id, LoadedRow.machine).where(LoadedRow.stock_id.in_(items))
    return {row[0]: row[1] for row in session.execute(there)}


def _view(row: StockRow, machine: str | None) -> StockView:
    return StockView(
        id=row.id,
        lab=row.lab,
        kind=row.kind,
        name=row.name,
        material=row.material,
        colour=row.colour,
        diameter_mm=row.diameter_mm,
        thickness_mm=row.thickness_mm,
        length_mm=row.length_mm,
        width_mm=row.width_mm,
        left=row.left / ledger.PER_UNIT,
        low=None if row.low is None else row.low / ledger.PER_UNIT,
        is_low=row.low is not None and row.left < row.low,
        in_words=ledger.in_words(row.left, row.kind),
        machine=machine,
        added_at=row.added_at,
        retired_at=row.retired_at,
    )


def _kept(session: Session, call: Call, stock_id: int) -> StockRow:
    row = item_of(session, stock_id)
    call.actor.require(Right.ANSWER, row.lab)
    if row.retired_at is not None:
        raise StateError(f"{row.name} is gone", where=f"stock {stock_id}")
    return row


def _loaded(session: Session, stock_id: int) -> LoadedRow | None:
    return session.scalars(select(LoadedRow).where(LoadedRow.stock_id == stock_id)).first()


def _require_reason(why: str) -> None:
    if not why.strip():
        raise InputError("say why", where="why", hint="others read it in the log")


def _booking(row: BookingRow) -> BookingView:
    return BookingView(
        id=row.id,
        at=row.at,
        kind=row.kind,
        change=row.change / ledger.PER_UNIT,
        left=row.left / ledger.PER_UNIT,
        job_id=row.job_id,
        who=row.who,
        why=row.why,
    )
