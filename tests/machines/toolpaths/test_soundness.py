"""Edges and rays find what is wrong with a mesh, and nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.stl import Corners
from machines.toolpaths.part_mesh import part_mesh
from machines.toolpaths.soundness import oriented, soundness


def of(mesh: trimesh.Trimesh) -> Corners:
    return np.array(mesh.triangles, dtype=np.float64)


SOUND = {
    "box": trimesh.creation.box((20, 30, 10)),
    "ball": trimesh.creation.icosphere(subdivisions=3, radius=12),
    "ring": trimesh.creation.annulus(5, 9, 4),
    "torus": trimesh.creation.torus(12, 4),
    "capsule": trimesh.creation.capsule(10, 4),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_mesh_has_nothing_wrong(name: str) -> None:
    found = soundness(of(SOUND[name]))
    assert found.open_edge_count == found.turned_edge_count == found.doubled_facet_count == 0
    assert found.overlap_share < 0.001
    assert found.inverted_share < 0.001


@settings(max_examples=25)
@given(angles=st.tuples(*[st.floats(0, 6.3)] * 3), shift=st.floats(-500, 500))
def test_wherever_it_lies(angles: tuple[float, float, float], shift: float) -> None:
    mesh = SOUND["torus"].copy()
    mesh.apply_transform(trimesh.transformations.euler_matrix(*angles))
    mesh.apply_translation((shift, -shift, 2 * shift))
    found = soundness(of(mesh))
    assert found.open_edge_count == found.turned_edge_count == 0
    assert max(found.overlap_share, found.inverted_share) < 0.005


def test_a_missing_facet_leaks_along_its_three_edges() -> None:
    corners = of(SOUND["ball"])
    found = soundness(corners[1:])
    assert found.open_edge_count == 3
    ends = {tuple(np.round(end, 6)) for edge in found.open_edges for end in edge}
    assert ends == {tuple(np.round(corner, 6)) for corner in corners[0]}


def test_a_turned_facet_disagrees_along_its_three_edges() -> None:
    corners = of(SOUND["ball"]).copy()
    corners[7] = corners[7, ::-1]
    assert soundness(corners).turned_edge_count == 3


def test_facets_that_stand_twice_are_counted() -> None:
    corners = of(SOUND["ball"])
    found = soundness(np.concatenate((corners, corners[:5])))
    assert found.doubled_facet_count == 5


def test_bodies_that_pass_through_each_other_overlap() -> None:
    box = of(SOUND["box"])
    found = soundness(np.concatenate((box, box + np.array((10.0, 0, 0)))))
    assert found.open_edge_count == 0
    assert found.overlap_share == pytest.approx(1 / 3, abs=0.03)


def test_a_body_inside_out_within_another_is_a_hollow_and_sound() -> None:
    outer, inner = of(SOUND["box"]), of(trimesh.creation.box((10, 10, 5)))[:, ::-1]
    found = soundness(np.concatenate((outer, inner)))
    assert max(found.overlap_share, found.inverted_share) < 0.001


def test_a_body_inside_out_beside_another_is_inverted() -> None:
    box = of(SOUND["box"])
    found = soundness(np.concatenate((box, of(trimesh.creation.box((10, 10, 10)))[:, ::-1] + (100.0, 0, 0))))
    assert found.inverted_share == pytest.approx(1000 / 7000, abs=0.03)


def test_a_whole_mesh_inside_out_is_turned() -> None:
    box = of(SOUND["box"])
    turned, was_turned = oriented(box[:, ::-1])
    assert was_turned
    assert soundness(turned).inverted_share < 0.001
    assert oriented(box) == (box, False) or not oriented(box)[1]


def test_countless_slivers_take_bounded_memory() -> None:
    fan = np.zeros((8_000, 3, 3))
    angles = np.linspace(0, 2 * np.pi, 8_001)
    fan[:, 1, :2] = 50 * np.stack((np.cos(angles[:-1]), np.sin(angles[:-1])), axis=1)
    fan[:, 2, :2] = 50 * np.stack((np.cos(angles[1:]), np.sin(angles[1:])), axis=1)
    top = fan[:, ::-1] + (0, 0, 1.0)
    found = soundness(np.concatenate((fan[:, ::-1], top[:, ::-1])))
    assert found.open_edge_count > 0  # the rim is missing, and it came back at all


def test_a_mesh_of_nothing_but_needles_has_no_volume() -> None:
    found = soundness(np.zeros((3, 3, 3)))
    assert found.open_edge_count == 0
    assert found.overlap_share == 0.0


@pytest.mark.parametrize(("away_mm", "coarse"), [(1e3, False), (1e5, False), (9e5, True)])
def test_far_from_the_origin_single_precision_is_too_coarse(away_mm: float, coarse: bool) -> None:
    far = (np.array(trimesh.creation.box((20, 30, 15)).triangles) + away_mm).astype(np.float32).astype(np.float64)
    codes = {hold.code for hold in part_mesh(far, "far.stl", "0" * 64, unit_known=True).holds}
    assert ("mesh-coarse" in codes) is coarse
    if coarse:  # numbers of double precision are exact there
        assert not part_mesh(far + 1e-5, "far.obj", "0" * 64, unit_known=True).holds
