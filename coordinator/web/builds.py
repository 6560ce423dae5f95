"""Builds: all of them, and one as it comes into being."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query

from coordinator.api.context import After, App, Who
from coordinator.service.access import Actor
from coordinator.service.membership.contacts import ContactsView
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.service.work.builds import BuildView, PlanView
from coordinator.service.work.tasks import TaskView
from coordinator.web.changes import changes_of_build
from coordinator.web.costing import costs_of_build
from coordinator.web.languages import mark
from coordinator.web.licences import purpose_of_build
from coordinator.web.page import Page, Shown
from coordinator.web.supplies import supplies_of_build

__all__ = ["build", "builds", "plan_of"]

BuildId = Annotated[int, Path(ge=1, le=2**53 - 1)]
_MOST_TASKS = 100


def builds(application: App, actor: Who, after: After = None) -> Page:
    """Every build, the newest first."""

    def show() -> Shown:
        listed = application.builds.newest(after=after)
        return Shown("builds", {"listed": listed})

    return Page(application, actor, show)


def build(
    application: App, actor: Who, build_id: BuildId,
    after: Annotated[str | None, Query(max_length=20)] = None,
) -> Page:  # fmt: skip
    """One build: how far it is, what waits for whom, every task with its lots, what happened last."""

    def show() -> Shown:
        found = application.builds.one(build_id)
        tasks = application.tasks.of(build_id, after=after, limit=_MOST_TASKS)
        facts = {
            "build": found,
            "design": application.designs.one(found.design_id),
            "progress": _progress(found),
            "expected": _expected(plan_of(application, build_id)),
            "tasks": tasks,
            "groups": _groups(tasks.items),
            "waiting": application.board.waiting(build_id),
            "work": application.board.at_work(build_id),
            "made": application.pieces.are_made(build_id),
            "happened": application.log.of_build(build_id, limit=12),
            "photos": application.photos.of_build(build_id),
            "contacts": _contacts(application, actor, build_id),
            "incomes": application.distributions.all(build_id=build_id).items,
            **supplies_of_build(application, actor, found),
            **changes_of_build(application, actor, found),
            **costs_of_build(application, actor, found),
            **purpose_of_build(actor, found),
        }
        return Shown("build", facts)

    return Page(application, actor, show)


def _contacts(application: App, actor: Actor, build_id: int) -> ContactsView | None:
    try:
        return application.contacts.of_build(actor, build_id)
    except (ForbiddenError, UnauthenticatedError):
        return None  # they are for those who are in the build


def _progress(found: BuildView) -> dict[str, Any]:
    total = sum(found.tasks.values())
    done = found.tasks["done"]
    return {"done": done, "total": total, "percent": 100 * done // total if total else 0}


def plan_of(application: App, build_id: int) -> PlanView | None:
    """The newest plan of a build; None while it is being made."""
    try:
        return application.builds.plan(build_id)
    except UnknownError:
        return None


def _expected(plan: PlanView | None) -> datetime | None:
    """When the newest plan ends, which is when nothing goes wrong."""
    ends = [each["end"] for each in plan.document["runs"] if each["end"]] if plan else []
    return max(datetime.fromisoformat(each) for each in ends) if ends else None


_KINDS = {
    "fabricate": mark("To make"),
    "finish": mark("To finish"),
    "assemble": mark("To assemble"),
    "inspect": mark("To inspect"),
}


def _groups(tasks: Sequence[TaskView]) -> list[tuple[str, list[TaskView]]]:
    """Tasks by kind, in the order of the work."""
    return [
        (title, found) for kind, title in _KINDS.items() if (found := [task for task in tasks if task.kind == kind])
    ]
