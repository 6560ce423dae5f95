"""geometry.mesh: what a mesh measures, whatever format it comes in, and the clear refusal of what is none."""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.errors import GeometryError
from geometry.mesh import MeshFacts, measure_mesh
from geometry.stl import read_stl

BOX = trimesh.creation.box(extents=(30, 20, 10))
LENGTHS = st.floats(min_value=1, max_value=500)


def written(folder: Path, mesh: trimesh.Trimesh, suffix: str) -> Path:
    path = folder / f"part{suffix}"
    data = mesh.export(file_type="stl_ascii" if suffix == ".STL" else suffix[1:])
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def code_of(path: Path) -> str:
    with pytest.raises(GeometryError) as caught:
        measure_mesh(path)
    return caught.value.code


@pytest.mark.parametrize("suffix", [".stl", ".STL", ".3mf", ".obj", ".ply", ".off"])
def test_a_box_measures_the_same_in_every_format(tmp_path: Path, suffix: str) -> None:
    facts = measure_mesh(written(tmp_path, BOX, suffix))
    assert facts.extents_mm == pytest.approx((30, 20, 10))
    assert facts.volume_mm3 == pytest.approx(6000)
    assert facts.area_mm2 == pytest.approx(2200)
    assert (facts.face_count, facts.body_count, facts.watertight, facts.unit_suspicion) == (12, 1, True, None)


def test_bodies_are_counted_and_their_volumes_added(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=5).apply_translation((100, 0, 0))
    facts = measure_mesh(written(tmp_path, trimesh.util.concatenate([BOX, ball]), ".stl"))
    assert facts.body_count == 2
    assert facts.volume_mm3 == pytest.approx(6000 + 4 / 3 * math.pi * 125, rel=0.01)


def test_an_open_mesh_is_not_watertight(tmp_path: Path) -> None:
    opened = trimesh.Trimesh(BOX.vertices, BOX.faces[:-1])
    assert not measure_mesh(written(tmp_path, opened, ".stl")).watertight


def test_normals_that_point_inwards_leave_the_volume_positive(tmp_path: Path) -> None:
    inverted = trimesh.Trimesh(BOX.vertices, BOX.faces[:, ::-1])
    assert measure_mesh(written(tmp_path, inverted, ".stl")).volume_mm3 == pytest.approx(6000)


def test_a_part_far_from_the_origin_keeps_its_volume(tmp_path: Path) -> None:
    far = trimesh.creation.box(extents=(30, 20, 10)).apply_translation((90_000, 90_000, 90_000))
    assert measure_mesh(written(tmp_path, far, ".ply")).volume_mm3 == pytest.approx(6000, rel=1e-2)


