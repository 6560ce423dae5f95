"""Photos live the same lives on PostgreSQL; however many add one at once, a piece has no more than it may."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from coordinator.service.house import Call
from coordinator.service.work.photos import MOST_OF_A_PIECE, PhotoView
from core.errors import StateError

from .conftest import Town, town
from .test_on_postgresql import at_once, bare
from .test_photos import photo, piece
from .test_photos import test_what_is_removed_is_gone_and_the_rest_stays as test_what_is_removed
from .test_photos import test_who_checks_pieces_or_gets_them_photographs_them as test_who_photographs

__all__ = ["bare", "photo", "piece", "test_what_is_removed", "test_who_photographs", "town"]


def test_a_piece_has_no_more_photos_however_many_come_at_once(town: Town, piece: int, photo: Path) -> None:
    photos, north = town.application.photos, Call(town.people["north"])
    for _ in range(MOST_OF_A_PIECE - 1):
        photos.add(north, piece, photo)
    found = at_once(*(lambda: photos.add(north, piece, photo) for _ in range(4)))
    assert Counter(map(type, found)) == {PhotoView: 1, StateError: 3}
    assert len(photos.of_piece(piece)) == MOST_OF_A_PIECE
