"""The part files of a design: all of them as pictures, and one to be turned around."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from coordinator.api.context import App, Who
from coordinator.service.refusals import UnknownError
from coordinator.web.page import Page, Shown

__all__ = ["part", "parts"]

DesignId = Annotated[int, Path(ge=1, le=2**53 - 1)]
_A_PAGE = 48


def parts(application: App, actor: Who, design_id: DesignId, page: Annotated[int, Query(ge=1, le=1000)] = 1) -> Page:
    """Every part file of a design."""

    def show() -> Shown:
        files = application.shapes.of(design_id)
        chosen = files[(page - 1) * _A_PAGE : page * _A_PAGE]
        facts = {
            "design": application.designs.one(design_id),
            "files": chosen,
            "count": len(files),
            "page": page,
            "pages": max(1, -(-len(files) // _A_PAGE)),
        }
        return Shown("parts", facts)

    return Page(application, actor, show)


def part(application: App, actor: Who, design_id: DesignId, number: Annotated[int, Path(ge=1, le=100_000)]) -> Page:
    """One part file, in three dimensions where it has them."""

    def show() -> Shown:
        files = application.shapes.of(design_id)
        if number > len(files):
            raise UnknownError(f"there is no part {number} of design {design_id}")
        facts = {"design": application.designs.one(design_id), "file": files[number - 1], "count": len(files)}
        return Shown("part", facts)

    return Page(application, actor, show)
