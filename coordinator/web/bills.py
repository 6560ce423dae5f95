"""The bill of a design, line by line, with the reasons and the questions of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from coordinator.api.context import App, Who
from coordinator.web.page import Page, Shown

__all__ = ["bill"]


def bill(
    application: App, actor: Who, design_id: Annotated[int, Path(ge=1, le=2**53 - 1)],
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Page:  # fmt: skip
    """A page of a design's bill."""

    def show() -> Shown:
        facts = {
            "design": application.designs.one(design_id),
            "bill": application.bills.page(design_id, page),
            "answers_here": application.changes.answering.may(actor, design_id),
        }
        return Shown("bill", facts)

    return Page(application, actor, show)
