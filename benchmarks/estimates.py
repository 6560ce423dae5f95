"""Estimates of prints against PrusaSlicer's own figures on published parts, as a Markdown table.

    ./dev python -m benchmarks.estimates --folder ../shared/designs/data

`--others` takes two more printers, whose profiles nothing was tuned to; `python -m benchmarks.made_parts FOLDER` makes
parts that nobody published. Each part (STL, each content once) is sliced with each profile, a second of CPU or so; what
the slicer says is kept in `--cache`, by the hash of part and profile: the second run only estimates. `ms` is CPU
time of an estimate, with the mesh in memory and all compiled. `slicer` is how many times as long the slicer takes,
reading and writing included: the median of the first eight parts, measured anew in each run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from geometry.mesh import read_mesh
from geometry.stl import Corners
from machines.machine import Connection, Driver, Machine, Motion
from machines.printing.defaults import print_profile
from machines.printing.estimate import PrintEstimate, estimate_print
from machines.printing.profile import (
    Accelerations,
    Adhesion,
    Axes,
    Cooling,
    Filament,
    InfillPattern,
    PrintProfile,
    Retraction,
    Speeds,
    Supports,
    Widths,
)

_FOLDER = Path(__file__).parents[1].parent / "shared" / "designs" / "data"
_CACHE = Path(tempfile.gettempdir()) / "fabcommons-estimates"
_MOST_FACES = 100_000
_PEER_PARTS = 8
_TIME = re.compile(r"estimated printing time \(normal mode\) = (?:(\d+)d )?(?:(\d+)h )?(?:(\d+)m )?(\d+)s")
_USED = re.compile(r"filament used \[mm\] = ([\d.]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One part in one profile.

    Attributes:
        slicer_s, slicer_mm: what the slicer says.
        estimate: ours.
        estimate_ms: CPU time of ours.
    """

    part: str
    slicer_s: float
    slicer_mm: float
    estimate: PrintEstimate
    estimate_ms: float

    @property
    def time_error(self) -> float:
        """Share by which the estimate is too long."""
        return self.estimate.duration_s / self.slicer_s - 1

    @property
    def material_error(self) -> float:
        """Share by which the estimate uses too much."""
        return self.estimate.filament_mm / self.slicer_mm - 1


def profiles() -> Mapping[str, PrintProfile]:
    """Profiles far apart: nozzle, material, quality, motion and supports."""

    def printer(nozzle: float, motion: Motion) -> Machine:
        connection = Connection(Driver.MARLIN, "virtual")
        size = (400.0, 400.0, 400.0)  # so that every part fits
        return Machine(
            "bench", "lab", "printer", ("fdm",), connection, (), {}, size, nozzles_mm=(nozzle,), motion=motion
        )

    slow = Motion(travel_mm_s=120, work_mm_s=60, acceleration_mm_s2=500, jerk_mm_s=10)
    quick = Motion(
        travel_mm_s=300, work_mm_s=200, acceleration_mm_s2=5000, travel_acceleration_mm_s2=7000,
        junction_deviation_mm=0.013,
    )  # fmt: skip
    plain = printer(0.4, Motion())
    middle = Motion(travel_mm_s=200, work_mm_s=120, acceleration_mm_s2=2000, jerk_mm_s=9)
    gentle = Motion(travel_mm_s=180, work_mm_s=50, acceleration_mm_s2=1000, jerk_mm_s=7)
    return {
        "PLA, 0.4, standard": print_profile(printer(0.4, Motion()), "pla", "standard"),
        "PETG, 0.6, draft": print_profile(printer(0.6, slow), "petg", "draft"),
        "PLA, 0.4, fine, fast printer": print_profile(printer(0.4, quick), "pla", "fine"),
        "ABS, 0.4, strong, supports": print_profile(printer(0.4, middle), "abs", "strong", supports=True),
        "TPU, 0.8, standard": print_profile(printer(0.8, gentle), "tpu", "standard"),
        "PLA, 0.4, standard, supports": print_profile(plain, "pla", "standard", supports=True),
    }


def other_profiles() -> Mapping[str, PrintProfile]:
    """A quick and a slow printer whose figures are not made by `print_profile`: nothing was tuned to them."""
    quick = PrintProfile(
        "quick", (300.0, 300.0, 300.0), 0.4, 0.15, 0.2, 3, 6, 5, 0.40, InfillPattern.GYROID,
        Widths(0.44, 0.46, 0.46, 0.42, 0.48, 0.5, 0.38),
        Speeds(90, 160, 60, 170, 80, 180, 45, 70, 110, 80, 40, 300),
        Accelerations(3500, 6000, 2000, 1000, 5000, 8000),
        Axes((350.0, 350.0, 20.0, 80.0), (9000.0, 9000.0, 400.0, 6000.0), (11.0, 11.0, 0.6, 3.0)),
        Cooling(8, 18), Retraction(0.5, 40, 1.0), Filament("petg", 1.27, 240, 240, 80, 80, 16), Adhesion(2, 4.0),
        fill_angle_deg=30.0,
    )  # fmt: skip
    slow = PrintProfile(
        "slow", (235.0, 235.0, 250.0), 0.6, 0.28, 0.3, 2, 4, 3, 0.10, InfillPattern.RECTILINEAR,
        Widths(0.6, 0.66, 0.66, 0.58, 0.66, 0.7, 0.55),
        Speeds(30, 45, 25, 45, 30, 55, 25, 30, 40, 30, 18, 120),
        Accelerations(500, 700, 400, 300, 600, 1000),
        Axes((180.0, 180.0, 8.0, 50.0), (900.0, 900.0, 100.0, 2500.0), (9.0, 9.0, 0.3, 5.0)),
        Cooling(12, 12), Retraction(5.0, 45, 2.0, 0.3), Filament("pla", 1.24, 205, 210, 60, 60, 9),
        Adhesion(0, 3.0, 5.0), Supports(True, 50, 2.5, 0.28, 0.5, 2, 0.3),
    )  # fmt: skip
    return {"PETG, 0.4 in 0.15, 40 % gyroid, quick": quick, "PLA, 0.6 in 0.28, 10 %, brim, supports, slow": slow}


