"""All pages of a coordinator, added to its app: addresses, assets, and problems in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from coordinator.api.cookies import session_shown
from coordinator.service.access import VISITOR
from coordinator.service.application import Application
from coordinator.web import (
    acts,
    agents,
    assets,
    beginning,
    changes,
    costing,
    doors,
    elsewhere,
    flows,
    programs,
    standing,
    steering,
    supplies,
    trials,
)
from coordinator.web import alerts as alert_acts
from coordinator.web import benefits as benefit_acts
from coordinator.web import credit as credit_acts
from coordinator.web import design_changes as design_change_acts
from coordinator.web import licences as licence_acts
from coordinator.web import networks as network_acts
from coordinator.web import offers as offer_acts
from coordinator.web import photos as photo_acts
from coordinator.web import proposals as proposal_acts
from coordinator.web.alerts import acknowledge_page, alerts
from coordinator.web.atlas import network
from coordinator.web.beginning import begin, set_up
from coordinator.web.benefits import benefits, distribution, formula, formulas
from coordinator.web.bills import bill
from coordinator.web.board import board
from coordinator.web.builds import build, builds
from coordinator.web.changes import cancel, feedback, sheet, task, version
from coordinator.web.costing import campaign, fund_round, quote, together
from coordinator.web.credit import credit
from coordinator.web.design_changes import design_change
from coordinator.web.designs import design, designs
from coordinator.web.doors import account, join, log_in_page
from coordinator.web.flows import flow, given_by_lab, given_by_person, ledger
from coordinator.web.happenings import happenings
from coordinator.web.labs import lab, labs, machine
from coordinator.web.languages import chosen
from coordinator.web.networks import networks
from coordinator.web.page import Page, Shown, Site, add_page, as_answer
from coordinator.web.parts import part, parts
from coordinator.web.pieces import piece
from coordinator.web.proposals import code, proposal, proposals
from coordinator.web.reasons import job
from coordinator.web.schedule import schedule
from coordinator.web.steering import ask_page
from coordinator.web.supplies import kit, shipment
from coordinator.web.wall import wall
from core.errors import FabcommonsError

__all__ = ["PAGES", "add_pages", "page_routers"]

Handler = Callable[[Request, Any], Response | Awaitable[Response]]
_PROGRAMS: Final = "/api/"

PAGES: Final[Mapping[str, Callable[..., Page]]] = {
    "/": board,
    "/builds": builds,
    "/builds/{build_id}": build,
    "/builds/{build_id}/cancel": cancel,
    "/builds/{build_id}/versions/{design_id}": version,
    "/tasks/{task_id}": task,
    "/jobs/{job_id}": job,
    "/jobs/{job_id}/sheet": sheet,
    "/designs": designs,
    "/designs/{design_id}": design,
    "/designs/{design_id}/bill": bill,
    "/designs/{design_id}/parts": parts,
    "/designs/{design_id}/parts/{number}": part,
    "/designs/{design_id}/feedback": feedback,
    "/designs/{design_id}/benefits": benefits,
    "/designs/{design_id}/quote": quote,
    "/design-changes/{change_id}": design_change,
    "/together": together,
    "/campaigns/{campaign_id}": campaign,
    "/fund/{round_id}": fund_round,
    "/labs": labs,
    "/labs/{lab_id}": lab,
    "/labs/{lab_id}/wall": wall,
    "/labs/{lab_id}/set-up": set_up,
    "/machines/{machine_id}": machine,
    "/machines/{machine_id}/ask/{kind}": ask_page,
    "/network": network,
    "/networks": networks,
    "/credit": credit,
    "/pieces/{piece_id}": piece,
    "/kits/{job_id}": kit,
    "/shipments/{shipment_id}": shipment,
    "/schedule": schedule,
    "/happenings": happenings,
    "/ledger": ledger,
    "/ledger/{number}": flow,
    "/people/{person_id}/given": given_by_person,
    "/labs/{lab_id}/given": given_by_lab,
    "/begin": begin,
    "/log-in": log_in_page,
    "/join": join,
    "/account": account,
    "/formulas": formulas,
    "/formulas/{formula_id}": formula,
    "/distributions/{distribution_id}": distribution,
    "/proposals": proposals,
    "/proposals/{proposal_id}": proposal,
    "/code": code,
    "/alerts": alerts,
    "/alerts/acknowledge": acknowledge_page,
}


def add_pages(app: FastAPI, application: Application) -> None:
    """What the pages of an app show is this application's; its problems become pages where people meet them."""
    app.state.site = site = Site(application)
    for kind in (FabcommonsError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _for_people(app.exception_handlers[kind], site, application))


def page_routers() -> tuple[APIRouter, ...]:
    """The pages, and what people do on them."""
    pages = APIRouter()
    for path, page in PAGES.items():
        add_page(pages, path, page)
    modules = (
        benefit_acts, proposal_acts,
        assets, acts, agents, alert_acts, beginning, changes, costing, design_change_acts, doors, elsewhere, flows,
        licence_acts, network_acts, offer_acts,
        credit_acts, photo_acts, programs, standing, steering, supplies, trials,
    )  # fmt: skip
    return (pages, *(each.router for each in modules))


def _for_people(handler: Handler, site: Site, application: Application) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        answered = handler(request, error)
        answer = await answered if isinstance(answered, Awaitable) else answered
        if request.url.path.startswith(_PROGRAMS):
            return answer
        document = json.loads(bytes(answer.body))
        session = session_shown(request)
        actor = VISITOR if session is None else await run_in_threadpool(application.sessions.actor, session)
        shown = Page(application, actor, lambda: Shown("problem", {"problem": document}))
        rendered = await run_in_threadpool(site.render, shown, request.url.path, chosen(request))
        return as_answer(request, rendered, answer.status_code)

    return handle
