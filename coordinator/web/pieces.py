"""One piece: where the code on its label leads."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from coordinator.api.context import App, Who
from coordinator.service.work.photos import MOST_OF_A_PIECE
from coordinator.web.page import Page, Shown

__all__ = ["piece"]


def piece(application: App, actor: Who, piece_id: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> Page:
    """One piece: what it is, who made it from what, what peers said of it."""

    def show() -> Shown:
        found = application.pieces.one(piece_id)
        build = application.builds.one(found.build_id)
        facts = {
            "piece": found,
            "job": application.jobs.one(found.job_id),
            "build": build,
            "design": application.designs.one(build.design_id),
            "notices": application.licensing.of_piece(piece_id),
            "photos": application.photos.of_piece(piece_id),
            "most_photos": MOST_OF_A_PIECE,
            "effort": application.efforts.of_piece(piece_id),
        }
        return Shown("piece", facts)

    return Page(application, actor, show)