def parts(folder: Path, most: int) -> Iterator[tuple[str, Path, Corners]]:
    """Parts by the hash of their content, each once."""
    seen: set[str] = set()
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".stl" and each.is_file()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen or len(seen) >= most:
            continue
        seen.add(digest)
        try:
            corners = read_mesh(path)
        except InputError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        if len(corners) <= _MOST_FACES:
            yield digest, path, corners


def sliced(slicer: str, path: Path, digest: str, profile: PrintProfile, cache: Path) -> tuple[float, float] | None:
    """Seconds and mm of filament by the slicer; None where it does not slice the part."""
    ini = profile.prusa_ini()
    kept = cache / f"{hashlib.sha256((digest + ini).encode()).hexdigest()}.json"
    if not kept.exists():
        kept.write_text(json.dumps(_slice(slicer, path, ini)), encoding="utf-8")
    found = json.loads(kept.read_text(encoding="utf-8"))
    return None if found is None else (found[0], found[1])


def _slice(slicer: str, path: Path, ini: str) -> tuple[float, float] | None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "profile.ini").write_text(ini, encoding="utf-8")
        shutil.copyfile(path, folder / "part.stl")
        command = [slicer, "--load", "profile.ini", "-g", "-o", "part.gcode", "part.stl"]
        try:
            ended = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return None
        if ended.returncode or not (folder / "part.gcode").exists():
            return None
        text = (folder / "part.gcode").read_text(encoding="utf-8", errors="replace")
    seconds, used = _TIME.search(text), _USED.search(text)
    if seconds is None or used is None or float(used[1]) == 0:
        return None
    days, hours, minutes, rest = (int(each or 0) for each in seconds.groups())
    return 86400.0 * days + 3600 * hours + 60 * minutes + rest, float(used[1])


def measured(found: list[tuple[str, Path, Corners]], slicer: str, profile: PrintProfile, cache: Path) -> list[Row]:
    """All parts in one profile."""
    rows = []
    for digest, path, corners in found:
        answer = sliced(slicer, path, digest, profile, cache)
        if answer is None:
            continue
        estimate_print(corners, profile)
        begun = time.process_time()
        estimate = estimate_print(corners, profile)
        rows.append(Row(path.name, *answer, estimate, 1000 * (time.process_time() - begun)))
    return rows


def peer(found: list[tuple[str, Path, Corners]], slicer: str, profile: PrintProfile) -> float:
    """How many times as long as the estimate the slicer takes, both by the clock."""
    ratios = []
    for _, path, corners in found[:_PEER_PARTS]:
        begun = time.perf_counter()
        _slice(slicer, path, profile.prusa_ini())
        between = time.perf_counter()
        estimate_print(corners, profile)
        ratios.append((between - begun) / (time.perf_counter() - between))
    return statistics.median(ratios)


def line(name: str, rows: list[Row], ratio: float) -> str:
    """One row of the table."""
    errors = [abs(row.time_error) for row in rows]
    material = [abs(row.material_error) for row in rows]
    inside = statistics.mean(row.estimate.low_s <= row.slicer_s <= row.estimate.high_s for row in rows)
    took = [row.estimate_ms for row in rows]
    whole = sum(row.estimate.duration_s for row in rows) / sum(row.slicer_s for row in rows) - 1
    return (
        f"| {name} | {len(rows)} | {_median(errors)} | {_ninth(errors)} | {_median(material)} | {_ninth(material)} "
        f"| {inside:.0%} | {whole:+.1%} | {statistics.median(took):.1f} | {statistics.quantiles(took, n=10)[8]:.1f} "
        f"| {ratio:.0f} x |"
    )


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.1%}"


def _ninth(values: list[float]) -> str:
    return f"{statistics.quantiles(values, n=10, method='inclusive')[8]:.1%}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where the STL files are")
    parser.add_argument("--cache", type=Path, default=_CACHE, help="where slices are remembered")
    parser.add_argument("--parts", type=int, default=10_000, help="take so many parts at most")
    parser.add_argument("--worst", type=int, default=0, help="name so many parts with the largest error")
    parser.add_argument("--others", action="store_true", help="take the two other profiles")
    options = parser.parse_args()
    slicer = shutil.which("prusa-slicer")
    if slicer is None:
        sys.exit("prusa-slicer is not installed")
    options.cache.mkdir(parents=True, exist_ok=True)
    found = list(parts(options.folder, options.parts))
    print("| profile | parts | time: median | p90 | material: median | p90 | in interval | sum | ms | p90 | slicer |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, profile in (other_profiles() if options.others else profiles()).items():
        rows = measured(found, slicer, profile, options.cache)
        print(line(name, rows, peer(found, slicer, profile)), flush=True)
        for row in sorted(rows, key=lambda each: -abs(each.time_error))[: options.worst]:
            print(f"  {row.part}: {row.slicer_s:.0f} s, time {row.time_error:+.1%}, material {row.material_error:+.1%}")


if __name__ == "__main__":
    main()
