"""Slices every part of real designs into a cache, then asks for each again.

    ./dev python -m benchmarks.slicing --cache /tmp/slices

Parts are the meshes and solids below `--folder`, by default `../shared/designs/data`, each content once, on
`--printers` printers of 250, 220 and 180 mm. A second run with the same cache slices nothing. "Asked again" is the
whole way: the file hashed, the plate's key made, every byte of the cached G-code verified.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from core.errors import FabcommonsError
from core.hashes import sha256_of_file
from machines.lab import Connection, Driver, Machine
from machines.printing.defaults import print_profile
from machines.printing.profile import PrintProfile
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.expectation import ProfileExpectation
from machines.toolpaths.part_mesh import PART_MESH_SUFFIXES
from machines.toolpaths.prusa import prusa_slicer
from machines.toolpaths.slicing import SlicedPlate, WantedPart, slice_parts

_FOLDER = Path(__file__).parents[1].parent / "shared" / "designs" / "data"
_ENVELOPES_MM = ((250.0, 210.0, 210.0), (220.0, 220.0, 250.0), (180.0, 180.0, 180.0))


def parts(folder: Path, most_bytes: int, kinds: Collection[str] = PART_MESH_SUFFIXES) -> Iterator[Path]:
    """Part files, each content once, the smallest first."""
    seen = set()
    for path in sorted(folder.rglob("*"), key=lambda each: (each.stat().st_size, each)):
        if path.suffix.lower() not in kinds or not path.is_file() or path.stat().st_size > most_bytes:
            continue
        digest = sha256_of_file(path)
        if digest not in seen:
            seen.add(digest)
            yield path


def profiles(count: int) -> list[PrintProfile]:
    """Of so many printers, with PLA."""
    made = []
    for number, size in enumerate(_ENVELOPES_MM[:count]):
        hands = Connection(Driver.HANDS)
        machine = Machine(f"printer-{number}", "lab", "", ("fdm",), hands, materials=("pla",), envelope_mm=size)
        made.append(print_profile(machine, "pla", "standard" if number else "draft"))
    return made


def main() -> None:
    """Print what ended in the cache, and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    parser.add_argument("--cache", type=Path, required=True, help="where plates are kept")
    parser.add_argument("--printers", type=int, default=2, choices=(1, 2, 3))
    parser.add_argument("--most", type=int, default=10_000, help="files")
    parser.add_argument("--most-bytes", type=int, default=12_000_000, help="of a file")
    parser.add_argument("--kinds", nargs="+", default=sorted(PART_MESH_SUFFIXES), help="suffixes")
    arguments = parser.parse_args()
    cache, slicer = ToolpathCache(arguments.cache), prusa_slicer()
    first: list[float] = []
    again: list[float] = []
    holds: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    kept: set[str] = set()

    def ask(path: Path, profile: PrintProfile) -> tuple[SlicedPlate, ...]:
        expectation = ProfileExpectation(profile)
        return slice_parts([WantedPart(path)], profile.prusa_ini(), slicer=slicer, cache=cache, expectation=expectation)

    for path in list(parts(arguments.folder, arguments.most_bytes, arguments.kinds))[: arguments.most]:
        for profile in profiles(arguments.printers):
            started = time.perf_counter()
            try:
                plates = ask(path, profile)
            except FabcommonsError as error:
                refused[getattr(error, "code", None) or error.what.partition(":")[0][:60]] += 1
                continue
            first.append(time.perf_counter() - started)
            kept |= {plate.key for plate in plates}
            holds.update({hold.code for plate in plates for hold in plate.holds} or {"not held"})
            started = time.perf_counter()
            ask(path, profile)
            again.append(time.perf_counter() - started)
            print(f"{path.name[:40]}: {first[-1]:.1f} s, {[h.reason for p in plates for h in p.holds]}", flush=True)
    print("\n| what | figure |\n|---|---|")
    print(f"| slices asked for | {len(first) + refused.total()} |")
    print(f"| kept in the cache | {len(kept)} |")
    print(f"| the first time, median and greatest | {statistics.median(first):.1f} s, {max(first):.1f} s |")
    print(
        f"| asked again, median and greatest | {1000 * statistics.median(again):.1f} ms, {1000 * max(again):.1f} ms |"
    )
    print(f"| held, by reason | {', '.join(f'{code} {count}' for code, count in holds.most_common())} |")
    print(f"| refused, by reason | {', '.join(f'{code} {count}' for code, count in refused.most_common())} |")


if __name__ == "__main__":
    main()
