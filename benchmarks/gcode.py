"""How near our motion planner comes to PrusaSlicer's own figure, and how fast programs are measured and checked.

    ./dev python -m benchmarks.gcode --meshes 30

Meshes below `--folder`, by default `../shared/designs/data`, are sliced by PrusaSlicer for three machines; the G-code
is kept in `--cache`. Its figure is the comment `estimated printing time (normal mode)`, which leaves heating out as
ours does then. Nothing is fitted: the limits are those that the program sets or that stand in its slicer's notes.
Seconds are the best of `--repeat`; memory is the peak of what Python and numpy held, by `tracemalloc`.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gcode.bulk.facts import inspect_listing
from gcode.bulk.listing import list_program
from gcode.bulk.safety import check_listing
from gcode.dialect import guess_dialect, reading_for
from gcode.extent import Bounds
from gcode.facts import ProgramFacts, inspect_program
from gcode.limits import MotionLimits
from gcode.program import parse_program
from gcode.safety import SafetyPolicy, check_program
from gcode.slicer import SlicerNotes, read_notes

_FOLDER = Path(__file__).parents[1].parent / "shared" / "designs" / "data"
_LARGEST_MESH = 2_500_000
_LINES = 1_000_000
_POLICY = SafetyPolicy(
    "marlin", Bounds((-10, -10, 0), (400, 400, 400)), max_hotend_c=300, max_bed_c=120, max_feed_mm_min=60_000
)


def _options(**settings: str | float) -> list[str]:
    return [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", str(value))]


_COMMON = _options(filament_density=1.24, temperature=210, bed_temperature=60)
PROFILES = {
    "moderate, M204 by role, relative E, wipe and lift": [
        *_options(gcode_flavor="marlin", machine_limits_usage="emit_to_gcode", machine_max_acceleration_x=1000),
        *_options(machine_max_acceleration_y=1000, machine_max_acceleration_extruding=1250, machine_max_jerk_x=8),
        *_options(machine_max_jerk_y=8, machine_max_jerk_z=0.4, machine_max_jerk_e=4.5, default_acceleration=1000),
        *_options(perimeter_acceleration=800, first_layer_acceleration=500, layer_height=0.2, retract_length=0.8),
        *_options(retract_lift=0.2, layer_gcode="G92 E0"),
        *("--use-relative-e-distances", "--wipe"),
    ],
    "slow axes, long retraction": [
        *_options(gcode_flavor="marlin2", machine_limits_usage="emit_to_gcode", machine_max_acceleration_x=500),
        *_options(machine_max_acceleration_y=500, machine_max_acceleration_extruding=500, machine_max_jerk_x=8),
        *_options(machine_max_acceleration_travel=500, machine_max_acceleration_retracting=1000, machine_max_jerk_y=8),
        *_options(machine_max_jerk_z=0.4, machine_max_jerk_e=5, machine_max_feedrate_e=60, layer_height=0.28),
        *_options(retract_length=5),
    ],
    "fast, limits only in the notes": [
        *_options(gcode_flavor="marlin2", machine_limits_usage="time_estimate_only", machine_max_acceleration_x=12_000),
        *_options(machine_max_acceleration_y=12_000, machine_max_acceleration_extruding=10_000, machine_max_jerk_x=9),
        *_options(machine_max_acceleration_travel=12_000, machine_max_jerk_y=9, machine_max_jerk_z=3),
        *_options(machine_max_jerk_e=5, perimeter_speed=150, external_perimeter_speed=100, infill_speed=250),
        *_options(solid_infill_speed=200, travel_speed=300, default_acceleration=5000, infill_acceleration=8000),
        *_options(layer_height=0.2, slowdown_below_layer_time=3, retract_length=0.8),
    ],
}


def meshes(folder: Path, count: int) -> list[Path]:
    """So many meshes, spread over the designs in an order that is always the same."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() == ".stl"]
    fit = [path for path in found if 10_000 < path.stat().st_size < _LARGEST_MESH]
    return sorted(fit, key=lambda path: hashlib.sha256(str(path.relative_to(folder)).encode()).digest())[:count]


