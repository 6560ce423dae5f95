"""geometry.content: files that only look like parts."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.content import check_content, find_fault, is_lfs_pointer
from geometry.errors import GeometryError

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 123456\n"
HTML = b"\xef\xbb\xbf\n<!-- moved -->\n<!DOCTYPE html>\n<html><body>Sign in</body></html>"
DXF = b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n"
STEP = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="1mm" height="1mm"></svg>\n'
ASCII = trimesh.creation.box().export(file_type="stl_ascii").encode() + b"\n"
BINARY = trimesh.creation.box().export(file_type="stl")


def code_of(path: Path, data: bytes) -> str | None:
    path.write_bytes(data)
    fault = find_fault(path)
    return fault.code if fault else None


@pytest.mark.parametrize("name", ["a.stl", "a.STEP", "a.dxf", "a.svg", "a.3mf", "a.fcstd", "a.gcode"])
def test_what_no_part_file_may_be(tmp_path: Path, name: str) -> None:
    assert code_of(tmp_path / name, b"") == "file-empty"
    assert code_of(tmp_path / name, LFS) == "git-lfs-pointer"
    assert code_of(tmp_path / name, HTML) == "html-page"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.stl", ASCII), ("b.STL", BINARY), ("c.step", STEP), ("d.STP", STEP), ("e.dxf", DXF), ("f.svg", SVG)],
)
def test_sound_files_have_no_fault_and_cut_ones_do(tmp_path: Path, name: str, data: bytes) -> None:
    assert code_of(tmp_path / name, data) is None
    code = code_of(tmp_path / name, data[: len(data) * 2 // 3])
    assert code is not None
    assert code.endswith("-truncated")


def test_meshes_that_hold_nothing(tmp_path: Path) -> None:
    assert code_of(tmp_path / "a.stl", b"solid x\nendsolid x\n") == "mesh-empty"
    assert code_of(tmp_path / "b.stl", bytes(84)) == "mesh-empty"
    assert code_of(tmp_path / "c.stl", b"# not a mesh") == "mesh-unreadable"
    assert code_of(tmp_path / "d.stl", b"solid state physics, a lecture") == "mesh-unreadable"
    assert code_of(tmp_path / "e.stl", BINARY + b"?") == "mesh-unreadable"


def test_a_cut_mesh_says_how_much_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(BINARY[:-60])
    fault = find_fault(path)
    assert fault is not None
    assert fault.message == "the mesh is cut off: its header counts 12 facets, the file holds 10"


def test_binary_stl_may_call_itself_solid(tmp_path: Path) -> None:
    assert code_of(tmp_path / "a.stl", b"solid part".ljust(80) + BINARY[80:]) is None


def test_other_content_under_a_known_suffix(tmp_path: Path) -> None:
    assert code_of(tmp_path / "a.step", b"PK\3\4 something") == "solid-unreadable"
    assert code_of(tmp_path / "a.dxf", b"%PDF-1.4") == "drawing-unreadable"
    assert code_of(tmp_path / "a.svg", b"%PDF-1.4") == "drawing-unreadable"
    assert code_of(tmp_path / "a.3mf", b"PK\3\4 cut off") == "mesh-unreadable"


def test_binary_under_the_suffix_of_a_text_mesh(tmp_path: Path) -> None:
    for name in ("a.obj", "a.off", "a.ply"):
        assert code_of(tmp_path / name, b"\x97\0\1\2") == "mesh-unreadable"
    assert code_of(tmp_path / "a.obj", b"# made by me\nv 0 0 0\n") is None
    assert code_of(tmp_path / "a.off", b"# made by me\nCOFF\n1 0 0\n") is None
    assert code_of(tmp_path / "a.ply", b"ply\nformat binary_little_endian 1.0\n") is None


def test_3mf_packages_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "a.3mf"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
    fault = find_fault(path)
    assert fault is not None
    assert fault.code == "mesh-empty"
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("3D/3dmodel.model", "<model/>")
    assert find_fault(path) is None


def test_lfs_pointers_are_short(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(LFS)
    assert is_lfs_pointer(path)
    path.write_bytes(LFS + b"x" * 2000)
    assert not is_lfs_pointer(path)


def test_check_content_raises_with_the_code(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(LFS)
    with pytest.raises(GeometryError, match="Git LFS pointer") as caught:
        check_content(path, 1000)
    assert (caught.value.code, caught.value.where, caught.value.exit_status) == ("git-lfs-pointer", "a.stl", 2)
    with pytest.raises(GeometryError) as caught:
        check_content(path, 10)
    assert caught.value.code == "file-too-large"


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([".stl", ".3mf", ".step", ".dxf", ".svg"]))
def test_any_bytes_are_judged_without_an_exception(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    fault = find_fault(path)
    assert fault is None or (fault.message and fault.fix)
