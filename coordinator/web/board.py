"""The board: what is needed, what waits for a person, what is being made. Public."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from coordinator.api.context import App, Who
from coordinator.service.access import Right
from coordinator.web.costing import open_together
from coordinator.web.licences import asked_on_cards, labs_of
from coordinator.web.offers import heads_of
from coordinator.web.page import Page, Shown

__all__ = ["board"]

_ROWS = 50


def board(
    application: App, actor: Who,
    process: Annotated[str | None, Query(max_length=60)] = None,
    lab: Annotated[str | None, Query(max_length=40)] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Page:  # fmt: skip
    """The board, or the part of it that is of one process or proposed to one lab."""

    def show() -> Shown:
        tasks = application.board
        needed = tasks.needed(process or None, lab or None, page=page)
        licences = asked_on_cards(application, needed.items, labs_of(actor))
        facts = {
            "needed": needed,
            "ordered": bool(needed.items or application.builds.newest(limit=1).items),
            "planning": tasks.planning(),
            "waiting": tasks.waiting(lab=lab or None),
            "work": tasks.at_work(lab=lab or None),
            "recent": tasks.recent(),
            "labs": application.labs.all(actor, limit=200).items,
            "licences": licences,
            "heads": heads_of(application, actor, needed.items, licences),
            "my_machines": _machines_of(application, actor),
            **open_together(application, actor),
            "process": process or "",
            "lab": lab or "",
            "page": page,
            "pages": max(1, -(-needed.count // _ROWS)),
        }
        return Shown("board", facts)

    return Page(application, actor, show)


def _machines_of(application: App, actor: Who) -> list[tuple[str, str]]:
    """Machines for which the reader may claim work: id and name."""
    machines = [machine for lab in labs_of(actor) for machine in application.labs.machines(actor, lab, limit=200).items]
    mine = [(each.id, each.entry.get("name") or each.id) for each in machines]
    benches = application.claims.open_benches() if actor.may(Right.WORK) else []
    return [*mine, *(each for each in benches if each not in mine)]
