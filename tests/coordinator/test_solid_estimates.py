"""Prints of solids (STEP) are reckoned from their tessellation, like those of meshes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bom.graph import Task, TaskKind
from coordinator.commands.estimate import estimate
from coordinator.plans.needs import Measurer
from designs.source import open_design
from geometry.part import read_body

from .conftest import block_stl

pytest.importorskip("cascadio", reason="the extra `step` is not installed")

from ..geometry.test_geometry_solid import box_step  # noqa: TID252


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "block.step").write_text(box_step(20, 15, 10))
    (tmp_path / "block.stl").write_text(block_stl(20, 15, 10))
    return tmp_path


def test_a_solid_is_estimated_like_its_mesh(folder: Path) -> None:
    solid, mesh = (
        estimate(folder / name, None, None, "pla", "standard", None, quantity=2, thickness_mm=None, supports=False)
        for name in ("block.step", "block.stl")
    )
    assert solid.printed is not None
    assert mesh.printed is not None
    assert solid.printed.duration_s == pytest.approx(mesh.printed.duration_s, rel=0.01)
    assert solid.printed.filament_mm == pytest.approx(mesh.printed.filament_mm, rel=0.01)
    assert solid.run.basis == mesh.run.basis


def test_a_plan_has_the_triangles_of_a_solid_and_tessellates_it_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> object:
        read.append(path)
        return read_body(path)

    monkeypatch.setattr("coordinator.plans.needs.read_body", counted)
    with open_design(folder) as design:
        need = Measurer(design).need(Task("t", TaskKind.FABRICATE, "block", 1, process="fdm", file="block.step"))
        assert need.shape.mesh is not None
        corners = need.shape.mesh()
        assert corners is not None
        assert (corners.reshape(-1, 3).max(0) - corners.reshape(-1, 3).min(0)).tolist() == pytest.approx([20, 15, 10])
        assert need.shape.mesh() is corners
    assert len(read) == 1
