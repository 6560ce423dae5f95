"""The part of the API under `jobs`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    JobState,
    PieceState,
)

__all__ = ["GivenView", "JobSheet", "JobView", "Jobs", "PieceView", "ProgressView", "Ruling"]


Ruling: TypeAlias = Literal["made", "scrapped"]
"""What became of the pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenView:
    """A program that was taken for a job, as it was read: what it does is known by its moves.

    `low_mm` and `high_mm` are the corners (X, Y, Z) of what its tool passes over, null where nothing moves. `vouched`
    are commands that pass only because the lab vouches for them.
    """

    job_id: str
    state: JobState
    program: str
    program_sha256: str
    kind: str
    duration_s: float
    low_mm: tuple[float, ...] | None
    high_mm: tuple[float, ...] | None
    vouched: tuple[str, ...]
    planned_start: datetime
    planned_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSheet:
    """What whoever makes a job has to know."""

    job_id: str
    build_id: int
    design: str
    task: str
    pieces: int
    lab: str
    machine: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None
    program: str | None
    settings: str
    tolerance_mm: float | None
    not_honoured: tuple[str, ...]
    substitutions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One run of one machine, started at most once.

    `waits` says for what a scheduled job waits, beside its time and its machine; `to_check` that others of its batch
    wait until a peer has checked a piece of it.
    """

    id: str
    build_id: int
    task: str
    lot_id: int
    lab: str
    machine: str
    state: JobState
    by_hand: bool
    program: str | None
    program_sha256: str | None
    planned_start: datetime
    planned_end: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str | None
    remake_of: str | None
    waits: str | None
    to_check: bool
    pieces: tuple[PieceView, ...]
    progress: ProgressView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceView:
    """One thing that a job makes."""

    id: int
    number: int
    state: PieceState
    made_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """How far a job is, in lines of its program."""

    lines_done: int
    lines_total: int
    state: str
    at: datetime


class Jobs(Calls):
    """The part of the API under `jobs`."""

    def read_job_sheet(self, job_id: str) -> JobSheet:
        """What whoever makes a job has to know: material, settings, tolerance, substitutions."""
        return self._one(JobSheet, "GET", f"/jobs/{segment(job_id)}/sheet")

    def list_jobs(
        self, *, lab: str | None = None, state: JobState | None = None, build_id: int | None = None
    ) -> Iterator[JobView]:
        """Jobs, of one lab, state or build, or all."""
        return self._pages(JobView, "/jobs", {"lab": lab, "state": state, "build_id": build_id}, 200)

    def read_job(self, job_id: str) -> JobView:
        """One job, with its pieces and how far it is."""
        return self._one(JobView, "GET", f"/jobs/{segment(job_id)}")

    def start_by_hand(self, job_id: str, *, why: str = "", key: str | None = None) -> JobView:
        """Say that hands begin to work on a job; machines are started by their agents."""
        return self._one(JobView, "POST", f"/jobs/{segment(job_id)}/start", body={"why": why}, key=new_key(key))

    def end_by_hand(self, job_id: str, *, made: bool = True, why: str = "", key: str | None = None) -> JobView:
        """Say that the work of hands is done, or that it failed."""
        return self._one(
            JobView, "POST", f"/jobs/{segment(job_id)}/end", body={"made": made, "why": why}, key=new_key(key)
        )

    def rule_on_job(self, job_id: str, verdict: Ruling, *, why: str = "", key: str | None = None) -> JobView:
        """Rule on a job that failed or went out of contact: its pieces are good, or are made again by a new job."""
        return self._one(
            JobView, "POST", f"/jobs/{segment(job_id)}/verdict", body={"verdict": verdict, "why": why}, key=new_key(key)
        )

    def give_uploaded_program(self, job_id: str, upload_id: str, name: str, *, key: str | None = None) -> GivenView:
        """The same, with a file that was uploaded in parts; the upload stays until it is ended or expires."""
        return self._one(
            GivenView,
            "POST",
            f"/jobs/{segment(job_id)}/program/uploaded",
            body={"upload_id": upload_id, "name": name},
            key=new_key(key),
        )
