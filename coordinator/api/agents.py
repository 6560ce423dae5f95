"""`/agent`: the door of the programs beside the machines; they call, and are never called."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Reason, RowId
from coordinator.api.context import App, Who
from coordinator.service.attempts import AttemptView, Told, WorkView
from coordinator.service.driven import DrivenView
from coordinator.service.queue import may_free
from coordinator.tables import RunOutcome

__all__ = ["router"]

router = APIRouter(prefix="/agent", tags=["agent"])
_LOOK_EVERY_S = 5.0  # for a job whose time has come
_LOOK_EVERY_FAST_S = 0.5  # the same where the clock is a fast one
_Machine = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


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
            work = await run_in_threadpool(application.attempts.claim, actor, lab, body.machines)
            left_s = deadline - loop.time()
            if work is not None or follower is None or left_s <= 0 or house.closing.is_set():
                break
            await follower.until(lambda event: may_free(event, body.machines), min(left_s, look_every_s))
    if work is None:
        response.status_code = 204
    return work


@router.post("/attempts/progress")
def note_progress(application: App, actor: Who, body: Report) -> list[AttemptView]:
    """Tell how far jobs are, which extends their leases; the answer tells what has become of each."""
    application.driven.lab_of(actor)
    return application.attempts.progress(actor, [Told(**each.model_dump()) for each in body.attempts])


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
