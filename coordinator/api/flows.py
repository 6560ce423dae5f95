"""`/ledger`, `/work`, `/rates`: what was made, used, given and handed on; what people enter, and ask for an hour."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, LabId, Moment, PersonId, RowId
from coordinator.api.context import After, App, Asked, Key, Limit, Who
from coordinator.api.receiving import received
from coordinator.api.uploads import UPLOAD_ID
from coordinator.service.access import Right
from coordinator.service.flows.asked import MOST_CENTS, RateView
from coordinator.service.flows.asked import Asked as AskedRate
from coordinator.service.flows.exchange import Form, ImportedView
from coordinator.service.flows.names import Kind
from coordinator.service.flows.summary import SummaryView
from coordinator.service.flows.views import FlowView
from coordinator.service.flows.work import Declared
from coordinator.service.house import Call
from coordinator.service.paging import Page
from core.hashes import sha256_of_file

__all__ = ["IMPORT_PATH", "router"]

IMPORT_PATH: Final = "/api/v1/ledger/imports"
router = APIRouter(tags=["ledger"])
_LD: Final = "application/ld+json"
_LD_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {_LD: {"schema": {"type": "string", "format": "binary"}}}}
}
Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
BuildOf = Annotated[int | None, Query(ge=1, le=2**53 - 1, description="Only of this build.")]
WorkKind = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z\u00c0-\u024f][\w -]{0,39}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS)]
Note = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[str, StringConstraints(pattern=r"^\d{1,15}(\.\d{1,9})?$")]
Source = Annotated[
    str,
    Query(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="Where it is from, for people."),
]


class NewWork(Body):
    """Work of your own, for a build, for a version of a design, or for neither: then for the network."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "translation", "minutes": 90, "build_id": 1, "note": "the manual, into Spanish"}]
        }
    )
    kind: WorkKind
    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)]
    at: Moment | None = None
    build_id: Id | None = None
    design_id: Id | None = None
    note: Note = ""


class Correction(Body):
    """Why an event is wrong, and the right quantity in its own unit; without one nothing of it is right."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "weighed again", "instead": "41.5"}]})
    why: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
    instead: Amount | None = None


class UploadedLedger(Body):
    """A document that was uploaded in parts, and where it is from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"upload_id": "0" * 32, "name": "north.jsonld"}]})
    upload_id: str = Field(pattern=UPLOAD_ID)
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class NewRate(Body):
    """What you ask for an hour of a kind of work, from a moment on (now)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "design", "cents_per_hour": 2500}]})
    kind: WorkKind
    cents_per_hour: Cents
    currency: Currency = "EUR"
    since: Moment | None = None


class NewMachineRate(Body):
    """What a lab asks for an hour of a machine, or of each that has no rate of its own, from a moment on (now)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"machine": "north-printer", "cents_per_hour": 450}]})
    machine: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] | None = None
    cents_per_hour: Cents
    currency: Currency = "EUR"
    since: Moment | None = None


