"""What changes under a build: cancellations, versions, substitutions, settings of parts; answers for designs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, StringConstraints

from bom.answers import Answer
from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit
from coordinator.schema.change import SubstitutionKind, SubstitutionState
from coordinator.service.changes.cancelling import CancellationView
from coordinator.service.changes.comparing import DifferenceView
from coordinator.service.changes.part_settings import JobSheet, SettingsView
from coordinator.service.changes.substitutions import SubstitutionView
from coordinator.service.changes.versions import CompatibleView, VersionView
from coordinator.service.designs.answering import AnswerView
from coordinator.service.designs.designs import DesignView
from coordinator.service.designs.feedback import FeedbackView
from coordinator.service.paging import Page
from core.errors import InputError
from core.part_settings import Orientation, PartSettings

__all__ = ["PartKey", "Words", "as_answer", "router"]

router = APIRouter()
JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_PLAIN = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
PartKey = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_PLAIN)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=_PLAIN)]


class Cancelling(Body):
    """Why a build ends, and of which running jobs the labs are asked to end them; all others run to their end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "the project has ended", "stop": []}]})
    why: Reason
    stop: list[Annotated[str, StringConstraints(max_length=40)]] = Field(default=[], max_length=1000)


class Move(Body):
    """Why a build moves to another version; `parts` are keys of the tasks that move, null for all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"why": "the new foot is stronger", "parts": ["fabricate:foot"]}]}
    )
    why: Reason = ""
    parts: list[PartKey] | None = Field(default=None, max_length=2000)


class Compatible(Body):
    """A part (by its task's key) of which pieces as in the older version will do in this one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"older_id": 1, "part": "fabricate:foot", "why": "only the text on it changed"}]
        }
    )
    older_id: int = Field(ge=1, le=2**53 - 1)
    part: PartKey
    why: Reason


class Asking(Body):
    """What a lab would use instead: a material, a process, a tolerance in millimetres, another bought part."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lab": "north", "kind": "material", "instead": "PETG", "why": "the PLA is used up"}]
        }
    )
    lab: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    kind: SubstitutionKind
    instead: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PLAIN)]
    why: Reason


class Approval(Body):
    """Why; `for_all` is a maintainer's word that the design should allow it everybody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "it is strong enough", "for_all": False}]})
    why: Reason = ""
    for_all: bool = False


class Settings(Body):
    """How a part is to be made; what is null is as the design says."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"infill_percent": 40, "layer_mm": 0.2, "supports": True, "why": "it broke"}]}
    )
    infill_percent: float | None = Field(default=None, ge=0, le=100)
    layer_mm: float | None = Field(default=None, ge=0.02, le=2)
    walls: int | None = Field(default=None, ge=1, le=100)
    supports: bool | None = None
    orientation: Orientation | None = None
    tolerance_mm: float | None = Field(default=None, ge=0.001, le=50)
    why: Reason = ""

    @property
    def of_part(self) -> PartSettings:
        """As the application takes them."""
        return PartSettings(self.infill_percent, self.layer_mm, self.walls, self.supports, self.orientation)


class OneAnswer(Body):
    """An answer: `about` is a field of a line (docs/answers.md), or the question's own sentence."""

    item: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_PLAIN)]
    about: Words
    answer: Words


class Answers(Body):
    """Answers to questions about a design."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answers": [{"item": "Foot", "about": "material", "answer": "PLA"}]}]}
    )
    answers: list[OneAnswer] = Field(min_length=1, max_length=100)


def as_answer(item: str, about: str, text: str) -> Answer:
    """As the application takes it.

    Raises:
        InputError: it is blank.
    """
    try:
        return Answer(item, about, text)
    except ValueError as error:
        raise InputError(str(error), where="answers") from error


@router.get("/builds/{build_id}/cancellation", tags=["builds"])
def read_cancellation(application: App, build_id: RowId) -> CancellationView:
    """What cancelling a build would do: what is kept, freed and runs on; of a cancelled build what it did."""
    return application.changes.cancellations.one(build_id)


@router.post("/builds/{build_id}/cancellation", status_code=201, tags=["builds"])
def cancel_build(application: App, call: Asked, build_id: RowId, body: Cancelling) -> CancellationView:
    """Cancel a build half-way. No machine is stopped; nothing of it begins again."""
    return application.changes.cancellations.cancel(call, build_id, body.why, stop=body.stop)


@router.get("/builds/{build_id}/versions", tags=["builds"])
def list_versions(application: App, build_id: RowId) -> list[VersionView]:
    """The versions of a build's design that are here, the newest first, and what was decided about them."""
    return application.changes.versions.of(build_id)


@router.get("/builds/{build_id}/versions/{design_id}", tags=["builds"])
def read_difference(application: App, build_id: RowId, design_id: RowId) -> DifferenceView:
    """What would change part by part, and what would be lost, were a build moved to another version."""
    return application.changes.versions.difference(build_id, design_id)


