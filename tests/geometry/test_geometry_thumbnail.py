"""geometry.thumbnail, rendering and png: pictures that another program reads back."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import ezdxf
import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from geometry.errors import GeometryError
from geometry.png import png_bytes
from geometry.rendering import render
from geometry.thumbnail import thumbnail


def pixels_of(data: bytes) -> np.ndarray:
    """A PNG of grey and alpha read back, every checksum held."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
        chunks[kind] = body
        at += 12 + length
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 4, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 2 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 2)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(2))))
def test_every_image_is_read_back(image: np.ndarray) -> None:
    assert (pixels_of(png_bytes(image)) == image).all()


def test_a_box_shows_three_faces_of_even_shade() -> None:
    image = render(np.asarray(trimesh.creation.box(extents=(10, 10, 10)).triangles), 64)
    seen = image[image[..., 1] > 0, 0]
    assert len(np.unique(seen)) == 3
    assert 0.4 < (image[..., 1] > 0).mean() < 0.8
    assert not image[0].any()


def test_the_near_hides_the_far_and_holes_stay_open() -> None:
    ring = trimesh.creation.annulus(r_min=8, r_max=10, height=2)
    turned = ring.apply_transform(trimesh.geometry.align_vectors((0, 0, 1), (0.55, -0.75, 0.5)))
    image = render(np.asarray(turned.triangles), 96)
    assert image[48, 48, 1] == 0
    ball = trimesh.creation.icosphere(radius=1)
    behind = ball.copy().apply_translation((-5.5, 7.5, -5.0))
    alone = render(np.asarray(ball.triangles), 48)
    both = render(np.concatenate((ball.triangles, behind.triangles)), 48)
    assert (alone == both).mean() > 0.95  # all but the pixels that two facets share


@pytest.mark.parametrize("size", [8, 33, 200])
def test_facets_leave_no_gaps(size: int) -> None:
    image = render(np.asarray(trimesh.creation.icosphere(subdivisions=3, radius=7).triangles), size)
    rows, columns = np.indices((size, size))
    inside = np.hypot(rows - size / 2 + 0.5, columns - size / 2 + 0.5) < 0.42 * size - 1
    assert (image[inside, 1] == 255).all()


def test_a_mesh_becomes_a_png_and_a_flat_one_too(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(trimesh.creation.box().export(file_type="stl"))
    picture = thumbnail(path, size_px=40)
    assert (picture.media_type, pixels_of(picture.data).shape) == ("image/png", (40, 40, 2))
    flat = tmp_path / "b.off"
    flat.write_text("OFF\n3 1 0\n0 0 0\n9 0 0\n0 0 0\n3 0 1 2\n")
    assert pixels_of(thumbnail(flat).data)[..., 1].any()


def test_a_drawing_becomes_an_svg_with_nothing_of_its_texts(tmp_path: Path) -> None:
    document = ezdxf.new()
    space = document.modelspace()
    space.add_lwpolyline([(0, 0), (100, 0), (0, 50)], close=True)
    space.add_text("<script>")
    path = tmp_path / "a.dxf"
    document.saveas(path)
    picture = thumbnail(path, size_px=100)
    root = ElementTree.fromstring(picture.data)  # noqa: S314
    assert (picture.media_type, root.get("viewBox")) == ("image/svg+xml", "-50 -50 100 100")
    assert b"script" not in picture.data
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", root[0].get("d") or "")]
    assert numbers == [-46, 23, 46, 23, -46, -23, -46, 23]  # the drawing's up is the picture's up


def test_what_cannot_be_shown_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(b"solid x\nendsolid x")
    with pytest.raises(GeometryError, match="no facets"):
        thumbnail(path)
    with pytest.raises(ValueError, match="8 to 1,024"):
        thumbnail(path, size_px=4)
