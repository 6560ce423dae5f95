"""200 meshes broken in ten ways: is any of them sliced silently wrong?

    ./dev python -m benchmarks.broken_meshes

Each of twenty sound parts is broken in each way. A broken file counts as *refused* when it is not sliced at all, *held*
when a person must look at it, *right* when its slice extrudes within 5 % and takes within 5 % of what the sound part's
slice does, and *wrong* otherwise. With `--folder` the parts are meshes found there instead of made ones.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh

from core.errors import InputError
from geometry.mesh import read_mesh
from geometry.stl import Corners
from machines.lab import Connection, Driver, Machine
from machines.printing.defaults import print_profile
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.expectation import ProfileExpectation
from machines.toolpaths.part_mesh import stl_bytes
from machines.toolpaths.prusa import prusa_slicer
from machines.toolpaths.slicing import SlicedPlate, WantedPart, slice_parts

__all__ = ["WAYS", "BrokenFile", "broken", "sound_parts"]

_RIGHT = 0.05
_PRINTER = Machine(
    "printer",
    "lab",
    "Printer",
    ("fdm",),
    Connection(Driver.HANDS),
    materials=("pla",),
    envelope_mm=(300.0, 300.0, 300.0),
)
_Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """What a broken part's file holds."""

    way: str
    data: bytes


def sound_parts() -> list[Corners]:
    """Twenty parts of 12.5 to 150 mm, as triangles: round, flat, hollow, ringed, thin, and of several bodies."""
    make = trimesh.creation
    random = np.random.default_rng(7)
    hulls = [trimesh.convex.convex_hull(random.uniform(0, side, (40, 3))) for side in (20, 45, 70)]
    turned = [(0, 0), (15, 0), (15, 4), (6, 8), (6, 25), (0, 25)]
    hollow = [*make.box((40, 40, 20)).triangles, *make.box((34, 34, 14)).triangles[:, ::-1]]
    beside = [*make.box((20, 10, 5)).triangles, *make.cylinder(5, 8).apply_translation((30, 0, 0)).triangles]
    meshes = [
        make.box((20, 30, 10)), make.box((150, 12, 6)), make.box((13, 13, 13)), make.box((60, 80, 1.2)),
        make.cylinder(8, 30), make.cylinder(40, 4), make.icosphere(subdivisions=3, radius=12),
        make.icosphere(subdivisions=4, radius=25), make.torus(15, 5), make.torus(30, 3), make.capsule(20, 6),
        make.annulus(5, 9, 12), make.annulus(20, 22, 30), make.cone(15, 25), make.revolve(turned, sections=48), *hulls,
    ]  # fmt: skip
    return [np.array(each.triangles, float) for each in meshes] + [np.array(hollow, float), np.array(beside, float)]


def _missing(part: Corners, random: _Random) -> bytes:
    gone = max(1, round(len(part) * random.choice((0.02, 0.1, 0.3))))
    return stl_bytes(np.delete(part, random.choice(len(part), gone, replace=False), axis=0))


def _inches(part: Corners, _: _Random) -> bytes:
    return stl_bytes(part / 25.4)


def _metres(part: Corners, _: _Random) -> bytes:
    return stl_bytes(part / 1000)


def _flipped(part: Corners, random: _Random) -> bytes:
    share = random.choice((0.02, 0.3, 1.0))
    which = random.choice(len(part), max(1, round(len(part) * share)), replace=False)
    turned = part.copy()
    turned[which] = turned[which][:, ::-1]
    return stl_bytes(turned)