def sliced(mesh: Path, options: Sequence[str], cache: Path) -> bytes | None:
    """The program that PrusaSlicer makes of a mesh, or None where it makes none."""
    key = hashlib.sha256(mesh.read_bytes() + "\0".join([*_COMMON, *options]).encode()).hexdigest()[:24]
    program = cache / f"{key}.gcode"
    if not program.exists():
        nice = [shutil.which("nice") or "nice", "-n", "10"]
        slicer = shutil.which("prusa-slicer")
        if slicer is None:
            raise SystemExit("prusa-slicer is not on PATH")
        words = [*nice, slicer, "-g", *_COMMON, *options, "-o", str(program), str(mesh)]
        subprocess.run(words, capture_output=True, check=False, timeout=600)
    return program.read_bytes() if program.exists() else None


def measured(data: bytes) -> tuple[ProgramFacts, SlicerNotes]:
    """Facts by the fast path, and the slicer's notes."""
    notes, listing = read_notes(data), list_program(data)
    dialect = guess_dialect(data, notes, feeds_filament=listing.feeds_filament)
    return inspect_listing(listing, notes.limits, reading=reading_for(dialect.name)), notes


def errors(folder: Path, count: int, cache: Path) -> Iterator[tuple[str, list[float], list[float]]]:
    """For each profile the signed relative errors of time and of filament."""
    for name, options in PROFILES.items():
        times, lengths = [], []
        for mesh in meshes(folder, count):
            data = sliced(mesh, options, cache)
            if data is None:
                continue
            facts, notes = measured(data)
            if notes.duration_s:
                times.append(facts.duration_s / notes.duration_s - 1)
            if notes.filament_mm:
                lengths.append(facts.filament_mm / notes.filament_mm - 1)
        yield name, times, lengths


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the absolute values lies."""
    ranked = sorted(map(abs, values))
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def best(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Seconds of the fastest run, and the peak memory of one more in MB."""
    seconds = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(seconds), peak / 1e6


def large_program(folder: Path, cache: Path) -> bytes:
    """A million lines of real programs, one after the other."""
    options = next(iter(PROFILES.values()))
    parts: list[bytes] = []
    lines = 0
    for mesh in meshes(folder, 1000):
        data = sliced(mesh, options, cache)
        if data is not None:
            parts.append(data)
            lines += data.count(b"\n")
        if lines >= _LINES or len(parts) >= 40:
            break
    while lines < _LINES:
        parts, lines = parts * 2, lines * 2
    return b"\n".join(b"".join(parts).split(b"\n")[:_LINES])


def speeds(data: bytes, repeat: int) -> Iterator[tuple[str, float, float, float]]:
    """What, lines, seconds and megabytes."""
    limits = MotionLimits(jerk_mm_s=(8, 8, 0.4, 5))
    lines = data.count(b"\n") + 1
    listing = list_program(data)
    short = b"\n".join(data.split(b"\n")[:50_000])
    yield "facts and time, compiled", lines, *best(lambda: inspect_listing(list_program(data), limits), repeat)
    yield "the same, plain Python", 50_000, *best(lambda: inspect_program(parse_program(short), limits), 1)
    yield "safety check, compiled", lines, *best(lambda: check_listing(list_program(data), _POLICY), repeat)
    yield "the same, once listed", lines, *best(lambda: check_listing(listing, _POLICY), repeat)
    yield "the same, plain Python", 50_000, *best(lambda: check_program(parse_program(short), _POLICY), 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    parser.add_argument("--meshes", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "fabcommons-gcode-benchmark")
    options = parser.parse_args(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    print("| profile | programs | time: median | p90 | worst | mean, signed | filament: worst |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, times, lengths in errors(options.folder, options.meshes, options.cache):
        middle, high = percentile(times, 0.5), percentile(times, 0.9)
        worst, mean = max(map(abs, times)), statistics.mean(times)
        length = max(map(abs, lengths))
        print(
            f"| {name} | {len(times)} | {middle:.2%} | {high:.2%} | {worst:.2%} | {mean:+.2%} | {length:.3%} |",
            flush=True,
        )
    print("\n| what | lines | lines a second | peak MB |\n|---|---:|---:|---:|")
    for name, lines, seconds, peak_mb in speeds(large_program(options.folder, options.cache), options.repeat):
        print(f"| {name} | {lines:,} | {lines / seconds:,.0f} | {peak_mb:.0f} |", flush=True)


if __name__ == "__main__":
    main()
