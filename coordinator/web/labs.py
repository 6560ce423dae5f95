"""Labs and their machines: what stands where, what it is at, what its day looks like."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Path

from coordinator.api.context import After, App, Who
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.service.runs.clearing import Clearing, clearing_of
from coordinator.web.licences import asked_on_cards
from coordinator.web.offers import heads_of
from coordinator.web.page import Page, Shown
from coordinator.web.standing import standing_of, stock_of
from coordinator.web.steering import steering_of
from coordinator.web.supplies import supplies_of_lab

__all__ = ["lab", "labs", "machine"]

Name = Annotated[str, Path(max_length=40)]


def labs(application: App, actor: Who, after: After = None) -> Page:
    """Every lab."""

    def show() -> Shown:
        return Shown("labs", {"listed": application.labs.all(actor, after=after)})

    return Page(application, actor, show)


def lab(application: App, actor: Who, lab_id: Name) -> Page:
    """One lab: its offers, its queue, its machines."""

    def show() -> Shown:
        found = application.labs.one(actor, lab_id)
        needed = application.board.needed(lab=lab_id)
        licences = asked_on_cards(application, needed.items, ())
        facts = {
            "lab": found,
            "machines": application.labs.machines(actor, lab_id, limit=200).items,
            "needed": needed,
            "licences": licences,
            "heads": heads_of(application, actor, needed.items, licences),
            "waiting": application.board.waiting(lab=lab_id),
            "work": application.board.at_work(lab=lab_id),
            "queue": application.board.to_come(lab_id),
            "stock": stock_of(application, lab_id),
            "held": application.held.all(lab_id),
            **supplies_of_lab(application, actor, lab_id),
        }
        return Shown("lab", facts, ZoneInfo(found.entry["timezone"]))

    return Page(application, actor, show)


def machine(application: App, actor: Who, machine_id: Name) -> Page:
    """One machine: what it is, what it does now, what comes next."""

    def show() -> Shown:
        found = application.labs.machine(actor, machine_id)
        home = application.labs.one(actor, found.lab)
        facts = {
            "machine": found,
            "lab": home,
            "waiting": application.board.waiting(lab=found.lab, machine=machine_id),
            "work": [each for each in application.board.at_work(lab=found.lab) if each.machine == machine_id],
            **_known(application, machine_id),
            "queue": application.board.to_come(found.lab, machine_id),
            "steering": steering_of(application, machine_id),
            "standing": standing_of(application, actor, machine_id, found.lab),
            "camera": _camera(application, actor, machine_id),
        }
        return Shown("machine", facts, ZoneInfo(home.entry["timezone"]))

    return Page(application, actor, show)


def _known(application: Application, machine_id: str) -> dict[str, Any]:
    """What is known of a machine with its model, and what a person has to say before its next start."""
    with application.house.reading() as session:
        network = application.house.networks.of(session)
        found = network.find(machine_id) if network is not None else None
        if network is None or found is None:
            return {"able": None, "clearing": Clearing.NOT_ASKED}
        return {"able": found, "clearing": clearing_of(session, network, found)}


def _camera(application: Application, actor: Actor, machine_id: str) -> dict[str, Any] | None:
    """What its camera saw last, for members of its lab."""
    seen = application.pictures.of(actor, machine_id)
    if seen is None:
        return None
    picture = seen.picture
    age = timedelta(seconds=application.pictures.age_s(seen))
    return {"version": seen.version, "width": picture.width_px, "height": picture.height_px, "age": age}
