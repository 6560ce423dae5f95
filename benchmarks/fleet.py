"""Many machines driven at once by one process: how full each wire stays, and what that costs.

    ./dev python -m benchmarks.fleet [--machines 20] [--seconds S] [--baud N] [--window]

Half of the virtual machines are Marlins, half GRBLs, each a process of its own on a pseudo-terminal that keeps the baud
rate. Cores and memory are those of the one process that drives them all; what the virtual machines need is told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.streaming import program, wire_bytes
from firmware_bridge.device import Outcome
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin import TwinProcess, jobs, start_twin
from gcode.program import Program


async def drive(firmware: str, link: Path, work: Program, begin: asyncio.Barrier, timing: MarlinTiming) -> float:
    """One machine; how long its run took."""
    device = await (MarlinDevice.open(str(link), timing=timing) if firmware == "marlin" else GrblDevice.open(str(link)))
    await begin.wait()
    began = time.perf_counter()
    result = await device.run(work, job_id="fleet", progress=lambda _: None)
    took_s = time.perf_counter() - began
    await device.close()
    if result.outcome is not Outcome.FINISHED:
        raise SystemExit(f"{link}: {result}")
    return took_s


def cpu_of(twins: list[TwinProcess]) -> float:
    """Seconds of processor that the virtual machines have used."""
    ticks = 0
    for twin in twins:
        told = Path(f"/proc/{twin.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(told[11]) + int(told[12])
    return ticks / 100


async def fleet(kinds: list[str], folder: Path, baud: int, seconds: float, timing: MarlinTiming) -> None:
    """Drive them all, and print what came of it."""
    works = {kind: program(int(baud / 10 / 38 * seconds), kind) for kind in set(kinds)}
    twins = [
        start_twin(kind, folder / f"{n}", folder / f"{n}.log", speed=1e6, baud=baud, advanced_ok=kind == "marlin")
        for n, kind in enumerate(kinds)
    ]
    try:
        begin = asyncio.Barrier(len(twins))
        spent, theirs, began = time.process_time(), cpu_of(twins), time.perf_counter()
        took = await asyncio.gather(
            *(drive(kind, twin.link, works[kind], begin, timing) for kind, twin in zip(kinds, twins, strict=True))
        )
        elapsed, spent, theirs = time.perf_counter() - began, time.process_time() - spent, cpu_of(twins) - theirs
    finally:
        for twin in twins:
            twin.stop()
    for number, kind in enumerate(kinds):
        if not jobs(folder / f"{number}.log")[0].executed(works[kind].lines):
            raise SystemExit(f"machine {number}: not what was sent")
    shares = sorted(
        len(works[kind].lines) * wire_bytes(works[kind], kind) * 10 / baud / took_s
        for kind, took_s in zip(kinds, took, strict=True)
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(kinds)} machines at {baud} baud: share of the wire {shares[0]:.1%} at least, {shares[-1]:.1%} at most")
    print(f"cores: {spent / elapsed:.2f} for all drivers, {theirs / elapsed:.2f} for the virtual machines")
    print(f"peak memory of the drivers' process: {memory:.0f} MB")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--machines", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--baud", type=int, default=115_200)
    parser.add_argument("--window", action="store_true", help="several lines in flight to the Marlins")
    arguments = parser.parse_args()
    kinds = [("marlin", "grbl")[number % 2] for number in range(arguments.machines)]
    timing = MarlinTiming(lines_in_flight=99 if arguments.window else 1)
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(fleet(kinds, Path(name), arguments.baud, arguments.seconds, timing))


if __name__ == "__main__":
    main()
