"""How fast programs are checked: compiled, plainly, and by what an agent looks at again.

    ./dev python -m benchmarks.safety --lines 500000

The programs are made here in the manner of slicers and CAM programs: moves of uneven length, a comment every forty
lines, a setting every two hundred. The plain check is the peer; seconds are the best of `--repeat` in one run.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence

from gcode.bulk.listing import list_program
from gcode.bulk.safety import check_listing
from gcode.extent import Bounds
from gcode.program import parse_program
from gcode.recheck import recheck
from gcode.safety import SafetyPolicy, Tool, check_program

_BED = Bounds((0, 0, 0), (300, 300, 300))


def _printer(firmware: str) -> SafetyPolicy:
    return SafetyPolicy(firmware, _BED, max_hotend_c=260, max_bed_c=110, max_feed_mm_min=18_000)


POLICIES = {
    "marlin": _printer("marlin"),
    "klipper": _printer("klipper"),
    "reprap": _printer("reprap"),
    "grbl": SafetyPolicy("grbl", _BED, max_feed_mm_min=6000, max_power=24_000, tool=Tool.SPINDLE),
}
_SETTINGS = {"marlin": "M204 S800", "klipper": "SET_VELOCITY_LIMIT ACCEL=3000", "reprap": "M204 P2000", "grbl": "F900"}


def program(dialect: str, lines: int) -> bytes:
    """An honest program of so many lines."""
    chance = random.Random(7)
    prints = dialect != "grbl"
    rows = ["G28", "M104 S200", "M83"] if prints else ["G21 G90", "M3 S12000"]
    while len(rows) < lines:
        row = f"G1 X{chance.uniform(0, 300):.3f} Y{chance.uniform(0, 300):.3f}"
        rows.append(f"{row} E{chance.uniform(0, 1):.5f}" if prints else row)
        if len(rows) % 40 == 0:
            rows.append(";TYPE:Solid infill" if prints else "(next)")
        if len(rows) % 200 == 0:
            rows.append(_SETTINGS[dialect])
    return "\n".join([*rows, "M104 S0" if prints else "M5", ""]).encode()


def lines_per_s(work: Callable[[], object], lines: int, repeat: int) -> float:
    """Of the quickest of some runs."""
    best = float("inf")
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return lines / best


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(arguments)
    print("| firmware | compiled, lines/s | plain | times | again by an agent |")
    print("|---|---:|---:|---:|---:|")
    for dialect, policy in POLICIES.items():
        print(_row(dialect, policy, options.lines, options.repeat))


def _row(dialect: str, policy: SafetyPolicy, lines: int, repeat: int) -> str:
    data = program(dialect, lines)
    few = parse_program(program(dialect, lines // 10))
    if check_listing(list_program(data), policy):
        raise SystemExit(f"the {dialect} program is refused")
    fast = lines_per_s(lambda: check_listing(list_program(data), policy), lines, repeat)
    plain = lines_per_s(lambda: check_program(few, policy), len(few.lines), 1)
    again = lines_per_s(lambda: recheck(few, policy), len(few.lines), repeat)
    return f"| {dialect} | {fast:,.0f} | {plain:,.0f} | {fast / plain:.0f} | {again:,.0f} |"


if __name__ == "__main__":
    main()
