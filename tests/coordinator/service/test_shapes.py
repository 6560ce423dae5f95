"""How parts of a design look: listed by path, drawn, packed for a viewer; what cannot be shown is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from coordinator.computing import Here
from coordinator.service.designs import shapes as module
from coordinator.service.designs.shapes import Shapes
from coordinator.service.refusals import UnknownError
from core.errors import InputError, LimitError
from tests.coordinator.conftest import block_stl
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.service.conftest import town as town

SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="20mm" viewBox="0 0 20 20">'
    '<rect width="20" height="20"/></svg>'
)


class Counting(Here):
    """Does the work here, and counts it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, limit_s: float, work: Callable[..., Any], /, *args: Any, **how: Any) -> Any:
        self.done.append(work.__name__)
        return work(*args, **how)


@pytest.fixture
def shapes(town: Town) -> Shapes:
    town.upload(foot__stl=block_stl(20, 20, 20), panel__svg=SQUARE, broken__stl="solid nothing", readme__md="no part")
    return Shapes(replace(town.application.house, computer=Counting()))


def test_part_files_are_listed_by_path(shapes: Shapes) -> None:
    found = shapes.of(1)
    assert [(each.number, each.path, each.solid) for each in found] == [
        (1, "broken.stl", True), (2, "foot.stl", True), (3, "panel.svg", False),
    ]  # fmt: skip
    with pytest.raises(UnknownError):
        shapes.of(9)


def test_a_part_is_drawn_and_packed_once(shapes: Shapes) -> None:
    for _ in range(2):
        assert shapes.picture(1, 2).data.startswith(b"\x89PNG")
        assert shapes.view(1, 2).startswith(b"FCV1")
    assert shapes.picture(1, 3).media_type == "image/svg+xml"
    computer = shapes._house.computer
    assert isinstance(computer, Counting)
    assert computer.done == ["part_picture", "part_view", "part_picture"]


def test_what_cannot_be_shown_is_said(shapes: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError):
        shapes.picture(1, 1)
    for number in (0, 4):
        with pytest.raises(UnknownError, match="no part"):
            shapes.picture(1, number)
    with pytest.raises(UnknownError, match="flat"):
        shapes.view(1, 3)
    monkeypatch.setattr(module, "_MOST_BYTES", 10)
    with pytest.raises(LimitError, match="too large to be shown"):
        shapes.view(1, 2)


def test_what_was_worked_out_is_let_go_when_it_grows(shapes: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 1)
    shapes.picture(1, 2)
    shapes.picture(1, 3)
    assert len(shapes._kept) == 1
