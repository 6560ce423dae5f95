"""Requirements held against machines: all at once in arrays, and one by one, as a Markdown table.

    ./dev python -m benchmarks.matching
    ./dev python -m benchmarks.matching --needs 10000 --machines 1000 --designs ../shared/designs/data

Requirements and machines are drawn from fixed seeds: processes and materials that go together as often as in bills of
materials, sizes spread evenly over their logarithm from 5 to 600 mm, machines with the envelopes, powers and lists of
common models. The peer is `machines.matching.match`, one pair at a time, on a sample in the same run. With `--designs`
the meshes of a folder are turned into every envelope that their bounding box does not fit.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from geometry.errors import GeometryError
from geometry.fit import fit
from geometry.hull import Hull, hull_of, part_hull
from geometry.mesh import MESH_SUFFIXES
from machines.lab import Connection, Driver, Machine, MachineLimits
from machines.matching import Requirement, match
from machines.matching.arrays import match_all

_HANDS = Connection(Driver.HANDS)
_WORK = {  # process -> materials asked for, share
    "fdm": (("pla", "petg", "abs", "tpu", None), 0.4),
    "additive": (("pla", "nylon", "resin", None), 0.2),
    "laser_cutting": (("plywood", "acrylic", "cardboard", "aluminium", None), 0.15),
    "cnc_milling": (("aluminium", "plywood", "pom", None), 0.1),
    "turning": (("steel", "brass", "aluminium"), 0.05),
    "assembly": ((None,), 0.05),
    "pcb_fabrication": (("fr4",), 0.05),
}
_KINDS: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[tuple[float, float, float], ...]]] = {
    "fdm": ((("pla", "petg"), ("pla", "petg", "abs", "asa", "tpu"), ("pla",), ()),
            ((220, 220, 250), (250, 210, 210), (180, 180, 180), (256, 256, 256), (300, 300, 400), (350, 350, 350))),
    "msla": ((("resin",), ()), ((143, 89, 165), (218, 123, 250))),
    "sls": ((("nylon",),), ((165, 165, 300),)),
    "co2_laser_cutting": ((("plywood", "acrylic", "cardboard"), ()), ((300, 200, 50), (600, 400, 80), (1300, 900, 80))),
    "diode_laser_cutting": ((("plywood", "cardboard"), ()), ((400, 400, 30),)),
    "cnc_routing": ((("plywood", "acrylic"), ("wood", "plastic", "aluminium")), ((400, 400, 70), (2440, 1220, 100))),
    "cnc_milling": ((("aluminium", "brass", "plastic"), ()), ((254, 159, 121), (508, 406, 393))),
    "turning": ((("metal",), ()), ((200, 200, 350),)),
    "assembly": (((),), ((0, 0, 0),)),
}  # fmt: skip
_SAMPLE = 20_000


def draw_needs(count: int, rng: np.random.Generator, hulls: Sequence[Hull] = ()) -> list[Requirement]:
    """Requirements; the first share of them have the shapes of these hulls, the rest a bounding box only."""
    names = list(_WORK)
    needs = []
    for place in rng.choice(len(names), count, p=[share for _, share in _WORK.values()]):
        process, materials = names[place], _WORK[names[place]][0]
        sheet = process == "laser_cutting"
        x, y, z = (float(each) for each in np.exp(rng.uniform(np.log(5), np.log(600), 3)))
        thickness = float(rng.choice([2, 3, 4, 6, 8])) if sheet else None
        hull = hulls[rng.integers(len(hulls))] if hulls else None
        if hull is not None:
            x, y, z = (float(each) for each in np.ptp(hull.vertices, axis=0))
        needs.append(
            Requirement(
                process,
                materials[rng.integers(len(materials))],
                (x, y, thickness or z),
                thickness,
                alternatives=("petg",) if process == "fdm" and rng.random() < 0.2 else (),
                feature_mm=0.4 if rng.random() < 0.1 else None,
                tolerance_mm=0.1 if rng.random() < 0.1 else None,
                hull=partial(_same, hull) if hull is not None else None,
            )
        )
    return needs


def _same(hull: Hull) -> Hull:
    return hull


def draw_machines(count: int, rng: np.random.Generator) -> list[Machine]:
    """Machines of common kinds."""
    names, shares = list(_KINDS), [0.5, 0.08, 0.03, 0.1, 0.05, 0.08, 0.06, 0.04, 0.06]
    machines = []
    for number, place in enumerate(rng.choice(len(names), count, p=shares)):
        process = names[place]
        materials, envelopes = _KINDS[process]
        envelope = envelopes[rng.integers(len(envelopes))]
        machines.append(
            Machine(
                f"m{number}",
                f"lab{number % 100}",
                process,
                (process,),
                _HANDS,
                materials=materials[rng.integers(len(materials))],
                envelope_mm=envelope if min(envelope) > 0 and rng.random() < 0.9 else None,
                limits=MachineLimits(nozzle_c=float(rng.choice([250, 280, 300])))
                if process == "fdm"
                else MachineLimits(),
                nozzles_mm=(0.4, 0.6) if process == "fdm" else (),
                tools_mm=(6.0, 3.0, 1.0) if "cnc" in process else (0.2,) if "laser" in process else (),
                tolerance_mm=float(rng.choice([0.05, 0.2])) if rng.random() < 0.5 else None,
                power_w=float(rng.choice([40, 60, 100])) if process == "co2_laser_cutting" else None,
                margin_mm=float(rng.choice([0, 5])),
            )
        )
    return machines


def read_hulls(folder: Path, most: int) -> list[Hull]:
    """Hulls of the meshes of a folder."""
    hulls = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in MESH_SUFFIXES and len(hulls) < most:
            try:
                hull = part_hull(path)
            except GeometryError:
                continue
            if hull is not None:
                hulls.append(hull)
    return hulls


def turning_row(hulls: Sequence[Hull]) -> None:
    """How long one part takes in one envelope, and what comes out, for those that the box does not decide."""
    rng = np.random.default_rng(5)
    seconds, verdicts = [], Counter[str]()
    for hull in hulls:
        x, y, z = (float(each) for each in np.ptp(hull.vertices, axis=0))
        for room in rng.uniform(0.6, 1.1, (4, 3)) * sorted((x, y, z)):
            envelope = (float(room[0]), float(room[1]), float(room[2]))
            if fit((x, y, z), envelope).verdict != "unknown":
                continue
            fresh = hull_of(hull.vertices)  # nothing kept from before
            begin = time.perf_counter()
            found = fit((x, y, z), envelope, hull=partial(_same, fresh))
            seconds.append(time.perf_counter() - begin)
            verdicts[found.verdict] += 1
    milliseconds = np.array(seconds) * 1000
    told = ", ".join(f"{verdicts[each]} {each}" for each in ("yes", "no", "unknown"))
    print(
        f"\nFree turning of {len(hulls)} parts into envelopes that their box does not fit: {len(seconds)} cases "
        f"({told}), median {np.median(milliseconds):.1f} ms, nine in ten below {np.quantile(milliseconds, 0.9):.1f} ms."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--needs", type=int, default=10_000)
    parser.add_argument("--machines", type=int, default=1_000)
    parser.add_argument("--designs", type=Path, help="a folder with meshes")
    parser.add_argument("--most", type=int, default=200, help="meshes taken from it")
    given = parser.parse_args()
    rng = np.random.default_rng(7)
    needs, machines = draw_needs(given.needs, rng), draw_machines(given.machines, rng)
    begin = time.perf_counter()
    answers = match_all(needs, machines)
    at_once = time.perf_counter() - begin
    rows, columns = rng.integers(0, len(needs), _SAMPLE), rng.integers(0, len(machines), _SAMPLE)
    begin = time.perf_counter()
    alone = [match(needs[row], machines[column]).verdict for row, column in zip(rows, columns, strict=True)]
    one_by_one = time.perf_counter() - begin
    same = sum(
        answers.verdict(int(row), int(column)) is verdict
        for row, column, verdict in zip(rows, columns, alone, strict=True)
    )
    pairs = len(needs) * len(machines)
    share = {name: float((answers.verdicts == rank).mean()) for name, rank in (("yes", 1), ("unknown", 0), ("no", -1))}
    print("| way | pairs | s | microseconds a pair | times as fast |")
    print("|---|---:|---:|---:|---:|")
    print(f"| one by one | {_SAMPLE:,} | {one_by_one:.2f} | {one_by_one / _SAMPLE * 1e6:.1f} | 1 |")
    ratio = (one_by_one / _SAMPLE) / (at_once / pairs)
    print(f"| all at once | {pairs:,} | {at_once:.2f} | {at_once / pairs * 1e6:.2f} | {ratio:.0f} |")
    print(
        f"\nThe same verdict in {same:,} of {_SAMPLE:,} pairs; {', '.join(f'{v:.1%} {k}' for k, v in share.items())}."
    )
    if given.designs:
        turning_row(read_hulls(given.designs, given.most))


if __name__ == "__main__":
    main()
