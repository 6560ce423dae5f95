"""What people do on pages: each form is one act of the application, and leads back to the page that it stood on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, StringConstraints

from commons.licences.parties import Purpose
from coordinator.api.common import LabId, MachineId, Reason, RowId
from coordinator.api.context import App, Who
from coordinator.schema.builds import JobState
from coordinator.service.access import Right
from coordinator.service.house import Call
from coordinator.web.forms import Choice, Plain, Sent, back_to, end_of_day, taken_by
from coordinator.web.receiving import sent_file
from machines.lab import FirstArticle

__all__ = ["UPLOAD_PATH", "router"]

UPLOAD_PATH: Final = "/designs/upload"
router = APIRouter(include_in_schema=False)
_act = taken_by(router)


class OfferAnswer(Choice):
    """An answer to an offer; how what the licence asks is settled, where that is open."""

    licence_note: Reason = ""


class ClaimSent(Sent):
    """A lot, for a machine; how what the licence asks is settled, where that is open."""

    machine: MachineId
    licence_note: Reason = ""


class OrderSent(Sent):
    """An order. An empty date or lab is none; the key makes two clicks one order."""

    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1
    due: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    deliver_to: LabId | Annotated[str, StringConstraints(max_length=0)] = ""
    checked: bool = False
    first_article: FirstArticle | Literal[""] = ""
    purpose: Purpose | Literal[""] = ""
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class FetchSent(Sent):
    """A design in a git repository."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=2000)]
    revision: Annotated[str, StringConstraints(max_length=200)] = ""


Chosen = Annotated[Choice, Form()]


@_act("/offers/{offer_id}/answer")
def answer_offer(application: App, actor: Who, offer_id: RowId, sent: Annotated[OfferAnswer, Form()]) -> Response:
    """Accept an offer, or decline it."""
    application.offers.answer(Call(actor), offer_id, accept=sent.yes, why=sent.why, licence_note=sent.licence_note)
    return back_to(sent.back)


@_act("/lots/{lot_id}/claim")
def claim(application: App, actor: Who, lot_id: RowId, sent: Annotated[ClaimSent, Form()]) -> Response:
    """Claim a lot for a machine."""
    application.claims.make(Call(actor), lot_id, sent.machine, sent.why, sent.licence_note)
    return back_to(sent.back)


@_act("/tasks/{task_id}/arrival")
def arrived(application: App, actor: Who, task_id: RowId, sent: Plain) -> Response:
    """Say that a purchase is there."""
    application.tasks.arrived(Call(actor), task_id)
    return back_to(sent.back)


@_act("/jobs/{job_id}/start")
def start(application: App, actor: Who, job_id: str, sent: Plain) -> Response:
    """Say that hands begin."""
    application.jobs.start(Call(actor), job_id)
    return back_to(sent.back)


@_act("/jobs/{job_id}/end")
def end(application: App, actor: Who, job_id: str, sent: Chosen) -> Response:
    """Say that hands are done, or that it failed."""
    application.jobs.end(Call(actor), job_id, made=sent.yes, why=sent.why)
    return back_to(sent.back)


@_act("/jobs/{job_id}/verdict")
def verdict(application: App, actor: Who, job_id: str, sent: Chosen) -> Response:
    """Rule on a job: its pieces are good, or scrapped and made again."""
    application.jobs.rule(Call(actor), job_id, JobState.MADE if sent.yes else JobState.SCRAPPED, sent.why)
    return back_to(sent.back)


@_act("/pieces/{piece_id}/check")
def check(application: App, actor: Who, piece_id: RowId, sent: Chosen) -> Response:
    """Accept a piece of somebody else's, or reject it."""
    application.pieces.check(Call(actor), piece_id, accept=sent.yes, why=sent.why)
    return back_to(sent.back)


@_act("/machines/{machine_id}/clear")
def clear(application: App, actor: Who, machine_id: MachineId, sent: Plain) -> Response:
    """Say that a machine is clear and loaded."""
    application.labs.clear(Call(actor), machine_id)
    return back_to(sent.back)


@_act("/designs/{design_id}/order")
def order(application: App, actor: Who, design_id: RowId, sent: Annotated[OrderSent, Form()]) -> Response:
    """Order a design; leads to the new build."""
    call = Call(actor, sent.key, sent.model_dump_json().encode())
    build = application.builds.order(
        call, design_id, sent.quantity, due_at=end_of_day(application, sent.due), deliver_to=sent.deliver_to or None,
        checked=sent.checked, first_article=sent.first_article or None,
        purpose=sent.purpose or None,
    )  # fmt: skip
    return back_to(f"/builds/{build.id}")


@_act("/designs/fetch")
def fetch(application: App, actor: Who, sent: Annotated[FetchSent, Form()]) -> Response:
    """Import a design from a git repository; leads to it."""
    design = application.designs.fetch(Call(actor), sent.url, sent.revision or None)
    return back_to(f"/designs/{design.id}")


@router.post(UPLOAD_PATH, response_class=RedirectResponse, status_code=303)
async def upload(application: App, request: Request, actor: Who) -> Response:
    """Import a design from an archive; leads to it."""
    actor.require(Right.IMPORT_DESIGN)  # before a byte is taken
    async with sent_file(request, "archive", "a zip or tar of the design's folder") as sent:
        name = Path(sent.name).stem[:100] or "design"
        design = await run_in_threadpool(application.designs.upload, Call(actor), sent.path, name)
    return back_to(f"/designs/{design.id}")