@router.get("/ledger")
def list_flows(
    application: App,
    build_id: BuildOf = None,
    design_id: Annotated[
        int | None, Query(ge=1, le=2**53 - 1, description="Only of this design, in all its versions.")
    ] = None,
    lab: Annotated[str | None, Query(max_length=40, description="Only what this lab gave or received.")] = None,
    person: Annotated[str | None, Query(max_length=40, description="Only what this person gave or received.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[FlowView]:
    """Economic events, the newest first: who gave how much of what to whom."""
    who = None
    if lab is not None or person is not None:
        names = application.flows.names()
        who = names.of(Kind.LAB, lab) if lab is not None else names.of(Kind.PERSON, person)
    return application.flows.events(build_id=build_id, design_id=design_id, who=who, after=after, limit=limit)


@router.get(
    "/ledger/valueflows",
    response_class=Response,
    responses={200: {"content": {_LD: {}}, "description": "The same events give the same bytes."}},
)
def export_valueflows(application: App, build_id: BuildOf = None) -> Response:
    """The ledger as JSON-LD in the terms of ValueFlows 1.0, whole or of one build."""
    return _file(application.exchange.written(Form.VALUEFLOWS, build_id), "ledger.jsonld", _LD)


@router.get(
    "/ledger/beancount",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "A file for Beancount 2 or 3."}},
)
def export_beancount(application: App, build_id: BuildOf = None) -> Response:
    """The ledger as plain-text accounting, whole or of one build; every transaction balances."""
    return _file(application.exchange.written(Form.BEANCOUNT, build_id), "ledger.beancount", "text/plain")


def _file(text: str, name: str, media: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(text.encode(), media_type=f"{media}; charset=utf-8" if media != _LD else media, headers=headers)


@router.post("/ledger/imports", openapi_extra=_LD_BODY)
async def import_ledger(application: App, request: Request, actor: Who, name: Source, key: Key = None) -> ImportedView:
    """Take in the JSON-LD that another coordinator has written, whole or not at all; for stewards."""
    actor.require(Right.KEEP_LEDGER)  # before a byte is taken
    async with received(request) as document:
        digest = await run_in_threadpool(sha256_of_file, document)
        call = Call(actor, key, f"{name}\n{digest}".encode())
        data = await run_in_threadpool(document.read_bytes)
        return await run_in_threadpool(application.exchange.take_in, call, data, name)


@router.post("/ledger/imports/uploaded")
def import_uploaded_ledger(application: App, call: Asked, body: UploadedLedger) -> ImportedView:
    """The same, with a document that was uploaded in parts; the upload stays until it is ended or expires."""
    call.actor.require(Right.KEEP_LEDGER)
    document = application.uploads.whole(call.actor, body.upload_id)
    return application.exchange.take_in(call, document.read_bytes(), body.name)


@router.get("/ledger/{number}")
def read_flow(application: App, number: RowId) -> FlowView:
    """One economic event."""
    return application.flows.one(number)


@router.post("/ledger/{number}/correction")
def correct_flow(application: App, call: Asked, number: RowId, body: Correction) -> FlowView:
    """Take an event back, wholly, and enter what is right anew; nothing is erased."""
    instead = None if body.instead is None else Decimal(body.instead)
    return application.work.correct(call, number, body.why, instead)


@router.post("/work")
def declare_work(application: App, call: Asked, body: NewWork) -> FlowView:
    """Enter work of your own that nothing else tells of."""
    return application.work.declare(call, Declared(**dict(body)))


@router.get("/people/{person_id}/given")
def read_given_by_person(application: App, person_id: PersonId) -> SummaryView:
    """What a person gave and received in all."""
    return application.summaries.of_person(person_id)


@router.get("/labs/{lab_id}/given")
def read_given_by_lab(application: App, lab_id: LabId) -> SummaryView:
    """What a lab gave and received in all."""
    return application.summaries.of_lab(lab_id)


@router.get("/people/{person_id}/rates")
def list_rates_of_person(application: App, actor: Who, person_id: PersonId) -> list[RateView]:
    """What a person asks for an hour, and asked before; for the person and for stewards."""
    return application.rates.of_person(actor, person_id)


@router.post("/rates")
def set_rate(application: App, call: Asked, body: NewRate) -> RateView:
    """Say what you ask for an hour. A rate that is changed counts from now on, or later."""
    return application.rates.set_own(call, body.kind, AskedRate(body.cents_per_hour, body.currency, body.since))


@router.get("/labs/{lab_id}/rates")
def list_rates_of_lab(application: App, lab_id: LabId) -> list[RateView]:
    """What a lab asks for an hour of its machines, and asked before."""
    return application.rates.of_lab(lab_id)


@router.post("/labs/{lab_id}/rates")
def set_machine_rate(application: App, call: Asked, lab_id: LabId, body: NewMachineRate) -> RateView:
    """Say what your lab asks for an hour of its machines."""
    asked = AskedRate(body.cents_per_hour, body.currency, body.since)
    return application.rates.set_for_lab(call, lab_id, body.machine, asked)
