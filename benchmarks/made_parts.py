"""Parts that nobody published, for measurements: thin walls, letters, lattices, gears, threads, shells, needles.

    ./dev python -m benchmarks.made_parts FOLDER

writes them as STL files. What is common in published parts (brackets, boxes with holes) is rare here, so an estimate
that was tuned to those shows it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import shapely
from shapely.affinity import rotate, scale, translate
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union

from benchmarks.shapes import box, enclosed, inward, joined, moved, prism, round_axis, swept
from geometry.stl import Corners
from machines.toolpaths.part_mesh import stl_bytes

__all__ = ["PARTS", "made_parts"]


def _disc(radius: float, x: float = 0.0, y: float = 0.0) -> Polygon:
    return Point(x, y).buffer(radius, quad_segs=24)


def _plate(x: float, y: float) -> Polygon:
    return shapely.box(-x / 2, -y / 2, x / 2, y / 2)


def _strokes(width: float) -> list[Polygon]:
    """Letters of straight strokes: F, A, B, L, N, Z."""
    letters = (
        ((0, 0), (0, 4), (3, 4)), ((0, 2), (2, 2)), ((5, 0), (6.5, 4), (8, 0)), ((5.7, 1.5), (7.3, 1.5)),
        ((10, 0), (10, 4), (12, 4), (12, 0), (10, 0)), ((10, 2), (12, 2)), ((14, 4), (14, 0), (16, 0)),
        ((18, 0), (18, 4), (20, 0), (20, 4)), ((22, 4), (24, 4), (22, 0), (24, 0)),
    )  # fmt: skip
    return [LineString(each).buffer(width, cap_style="square") for each in letters]


def _letters_raised() -> Corners:
    text = translate(scale(unary_union(_strokes(0.35)), 2.2, 2.2, origin=(12, 2)), -12, -2)
    return joined([box(62, 16, 2), moved(prism(text, 1.2), z=1.8)])


def _letters_cut() -> Corners:
    text = translate(scale(unary_union(_strokes(0.3)), 2.2, 2.2, origin=(12, 2)), -12, -2)
    return joined([moved(prism(_plate(62, 16).difference(text), 1.5), z=1.5), box(62, 16, 1.6)])


def _lattice() -> Corners:
    at = (-12.0, -4.0, 4.0, 12.0)
    bars = [moved(box(26, 2, 2), y=y, z=z + 12) for y in at for z in at]
    bars += [moved(box(2, 26, 2), x=x, z=z + 12) for x in at for z in at]
    return joined(bars + [moved(box(2, 2, 26), x=x, y=y) for x in at for y in at])


def _gyroid() -> Corners:
    def sheet(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        k = 2 * np.pi / 12
        wave = np.sin(k * x) * np.cos(k * y) + np.sin(k * y) * np.cos(k * z) + np.sin(k * z) * np.cos(k * x)
        return 0.35 - np.abs(wave)

    return enclosed(sheet, 24, 28)


def _blobs() -> Corners:
    random = np.random.default_rng(5)
    middles, radii = random.uniform(-9, 9, (9, 3)), random.uniform(3, 6, 9)

    def field(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        terms = [
            r * r / ((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2 + 1)
            for (a, b, c), r in zip(middles, radii, strict=True)
        ]
        return np.sum(terms, axis=0) - 1.2

    return enclosed(field, 34, 40)


def _gear(teeth: int, radius: float, hole: float) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, teeth * 16, endpoint=False)
    tooth = np.clip(1.6 * np.cos(teeth * angles), -1, 1)
    r = radius + radius / teeth * 1.8 * tooth
    return Polygon(np.column_stack([r * np.cos(angles), r * np.sin(angles)])).difference(_disc(hole))


def _screw(radius: float, pitch: float, height: float, around: int = 72, steps_a_turn: int = 16) -> Corners:
    def thread(angles: np.ndarray, z: float) -> np.ndarray:
        share = (z / pitch - angles / (2 * np.pi)) % 1.0
        return radius - 0.6 * pitch * np.abs(2 * share - 1)

    return round_axis(thread, height, around=around, steps=int(height / pitch * steps_a_turn))


def _nut() -> Corners:
    hexagon = Polygon([(9 * np.cos(a), 9 * np.sin(a)) for a in np.arange(6) * np.pi / 3])
    rings = [moved(prism(hexagon.difference(_disc(4.2 + 0.5 * (i % 2))), 0.5), z=0.5 * i) for i in range(14)]
    return joined(rings)


def _vase() -> Corners:
    def outer(angles: np.ndarray, z: float) -> np.ndarray:
        return 14 + 4 * np.sin(z / 12) + 1.5 * np.cos(7 * angles + z / 9)

    def inner(angles: np.ndarray, z: float) -> np.ndarray:
        return outer(angles, z + 1.6) - 1.3

    return joined([round_axis(outer, 45, around=140), moved(inward(round_axis(inner, 43.4, around=140)), z=1.6)])


def _bowl(outside: float, wall: float) -> Corners:
    def ball(radius: float) -> Callable[[np.ndarray, float], np.ndarray]:
        return lambda angles, z: np.full(len(angles), np.sqrt(max(radius**2 - (outside - z) ** 2, 0.01)))

    whole = round_axis(ball(outside), outside, around=90, steps=50)
    hollow = round_axis(lambda angles, z: ball(outside - wall)(angles, z + wall), outside - wall, around=90, steps=50)
    return joined([whole, moved(inward(hollow), z=wall)])


def _spring() -> Corners:
    t = np.linspace(0, 5 * 2 * np.pi, 300)
    return swept(np.column_stack([10 * np.cos(t), 10 * np.sin(t), 2 + t * 0.9]), 1.6, around=16)


def _elbow() -> Corners:
    t = np.linspace(0, np.pi / 2, 40)
    path = np.column_stack([25 - 25 * np.cos(t), 0 * t, 25 * np.sin(t)])
    return joined([swept(path, 9, around=48), inward(swept(path, 7, around=48))])


def _terrain() -> Corners:
    def hills(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        top = 3 * np.sin(x / 5) * np.cos(y / 7) + 1.5 * np.sin(x / 2 + y / 3) - 12
        return np.minimum(top - z, 40 - np.hypot(x, y))

    return enclosed(hills, 44, 44)


def _rings() -> Corners:
    t = np.linspace(0, 2 * np.pi, 61)
    flat = np.column_stack([8 * np.cos(t), 8 * np.sin(t), 2 + 0 * t])
    upright = np.column_stack([8 * np.cos(t), 0 * t, 10 + 8 * np.sin(t)])
    return joined([swept(flat, 2), moved(swept(upright, 2), x=10)])


def _ball(radius: float, steps: int = 60, around: int = 96) -> Corners:
    turned = np.pi / steps
    return round_axis(
        lambda angles, z: np.full(len(angles), max(np.sqrt(max(radius**2 - (z - radius) ** 2, 0.0)), turned * 0.1)),
        2 * radius, around=around, steps=steps,
    )  # fmt: skip


def _bracket() -> Corners:
    foot = prism(_plate(40, 30).difference(unary_union([_disc(2.2, x, y) for x in (-14, 14) for y in (-9, 9)])), 4)
    return joined([foot, moved(box(4, 30, 35), x=-18), moved(prism(Polygon([(0, 0), (18, 0), (0, 1)]), 30), x=-16)])


def _honeycomb() -> Corners:
    cells = []
    for i in range(-4, 5):
        for j in range(-4, 5):
            x, y = 7 * (i + j / 2), 6.06 * j
            cells.append(translate(rotate(_disc_of(6, 3.4), 30, origin=(0, 0)), x, y))
    return prism(_plate(56, 48).difference(unary_union(cells)), 6)


def _disc_of(sides: int, radius: float) -> Polygon:
    return Polygon([(radius * np.cos(a), radius * np.sin(a)) for a in np.arange(sides) * 2 * np.pi / sides])


def _tray() -> Corners:
    rooms = [translate(_plate(13, 17.5), x, y) for x in (-21.6, -7.2, 7.2, 21.6) for y in (-9.6, 9.6)]
    walls = _plate(60, 40).difference(unary_union(rooms))
    return joined([box(60, 40, 1.2), moved(prism(walls, 18), z=1.1)])


def _fan() -> Corners:
    blade = Polygon([(4, -1), (24, -1.6), (24, 0.4), (4, 0.6)])
    blades = [prism(rotate(blade, 60 * i, origin=(0, 0)), 9, twist_deg=35, steps=18) for i in range(6)]
    return joined([prism(_disc(6).difference(_disc(1.6)), 10), *blades])


def _rock() -> Corners:
    random = np.random.default_rng(11)

    def lumps(angles: np.ndarray, z: float) -> np.ndarray:
        return 12 + 3 * np.sin(3 * angles + z / 4) + 2 * np.cos(2 * angles - z / 3) - 0.02 * (z - 12) ** 2

    part = round_axis(lumps, 24, around=22, steps=9)
    keys, place = np.unique(np.round(part.reshape(-1, 3), 6), axis=0, return_inverse=True)
    return (keys + random.uniform(-0.4, 0.4, keys.shape) * (1, 1, 0))[place.reshape(-1, 3)]


def _straight(*heights_radii: tuple[float, float]) -> Callable[[np.ndarray, float], np.ndarray]:
    """A radius by height, straight between points."""
    heights, radii = zip(*heights_radii, strict=True)
    return lambda angles, z: np.full(len(angles), np.interp(z, heights, radii))


def _open_box() -> Corners:
    return joined([box(40, 30, 1.6), moved(prism(_plate(40, 30).difference(_plate(37.6, 27.6)), 20), z=1.5)])


def _sieve() -> Corners:
    at = range(-20, 21, 4)
    holes = [_disc(1.3, x, y) for x in at for y in at if np.hypot(x, y) < 22]
    return prism(_disc(25).difference(unary_union(holes)), 3)


def _funnel() -> Corners:
    outside = round_axis(_straight((0, 5), (15, 5), (35, 20)), 35, around=80, steps=70)
    inside = round_axis(_straight((0, 3.6), (15, 3.6), (35, 18.6)), 35, around=80, steps=70)
    return joined([outside, inward(inside)])


def _star() -> Polygon:
    corners = [(18.0 if i % 2 else 7.0, i * np.pi / 7) for i in range(14)]
    return Polygon([(r * np.cos(a), r * np.sin(a)) for r, a in corners])


PARTS: Mapping[str, Callable[[], Corners]] = {
    "wall-0.5": lambda: box(40, 0.5, 20),
    "wall-0.9": lambda: box(40, 0.9, 25),
    "wall-1.5": lambda: box(50, 1.5, 15),
    "tower-square": lambda: box(8, 8, 90),
    "needle": lambda: box(2.5, 2.5, 80),
    "needle-pointed": lambda: round_axis(_straight((0, 3.0), (70, 0.2)), 70, around=24, steps=30),
    "box-open": _open_box,
    "box-closed": lambda: joined([box(30, 30, 24), moved(inward(box(26, 26, 20)), z=2)]),
    "letters-raised": _letters_raised,
    "letters-cut": _letters_cut,
    "lattice": _lattice,
    "gyroid": _gyroid,
    "blobs": _blobs,
    "gear-20": lambda: prism(_gear(20, 18, 4), 8),
    "gear-45": lambda: prism(_gear(45, 26, 8), 5),
    "gear-helical": lambda: prism(_gear(16, 14, 3), 14, twist_deg=30, steps=28),
    "screw": lambda: _screw(6, 2, 30),
    "screw-fine": lambda: _screw(15, 1.5, 36, around=90, steps_a_turn=20),
    "nut": _nut,
    "vase": _vase,
    "bowl": lambda: _bowl(20, 2),
    "spring": _spring,
    "elbow": _elbow,
    "terrain": _terrain,
    "rings": _rings,
    "ball-small": lambda: _ball(4),
    "ball": lambda: _ball(18),
    "ball-fine": lambda: _ball(20, steps=160, around=300),
    "shells": lambda: joined([moved(_ball(2.2, 16, 24), x=6 * i, y=6 * j) for i in range(6) for j in range(5)]),
    "pegs": lambda: joined([moved(prism(_disc(1.2), 6), x=5 * i, y=5 * j) for i in range(8) for j in range(6)]),
    "bracket": _bracket,
    "honeycomb": _honeycomb,
    "sieve": _sieve,
    "knob": lambda: round_axis(lambda a, z: 12 + 0.6 * np.abs(np.sin(20 * a)) * (3 < z < 15), 18, around=320, steps=54),
    "comb": lambda: joined([box(50, 12, 3), *(moved(box(1.0, 12, 16), x=x, z=2.9) for x in np.arange(-24, 25, 4.0))]),
    "tray": _tray,
    "washer": lambda: prism(_disc(12).difference(_disc(6.5)), 1.6),
    "strip": lambda: prism(_plate(140, 10).difference(unary_union([_disc(1.6, x) for x in range(-65, 66, 10)])), 3),
    "stairs": lambda: joined([moved(box(6, 25, 4 * (i + 1)), x=6.0 * i) for i in range(7)]),
    "funnel": _funnel,
    "fan": _fan,
    "rock": _rock,
    "mushroom": lambda: round_axis(
        _straight((0, 8), (2, 5), (18, 4), (19, 16), (22, 15), (25, 9)), 25, around=64, steps=100
    ),
    "star": lambda: prism(_star(), 10),
    "pyramid-inverted": lambda: round_axis(_straight((0, 4), (20, 22)), 20, around=4, steps=1),
}  # fmt: skip


def made_parts() -> dict[str, Corners]:
    """All parts by name, standing on the plate."""
    made = {name: make() for name, make in PARTS.items()}
    return {name: part - np.array([0, 0, part[:, :, 2].min()]) for name, part in made.items()}


def main() -> None:
    """Write the parts into a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in made_parts().items():
        (folder / f"{name}.stl").write_bytes(stl_bytes(part))


if __name__ == "__main__":
    main()
