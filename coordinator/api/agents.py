"""`/agent`: the door of the programs beside the machines; they call, and are never called."""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import nullcontext
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Reason, RowId
from coordinator.api.context import App, Who
from coordinator.schema.builds import RunOutcome
from coordinator.service.house import View
from coordinator.service.machinery.driven import DrivenView
from coordinator.service.machinery.readings import Seen
from coordinator.service.machinery.requests import RequestView, ToldRequestView
from coordinator.service.runs.attempts import AttemptView, Told, WorkView
from coordinator.service.runs.handing_out import Claimant
from coordinator.service.runs.queue import may_free
from core.errors import InputError

__all__ = ["router"]

router = APIRouter(prefix="/agent", tags=["agent"])
_DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010000000037"
    "6ef9240000000a49444154789c636000000002000148afa471"
    "0000000049454e44ae426082"
)
_LOOK_EVERY_S = 5.0  # for a job whose time has come
_LOOK_EVERY_FAST_S = 0.5  # the same where the clock is a fast one
_Machine = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
_Heater = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,10}$")]
_Celsius = Annotated[float, Field(ge=-300, le=5000)]


class Wish(Body):
    """Machines that are idle, and how long to wait for a job for one of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"machines": ["north-printer"], "wait_s": 25}]})
    machines: list[_Machine] = Field(max_length=100)
    wait_s: float = Field(default=0.0, ge=0, le=30)


class Fence(Body):
    """The fence of the attempt that the agent acts on."""

    fence: int = Field(ge=1, le=2**31)


class Release(Fence):
    """A job that is given back without a start."""

    why: Reason = ""


class Report(Body):
    """How far jobs are, all machines of an agent together."""

    attempts: list[Progress] = Field(max_length=100)


class Progress(Body):
    """How far one job is."""

    attempt_id: int = Field(ge=1, le=2**53 - 1)
    fence: int = Field(ge=1, le=2**31)
    lines_done: _Count
    lines_total: _Count
    state: Annotated[str, StringConstraints(pattern=r"^[a-z ]{1,20}$")]


class Hearing(Body):
    """Requests that the agent knows already, and how long to wait for another."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"known": [], "wait_s": 20}]})
    known: list[Annotated[int, Field(ge=1, le=2**53 - 1)]] = Field(default=[], max_length=100)
    wait_s: float = Field(default=0.0, ge=0, le=30)


class Word(Body):
    """What came of a request: done, or refused with the reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done": False, "answer": "it is not paused"}]})
    done: bool
    answer: Reason = ""


class Sight(Body):
    """What is seen of one machine; "busy outside" where it does what was not sent from here, named by `outside`."""

    machine: _Machine
    state: Annotated[str, StringConstraints(pattern=r"^[a-z ]{1,20}$")]
    report: Annotated[Reason, Field(max_length=200)] = ""
    temperatures_c: dict[_Heater, tuple[_Celsius, _Celsius]] = Field(default={}, max_length=20)
    outside: Annotated[Reason, Field(max_length=200)] | None = None
    left_s: Annotated[float, Field(ge=0, le=366 * 86400)] | None = None


class Sights(Body):
    """What is seen of machines, all of an agent's together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"readings": [{"machine": "north-printer", "state": "running", "temperatures_c": {"T": [204.8, 205]}}]}
            ]
        }
    )
    readings: list[Sight] = Field(max_length=100)


class PictureShown(Body):
    """What a camera sees of a machine: a JPEG or PNG of 600,000 bytes at most, in base64."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"machine": "north-printer", "picture": base64.b64encode(_DOT).decode()}]}
    )
    machine: _Machine
    picture: Annotated[str, StringConstraints(max_length=800_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class Leaving(Body):
    """Nothing is to be said."""


class Asked(View):
    """What people ask; `waited_s` is how long the agent's question has waited."""

    waited_s: float
    requests: list[ToldRequestView]


class RunEnd(Fence):
    """How a run ended; `ended_ago_s` where it could not be told at once."""

    outcome: RunOutcome
    lines: _Count | None = None
    message: Reason
    ended_ago_s: float = Field(default=0.0, ge=0, le=366 * 86400)


@router.get("/machines")
def list_driven_machines(application: App, actor: Who) -> list[DrivenView]:
    """The machines that this agent drives, and how they are reached."""
    return application.driven.of(actor)


@router.get("/attempts")
def list_open_attempts(application: App, actor: Who) -> list[AttemptView]:
    """The attempts of this agent that have no end."""
    application.driven.lab_of(actor)
    return application.attempts.open(actor)


