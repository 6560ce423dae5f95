"""What changes under a build: pages, parts of the pages of builds and designs, and their forms."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, StringConstraints

from coordinator.api.changes import PartKey, Words, as_answer
from coordinator.api.common import LabId, RowId
from coordinator.api.context import App, Who
from coordinator.schema.builds import BuildState
from coordinator.schema.change import MoveChoice, SubstitutionKind
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.changes.substitutions import SubstitutionView
from coordinator.service.house import Call
from coordinator.service.work.builds import BuildView
from coordinator.web.forms import Choice, Sent, back_to
from coordinator.web.page import Page, Shown
from core.errors import InputError
from core.part_settings import Orientation, PartSettings

__all__ = ["cancel", "changes_of_build", "changes_of_design", "feedback", "router", "sheet", "task", "version"]

router = APIRouter(include_in_schema=False)
_Id = Annotated[int, Path(ge=1, le=2**53 - 1)]
_Number = Annotated[str, StringConstraints(pattern=r"^(\d{1,4}([.,]\d{1,4})?)?$")]


class CancelSent(Sent):
    """A cancellation; `stop` are jobs that labs are asked to end."""

    stop: list[Annotated[str, StringConstraints(max_length=40)]] = Field(default=[], max_length=1000)


class DecisionSent(Sent):
    """What becomes of a build and another version."""

    choice: MoveChoice
    part: list[PartKey] = Field(default=[], max_length=2000)


class CompatibleSent(Sent):
    """A part of which older pieces will do."""

    older: Annotated[int, Field(ge=1, le=2**53 - 1)]
    part: PartKey


class SettingsSent(Sent):
    """How a part is made; what is empty is as the design says."""

    infill_percent: _Number = ""
    layer_mm: _Number = ""
    walls: _Number = ""
    supports: Annotated[str, StringConstraints(pattern=r"^(yes|no)?$")] = ""
    orientation: Orientation | Annotated[str, StringConstraints(max_length=0)] = ""
    tolerance_mm: _Number = ""


class AskSent(Sent):
    """What a lab would use instead."""

    lab: LabId
    kind: SubstitutionKind
    instead: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class AnswerSent(Sent):
    """An answer to one question about a design."""

    item: Words
    about: Words
    answer: Words


def cancel(application: App, actor: Who, build_id: _Id) -> Page:
    """What cancelling a build would do, or has done."""

    def show() -> Shown:
        seen = application.changes.cancellations.one(build_id)
        return Shown("cancel", {"build": application.builds.one(build_id), "seen": seen})

    return Page(application, actor, show)


def version(application: App, actor: Who, build_id: _Id, design_id: _Id) -> Page:
    """What another version of its design would change in a build."""

    def show() -> Shown:
        build = application.builds.one(build_id)
        facts = {
            "build": build,
            "seen": application.changes.versions.difference(build_id, design_id),
            "mine": build.ordered_by == actor.id or actor.may(Right.TEND_BUILD),
            "keeps": application.changes.versions.keeps(actor, design_id),
        }
        return Shown("version", facts)

    return Page(application, actor, show)


def task(application: App, actor: Who, task_id: _Id) -> Page:
    """One task: how it is made, and what may be otherwise."""

    def show() -> Shown:
        found = application.tasks.one(task_id)
        build = application.builds.one(found.build_id)
        keeps = application.changes.versions.keeps(actor, build.design_id)
        asked = application.changes.substitutions.all(found.build_id, limit=200).items
        facts = {
            "task": found,
            "settings": application.changes.settings.of(task_id),
            "substitutions": _decidable(application, actor, [each for each in asked if each.task_id == task_id]),
            "sets": keeps or build.ordered_by == actor.id or actor.may(Right.TEND_BUILD),
            "asks_for": _labs_of(application, actor) if build.state is BuildState.OPEN else [],
            "orientations": [str(each) for each in Orientation],
        }
        return Shown("task", facts)

    return Page(application, actor, show)


def feedback(application: App, actor: Who, design_id: _Id) -> Page:
    """What a version's designer should know."""

    def show() -> Shown:
        told = application.changes.feedback.of(design_id)
        return Shown("feedback", {"design": application.designs.one(design_id), "told": told})

    return Page(application, actor, show)


def sheet(application: App, actor: Who, job_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]) -> Page:
    """What whoever makes a job has to know."""
    return Page(application, actor, lambda: Shown("sheet", {"sheet": application.changes.settings.sheet(job_id)}))


def changes_of_build(application: Application, actor: Actor, build: BuildView) -> dict[str, Any]:
    """What the page of a build shows of changes."""
    cancelled = build.state is BuildState.CANCELLED
    newer = [each for each in application.changes.versions.of(build.id) if each.newer]
    asked = application.changes.substitutions.all(build.id, limit=200).items
    return {
        "cancellation": application.changes.cancellations.one(build.id) if cancelled else None,
        "versions": newer if build.state is BuildState.OPEN else [],
        "substitutions": _decidable(application, actor, asked),
        "settings": application.changes.settings.of_build(build.id),
    }


