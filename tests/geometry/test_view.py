"""What a viewer is sent looks like the mesh, and is small."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from geometry.stl import Corners
from geometry.view import packed_view


def unpacked(data: bytes) -> Corners:
    """The triangles that a viewer draws, read by the format's description."""
    magic, vertices, triangles, x, y, z, step = struct.unpack_from("<4sII4f", data)
    assert magic == b"FCV1"
    places = np.frombuffer(data, "<i2", vertices * 3, 28).reshape(-1, 3).astype(float)
    start = 28 + -(-vertices * 6 // 4) * 4
    faces = np.frombuffer(data, "<u4", triangles * 3, start).reshape(-1, 3)
    assert len(data) == start + triangles * 12
    return np.asarray(places[faces] * step + np.array((x, y, z)))


def ball(subdivisions: int) -> Corners:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=30)
    placed: Corners = mesh.triangles + np.array((100.0, -20.0, 7.0))
    return placed


def test_a_small_mesh_is_sent_whole() -> None:
    corners = ball(3)
    seen = unpacked(packed_view(corners))
    assert len(seen) == len(corners)
    assert np.abs(np.sort(seen.ravel()) - np.sort(corners.ravel())).max() < 0.002


def test_a_large_mesh_is_thinned_and_keeps_its_shape() -> None:
    seen = unpacked(packed_view(ball(6), most=5_000))
    assert 1_000 < len(seen) <= 5_000
    away = np.linalg.norm(seen.reshape(-1, 3) - (100.0, -20.0, 7.0), axis=1)
    assert away.min() > 27
    assert away.max() < 33


@given(
    st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 9), min_size=1, max_size=20),
    st.integers(1, 30),
)
def test_any_triangles_can_be_sent(rows: list[tuple[float, ...]], most: int) -> None:
    corners = np.array(rows).reshape(-1, 3, 3)
    seen = unpacked(packed_view(corners, most))
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    slack = max(float((high - low).max()), 1e-3) * 0.13 + 1e-6 * np.abs(corners).max()
    assert (seen >= low - slack).all()
    assert (seen <= high + slack).all()


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e8])
def test_any_size_can_be_sent(size: float) -> None:
    corners = ball(1) * size
    assert len(unpacked(packed_view(corners))) == len(corners)
