"""Designs: what can be made here, and one with its licence, its questions and its builds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from coordinator.api.context import After, App, Who
from coordinator.web.benefits import facts_of_design
from coordinator.web.changes import changes_of_design
from coordinator.web.design_changes import proposed_for_design
from coordinator.web.licence import asked_by
from coordinator.web.licences import licences_of_design
from coordinator.web.networks import origin_of, told_by_neighbours
from coordinator.web.page import Page, Shown

__all__ = ["design", "designs"]


def designs(application: App, actor: Who, after: After = None) -> Page:
    """Every design at its newest version, the newest first."""

    def show() -> Shown:
        return Shown("designs", {"listed": application.designs.newest(after=after), **told_by_neighbours(application)})

    return Page(application, actor, show)


def design(application: App, actor: Who, design_id: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> Page:
    """One design at one version."""

    def show() -> Shown:
        found = application.designs.one(design_id)
        facts = {
            "design": found,
            "newer": application.designs.newer_than(design_id),
            "licence": asked_by(found.licence),
            **licences_of_design(application, actor, design_id),
            "builds": application.builds.of_design(design_id),
            **origin_of(application, design_id),
            **changes_of_design(application, actor, design_id),
            **facts_of_design(application, design_id),
            **proposed_for_design(application, actor, design_id),
            "labs": application.labs.all(actor, limit=200).items,
        }
        return Shown("design", facts)

    return Page(application, actor, show)
