"""`/stock`: spools, sheets and tools of labs; and what of them is on which machine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, LabId, MachineId, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit
from coordinator.ledger import MOST
from coordinator.schema.stock import Place, StockKind
from coordinator.service.machinery.loads import MachineLoad, WaiverView
from coordinator.service.machinery.stock import BookingView, NewItem, StockView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(tags=["stock"])
Words = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[float, Field(ge=0, le=MOST)]
LengthMm = Annotated[float, Field(gt=0, le=100_000)]
Slot = Annotated[int, Field(ge=0, le=31)]


class StockSent(Body):
    """An item for a lab's stock: a spool in grams, alike sheets by number, or one tool."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"lab": "north", "kind": "spool", "name": "S-17", "amount": 1000, "material": "pla", "low": 100},
                {"lab": "north", "kind": "tool", "name": "brass 0.4", "diameter_mm": 0.4},
            ]
        }
    )
    lab: LabId
    kind: StockKind
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    amount: Amount = 1.0
    material: Words | None = None
    colour: Words | None = None
    diameter_mm: LengthMm | None = None
    thickness_mm: LengthMm | None = None
    length_mm: LengthMm | None = None
    width_mm: LengthMm | None = None
    low: Amount | None = None
    why: Reason = ""


class Correction(Body):
    """What is left of an item, as somebody weighed or counted it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"left": 412, "why": "weighed"}]})
    left: Amount
    why: Annotated[Reason, Field(min_length=1)]


class Loading(Body):
    """An item for a slot of a machine."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"stock_id": 17, "slot": 0}]})
    stock_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    slot: Slot = 0


class Unloading(Body):
    """What is to come off a machine."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"place": "material", "slot": 0}]})
    place: Place = Place.MATERIAL
    slot: Slot = 0


@router.get("/stock")
def list_stock(
    application: App,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    gone: Annotated[bool, Query(description="Those that are gone, too.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[StockView]:
    """What labs have in stock, one or all of them."""
    return application.stock.all(lab, gone=gone, after=after, limit=limit)


@router.post("/stock", status_code=201)
def add_stock(application: App, call: Asked, body: StockSent) -> StockView:
    """Put an item into a lab's stock. From the first spool or sheet on, its jobs wait until the right one is loaded."""
    new = NewItem(**body.model_dump(exclude={"lab", "why"}))
    return application.stock.add(call, body.lab, new, body.why)


@router.get("/stock/{stock_id}")
def read_stock(application: App, stock_id: RowId) -> StockView:
    """One item."""
    return application.stock.one(stock_id)


@router.get("/stock/{stock_id}/bookings")
def list_bookings(application: App, stock_id: RowId, after: After = None, limit: Limit = 50) -> Page[BookingView]:
    """How the amount of an item came about, the newest first; all changes add up to what is left."""
    return application.stock.bookings(stock_id, after=after, limit=limit)


@router.post("/stock/{stock_id}/correction")
def correct_stock(application: App, call: Asked, stock_id: RowId, body: Correction) -> StockView:
    """Say what is left of an item, as it was weighed or counted."""
    return application.stock.correct(call, stock_id, body.left, body.why)


@router.post("/stock/{stock_id}/retirement")
def retire_stock(application: App, call: Asked, stock_id: RowId, body: Why) -> StockView:
    """Say that an item is gone; it must not be on a machine."""
    return application.stock.retire(call, stock_id, body.why)


@router.get("/machines/{machine_id}/load")
def read_load(application: App, machine_id: MachineId) -> MachineLoad:
    """What is on a machine."""
    return application.loads.of(machine_id)


@router.post("/machines/{machine_id}/load")
def load_machine(application: App, call: Asked, machine_id: MachineId, body: Loading) -> MachineLoad:
    """Say that an item is on a machine now; what was in its slot comes off, and pays for its part of a run."""
    return application.loads.load(call, machine_id, body.stock_id, body.slot)


@router.post("/machines/{machine_id}/unload")
def unload_machine(application: App, call: Asked, machine_id: MachineId, body: Unloading) -> MachineLoad:
    """Say that an item is no longer on a machine."""
    return application.loads.unload(call, machine_id, body.place, body.slot)


@router.post("/jobs/{job_id}/waiver")
def waive_load(
    application: App, call: Asked, job_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")], body: Why
) -> WaiverView:
    """Let a job start with what is loaded, though it asks for something else; say why."""
    return application.loads.waive(call, job_id, body.why)
