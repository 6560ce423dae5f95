"""Offers on cards: what many cards of one build have in common stands once above them, with one button for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from coordinator.api.common import LabId
from coordinator.api.context import App, Who
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.service.licensing.asking import Asked
from coordinator.service.work.board import NeededView
from coordinator.web.forms import Sent
from coordinator.web.languages import chosen
from coordinator.web.licences import labs_of
from coordinator.web.page import Page, Shown, Site, as_answer

__all__ = ["Head", "heads_of", "router"]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the cards of a build.

    Attributes:
        build_id: of the build.
        design: its name.
        asked: what licences ask, of which lab; each text once.
        to_accept: how many offers a lab can accept together, by lab.
    """

    build_id: int
    design: str
    asked: tuple[tuple[str, Asked], ...]
    to_accept: tuple[tuple[str, int], ...]


class AllSent(Sent):
    """The build whose offers are all accepted."""

    build: Annotated[int, Field(ge=1, le=2**53 - 1)]


def heads_of(
    application: Application, actor: Actor, items: Sequence[NeededView],
    licences: Mapping[int, Sequence[tuple[str, Asked]]],
) -> Mapping[int, Head]:  # fmt: skip
    """What cards have in common, by build; a build with one card has none.

    Args:
        application: what knows the offers.
        actor: who reads.
        items: on the page.
        licences: what is asked for them, by lot (`asked_on_cards`).
    """
    cards: dict[int, list[NeededView]] = {}
    for each in items:
        cards.setdefault(each.build_id, []).append(each)
    several = {build_id: found for build_id, found in cards.items() if len(found) > 1}
    to_accept = {lab: application.offers.acceptable(lab, several) for lab in labs_of(actor)} if several else {}
    heads = {}
    for build_id, found in several.items():
        counts = tuple((lab, count[build_id]) for lab, count in to_accept.items() if count.get(build_id, 0) > 1)
        asked = _said_once(actor, found, licences)
        if asked or counts:
            heads[build_id] = Head(build_id, found[0].design, asked, counts)
    return heads


def _said_once(
    actor: Actor, cards: Sequence[NeededView], licences: Mapping[int, Sequence[tuple[str, Asked]]]
) -> tuple[tuple[str, Asked], ...]:
    """What a reader is told of licences: what is open, and what is asked of the own labs."""
    told: dict[tuple[str, Asked], None] = {}
    for card in cards:
        for lab, asked in licences.get(card.lot_id or 0, ()):
            concerned = card.stage != "offered" or lab == card.lab
            if card.stage != "claimed" and concerned and (actor.may(Right.ANSWER, lab) or not asked.is_settled):
                told[lab, asked] = None
    texts: dict[Asked, str] = {}
    for lab, asked in told:
        if asked not in texts or actor.may(Right.ANSWER, lab):
            texts[asked] = lab
    return tuple((lab, asked) for asked, lab in texts.items())


@router.post("/labs/{lab_id}/offers/accept")
async def accept_all(
    application: App, request: Request, actor: Who, lab_id: LabId, sent: Annotated[AllSent, Form()]
) -> Response:
    """Accept all of a build that can be accepted together; the answer says which, and why others could not be."""
    made = await run_in_threadpool(application.offers.accept_all, Call(actor), lab_id, sent.build, sent.why)
    site = request.app.state.site
    assert isinstance(site, Site)  # noqa: S101 - set where the pages are added
    page = Page(application, actor, lambda: Shown("offers-taken", {"made": made, "back": sent.back}))
    return as_answer(request, await run_in_threadpool(site.render, page, f"/labs/{lab_id}", chosen(request)))
