"""`/jobs`: what is made; work by hand; verdicts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict

from coordinator.api.common import Body, Reason, Why
from coordinator.api.context import After, App, Asked, Limit
from coordinator.schema.builds import JobState
from coordinator.service.paging import Page
from coordinator.service.runs.jobs import JobView

__all__ = ["router"]

router = APIRouter(prefix="/jobs", tags=["jobs"])
JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Ruling(StrEnum):
    """What became of the pieces."""

    MADE = "made"
    SCRAPPED = "scrapped"


class Verdict(Body):
    """A person's verdict on a job that failed or went out of contact."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "scrapped", "why": "half a foot"}]})
    verdict: Ruling
    why: Reason = ""


class HandsEnd(Body):
    """How work by hand ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"made": True, "why": ""}]})
    made: bool = True
    why: Reason = ""


@router.get("")
def list_jobs(
    application: App,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[JobState | None, Query()] = None,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[JobView]:
    """Jobs, of one lab, state or build, or all."""
    return application.jobs.all(lab, state, build_id, after=after, limit=limit)


@router.get("/{job_id}")
def read_job(application: App, job_id: JobId) -> JobView:
    """One job, with its pieces and how far it is."""
    return application.jobs.one(job_id)


@router.post("/{job_id}/start")
def start_by_hand(application: App, call: Asked, job_id: JobId, body: Why) -> JobView:  # noqa: ARG001 (an empty body is one too)
    """Say that hands begin to work on a job; machines are started by their agents."""
    return application.jobs.start(call, job_id)


@router.post("/{job_id}/end")
def end_by_hand(application: App, call: Asked, job_id: JobId, body: HandsEnd) -> JobView:
    """Say that the work of hands is done, or that it failed."""
    return application.jobs.end(call, job_id, made=body.made, why=body.why)


@router.post("/{job_id}/verdict")
def rule_on_job(application: App, call: Asked, job_id: JobId, body: Verdict) -> JobView:
    """Rule on a job that failed or went out of contact: its pieces are good, or are made again by a new job."""
    return application.jobs.rule(call, job_id, JobState(body.verdict), body.why)
