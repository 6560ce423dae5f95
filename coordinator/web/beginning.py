"""First steps: a steward names the network, adds labs and invites people; a lab says what it is and what it has."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from pydantic import StringConstraints

from coordinator.api.common import FullName, LabId, MachineId
from coordinator.api.context import App, Who
from coordinator.schema.account import SignUp
from coordinator.schema.network import Role
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.web.agents import agents_of_lab, public_address
from coordinator.web.forms import Plain, Sent, back_to
from coordinator.web.lab_entry import WAYS, LabSent, MachineSent, hours_by_day
from coordinator.web.languages import chosen
from coordinator.web.page import Page, Shown, Site, as_answer
from core.makers import Maker
from core.trees import materials, processes
from machines.exchange.words import slug
from machines.lab import Network
from machines.library import library

__all__ = ["begin", "router", "set_up"]

router = APIRouter(include_in_schema=False)
_USUAL_DAY: Final = "09:00-17:00"
_NEW: Final[dict[str, Any]] = {"opening_hours": {"mon-fri": _USUAL_DAY}}
_OF_THE_NETWORK: Final = (Role.BUILDER, Role.DESIGNER, Role.STEWARD)


class NetworkSent(Sent):
    """What the stewards choose first; `newcomer_role` counts where sign-up is open."""

    name: FullName
    sign_up: SignUp = SignUp.INVITATION
    newcomer_role: Role | Annotated[str, StringConstraints(max_length=0)] = ""


class InviteSent(Sent):
    """Whom to invite, as what; operators to a lab."""

    role: Role
    lab: LabId | Annotated[str, StringConstraints(max_length=0)] = ""


def begin(application: App, actor: Who) -> Page:
    """What a new network needs, step by step, and how far it is."""

    def show() -> Shown:
        network = _network(application)
        facts = {
            "network": application.choices.now(),
            "labs": list(network.labs) if network else [],
            "machines": len(network.machines) if network else 0,
            "designs": len(application.designs.all(limit=1).items),
            "builds": len(application.builds.newest(limit=1).items),
            "roles": [str(each) for each in _OF_THE_NETWORK],
            "zones": _zones(),
            "makers": [str(each) for each in Maker],
            "hours": hours_by_day(_NEW),
            "entry": {},
            "seen": "",
        }
        return Shown("begin", facts)

    return Page(application, actor, show)


def set_up(application: App, actor: Who, lab_id: Annotated[str, Path(max_length=40)]) -> Page:
    """What a lab says of itself, its machines, and who works there."""
    actor.require(Right.KEEP_LAB, lab_id)

    def show() -> Shown:
        lab = application.labs.one(actor, lab_id)
        facts = {
            "lab": lab,
            "entry": lab.entry,
            "hours": hours_by_day(lab.entry),
            "seen": lab.fingerprint[:32],
            "zones": _zones(),
            "makers": [str(each) for each in Maker],
            "machines": application.labs.machines(actor, lab_id, limit=200).items,
            "models": [each.title for each in library()],
            "processes": _by_family(),
            "materials": [each.id for each in materials()],
            "ways": WAYS,
            **agents_of_lab(application, actor, lab_id),
        }
        return Shown("set-up", facts)

    return Page(application, actor, show)


@router.post("/begin")
async def invite(application: App, request: Request, actor: Who, sent: Annotated[InviteSent, Form()]) -> Response:
    """Invite somebody; the code is shown in the answer, and nowhere else."""
    made = await run_in_threadpool(application.invitations.make, actor, sent.role, sent.lab)
    facts = {"invited": made, "address": f"{public_address(application, request)}/join?code={made.code}"}
    facts["back"] = sent.back
    site = request.app.state.site
    assert isinstance(site, Site)  # noqa: S101 - set where the pages are added
    page = Page(application, actor, lambda: Shown("invited", facts))
    return as_answer(request, await run_in_threadpool(site.render, page, "/begin", chosen(request)))


@router.post("/begin/network", response_class=RedirectResponse, status_code=303)
def name_network(application: App, actor: Who, sent: Annotated[NetworkSent, Form()]) -> Response:
    """Name the network, and say how people come in."""
    before = application.choices.now()
    role = Role(sent.newcomer_role) if sent.newcomer_role and sent.sign_up is SignUp.OPEN else None
    after = before.model_copy(update={"name": sent.name, "sign_up": sent.sign_up, "newcomer_role": role})
    application.choices.put(Call(actor), after)
    return back_to("/begin")


@router.post("/begin/lab", response_class=RedirectResponse, status_code=303)
def add_lab(application: App, actor: Who, sent: Annotated[LabSent, Form()]) -> Response:
    """Add a lab; leads to where it says what it has."""
    actor.require(Right.ADD_LAB)
    network = _network(application)
    lab_id = slug(sent.name, {each.id for each in network.labs} if network else set(), "lab")
    application.labs.put(Call(actor), {"labs": [sent.over({"id": lab_id})]})
    return back_to(f"/labs/{lab_id}/set-up")


@router.post("/labs/{lab_id}/set-up", response_class=RedirectResponse, status_code=303)
def store_lab(application: App, actor: Who, lab_id: LabId, sent: Annotated[LabSent, Form()]) -> Response:
    """Say what a lab is."""
    actor.require(Right.KEEP_LAB, lab_id)
    entry = sent.over(application.labs.one(actor, lab_id).entry)
    application.labs.put_one(Call(actor), lab_id, entry, sent.seen or None)
    return back_to(f"/labs/{lab_id}/set-up")


@router.post("/labs/{lab_id}/machines", response_class=RedirectResponse, status_code=303)
def add_machine(application: App, actor: Who, lab_id: LabId, sent: Annotated[MachineSent, Form()]) -> Response:
    """Add a machine to a lab."""
    actor.require(Right.KEEP_LAB, lab_id)
    network = _network(application)
    added = sent.entry({each.id for each in network.machines} if network else set())
    _put_machines(application, actor, lab_id, lambda known: [*known, added])
    return back_to(f"/labs/{lab_id}/set-up")


@router.post("/labs/{lab_id}/machines/{machine_id}/gone", response_class=RedirectResponse, status_code=303)
def take_machine_away(application: App, actor: Who, lab_id: LabId, machine_id: MachineId, sent: Plain) -> Response:
    """Say that a lab has a machine no more; what was planned on it is planned anew."""
    actor.require(Right.KEEP_LAB, lab_id)
    _put_machines(application, actor, lab_id, lambda known: [each for each in known if each["id"] != machine_id])
    return back_to(sent.back)


def _put_machines(
    application: Application, actor: Actor, lab_id: str, changed: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    """Store a lab with other machines; refused where the lab has changed since it was read here."""
    lab = application.labs.one(actor, lab_id)
    entry = {**lab.entry, "machines": changed(lab.entry.get("machines", []))}
    application.labs.put_one(Call(actor), lab_id, entry, lab.fingerprint[:32])


def _network(application: Application) -> Network | None:
    with application.house.reading() as session:
        return application.house.networks.of(session)


@cache
def _by_family() -> dict[str, list[str]]:
    """Processes by the family that they belong to, in the order of the tree; a family stands first in its own."""
    tree, families = processes(), dict[str, list[str]]()
    for each in tree:
        families.setdefault(tree.ancestry(each.id)[-1], []).append(each.id)
    return families


@cache
def _zones() -> list[str]:
    """Time zones by place, such as "Europe/Madrid"."""
    return sorted(
        each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "posix", "right"))
    )
