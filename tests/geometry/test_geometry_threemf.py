"""geometry.threemf: units, placements and components, and packages that lie."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from geometry.errors import GeometryError
from geometry.threemf import read_3mf

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
TETRAHEDRON = (
    '<mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="3" y="0" z="0"/><vertex x="0" y="2" z="0"/>'
    '<vertex x="0" y="0" z="1"/></vertices><triangles><triangle v1="0" v2="2" v3="1"/><triangle v1="0" v2="1" v3="3"/>'
    '<triangle v1="1" v2="2" v3="3"/><triangle v1="0" v2="3" v3="2"/></triangles></mesh>'
)
PART = f'<object id="1">{TETRAHEDRON}</object>'


def package(folder: Path, resources: str, build: str, *, unit: str = "", **others: str) -> Path:
    path = folder / "part.3mf"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {"3D/3dmodel.model": f"{resources}<build>{build}</build>", **others}.items():
            archive.writestr(
                name,
                f'<?xml version="1.0"?><model {unit} xmlns="{CORE}" xmlns:p="{PRODUCTION}">{body}</model>',
            )
    return path


def extents(path: Path) -> tuple[float, ...]:
    corners = read_3mf(path, max_bytes=10**6)
    return tuple(np.ptp(corners.reshape(-1, 3), axis=0))


def code_of(path: Path, max_bytes: int = 10**6) -> str:
    with pytest.raises(GeometryError) as caught:
        read_3mf(path, max_bytes=max_bytes)
    return caught.value.code


@pytest.mark.parametrize(("unit", "factor"), [("", 1), ('unit="inch"', 25.4), ('unit="meter"', 1000)])
def test_the_stated_unit_counts(tmp_path: Path, unit: str, factor: float) -> None:
    path = package(tmp_path, f"<resources>{PART}</resources>", '<item objectid="1"/>', unit=unit)
    assert extents(path) == pytest.approx((3 * factor, 2 * factor, 1 * factor))


def test_placements_multiply_row_vectors(tmp_path: Path) -> None:
    quarter_turn = "0 1 0 -1 0 0 0 0 1 100 0 0"
    build = f'<item objectid="1"/><item objectid="1" transform="{quarter_turn}"/>'
    corners = read_3mf(package(tmp_path, PART, build), max_bytes=10**6)
    assert corners.shape == (8, 3, 3)
    turned = corners[4:].reshape(-1, 3)
    assert turned.min(axis=0) == pytest.approx((98, 0, 0))
    assert turned.max(axis=0) == pytest.approx((100, 3, 1))


def test_only_what_is_built_counts_and_components_are_followed(tmp_path: Path) -> None:
    shift = "1 0 0 0 1 0 0 0 1 10 0 0"
    pair = f'<object id="2"><components><component objectid="1"/><component objectid="1" transform="{shift}"/>'
    resources = f'{PART}{pair}</components></object><object id="9">{TETRAHEDRON}</object>'
    assert extents(package(tmp_path, resources, '<item objectid="2"/>')) == pytest.approx((13, 2, 1))


def test_the_inner_placement_comes_first(tmp_path: Path) -> None:
    inner, outer = "1 0 0 0 1 0 0 0 1 10 0 0", "0 1 0 -1 0 0 0 0 1 0 0 0"
    pair = f'<object id="2"><components><component objectid="1" transform="{inner}"/></components></object>'
    build = f'<item objectid="2" transform="{outer}"/>'
    corners = read_3mf(package(tmp_path, PART + pair, build), max_bytes=10**6).reshape(-1, 3)
    assert corners.min(axis=0) == pytest.approx((-2, 10, 0))  # shifted along x, then turned onto y


def test_objects_in_another_model_file_are_found(tmp_path: Path) -> None:
    resources = (
        '<object id="2"><components><component p:path="/3D/Objects/a.model" objectid="1"/></components></object>'
    )
    path = package(tmp_path, resources, '<item objectid="2"/>', **{"3D/Objects/a.model": PART})
    assert extents(path) == pytest.approx((3, 2, 1))


def test_a_package_that_repeats_itself_without_end_is_refused(tmp_path: Path) -> None:
    def of(inner: int) -> str:
        return f'<components>{f"""<component objectid="{inner}"/>""" * 10}</components>'

    bomb = PART + "".join(f'<object id="{level}">{of(level - 1)}</object>' for level in range(2, 12))
    assert code_of(package(tmp_path, bomb, '<item objectid="11"/>')) == "mesh-unreadable"
    ring = '<object id="1"><components><component objectid="1"/></components></object>'
    assert code_of(package(tmp_path, ring, '<item objectid="1"/>')) == "mesh-unreadable"


@pytest.mark.parametrize(
    ("resources", "build", "code"),
    [
        (PART, "", "mesh-empty"),
        (PART, '<item objectid="7"/>', "mesh-unreadable"),
        (PART.replace('v3="1"', 'v3="99"'), '<item objectid="1"/>', "mesh-unreadable"),
        (PART.replace('v3="1"', 'v3="-1"'), '<item objectid="1"/>', "mesh-unreadable"),
        (PART.replace('x="3"', 'x="three"'), '<item objectid="1"/>', "mesh-unreadable"),
        (PART.replace('x="3"', ""), '<item objectid="1"/>', "mesh-unreadable"),
        (PART, '<item objectid="1" transform="1 2 3"/>', "mesh-unreadable"),
        (PART.replace("</mesh>", ""), '<item objectid="1"/>', "mesh-unreadable"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, resources: str, build: str, code: str) -> None:
    assert code_of(package(tmp_path, resources, build)) == code


def test_entities_and_sizes_are_limited(tmp_path: Path) -> None:
    path = package(tmp_path, PART, '<item objectid="1"/>')
    assert code_of(path, max_bytes=100) == "file-too-large"
    secret = tmp_path / "secret"
    secret.write_text("3")
    with zipfile.ZipFile(path, "w") as archive:
        entity = f'<!DOCTYPE model [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        body = PART.replace('x="3"', 'x="&e;"')
        archive.writestr("3D/3dmodel.model", f'{entity}<model xmlns="{CORE}">{body}</model>')
    assert code_of(path) == "mesh-unreadable"
