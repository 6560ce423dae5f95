"""The part of the API under `pieces`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    PieceState,
)

__all__ = ["CheckedPiece", "NoticesView", "Pieces"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPiece:
    """A piece with what peers said of it."""

    id: int
    job_id: str
    build_id: int
    task: str
    number: int
    state: PieceState
    made_at: datetime | None
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesView:
    """What goes with a piece: its licence, where its source lies, who made the design, the clauses that ask for it."""

    licence: str
    source: str
    credit: str | None
    lines: tuple[str, ...]
    asked_by: tuple[str, ...]


class Pieces(Calls):
    """The part of the API under `pieces`."""

    def list_pieces(self, *, build_id: int | None = None, state: PieceState | None = None) -> Iterator[CheckedPiece]:
        """Pieces, of one build or state, or all."""
        return self._pages(CheckedPiece, "/pieces", {"build_id": build_id, "state": state}, 200)

    def read_piece(self, piece_id: int) -> CheckedPiece:
        """One piece, with what peers said of it."""
        return self._one(CheckedPiece, "GET", f"/pieces/{segment(piece_id)}")

    def check_piece(self, piece_id: int, accept: bool, why: str, *, key: str | None = None) -> CheckedPiece:
        """Accept or reject a piece that somebody else made; a rejected one is made again."""
        return self._one(
            CheckedPiece,
            "POST",
            f"/pieces/{segment(piece_id)}/check",
            body={"accept": accept, "why": why},
            key=new_key(key),
        )

    def note_delivery(self, piece_id: int, *, key: str | None = None) -> CheckedPiece:
        """Say that a piece is where it was ordered to; where the build is checked, one that a peer has accepted."""
        return self._one(CheckedPiece, "POST", f"/pieces/{segment(piece_id)}/delivery", key=new_key(key))

    def read_notices(self, piece_id: int) -> NoticesView:
        """What goes with a piece: its licence, where its source lies, who made the design, and the clauses that ask so."""  # noqa: E501 (the words of the route)
        return self._one(NoticesView, "GET", f"/pieces/{segment(piece_id)}/notices")
