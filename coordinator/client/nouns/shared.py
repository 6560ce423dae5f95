"""What several nouns speak of.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

__all__ = [
    "JobState",
    "LotView",
    "NewToken",
    "PieceState",
    "RequestKind",
    "RequestState",
    "RequestView",
    "Role",
    "TaskState",
    "TaskView",
]


JobState: TypeAlias = Literal[
    "waiting for toolpath",
    "scheduled",
    "dispatched",
    "running",
    "made",
    "failed",
    "lost contact",
    "scrapped",
    "withdrawn",
]
"""Life of a job; `coordinator.life` holds the legal moves."""


PieceState: TypeAlias = Literal["planned", "made", "accepted", "rejected", "delivered", "scrapped", "superseded"]
"""Life of a piece."""


RequestKind: TypeAlias = Literal["pause", "resume", "cancel", "stop now", "cancel object", "home", "unlock"]
"""What a person may ask of a machine that an agent drives; `agent.controls` carries it out."""


RequestState: TypeAlias = Literal["asked", "told", "done", "refused", "expired"]
"""Life of a request."""


Role: TypeAlias = Literal["visitor", "builder", "designer", "maintainer", "operator", "steward", "agent"]
"""What somebody may do; `coordinator.service.access` says what that is."""


TaskState: TypeAlias = Literal["open", "unplaceable", "ordered", "done", "cancelled"]
"""Life of a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """What one run makes of a task. `stage` is the state of its live job, else "offered" or "open"."""

    id: int
    key: str
    pieces: int
    stage: str
    machine: str | None
    offer_id: int | None
    job_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to hand over; it is not shown again."""

    id: str
    token: str
    holder: str
    scopes: tuple[Role, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """Something that a person asks of a running job, and what came of it."""

    id: int
    machine: str
    lab: str
    job_id: str
    kind: RequestKind
    object: str | None
    state: RequestState
    asked_at: datetime
    asked_by: str
    why: str
    told_at: datetime | None
    ended_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """Something to be done for a build."""

    id: int
    build_id: int
    key: str
    kind: str
    name: str
    quantity: float
    unit: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None
    state: TaskState
    reason: str | None
    arrives_at: datetime | None
    lots: tuple[LotView, ...]
