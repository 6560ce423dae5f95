"""`/purchases` and `/shopping`: what is bought, by whom and where; what of it has come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Reason, RowId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.schema.supply import PurchaseState
from coordinator.service.paging import Page
from coordinator.service.supplies.purchases import Count, Ordered, PurchaseView
from coordinator.service.supplies.shopping import PartView, as_csv

__all__ = ["Amount", "Expected", "LabName", "Money", "Said", "csv_answer", "router"]

router = APIRouter(tags=["purchases"])
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
BuildOf = Annotated[int | None, Query(ge=1, le=2**53 - 1)]
Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Said = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Person = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{10}$")]
LabName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_MOST = 1000


class Wanted(Body):
    """How much of a task's part; without a quantity what nobody has ordered yet."""

    task_id: Id
    quantity: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = None


class NewPurchase(Body):
    """What somebody buys; without a buyer who asks."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"task_id": 3, "quantity": 100}]}]})
    items: list[Wanted] = Field(min_length=1, max_length=_MOST)
    buyer: _Person | None = None


class Price(Body):
    """What all of an item costs, in the purchase's currency."""

    item_id: Id
    price: Money


class PurchaseOrder(Body):
    """An order at a supplier; `place` is the lab that it comes to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "supplier": "Screws and more",
                    "order_number": "2030-117",
                    "expected_at": "2030-01-14T12:00:00Z",
                    "currency": "EUR",
                    "prices": [{"item_id": 1, "price": 4.2}],
                    "carriage": 3.9,
                    "place": "north",
                }
            ]
        }
    )
    supplier: Annotated[
        str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f]$")
    ]
    order_number: Said | None = None
    expected_at: AwareDatetime | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    prices: list[Price] = Field(default=[], max_length=_MOST)
    carriage: Money | None = None
    place: LabName | None = None


class Expected(Body):
    """When something is expected now, and why then."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"expected_at": "2030-01-21T12:00:00Z", "why": "sold out"}]}
    )
    expected_at: AwareDatetime
    why: Reason = ""


class Came(Body):
    """What came of an item: good ones, and wrong or damaged ones."""

    item_id: Id
    good: Amount = 0.0
    bad: Amount = 0.0


class Arrival(Body):
    """What came; without items all that was still to come. Of bad ones `why` says what is wrong."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"item_id": 1, "good": 90, "bad": 10}], "why": "ten are bent"}]}
    )
    items: list[Came] = Field(default=[], max_length=_MOST)
    why: Reason = ""


class Bad(Body):
    """How much of what had come turns out to be wrong or damaged."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"item_id": 1, "amount": 2, "why": "the thread is torn"}]}
    )
    item_id: Id
    amount: Amount
    why: Reason


class CancelledPurchase(Body):
    """Why nothing more comes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "the supplier has closed"}]})
    why: Reason = ""


@router.get("/shopping")
def list_parts(
    application: App, build_id: BuildOf = None, builder: Annotated[str | None, Query(max_length=40)] = None
) -> list[PartView]:
    """What is bought for a build, or for all open builds of a builder or of everybody, with the designers' sources."""
    return application.shopping.of(build_id, builder)


@router.get(
    "/shopping/csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "A list that opens in a spreadsheet."}},
)
def list_parts_as_csv(
    application: App, build_id: BuildOf = None, builder: Annotated[str | None, Query(max_length=40)] = None
) -> Response:
    """The same as a CSV file; a text that would begin a formula has an apostrophe before it."""
    return csv_answer(as_csv(application.shopping.of(build_id, builder)))


def csv_answer(text: str) -> Response:
    """A CSV file that browsers store."""
    headers = {"Content-Disposition": 'attachment; filename="shopping.csv"', "X-Content-Type-Options": "nosniff"}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/purchases")
def list_purchases(
    application: App,
    actor: Who,
    build_id: BuildOf = None,
    state: Annotated[PurchaseState | None, Query()] = None,
    buyer: Annotated[str | None, Query(max_length=40)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[PurchaseView]:
    """Purchases, of one build, state or buyer, or all."""
    return application.purchases.all(actor, build_id, state, buyer, after=after, limit=limit)


@router.post("/purchases", status_code=201)
def want_parts(application: App, call: Asked, body: NewPurchase) -> PurchaseView:
    """Take in hand what is to be bought, for one build or for several of the same builder."""
    return application.purchases.want(call, {each.task_id: each.quantity for each in body.items}, body.buyer)


@router.get("/purchases/{purchase_id}")
def read_purchase(application: App, actor: Who, purchase_id: RowId) -> PurchaseView:
    """One purchase."""
    return application.purchases.one(actor, purchase_id)


@router.post("/purchases/{purchase_id}/order")
def note_order(application: App, call: Asked, purchase_id: RowId, body: PurchaseOrder) -> PurchaseView:
    """Say that it is ordered; of one that came short, that the rest is ordered again."""
    expected_at: datetime | None = body.expected_at
    said = Ordered(
        body.supplier, body.order_number, expected_at, body.currency,
        {each.item_id: each.price for each in body.prices}, body.carriage, body.place,
    )  # fmt: skip
    return application.purchases.order(call, purchase_id, said)


@router.post("/purchases/{purchase_id}/expectation")
def expect_purchase(application: App, call: Asked, purchase_id: RowId, body: Expected) -> PurchaseView:
    """Say when it is expected now; what waits for it is planned anew."""
    return application.purchases.expect(call, purchase_id, body.expected_at, body.why)


@router.post("/purchases/{purchase_id}/arrival")
def receive_purchase(application: App, call: Asked, purchase_id: RowId, body: Arrival) -> PurchaseView:
    """Say what has come, as often as something does; what comes beyond the order is noted as surplus."""
    counts = [Count(each.item_id, each.good, each.bad) for each in body.items]
    return application.purchases.receive(call, purchase_id, counts, body.why)


@router.post("/purchases/{purchase_id}/bad")
def find_bad(application: App, call: Asked, purchase_id: RowId, body: Bad) -> PurchaseView:
    """Say that some of what had come turns out to be wrong or damaged."""
    return application.purchases.find_bad(call, purchase_id, body.item_id, body.amount, body.why)


@router.post("/purchases/{purchase_id}/cancel")
def cancel_purchase(application: App, call: Asked, purchase_id: RowId, body: CancelledPurchase) -> PurchaseView:
    """Say that nothing more of it comes; what had come stays."""
    return application.purchases.cancel(call, purchase_id, body.why)
