"""What is proposed to the maintainers of designs: the page of one change, its part of a design's page, the forms."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path
from fastapi.responses import Response
from pydantic import Field

from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.schema.design_change import ChangeState
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.service.governance.design_changes import DesignChangeView
from coordinator.service.house import Call
from coordinator.web.forms import Choice, Plain, Sent, back_to, taken_by
from coordinator.web.page import Page, Shown

__all__ = ["design_change", "proposed_for_design", "router"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_MOST_SHOWN = 20


class ProposedSent(Sent):
    """The design that is to take a version over."""

    design_id: Annotated[int, Field(ge=1, le=2**53 - 1)]


def design_change(application: App, actor: Who, change_id: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> Page:
    """One proposed change, and what it does."""

    def show() -> Shown:
        found = application.design_changes.one(actor, change_id)
        return Shown("design-change", {"change": found, "seen": application.design_changes.difference(change_id)})

    return Page(application, actor, show)


def proposed_for_design(application: Application, actor: Actor, design_id: int) -> dict[str, Any]:
    """What the page of a version shows of what is decided: changes, where it was proposed itself, and proposals."""
    changes = application.design_changes
    origin = application.forks.origin(design_id)
    return {
        "proposed_changes": changes.all(actor, design_id=design_id, limit=_MOST_SHOWN).items,
        "proposed_to": [each for each in changes.of_version(actor, design_id) if not _is_own(each, design_id)],
        "held_back": [each for each in changes.of_version(actor, design_id) if _is_own(each, design_id)],
        "may_propose": actor.known and changes.may_propose(actor, design_id),
        "proposals_of": application.proposals.all(actor, design_id=design_id, limit=_MOST_SHOWN).items,
        "propose_to": origin.design_id if origin is not None else None,
    }


def _is_own(change: DesignChangeView, design_id: int) -> bool:
    """Whether a version came from the design's own address, and no maintainer has said yes to it."""
    return change.own and change.version_id == design_id and change.state is not ChangeState.ACCEPTED


@_act("/designs/{version_id}/propose")
def propose(application: App, actor: Who, version_id: RowId, sent: Annotated[ProposedSent, Form()]) -> Response:
    """Propose a version to the maintainers of a design; leads to the change."""
    made = application.design_changes.propose(Call(actor), sent.design_id, version_id, sent.why)
    return back_to(f"/design-changes/{made.id}")


@_act("/design-changes/{change_id}/decide")
def decide(application: App, actor: Who, change_id: RowId, sent: Annotated[Choice, Form()]) -> Response:
    """Accept a change, or say why not."""
    changes = application.design_changes
    (changes.accept if sent.yes else changes.decline)(Call(actor), change_id, sent.why)
    return back_to(sent.back)


@_act("/design-changes/{change_id}/withdraw")
def withdraw(application: App, actor: Who, change_id: RowId, sent: Plain) -> Response:
    """Take it back."""
    application.design_changes.withdraw(Call(actor), change_id, sent.why)
    return back_to(sent.back)
