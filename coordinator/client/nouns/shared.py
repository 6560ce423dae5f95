"""What several nouns speak of.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

__all__ = [
    "AnswerWord",
    "DesignView",
    "FieldChange",
    "GoalState",
    "JobState",
    "LotView",
    "Maker",
    "NewToken",
    "PieceState",
    "ProposalState",
    "ProposalView",
    "Purpose",
    "QuestionView",
    "ReasonView",
    "RequestKind",
    "RequestState",
    "RequestView",
    "Role",
    "Rule",
    "ShipmentState",
    "Tally",
    "TaskState",
    "TaskView",
    "VoiceView",
]


AnswerWord: TypeAlias = Literal["free", "with duties", "ask", "stop"]
"""Whether something may be made, in a word."""


GoalState: TypeAlias = Literal["pledging", "reached", "lapsed"]
"""Life of what waits until enough is pledged, or enough have joined."""


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


Maker: TypeAlias = Literal["person", "association", "school", "public body", "cooperative", "company"]
"""What kind of maker somebody is."""


PieceState: TypeAlias = Literal["planned", "made", "accepted", "rejected", "delivered", "scrapped", "superseded"]
"""Life of a piece."""


ProposalState: TypeAlias = Literal["open", "passed", "refused", "lapsed", "withdrawn", "void"]
"""Life of a proposal."""


Purpose: TypeAlias = Literal["own use", "gift", "at cost", "sale"]
"""What it is made for; what asks less of licences comes first."""


RequestKind: TypeAlias = Literal["pause", "resume", "cancel", "stop now", "cancel object", "home", "unlock"]
"""What a person may ask of a machine that an agent drives; `agent.controls` carries it out."""


RequestState: TypeAlias = Literal["asked", "told", "done", "refused", "expired"]
"""Life of a request."""


Role: TypeAlias = Literal["visitor", "builder", "designer", "maintainer", "operator", "steward", "agent"]
"""What somebody may do; `coordinator.service.access` says what that is."""


Rule: TypeAlias = Literal["consent", "majority"]
"""How a proposal is decided."""


ShipmentState: TypeAlias = Literal["packed", "sent", "arrived", "damaged", "lost", "returned", "unpacked"]
"""Life of a shipment."""


TaskState: TypeAlias = Literal["open", "unplaceable", "ordered", "done", "cancelled"]
"""Life of a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignView:
    """A design at one version; `content_sha256` says which."""

    id: int
    name: str
    location: str
    commit: str | None
    content_sha256: str
    licence: str | None
    imported_at: datetime
    imported_by: str
    files: int
    lines: int
    tasks: int
    questions: tuple[QuestionView, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What is different about a part; null where nothing is stated."""

    field: str
    before: str | None
    after: str | None


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
class ProposalView:
    """Something to be decided, or that was.

    `design_id` is the newest version here of the design that it is about, null where it is about the network. `voters`
    counts who has a voice, at the end once it was decided; `outcome` says what it has brought about. `yours` is the
    word of who reads, and `waits` whether it waits for theirs.
    """

    id: int
    kind: str
    design_id: int | None
    design: str | None
    what: str
    why: str
    document: dict[str, Any]
    rule: Rule
    quorum_percent: int
    opened_at: datetime
    opened_by: str
    closes_at: datetime
    state: ProposalState
    decided_at: datetime | None
    outcome: str
    voters: int
    tally: Tally
    voices: tuple[VoiceView, ...]
    yours: str | None
    may_speak: bool
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What only the designer can say; `about` is what an answer names, the question's own sentence where it is null."""

    item: str
    question: str
    options: tuple[str, ...]
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """Why, and by which clause; `clause` is empty where none answers."""

    licence: str
    clause: str
    says: str


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
class Tally:
    """How many say what, each by the newest word."""

    yes: int
    no: int
    aside: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceView:
    """What somebody said: yes, no or aside; `counts` is false where the same person has said something since."""

    person: str
    word: str
    why: str
    at: datetime
    counts: bool