def changes_of_design(application: Application, actor: Actor, design_id: int) -> dict[str, Any]:
    """What the page of a design shows of answers."""
    answering = application.changes.answering
    return {"answers": answering.of(design_id), "answers_here": answering.may(actor, design_id)}


def _decidable(
    application: Application, actor: Actor, asked: list[SubstitutionView]
) -> list[tuple[SubstitutionView, bool]]:
    """Each with whether the person may decide it now."""
    substitutions = application.changes.substitutions
    return [(each, each.state == "asked" and substitutions.may_decide(actor, each.id)) for each in asked]


def _labs_of(application: Application, actor: Actor) -> list[tuple[str, str]]:
    """The labs for which a person answers."""
    labs = application.labs.all(actor, limit=200).items if actor.known else []
    return [(each.id, each.name) for each in labs if actor.may(Right.ANSWER, each.id)]


# -- forms


@router.post("/builds/{build_id}/cancellation", response_class=RedirectResponse, status_code=303)
def cancel_build(application: App, actor: Who, build_id: RowId, sent: Annotated[CancelSent, Form()]) -> Response:
    """Cancel a build."""
    application.changes.cancellations.cancel(Call(actor), build_id, sent.why, stop=sent.stop)
    return back_to(sent.back)


@router.post("/builds/{build_id}/versions/{design_id}/decide", response_class=RedirectResponse, status_code=303)
def decide_version(
    application: App, actor: Who, build_id: RowId, design_id: RowId, sent: Annotated[DecisionSent, Form()]
) -> Response:
    """Stay with a version, or move to another."""
    moving, call = application.changes.moving, Call(actor)
    if sent.choice is MoveChoice.STAY:
        moving.stay(call, build_id, design_id, sent.why)
    else:
        parts = sent.part if sent.choice is MoveChoice.PARTS else None
        moving.move(call, build_id, design_id, sent.why, parts)
    return back_to(sent.back)


@router.post("/designs/{design_id}/compatible", response_class=RedirectResponse, status_code=303)
def compatible(application: App, actor: Who, design_id: RowId, sent: Annotated[CompatibleSent, Form()]) -> Response:
    """Say that older pieces of a part will do."""
    application.changes.versions.mark_compatible(Call(actor), sent.older, design_id, sent.part, sent.why)
    return back_to(sent.back)


@router.post("/tasks/{task_id}/settings", response_class=RedirectResponse, status_code=303)
def set_settings(application: App, actor: Who, task_id: RowId, sent: Annotated[SettingsSent, Form()]) -> Response:
    """Set how a part is made."""
    try:
        settings = PartSettings(
            infill_percent=_number(sent.infill_percent),
            layer_mm=_number(sent.layer_mm),
            walls=int(sent.walls) if sent.walls.isdecimal() else None,
            supports=sent.supports == "yes" if sent.supports else None,
            orientation=sent.orientation if isinstance(sent.orientation, Orientation) else None,
        )
    except ValueError as error:
        raise InputError(str(error), where="settings") from error
    application.changes.settings.put(Call(actor), task_id, settings, _number(sent.tolerance_mm), sent.why)
    return back_to(sent.back)


@router.post("/tasks/{task_id}/substitutions", response_class=RedirectResponse, status_code=303)
def ask(application: App, actor: Who, task_id: RowId, sent: Annotated[AskSent, Form()]) -> Response:
    """Ask to use something else."""
    application.changes.substitutions.ask(Call(actor), task_id, sent.lab, sent.kind, sent.instead, sent.why)
    return back_to(sent.back)


@router.post("/substitutions/{substitution_id}/decide", response_class=RedirectResponse, status_code=303)
def decide(application: App, actor: Who, substitution_id: RowId, sent: Annotated[Choice, Form()]) -> Response:
    """Allow a substitution, or decline it."""
    application.changes.substitutions.decide(Call(actor), substitution_id, approve=sent.yes, why=sent.why)
    return back_to(sent.back)


@router.post("/designs/{design_id}/answers", response_class=RedirectResponse, status_code=303)
def answer(application: App, actor: Who, design_id: RowId, sent: Annotated[AnswerSent, Form()]) -> Response:
    """Answer a question; leads to the version that this makes, to its bill where the question stood on a bill."""
    given = [as_answer(sent.item, sent.about, sent.answer)]
    made = application.changes.answering.answer(Call(actor), design_id, given)
    return back_to(f"/designs/{made.id}/bill" if sent.back.endswith("/bill") else f"/designs/{made.id}")


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if text else None