@router.post("/builds/{build_id}/versions/{design_id}/stay", tags=["builds"])
def stay_with_version(application: App, call: Asked, build_id: RowId, design_id: RowId, body: Why) -> VersionView:
    """Say that a build stays with the version that it has."""
    return application.changes.moving.stay(call, build_id, design_id, body.why)


@router.post("/builds/{build_id}/versions/{design_id}/move", tags=["builds"])
def move_to_version(application: App, call: Asked, build_id: RowId, design_id: RowId, body: Move) -> DifferenceView:
    """Move a build to another version, wholly or in part; pieces of parts that are made anew are superseded."""
    return application.changes.moving.move(call, build_id, design_id, body.why, body.parts)


@router.post("/designs/{design_id}/compatible", status_code=201, tags=["designs"])
def mark_compatible(application: App, call: Asked, design_id: RowId, body: Compatible) -> CompatibleView:
    """Say that pieces of a part as it was in an older version will do in this one; for maintainers."""
    return application.changes.versions.mark_compatible(call, body.older_id, design_id, body.part, body.why)


@router.get("/designs/{design_id}/answers", tags=["designs"])
def list_answers(application: App, design_id: RowId) -> list[AnswerView]:
    """The answers that were given here about a design, the newest first."""
    return application.changes.answering.of(design_id)


@router.post("/designs/{design_id}/answers", status_code=201, tags=["designs"])
def answer_questions(application: App, call: Asked, design_id: RowId, body: Answers) -> DesignView:
    """Answer questions about a design; with its answers it is another version, which open builds may move to."""
    given = [as_answer(each.item, each.about, each.answer) for each in body.answers]
    return application.changes.answering.answer(call, design_id, given)


@router.get("/designs/{design_id}/feedback", tags=["designs"])
def read_feedback(application: App, design_id: RowId) -> FeedbackView:
    """What making a version has taught, as Markdown for its designer; nobody is named in it."""
    return application.changes.feedback.of(design_id)


@router.get("/substitutions", tags=["tasks"])
def list_substitutions(
    application: App,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[SubstitutionState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[SubstitutionView]:
    """What labs have asked to use instead, of one build, lab or state, or all."""
    return application.changes.substitutions.all(build_id, lab, state, after=after, limit=limit)


@router.get("/substitutions/{substitution_id}", tags=["tasks"])
def read_substitution(application: App, substitution_id: RowId) -> SubstitutionView:
    """One substitution."""
    return application.changes.substitutions.one(substitution_id)


@router.post("/tasks/{task_id}/substitutions", status_code=201, tags=["tasks"])
def ask_substitution(application: App, call: Asked, task_id: RowId, body: Asking) -> SubstitutionView:
    """Ask to use something else for a task in a lab; for its operators."""
    return application.changes.substitutions.ask(call, task_id, body.lab, body.kind, body.instead, body.why)


@router.post("/substitutions/{substitution_id}/approve", tags=["tasks"])
def approve_substitution(application: App, call: Asked, substitution_id: RowId, body: Approval) -> SubstitutionView:
    """Allow a substitution for that task in that lab; work there that has not started is planned anew."""
    substitutions = application.changes.substitutions
    return substitutions.decide(call, substitution_id, approve=True, why=body.why, for_all=body.for_all)


@router.post("/substitutions/{substitution_id}/decline", tags=["tasks"])
def decline_substitution(application: App, call: Asked, substitution_id: RowId, body: Why) -> SubstitutionView:
    """Decline a substitution."""
    return application.changes.substitutions.decide(call, substitution_id, approve=False, why=body.why)


@router.post("/substitutions/{substitution_id}/withdraw", tags=["tasks"])
def withdraw_substitution(application: App, call: Asked, substitution_id: RowId, body: Why) -> SubstitutionView:
    """Take a question back before it is decided; for operators of the lab that asked."""
    return application.changes.substitutions.withdraw(call, substitution_id, body.why)


@router.get("/tasks/{task_id}/settings", tags=["tasks"])
def read_settings(application: App, task_id: RowId) -> SettingsView:
    """How a task's part is made: what the design says, what was set here, and what no machine does by itself."""
    return application.changes.settings.of(task_id)


@router.put("/tasks/{task_id}/settings", tags=["tasks"])
def put_settings(application: App, call: Asked, task_id: RowId, body: Settings) -> SettingsView:
    """Set how a task's part is made, for what is not begun; null leaves it to the design."""
    return application.changes.settings.put(call, task_id, body.of_part, body.tolerance_mm, body.why)


@router.get("/jobs/{job_id}/sheet", tags=["jobs"])
def read_job_sheet(application: App, job_id: JobId) -> JobSheet:
    """What whoever makes a job has to know: material, settings, tolerance, substitutions."""
    return application.changes.settings.sheet(job_id)
