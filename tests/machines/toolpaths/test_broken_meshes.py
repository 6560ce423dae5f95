"""Of 200 meshes broken in ten ways none is sliced without a word; of sound ones none is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.broken_meshes import WAYS, broken, sound_parts
from core.errors import InputError
from geometry.stl import Corners, read_stl
from machines.toolpaths.answer import Expected
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.part_mesh import PartMesh, read_part, stl_bytes
from machines.toolpaths.slicer import Slicer
from machines.toolpaths.slicing import WantedPart, slice_parts
from machines.toolpaths.soundness import oriented

PARTS = sound_parts()
SAMPLE = 12  # a ring


def looked_at(data: bytes, folder: Path) -> PartMesh | None:
    """The part as read, or None when it is refused."""
    path = folder / "part.stl"
    path.write_bytes(data)
    try:
        return read_part(path)
    except InputError:
        return None


def test_there_are_two_hundred() -> None:
    assert len(PARTS) * len(WAYS) == 200


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_a_sound_part_is_not_held(number: int, tmp_path: Path) -> None:
    part = looked_at(stl_bytes(PARTS[number]), tmp_path)
    assert part is not None
    assert part.holds == ()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", range(len(PARTS)))
def test_a_broken_part_is_refused_held_or_whole_again(number: int, way: str, tmp_path: Path) -> None:
    data = broken(PARTS[number], way, number).data
    part = looked_at(data, tmp_path)
    if part is None or part.holds:
        return
    same = abs(_volume(part.corners) / _volume(PARTS[number]) - 1) < 0.02
    assert same
    assert part.extents_mm == pytest.approx(np.ptp(PARTS[number], axis=(0, 1)), rel=0.01)


def _volume(corners: Corners) -> float:
    upright, _ = oriented(corners.astype(np.float64))
    return float(np.einsum("ij,ij->", upright[:, 0], np.cross(upright[:, 1], upright[:, 2]))) / 6


def test_what_is_found_has_the_right_name(tmp_path: Path) -> None:
    found = {}
    for way in WAYS:
        part = looked_at(broken(PARTS[SAMPLE], way, SAMPLE).data, tmp_path)
        found[way] = None if part is None else {hold.code for hold in part.holds}
    assert found["faces missing"] is not None
    assert "mesh-leaks" in found["faces missing"]
    assert found["inches"] == found["metres"] == {"unit-doubtful"}
    assert found["web page"] is found["Git LFS pointer"] is found["empty"] is None


@dataclass(frozen=True)
class AsSound:
    """Expects what the sound part takes."""

    expected: Expected
    name: str = "the sound part"

    def __call__(self, pieces: Sequence[Corners]) -> Expected:
        return self.expected


@pytest.mark.parametrize("way", WAYS)
def test_the_slicer_itself_never_gives_a_wrong_slice_without_a_hold(
    way: str, prusa: Slicer, ini: str, cache: ToolpathCache, tmp_path: Path
) -> None:
    path = tmp_path / "part.stl"

    def sliced(data: bytes, expected: Expected | None) -> tuple[float, set[str]]:
        path.write_bytes(data)
        expectation = AsSound(expected) if expected else None
        (plate,) = slice_parts([WantedPart(path)], ini, slicer=prusa, cache=cache, expectation=expectation)
        return plate.filament_mm3, {hold.code for hold in plate.holds}

    sound_mm3, _ = sliced(stl_bytes(PARTS[2]), None)
    try:
        broken_mm3, holds = sliced(broken(PARTS[2], way, 2).data, Expected(None, sound_mm3, "the sound part"))
    except InputError:
        return
    assert holds or broken_mm3 == pytest.approx(sound_mm3, rel=0.05)


def test_our_own_stl_is_read_back_and_is_binary_for_every_reader() -> None:
    for part in PARTS:
        data = stl_bytes(part)
        assert np.allclose(read_stl(data, where="part"), part, atol=1e-4)
        assert max(data[84:212]) > 127  # else PrusaSlicer takes it for text
