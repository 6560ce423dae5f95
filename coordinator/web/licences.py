"""Licences on pages: what is asked of whom, what designers permit, what builds are for; and the forms that say so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, StringConstraints

from commons.licences.parties import Purpose
from coordinator.api.common import LabId, Reason, RowId
from coordinator.api.context import App, Who
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.service.licensing.asking import Asked
from coordinator.service.work.board import NeededView
from coordinator.service.work.builds import BuildView
from coordinator.web.forms import Plain, Sent, back_to

__all__ = ["asked_on_cards", "labs_of", "licences_of_design", "purpose_of_build", "router"]

router = APIRouter(include_in_schema=False)


class PermissionSent(Sent):
    """What the designer permits; an empty lab is all of them."""

    up_to: Purpose
    note: Annotated[Reason, Field(min_length=1)]
    lab: LabId | Annotated[str, StringConstraints(max_length=0)] = ""


class PurposeSent(Sent):
    """What a build is for."""

    purpose: Purpose


def labs_of(actor: Actor) -> list[str]:
    """The labs that a person answers for."""
    return sorted(each.lab for each in actor.grants if each.lab and actor.may(Right.ANSWER, each.lab))


def asked_on_cards(
    application: Application, items: Iterable[NeededView], mine: Collection[str]
) -> Mapping[int, list[tuple[str, Asked]]]:
    """What licences ask for work that nobody makes yet, by lot: of the lab that is asked, else of the reader's labs.

    Args:
        application: what knows the work.
        items: on the page.
        mine: the reader's labs, which may claim what nobody is asked for.
    """
    wanted = [
        (each.lot_id, lab)
        for each in items
        if each.lot_id is not None
        for lab in dict.fromkeys(([each.lab] if each.lab and each.stage == "offered" else []) + list(mine))
    ]
    found: dict[int, list[tuple[str, Asked]]] = {}
    for (lot_id, lab), asked in application.licensing.asked(wanted).items():
        found.setdefault(lot_id, []).append((lab, asked))
    return found


def licences_of_design(application: Application, actor: Actor, design_id: int) -> dict[str, Any]:
    """The licences of a design's parts, what its designer permits, and who may record that."""
    return {
        "licences_of": application.licensing.of_design(design_id),
        "permissions": application.licensing.permissions.of(design_id),
        "may_permit": actor.known and application.licensing.permissions.may_give(actor, design_id),
        "permits_for": labs_of(actor),
        "purposes": [str(each) for each in Purpose],
    }


def purpose_of_build(actor: Actor, build: BuildView) -> dict[str, Any]:
    """Whether who reads may say what a build is for."""
    says = actor.known and (build.ordered_by == actor.id or actor.may(Right.TEND_BUILD))
    return {"says_purpose": says, "purposes": [str(each) for each in Purpose]}


@router.post("/designs/{design_id}/permissions", response_class=RedirectResponse, status_code=303)
def permit(application: App, actor: Who, design_id: RowId, sent: Annotated[PermissionSent, Form()]) -> Response:
    """Record what the designer permits."""
    application.licensing.permissions.give(Call(actor), design_id, sent.up_to, sent.note, sent.lab or None)
    return back_to(sent.back)


@router.post("/permissions/{permission_id}/end", response_class=RedirectResponse, status_code=303)
def permit_no_more(application: App, actor: Who, permission_id: RowId, sent: Plain) -> Response:
    """Say that a permission holds no more."""
    application.licensing.permissions.end(Call(actor), permission_id, sent.why)
    return back_to(sent.back)


@router.post("/builds/{build_id}/purpose", response_class=RedirectResponse, status_code=303)
def say_purpose(application: App, actor: Who, build_id: RowId, sent: Annotated[PurposeSent, Form()]) -> Response:
    """Say what a build is for."""
    application.licensing.say_purpose(Call(actor), build_id, sent.purpose)
    return back_to(sent.back)