def _duplicated(part: Corners, random: _Random) -> bytes:
    more = (part, part[: max(1, len(part) // 10)], part + 0.3 * np.ptp(part, axis=(0, 1)) * (1, 0, 0))
    return stl_bytes(np.concatenate((part, more[random.integers(3)])))


def _truncated(part: Corners, random: _Random) -> bytes:
    data = stl_bytes(part)
    kept = int(len(part) * random.uniform(0.3, 0.95))
    if random.random() < 0.5:
        return data[: 84 + 50 * kept + 17]
    return data[:80] + kept.to_bytes(4, "little") + data[84 : 84 + 50 * kept]  # and a header that agrees


def _html(_: Corners, random: _Random) -> bytes:
    return random.choice((b"<!DOCTYPE html>\n<html><body>Not found</body></html>", b"\n<html><head></head></html>"))


def _pointer(_: Corners, random: _Random) -> bytes:
    digest = random.bytes(32).hex().encode()
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:" + digest + b"\nsize 12345\n"


def _crossing(part: Corners, random: _Random) -> bytes:
    """A second body shifted into the first, a rod through it, or the upper end mirrored so that its sides cross."""
    size, middle = np.ptp(part, axis=(0, 1)), (part.min(axis=(0, 1)) + part.max(axis=(0, 1))) / 2
    kind = random.integers(3)
    if kind == 0:
        return stl_bytes(np.concatenate((part, part + 0.1 * size * (1, 1, 0))))
    if kind == 1:
        rod = np.array(trimesh.creation.box((0.3 * size[0], 0.3 * size[1], 2 * size[2])).triangles)
        return stl_bytes(np.concatenate((part, rod + middle + 0.3 * size * (1, 0, 0))))
    top = part[..., 2:] > part[..., 2].max() - 0.25 * size[2]
    return stl_bytes(np.where(top, middle + (part - middle) * (-1.0, 1.0, 1.0), part))


def _empty(part: Corners, random: _Random) -> bytes:
    point = stl_bytes(np.zeros_like(part))
    return (b"", stl_bytes(part[:0]), b"solid part\nendsolid part\n", point)[random.integers(4)]


WAYS: Mapping[str, Callable[[Corners, _Random], bytes]] = {
    "faces missing": _missing, "inches": _inches, "metres": _metres, "flipped": _flipped, "duplicated": _duplicated,
    "truncated": _truncated, "web page": _html, "Git LFS pointer": _pointer, "passing through itself": _crossing,
    "empty": _empty,
}  # fmt: skip


def broken(part: Corners, way: str, number: int) -> BrokenFile:
    """The part broken in a way; the same each time."""
    return BrokenFile(way, WAYS[way](part, np.random.default_rng([number, list(WAYS).index(way)])))


class _Bench:
    def __init__(self, folder: Path) -> None:
        self._profile = print_profile(_PRINTER, "pla")
        self._slicer = prusa_slicer()
        self._cache = ToolpathCache(folder / "cache")
        self._part = folder / "part.stl"

    def slice(self, data: bytes) -> SlicedPlate:
        self._part.write_bytes(data)
        expectation = ProfileExpectation(self._profile)
        (plate,) = slice_parts(
            [WantedPart(self._part)],
            self._profile.prusa_ini(),
            slicer=self._slicer,
            cache=self._cache,
            expectation=expectation,
        )
        return plate

    def outcome(self, sound: SlicedPlate, file: BrokenFile) -> str:
        try:
            plate = self.slice(file.data)
        except InputError:
            return "refused"
        if plate.holds:
            return "held"
        apart = max(abs(plate.filament_mm3 / sound.filament_mm3 - 1), abs(plate.duration_s / sound.duration_s - 1))
        return "right" if apart <= _RIGHT else "wrong"


def _real_parts(folder: Path, most: int) -> list[Corners]:
    parts = []
    for path in sorted(folder.rglob("*.stl")):
        try:
            corners = read_mesh(path)
        except InputError:
            continue
        if len(corners) < 20_000 and 12 < np.ptp(corners, axis=(0, 1)).max() < 200:
            parts.append(corners)
    return parts[:: max(1, len(parts) // most)][:most]


def main() -> None:
    """Print the table, and name what was sliced wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="take meshes from here instead of made ones")
    parser.add_argument("--parts", type=int, default=20, help="how many of them")
    arguments = parser.parse_args()
    parts = _real_parts(arguments.folder, arguments.parts) if arguments.folder else sound_parts()[: arguments.parts]
    table: dict[str, Counter[str]] = {way: Counter() for way in WAYS}
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as folder:
        bench = _Bench(Path(folder))
        for number, part in enumerate(parts):
            sound = bench.slice(stl_bytes(part))
            if sound.holds:
                print(f"part {number}, sound: {'; '.join(hold.reason for hold in sound.holds)}")
            for way in WAYS:
                outcome = bench.outcome(sound, broken(part, way, number))
                table[way][outcome] += 1
                if outcome == "wrong":
                    print(f"part {number}, {way}: sliced wrong")
    columns = ("refused", "held", "right", "wrong")
    print("| broken by | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for way, counts in table.items():
        print(f"| {way} | " + " | ".join(str(counts[column]) for column in columns) + " |")


if __name__ == "__main__":
    main()