@pytest.mark.parametrize(("scale", "unit"), [(0.001, "metres"), (1 / 25.4, "inches"), (1000, "micrometres"), (1, None)])
def test_sizes_that_betray_another_unit(tmp_path: Path, scale: float, unit: str | None) -> None:
    path = written(tmp_path, BOX.copy().apply_scale(scale), ".stl")
    assert measure_mesh(path).unit_suspicion == unit


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    path = tmp_path / "part.stl"
    for data, code in (
        (b"", "file-empty"),
        (b"<html><body>404</body></html>", "html-page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git-lfs-pointer"),
        (b"solid x\nendsolid x", "mesh-empty"),
        (BOX.export(file_type="stl")[:-70], "mesh-truncated"),
        (b"solid x\nfacet\nvertex 0 0 0\nvertex 1 0 0\nendsolid x", "mesh-unreadable"),
        (b"solid x\nfacet\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 one 0\nendsolid x", "mesh-unreadable"),
        (b"solid x\nfacet\n" + b"vertex 1 2 3\n" * 3 + b"endsolid x", "mesh-empty"),
        (b"solid x\nfacet\nvertex nan 0 0\nvertex 1 0 0\nvertex 0 1 0\nendsolid x", "mesh-unreadable"),
        (b"solid x\nfacet\nvertex 1e30 0 0\nvertex 1 0 0\nvertex 0 1 0\nendsolid x", "mesh-unreadable"),
    ):
        path.write_bytes(data)
        assert code_of(path) == code, data[:60]


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".off"])
@pytest.mark.parametrize("data", [b"\x00\x01garbled", b"v 1 2\nf 1 2 3\n", b"OFF\n3 1 0\n0 0 0\n", b"ply\nformat x\n"])
def test_garbled_files_are_refused_in_one_sentence(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"part{suffix}"
    path.write_bytes(data)
    assert code_of(path) in {"mesh-unreadable", "mesh-empty"}


def test_comments_in_another_encoding_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "part.obj"
    path.write_bytes("# gedreht für die Säge\n".encode("cp1252") + b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 3\n")
    assert measure_mesh(path).extents_mm == (9, 9, 0)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([(".obj", b"v 0 0 0\n"), (".off", b"OFF\n"), (".ply", b"ply\n")]))
def test_noise_behind_a_sound_beginning_is_measured_or_refused(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, kind: tuple[str, bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"noise{kind[0]}"
    path.write_bytes(kind[1] + noise)
    with suppress(GeometryError):
        assert measure_mesh(path).face_count > 0


def test_an_obj_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.mtl").write_text("newmtl m\nmap_Kd secret.png\n")
    path = tmp_path / "part.obj"
    path.write_text("mtllib secret.mtl\nusemtl m\nv 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 3\n")
    assert measure_mesh(path).face_count == 1


def test_kinds_that_are_not_measured_and_limits(tmp_path: Path) -> None:
    path = tmp_path / "part.amf"
    path.write_text("<amf/>")
    assert code_of(path) == "mesh-unsupported"
    with pytest.raises(GeometryError) as caught:
        measure_mesh(written(tmp_path, BOX, ".stl"), max_bytes=100)
    assert caught.value.code == "file-too-large"


@settings(deadline=None)
@given(LENGTHS, LENGTHS, LENGTHS)
def test_every_box_measures_its_product(tmp_path_factory: pytest.TempPathFactory, x: float, y: float, z: float) -> None:
    facts = measure_mesh(written(tmp_path_factory.getbasetemp(), trimesh.creation.box(extents=(x, y, z)), ".stl"))
    assert facts.extents_mm == pytest.approx((x, y, z), rel=1e-5)
    assert facts.volume_mm3 == pytest.approx(x * y * z, rel=1e-4)
    assert facts.watertight


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_measured_or_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.stl"
    count = len(noise) // 50
    path.write_bytes(bytes(80) + struct.pack("<L", count) + noise[: count * 50])
    with suppress(GeometryError):
        assert measure_mesh(path).face_count == count


def test_ascii_stl_says_what_is_wrong_with_it() -> None:
    for data, what in (
        (b"vertex 0 0 0 vertex 1 0 0", "a facet has not three corners"),
        (b"vertex 0 0 0 vertex 1 0 0 vertex 0 x 0", "a coordinate is no number"),
    ):
        with pytest.raises(GeometryError, match=what):
            read_stl(data, where="a.stl")


def test_binary_and_ascii_stl_hold_the_same_corners() -> None:
    binary = read_stl(BOX.export(file_type="stl"), where="b")
    text = read_stl(BOX.export(file_type="stl_ascii").encode(), where="a")
    assert np.allclose(binary, text)
    assert binary.shape == (12, 3, 3)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"extents_mm": (0.0, 0.0, 0.0)}, "three lengths"),
        ({"volume_mm3": -1.0}, "not negative"),
        ({"face_count": 0}, "at least one triangle"),
    ],
)
def test_facts_refuse_what_cannot_be(change: dict[str, object], rule: str) -> None:
    sound: dict[str, object] = {
        "extents_mm": (1.0, 1.0, 1.0),
        "volume_mm3": 1.0,
        "area_mm2": 6.0,
        "face_count": 12,
        "body_count": 1,
        "watertight": True,
    }
    with pytest.raises(ValueError, match=rule):
        MeshFacts(**(sound | change))  # type: ignore[arg-type]


def test_real_meshes_measure_as_trimesh_says(real_designs: Path) -> None:
    files = sorted((real_designs / "sawppy").rglob("*.stl"))[:12]
    assert files
    for path in files:
        facts, other = measure_mesh(path), trimesh.load_mesh(path)
        assert facts.extents_mm == pytest.approx(tuple(other.extents), abs=1e-3)
        assert facts.volume_mm3 == pytest.approx(abs(other.volume), rel=1e-4)
        assert facts.watertight == other.is_watertight
