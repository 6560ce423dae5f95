"""How fast designs and lists are read, and task graphs made, with peak memory, as a Markdown table.

    ./dev python benchmarks/reading.py --repeat 3

Designs are the folders below `--folder`, by default `../shared/designs/data`; where that is absent, generated ones of
10 to 2,000 lines. Each figure is the processor time of the best of `--repeat` runs, in one process, without meshes
being measured: what else the machine does counts little. The large bills stand beside what Python's own `csv` needs to
cut the same text into cells. Memory is the peak of what Python held during one more run, by `tracemalloc`.
"""

from __future__ import annotations

import argparse
import csv
import io
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bom.bill import Bill, BillLine, Make
from bom.graph import task_graph
from bom.grids import read_delimited
from bom.reader import read_bill
from bom.tables import read_table
from designs.source import open_design

_FOLDER = Path(__file__).parents[1].parent / "shared" / "designs" / "data"
_LINES = 100_000
_GENERATED = (10, 100, 500, 2_000)
_LARGE = (  # what is large, whether cells repeat, how many part files lie beside the list
    ("no file beside it", True, 0),
    ("no two cells the same", False, 0),
    ("500 part files beside it", True, 500),
)
_NOUNS = ("bracket", "M4 screw", "bearing 608", "side panel", "motor", "knob", "hinge", "wire 2 m")


def table(lines: int, *, alike: bool = True) -> str:
    """A bill of so many lines, one in three printed; no two names are the same.

    Args:
        lines: how many.
        alike: whether suppliers and comments repeat, as they do in bills; else no two are the same.
    """
    rows = ["Part,Qty,Category,Supplier,Comments"]
    for number in range(lines):
        name = f"{_NOUNS[number % len(_NOUNS)]} {number}"
        supplier = "Shop" if alike else f"Shop {number}"
        made = "printed," if number % 3 == 0 else f"buy,{supplier}"
        comment = f"see page {number % 50}" if alike else f"see page {number} of part {number * 7}"
        rows.append(f"{name},{number % 9 + 1},{made},{comment}")
    return "\n".join(rows) + "\n"


def designs(folder: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Names and folders of designs to read."""
    if folder.is_dir():
        yield from ((path.name, path) for path in sorted(folder.iterdir()) if path.is_dir())
        return
    for lines in _GENERATED:
        path = scratch / f"generated-{lines}"
        (path / "stl").mkdir(parents=True)
        (path / "bom.csv").write_text(table(lines), encoding="utf-8")
        (path / "README.md").write_text("# A thing\n\nBuild it.\n" * 50, encoding="utf-8")
        for number in range(0, lines, 3):
            (path / "stl" / f"{_NOUNS[number % len(_NOUNS)]} {number}.stl").write_bytes(b"solid a\nendsolid a\n")
        yield path.name, path


def large_design(path: Path, text: str, parts: int) -> Path:
    """A folder with this bill and so many part files, named as the printed lines are."""
    (path / "stl").mkdir(parents=True)
    (path / "bom.csv").write_text(text, encoding="utf-8")
    for number in range(0, 3 * parts, 3):
        (path / "stl" / f"{_NOUNS[number % len(_NOUNS)]} {number}.stl").write_bytes(b"solid a\nendsolid a\n")
    return path


def large_bill(lines: int) -> Bill:
    """A bill without a file behind it, one line in three made."""
    return Bill(
        "large",
        tuple(
            BillLine(f"line-{n}", f"line {n}", n % 9 + 1, make=Make.PURCHASE if n % 3 else Make.FABRICATE)
            for n in range(lines)
        ),
    )


def read_design(path: Path) -> int:
    """Open and read a design; how many lines it has."""
    with open_design(path) as design:
        return len(read_bill(design).lines)


def split_cells(text: str) -> int:
    """A table to cells by the standard library alone, as a peer; how many rows it has."""
    return len(list(csv.reader(io.StringIO(text))))


def read_entries(text: str) -> int:
    """A table to its lines as written; how many there are."""
    grid = read_delimited(text)
    return len(read_table(grid, "bom.csv")) if grid else 0


def best(work: Callable[[], int], repeat: int) -> tuple[int, float, float]:
    """What the work counted, the seconds of its fastest run, and its peak memory in MB."""
    seconds = []
    for _ in range(repeat):
        began = time.process_time()
        count = work()
        seconds.append(time.process_time() - began)
    tracemalloc.start()
    count = work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, min(seconds), peak / 1e6


def rows(folder: Path, repeat: int, scratch: Path) -> Iterator[tuple[str, int, float, float]]:
    """Name, count, seconds and megabytes of each measurement; the designs first."""
    for name, path in designs(folder, scratch):
        yield name, *best(lambda path=path: read_design(path), repeat)  # type: ignore[misc]  # the lambda has no type of its own
    text = table(_LINES)
    yield "CSV to cells, by csv.reader", *best(lambda: split_cells(text), repeat)
    yield "CSV to lines as written", *best(lambda: read_entries(text), repeat)
    for what, alike, parts in _LARGE:
        path = large_design(scratch / what, table(_LINES, alike=alike), parts)
        yield f"CSV to a bill, {what}", *best(lambda path=path: read_design(path), repeat)  # type: ignore[misc]  # the same
    bill = large_bill(_LINES)
    yield "bill to a task graph", *best(lambda: len(task_graph(bill)), repeat)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row for each measurement and a sum of the designs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(arguments)
    print("| what | lines or tasks | s | peak MB |")
    print("|---|---:|---:|---:|")
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, count, took_s, peak_mb in rows(options.folder, options.repeat, Path(scratch)):
            seconds += [] if count >= _LINES else [took_s]
            print(f"| {name} | {count:,} | {took_s:.3f} | {peak_mb:.1f} |", flush=True)
    print(f"\n{len(seconds)} designs: median {statistics.median(seconds):.3f} s, slowest {max(seconds):.3f} s")


if __name__ == "__main__":
    main()
