"""Parts become plates of checked G-code, and what is doubtful waits for a person."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from core.hashes import sha256_of_file
from gcode.facts import inspect_program
from gcode.program import read_program
from gcode.safety import SafetyPolicy, check_program
from geometry.stl import Corners, read_stl
from machines.toolpaths.answer import Expected
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.slicer import Slicer
from machines.toolpaths.slicing import SlicedPlate, Spacing, WantedPart, slice_parts
from machines.toolpaths.soundness import oriented
from tests.machines.toolpaths.conftest import WriteMesh, box_of


@dataclass(frozen=True)
class Says:
    """An estimate that always says the same."""

    duration_s: float | None = None
    filament_mm3: float | None = None
    name: str = "the test"

    def __call__(self, pieces: Sequence[Corners]) -> Expected:
        return Expected(self.duration_s, self.filament_mm3, self.name)


@dataclass
class Bench:
    """All that slicing needs but the part."""

    slicer: Slicer
    ini: str
    cache: ToolpathCache

    def slice(self, *paths: Path, pieces: int = 1, says: Says | None = None, **more: float) -> tuple[SlicedPlate, ...]:
        wanted = [WantedPart(path, pieces) for path in paths]
        return slice_parts(
            wanted, self.ini, slicer=self.slicer, cache=self.cache, expectation=says, spacing=Spacing(**more)
        )


@pytest.fixture
def bench(prusa: Slicer, ini: str, cache: ToolpathCache) -> Bench:
    return Bench(prusa, ini, cache)


def codes(plate: SlicedPlate) -> set[str]:
    return {hold.code for hold in plate.holds}


def test_a_sound_part_as_expected_is_not_held(bench: Bench, write_mesh: WriteMesh, box: Corners) -> None:
    first = bench.slice(write_mesh(box))[0]
    plate = bench.slice(write_mesh(box), says=Says(first.duration_s * 1.1, first.filament_mm3 * 0.9))[0]
    assert plate.holds == ()
    assert plate.picture is None
    assert plate.slicer.startswith("PrusaSlicer 2")
    assert plate.sha256 == sha256_of_file(plate.gcode)
    assert 300 < plate.filament_mm3 < 750  # a 600 mm3 box, 15 % filled inside, and a skirt
    facts = inspect_program(read_program(plate.gcode))
    assert facts.duration_s == pytest.approx(plate.duration_s, rel=0.1)
    assert facts.filament_mm == pytest.approx(plate.filament_mm, rel=0.02)


def test_the_program_may_be_sent(bench: Bench, write_mesh: WriteMesh, box: Corners) -> None:
    plate = bench.slice(write_mesh(box))[0]
    assert check_program(read_program(plate.gcode), SafetyPolicy("marlin", max_hotend_c=260, max_bed_c=100)) == ()


def test_the_same_question_gives_the_same_file_without_slicing(
    bench: Bench, write_mesh: WriteMesh, box: Corners, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bench.slice(write_mesh(box), pieces=3)
    monkeypatch.setattr(Slicer, "slice", lambda *_: pytest.fail("sliced again"))
    assert bench.slice(write_mesh(box), pieces=3)[0].sha256 == first[0].sha256
    monkeypatch.undo()
    other = ToolpathCache(bench.cache.folder.parent / "other")
    again = Bench(bench.slicer, bench.ini, other).slice(write_mesh(box), pieces=3)
    assert again[0].sha256 == first[0].sha256  # no date or name in it


@pytest.mark.parametrize("change", ["pieces", "mesh", "ini", "version", "estimate", "spacing", "unit"])
def test_another_question_is_sliced_anew(
    bench: Bench, write_mesh: WriteMesh, box: Corners, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    plain = Slicer.slice
    monkeypatch.setattr(Slicer, "slice", lambda *words: (calls.append(1), plain(*words))[1])
    path = write_mesh(box)
    bench.slice(path, pieces=2)
    match change:
        case "pieces":
            bench.slice(path, pieces=3)
        case "mesh":
            bench.slice(write_mesh(box * 1.001), pieces=2)
        case "ini":
            Bench(bench.slicer, bench.ini + "# another\n", bench.cache).slice(path, pieces=2)
        case "version":
            newer = Slicer("PrusaSlicer", "99", bench.slicer.program, bench.slicer.run)
            Bench(newer, bench.ini, bench.cache).slice(path, pieces=2)
        case "unit":
            slice_parts(
                [WantedPart(path, 2, unit_known=True)],
                bench.ini,
                slicer=bench.slicer,
                cache=bench.cache,
                expectation=None,
            )
        case "estimate":
            bench.slice(path, pieces=2, says=Says(1.0))
        case "spacing":
            bench.slice(path, pieces=2, between_mm=9)
    assert len(calls) == 2


def test_several_parts_fill_several_plates(bench: Bench, write_mesh: WriteMesh) -> None:
    long, cube = write_mesh(box_of(180, 80, 0.4)), write_mesh(box_of(20, 20, 0.4))
    plates = bench.slice(long, cube, pieces=3)
    total: dict[str, int] = {}
    for plate in plates:
        for name, count in plate.pieces.items():
            total[name] = total.get(name, 0) + count
        bounds = inspect_program(read_program(plate.gcode)).work_bounds_mm
        assert bounds is not None
        assert min(bounds.minimum) >= 0
        assert bounds.maximum <= (200.0, 180.0, 160.0)
        assert not codes(plate) - {"not-compared"}
    assert total == {long.name: 3, cube.name: 3}
    assert len(plates) == 2


def test_pieces_do_not_touch(bench: Bench, write_mesh: WriteMesh) -> None:
    plate = bench.slice(write_mesh(box_of(40, 15, 0.6)), pieces=12, between_mm=4)[0]
    text = plate.gcode.read_text()
    assert text.count("; printing object") >= 12
    assert not codes(plate) - {"not-compared"}


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (None, "not-compared"),
        (Says(), "not-compared"),
        (Says(duration_s=100_000.0), "time-differs"),
        (Says(duration_s=10.0), "time-differs"),
        (Says(filament_mm3=100_000.0), "material-differs"),
        (Says(filament_mm3=10.0), "material-differs"),
    ],
)
def test_a_slice_far_from_its_estimate_waits(
    bench: Bench, write_mesh: WriteMesh, box: Corners, says: Says | None, code: str
) -> None:
    plate = bench.slice(write_mesh(box), says=says)[0]
    assert codes(plate) == {code}
    assert plate.picture is not None
    assert plate.picture.read_bytes().startswith(b"\x89PNG")


def test_a_leaky_mesh_waits_with_a_picture_of_the_leak(bench: Bench, write_mesh: WriteMesh) -> None:
    ball = np.array(trimesh.creation.icosphere(subdivisions=2, radius=7).triangles)
    whole, leaky = bench.slice(write_mesh(ball))[0], bench.slice(write_mesh(ball[10:]))[0]
    assert "mesh-leaks" in codes(leaky)
    assert "mesh-leaks" not in codes(whole)
    assert leaky.picture is not None
    assert whole.picture is not None
    assert leaky.picture.read_bytes() != whole.picture.read_bytes()


def test_a_part_that_lies_down_to_fit_is_held_and_not_mirrored(
    bench: Bench, write_mesh: WriteMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Corners] = []
    plain = Slicer.slice

    def watched(slicer: Slicer, meshes: Mapping[str, bytes], ini: str) -> bytes:
        seen.extend(read_stl(data, where=name) for name, data in meshes.items())
        return plain(slicer, meshes, ini)

    monkeypatch.setattr(Slicer, "slice", watched)
    corners = [(x, y, z) for y in (0, 5) for x, z in ((0, 0), (30, 0), (10, 170), (0, 170))]
    standing = np.array(trimesh.convex.convex_hull(np.array(corners, float)).triangles)
    plate = bench.slice(write_mesh(standing))[0]
    assert "part-turned" in codes(plate)
    ((_, turned),) = [oriented(corners) for corners in seen]
    assert not turned  # a reflection would have turned the mesh inside out
    assert "pieces-differ" not in codes(plate)


def test_a_part_too_large_is_refused_with_numbers(bench: Bench, write_mesh: WriteMesh) -> None:
    with pytest.raises(InputError, match=r"does not fit on the printer: 250\.0 mm on the longest side"):
        bench.slice(write_mesh(box_of(250, 240, 230)))


def test_a_3mf_is_read_by_us_and_its_settings_never_reach_the_slicer(
    bench: Bench, tmp_path: Path, box: Corners
) -> None:
    path = tmp_path / "trap.3mf"
    _write_3mf(
        path, box, {"Metadata/Slic3r_PE.config": "; post_process = /usr/bin/touch /out/owned\n; layer_height = 9\n"}
    )
    plate = bench.slice(path)[0]
    text = plate.gcode.read_text()
    assert "owned" not in text
    assert "; post_process = \n" in text
    assert plate.duration_s > 60


def test_a_huge_3mf_is_refused(bench: Bench, tmp_path: Path, box: Corners) -> None:
    path = tmp_path / "bomb.3mf"
    _write_3mf(path, box, {"3D/more.model": b" " * (300 * 2**20)})
    assert path.stat().st_size < 2**20
    with pytest.raises(InputError, match="more than the"):
        bench.slice(path)


def _write_3mf(path: Path, corners: Corners, more: dict[str, str | bytes]) -> None:
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in corners.reshape(-1, 3).tolist())
    count = len(corners)
    triangles = "".join(f'<triangle v1="{3 * n}" v2="{3 * n + 1}" v3="{3 * n + 2}"/>' for n in range(count))
    model = (
        '<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources>'
        f'<object id="1"><mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh></object>'
        '</resources><build><item objectid="1"/></build></model>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("3D/3dmodel.model", model)
        for name, content in more.items():
            package.writestr(name, content)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("post_process = /usr/bin/touch /out/owned", "post_process is not empty"),
        ('post_process = "/bin/sh -c id"', "post_process is not empty"),
        ("gcode_substitutions = M104;;M104 S999", "gcode_substitutions is not empty"),
        ("print_host = 192.0.2.1", "printer's address"),
        ("printhost_apikey = 123", "printer's address"),
        ("no setting at all", "is no setting"),
        ("[section]", "is no setting"),
        ("brim_width = wide", "is no number"),
        ("bed_shape = everywhere", "states no bed"),
        ("max_print_height = 0", "no greatest height"),
    ],
)
def test_a_configuration_that_is_not_ours_is_refused(
    ini: str, cache: ToolpathCache, write_mesh: WriteMesh, box: Corners, line: str, why: str
) -> None:
    never = Slicer("none", "0", "/usr/bin/false", lambda *_: pytest.fail("sliced"))
    with pytest.raises(InputError, match=why):
        Bench(never, f"{ini}{line}\n", cache).slice(write_mesh(box))


def test_even_a_slicer_that_runs_programs_harms_nothing(prusa: Slicer, ini: str, tmp_path: Path, box: Corners) -> None:
    from machines.toolpaths.part_mesh import stl_bytes

    trap = ini.replace("post_process =", f"post_process = /usr/bin/touch {tmp_path}/owned")
    with pytest.raises(InputError):  # the program fails for want of the folder, and the slicer says so
        prusa.slice({"part.stl": stl_bytes(box + 50.0)}, trap)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 bytes"),
        (b"<!DOCTYPE html><html>404</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer"),
        (b"solid a\nendsolid a\n", "no facets"),
    ],
)
def test_what_is_no_mesh_is_refused(bench: Bench, tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "part.stl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=why):
        bench.slice(path)


def test_other_files_and_amounts_are_refused(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="are not sliced"):
        bench.slice(tmp_path / "part.gcode")
    with pytest.raises(InputError, match="1 to 1,000"):
        WantedPart(tmp_path / "part.stl", 0)
    with pytest.raises(InputError, match="between 0 and 100 mm"):
        Spacing(-1)
    with pytest.raises(InputError, match="no part is wanted"):
        bench.slice()


def test_a_margin_that_leaves_nothing_is_refused(bench: Bench, write_mesh: WriteMesh, box: Corners) -> None:
    with pytest.raises(InputError, match="leaves nothing"):
        bench.slice(write_mesh(box), margin_mm=95)


def test_a_damaged_cache_slices_again(bench: Bench, write_mesh: WriteMesh, box: Corners) -> None:
    path = write_mesh(box)
    first = bench.slice(path)[0]
    first.gcode.write_bytes(b"G28\n")
    again = bench.slice(path)[0]
    assert again.sha256 == first.sha256 == sha256_of_file(again.gcode)
