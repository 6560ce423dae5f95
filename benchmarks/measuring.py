"""What measuring meshes costs beside plain trimesh, on one core, on all, and from the cache, as a Markdown table.

    ./dev python benchmarks/measuring.py --count 1000

The meshes are those below `--folder`, by default `../shared/designs/data`, each scaled by another factor until there
are `--count` of different content; where the folder is absent, spheres and boxes of many sizes. "plain trimesh" is
`trimesh.load_mesh` and the same facts asked of it: extents, volume, area, watertight, bodies. All ways run over the
same files in turn, in one process unless the row says otherwise; processor seconds count child processes too.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import trimesh

from coordinator.plans.measuring import measure_parts
from geometry.survey import survey

_FOLDER = Path(__file__).parents[1].parent / "shared" / "designs" / "data"


def sources(folder: Path) -> list[trimesh.Trimesh]:
    """The meshes to begin with."""
    files = sorted(folder.rglob("*")) if folder.is_dir() else []
    found = [trimesh.load_mesh(each) for each in files if each.suffix.lower() == ".stl" and each.stat().st_size > 1024]
    return found or [trimesh.creation.icosphere(each % 4 + 1, radius=10 + each) for each in range(20)]


def make_meshes(count: int, folder: Path, scratch: Path) -> list[Path]:
    """So many binary STL files, no two of the same content."""
    meshes, paths = sources(folder), []
    for number in range(count):
        mesh = meshes[number % len(meshes)].copy()
        mesh.apply_scale(1 + number // len(meshes) / 100)
        path = scratch / f"{number}.stl"
        path.write_bytes(mesh.export(file_type="stl"))
        paths.append(path)
    return paths


def plain(paths: Sequence[Path]) -> int:
    """Each mesh by trimesh alone; how many."""
    for path in paths:
        mesh = trimesh.load_mesh(path)
        _ = mesh.extents, mesh.volume, mesh.area, mesh.is_watertight, mesh.body_count
    return len(paths)


def spent() -> float:
    """Processor seconds of this process and its ended children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of processors."""
    began, before = time.perf_counter(), spent()
    work()
    return time.perf_counter() - began, spent() - before


def rows(paths: Sequence[Path], cache: Path) -> Iterator[tuple[str, float, float]]:
    """What was done, seconds by the clock, seconds of processors."""
    plain(paths[:5])  # imports and first calls are not counted
    survey(paths[:5])
    yield "plain trimesh, one process", *timed(lambda: plain(paths))
    yield "survey, one process", *timed(lambda: survey(paths))
    yield "measure_parts, empty cache", *timed(lambda: measure_parts(paths, folder=cache))
    yield "measure_parts, all in the cache", *timed(lambda: measure_parts(paths, folder=cache))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        paths = make_meshes(options.count, options.folder, Path(scratch))
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{len(paths)} meshes, {megabytes:.0f} MB\n\n| what | s | processor s | of plain |\n|---|---:|---:|---:|")
        peer = 0.0
        for name, took_s, processor_s in rows(paths, Path(scratch) / "cache"):
            peer = peer or processor_s
            print(f"| {name} | {took_s:.1f} | {processor_s:.1f} | {processor_s / peer:.2f} |", flush=True)
    print(f"\npeak memory of a process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
