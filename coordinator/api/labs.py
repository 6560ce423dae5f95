"""`/labs` and `/machines`: who can make, with what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query

from coordinator.api.common import LabId, MachineId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.service.machinery.labs import LabsStored, LabView, MachineView
from coordinator.service.membership.tokens import AgentView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(tags=["labs"])
_IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", pattern=r'^"[0-9a-f]{32}"$', description="The ETag that you read: write only over that."),
]


@router.get("/labs")
def list_labs(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[LabView]:
    """Every lab; private facts only of your own."""
    return application.labs.all(actor, after=after, limit=limit)


@router.post("/labs", status_code=201)
def store_labs(application: App, call: Asked, body: dict[str, Any]) -> LabsStored:
    """Store a whole labs document (docs/labs.md): its labs, machines and ways; others stay as they are."""
    return application.labs.put(call, body)


@router.get("/labs/{lab_id}")
def read_lab(application: App, actor: Who, lab_id: LabId) -> LabView:
    """One lab."""
    return application.labs.one(actor, lab_id)


@router.put("/labs/{lab_id}")
def store_lab(application: App, call: Asked, lab_id: LabId, body: dict[str, Any], if_match: _IfMatch = None) -> LabView:
    """Store one lab's entry of a labs document, machines and all; a machine that it no longer names is gone."""
    return application.labs.put_one(call, lab_id, body, if_match.strip('"') if if_match else None)


@router.get("/labs/{lab_id}/agents")
def list_agents(application: App, actor: Who, lab_id: LabId) -> list[AgentView]:
    """The agents of a lab, for those who may see its private facts."""
    return application.tokens.agents(actor, lab_id)


@router.get("/machines")
def list_machines(
    application: App,
    actor: Who,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[MachineView]:
    """Machines, of one lab or all."""
    return application.labs.machines(actor, lab, after=after, limit=limit)


@router.get("/machines/{machine_id}")
def read_machine(application: App, actor: Who, machine_id: MachineId) -> MachineView:
    """One machine."""
    return application.labs.machine(actor, machine_id)


@router.post("/machines/{machine_id}/clear")
def clear_machine(application: App, call: Asked, machine_id: MachineId) -> MachineView:
    """Say that a machine is clear, loaded and watched: its next job may start."""
    return application.labs.clear(call, machine_id)
