"""The part of the API under `purchases`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = [
    "Came",
    "Price",
    "PurchaseItemView",
    "PurchaseState",
    "PurchaseView",
    "Purchases",
    "ShoppingPartView",
    "Wanted",
]


PurchaseState: TypeAlias = Literal["wanted", "ordered", "short", "arrived", "cancelled"]
"""Life of a purchase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of an item: good ones, and wrong or damaged ones."""

    item_id: int
    good: float = 0.0
    bad: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What all of an item costs, in the purchase's currency."""

    item_id: int
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseItemView:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseView:
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
    items: tuple[PurchaseItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShoppingPartView:
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
    links: tuple[str, ...]
    price: str | None
    notes: str | None
    goes_into: tuple[str, ...]
    purchases: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much of a task's part; without a quantity what nobody has ordered yet."""

    task_id: int
    quantity: float | None = None


class Purchases(Calls):
    """The part of the API under `purchases`."""

    def list_parts(self, *, build_id: int | None = None, builder: str | None = None) -> tuple[ShoppingPartView, ...]:
        """What is bought for a build, or for all open builds of a builder or of everybody, with the designers' sources."""  # noqa: E501 (the words of the route)
        found: tuple[ShoppingPartView, ...] = self._any(
            tuple[ShoppingPartView, ...], "GET", "/shopping", query={"build_id": build_id, "builder": builder}
        )
        return found

    def list_parts_as_csv(self, *, build_id: int | None = None, builder: str | None = None) -> str:
        """The same as a CSV file; a text that would begin a formula has an apostrophe before it."""
        return self._caller.text("/shopping/csv", query={"build_id": build_id, "builder": builder})

    def list_purchases(
        self, *, build_id: int | None = None, state: PurchaseState | None = None, buyer: str | None = None
    ) -> Iterator[PurchaseView]:
        """Purchases, of one build, state or buyer, or all."""
        return self._pages(PurchaseView, "/purchases", {"build_id": build_id, "state": state, "buyer": buyer}, 200)

    def want_parts(self, items: Sequence[Wanted], *, buyer: str | None = None, key: str | None = None) -> PurchaseView:
        """Take in hand what is to be bought, for one build or for several of the same builder."""
        return self._one(PurchaseView, "POST", "/purchases", body={"items": items, "buyer": buyer}, key=new_key(key))

    def read_purchase(self, purchase_id: int) -> PurchaseView:
        """One purchase."""
        return self._one(PurchaseView, "GET", f"/purchases/{segment(purchase_id)}")

    def note_order(
        self,
        purchase_id: int,
        supplier: str,
        *,
        order_number: str | None = None,
        expected_at: datetime | None = None,
        currency: str | None = None,
        prices: Sequence[Price] = (),
        carriage: float | None = None,
        place: str | None = None,
        key: str | None = None,
    ) -> PurchaseView:
        """Say that it is ordered; of one that came short, that the rest is ordered again."""
        return self._one(
            PurchaseView,
            "POST",
            f"/purchases/{segment(purchase_id)}/order",
            body={
                "supplier": supplier,
                "order_number": order_number,
                "expected_at": expected_at,
                "currency": currency,
                "prices": prices,
                "carriage": carriage,
                "place": place,
            },
            key=new_key(key),
        )

    def expect_purchase(
        self, purchase_id: int, expected_at: datetime, *, why: str = "", key: str | None = None
    ) -> PurchaseView:
        """Say when it is expected now; what waits for it is planned anew."""
        return self._one(
            PurchaseView,
            "POST",
            f"/purchases/{segment(purchase_id)}/expectation",
            body={"expected_at": expected_at, "why": why},
            key=new_key(key),
        )

    def receive_purchase(
        self, purchase_id: int, *, items: Sequence[Came] = (), why: str = "", key: str | None = None
    ) -> PurchaseView:
        """Say what has come, as often as something does; what comes beyond the order is noted as surplus."""
        return self._one(
            PurchaseView,
            "POST",
            f"/purchases/{segment(purchase_id)}/arrival",
            body={"items": items, "why": why},
            key=new_key(key),
        )

    def find_bad(
        self, purchase_id: int, item_id: int, amount: float, why: str, *, key: str | None = None
    ) -> PurchaseView:
        """Say that some of what had come turns out to be wrong or damaged."""
        return self._one(
            PurchaseView,
            "POST",
            f"/purchases/{segment(purchase_id)}/bad",
            body={"item_id": item_id, "amount": amount, "why": why},
            key=new_key(key),
        )

    def cancel_purchase(self, purchase_id: int, *, why: str = "", key: str | None = None) -> PurchaseView:
        """Say that nothing more of it comes; what had come stays."""
        return self._one(
            PurchaseView, "POST", f"/purchases/{segment(purchase_id)}/cancel", body={"why": why}, key=new_key(key)
        )
