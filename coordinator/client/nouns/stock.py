"""The part of the API under `stock`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = [
    "BookingKind",
    "BookingView",
    "LoadedView",
    "MachineLoad",
    "Place",
    "Stock",
    "StockKind",
    "StockView",
    "WaiverView",
]


BookingKind: TypeAlias = Literal["received", "used", "corrected", "retired"]
"""Why an amount has changed."""


Place: TypeAlias = Literal["material", "tool"]
"""Where on a machine an item is."""


StockKind: TypeAlias = Literal["spool", "sheet", "tool"]
"""What an item of stock is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView:
    """A change of an item's amount, and what was left after it."""

    id: int
    at: datetime
    kind: BookingKind
    change: float
    left: float
    job_id: str | None
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedView:
    """An item on a machine. Slot 0 is the only one of a machine with one; others are counted as its programs do."""

    place: Place
    slot: int
    item: StockView
    loaded_at: datetime
    loaded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLoad:
    """All that is on a machine."""

    machine: str
    lab: str
    items: tuple[LoadedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockView:
    """An item of a lab's stock.

    `left` and `low` are grams of a spool, sheets, or 1 for a tool. `machine` says where it is loaded; `in_words` is
    what is left, as people say it.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverView:
    """That a job may start with what is loaded; `waived` is what would have kept it from that."""

    job_id: str
    waived: str
    at: datetime
    who: str
    why: str


class Stock(Calls):
    """The part of the API under `stock`."""

    def list_stock(self, *, lab: str | None = None, gone: bool = False) -> Iterator[StockView]:
        """What labs have in stock, one or all of them.

        `gone`: Those that are gone, too.
        """
        return self._pages(StockView, "/stock", {"lab": lab, "gone": gone}, 200)

    def add_stock(
        self,
        lab: str,
        kind: StockKind,
        name: str,
        *,
        amount: float = 1.0,
        material: str | None = None,
        colour: str | None = None,
        diameter_mm: float | None = None,
        thickness_mm: float | None = None,
        length_mm: float | None = None,
        width_mm: float | None = None,
        low: float | None = None,
        why: str = "",
        key: str | None = None,
    ) -> StockView:
        """Put an item into a lab's stock.

        From the first spool or sheet on, its jobs wait until the right one is loaded.
        """
        return self._one(
            StockView,
            "POST",
            "/stock",
            body={
                "lab": lab,
                "kind": kind,
                "name": name,
                "amount": amount,
                "material": material,
                "colour": colour,
                "diameter_mm": diameter_mm,
                "thickness_mm": thickness_mm,
                "length_mm": length_mm,
                "width_mm": width_mm,
                "low": low,
                "why": why,
            },
            key=new_key(key),
        )

    def read_stock(self, stock_id: int) -> StockView:
        """One item."""
        return self._one(StockView, "GET", f"/stock/{segment(stock_id)}")

    def list_bookings(self, stock_id: int) -> Iterator[BookingView]:
        """How the amount of an item came about, the newest first; all changes add up to what is left."""
        return self._pages(BookingView, f"/stock/{segment(stock_id)}/bookings", {}, 200)

    def correct_stock(self, stock_id: int, left: float, why: str, *, key: str | None = None) -> StockView:
        """Say what is left of an item, as it was weighed or counted."""
        return self._one(
            StockView,
            "POST",
            f"/stock/{segment(stock_id)}/correction",
            body={"left": left, "why": why},
            key=new_key(key),
        )

    def retire_stock(self, stock_id: int, *, why: str = "", key: str | None = None) -> StockView:
        """Say that an item is gone; it must not be on a machine."""
        return self._one(
            StockView, "POST", f"/stock/{segment(stock_id)}/retirement", body={"why": why}, key=new_key(key)
        )

    def read_load(self, machine_id: str) -> MachineLoad:
        """What is on a machine."""
        return self._one(MachineLoad, "GET", f"/machines/{segment(machine_id)}/load")

    def load_machine(self, machine_id: str, stock_id: int, *, slot: int = 0, key: str | None = None) -> MachineLoad:
        """Say that an item is on a machine now; what was in its slot comes off, and pays for its part of a run."""
        return self._one(
            MachineLoad,
            "POST",
            f"/machines/{segment(machine_id)}/load",
            body={"stock_id": stock_id, "slot": slot},
            key=new_key(key),
        )

    def unload_machine(
        self, machine_id: str, *, place: Place = "material", slot: int = 0, key: str | None = None
    ) -> MachineLoad:
        """Say that an item is no longer on a machine."""
        return self._one(
            MachineLoad,
            "POST",
            f"/machines/{segment(machine_id)}/unload",
            body={"place": place, "slot": slot},
            key=new_key(key),
        )

    def waive_load(self, job_id: str, *, why: str = "", key: str | None = None) -> WaiverView:
        """Let a job start with what is loaded, though it asks for something else; say why."""
        return self._one(WaiverView, "POST", f"/jobs/{segment(job_id)}/waiver", body={"why": why}, key=new_key(key))