@router.post("/work", responses={204: {"description": "There is no job for these machines now."}})
async def take_work(application: App, actor: Who, body: Wish, response: Response) -> WorkView | None:
    """Take the next job that may start, under a lease; waits for one for a while."""
    lab = application.driven.lab_of(actor)
    loop, house = asyncio.get_running_loop(), application.house
    deadline = loop.time() + body.wait_s
    look_every_s = _LOOK_EVERY_FAST_S if house.settings.simulated else _LOOK_EVERY_S
    with application.tail.followed() if body.wait_s else nullcontext() as follower:
        while True:
            if follower is not None:
                await follower.begin()  # what happens from here on wakes it
            work = await application.claiming.do(Claimant(actor, lab, body.machines))
            left_s = deadline - loop.time()
            if work is not None or follower is None or left_s <= 0 or house.closing.is_set():
                break
            await follower.until(lambda event: may_free(event, body.machines), min(left_s, look_every_s))
    if work is None:
        response.status_code = 204
    return work


@router.post("/requests")
async def hear_requests(application: App, actor: Who, body: Hearing) -> Asked:
    """What people ask of the jobs that this agent runs, when there is something; waits for that for a while."""
    application.driven.lab_of(actor)
    loop, house = asyncio.get_running_loop(), application.house
    begun = loop.time()
    deadline = begun + body.wait_s
    with application.tail.followed() if body.wait_s else nullcontext() as follower:
        while True:
            if follower is not None:
                await follower.begin()
            found = await run_in_threadpool(application.requests.pending, actor, body.known)
            left_s = deadline - loop.time()
            if found or follower is None or left_s <= 0 or house.closing.is_set():
                break
            await follower.until(lambda event: event.kind == "request.asked", min(left_s, _LOOK_EVERY_S))
    return Asked(waited_s=loop.time() - begun, requests=found)


@router.post("/requests/{request_id}/answer")
def answer_request(application: App, actor: Who, request_id: RowId, body: Word) -> RequestView:
    """Tell what came of a request. It may be told again."""
    application.driven.lab_of(actor)
    return application.requests.answer(actor, request_id, done=body.done, text=body.answer)


@router.post("/readings", status_code=204)
async def note_readings(application: App, actor: Who, body: Sights) -> None:
    """Tell what is seen of the lab's machines: what they do, how warm they are, what runs there from elsewhere."""
    application.driven.lab_of(actor)
    await application.seeing.do((actor, [Seen(**each.model_dump()) for each in body.readings]))


@router.post("/pictures", status_code=204)
def show_picture(application: App, actor: Who, body: PictureShown) -> None:
    """Show what a camera sees of a machine; only the last picture is kept, in memory, for the members of the lab."""
    application.driven.lab_of(actor)
    try:
        content = base64.b64decode(body.picture, validate=True)
    except binascii.Error:
        raise InputError("it is not base64", where="picture") from None
    application.pictures.show(actor, body.machine, content)


@router.post("/leave", status_code=204)
def leave(application: App, actor: Who, body: Leaving) -> None:  # noqa: ARG001 (an empty body is one too)
    """Tell that this agent ends: other agents of the lab may drive its machines at once."""
    application.driven.lab_of(actor)
    application.drivers.drop(actor.id)


@router.post("/attempts/progress")
async def note_progress(application: App, actor: Who, body: Report) -> list[AttemptView]:
    """Tell how far jobs are, which extends their leases; the answer tells what has become of each."""
    application.driven.lab_of(actor)
    return await application.telling.do((actor, [Told(**each.model_dump()) for each in body.attempts]))


@router.post("/attempts/{attempt_id}/start")
def start_run(application: App, actor: Who, attempt_id: RowId, body: Fence) -> AttemptView:
    """Ask to start: only once this has answered may the machine move. It may be asked again."""
    application.driven.lab_of(actor)
    return application.attempts.start(actor, attempt_id, body.fence)


@router.post("/attempts/{attempt_id}/end")
def end_run(application: App, actor: Who, attempt_id: RowId, body: RunEnd) -> AttemptView:
    """Tell how a run ended. It may be told again."""
    application.driven.lab_of(actor)
    return application.attempts.end(
        actor, attempt_id, body.fence, body.outcome,
        lines=body.lines, message=body.message, ended_ago_s=body.ended_ago_s,
    )  # fmt: skip


@router.post("/attempts/{attempt_id}/release")
def give_back(application: App, actor: Who, attempt_id: RowId, body: Release) -> AttemptView:
    """Give a job back that was not started."""
    application.driven.lab_of(actor)
    return application.attempts.release(actor, attempt_id, body.fence, body.why)
