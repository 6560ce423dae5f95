"""How full the drivers keep the wire: lines a second to virtual machines, by baud rate, beside Printrun's printcore.

    ./dev peers printrun                         # once; without it the rows of printcore are left out
    ./dev python -m benchmarks.streaming [--lines N] [--seconds S] [--best N] [--only WORD]

The wire's limit is baud / 10 / bytes a line (38 for Marlin). The virtual machines run on pseudo-terminals that keep the
baud rate, as processes of their own; their planner time is divided by a million, so that only driver, wire and parser
count. "One in flight" is the default: one line without an answer, and of the next one what can be taken back. The stop
is measured from the call to the end of the write while a machine is streamed to at full speed. `--best` runs each row
so many times and keeps the quickest, peers likewise: other work on the computer only ever slows a row down.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.device import Outcome, Progress, RunState
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.marlin_lines import numbered
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin import jobs, start_twin
from gcode.program import Program, parse_program

PEER = Path(__file__).parents[1] / ".peers" / "printrun" / "bin" / "python"
BAUDS = (115_200, 250_000, 1_000_000, None)
ONE, WINDOW, COUNTING, PRINTCORE = "one in flight", "window", "counting", "printcore"


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what drives what, over which wire. `receive_bytes`: of the board's buffer, in the window's row."""

    firmware: str
    way: str
    baud: int | None
    latency_s: float = 0.0
    receive_bytes: int = 127

    def __str__(self) -> str:
        latency = f" {self.latency_s * 1000:g} ms USB" if self.latency_s else ""
        buffer = f" {self.receive_bytes} B" if self.receive_bytes != 127 else ""
        return f"{self.firmware} {self.baud or 'no limit'} {self.way}{latency}{buffer}"


def cases() -> list[Case]:
    """All rows, peers beside ours."""
    found = [Case("marlin", way, baud) for baud in BAUDS for way in (WINDOW, ONE, PRINTCORE)]
    found += [Case("marlin", way, baud, 0.001) for baud in BAUDS[:3] for way in (WINDOW, ONE)]
    found.append(Case("marlin", WINDOW, 1_000_000, 0.001, 255))
    found += [Case("grbl", COUNTING, baud) for baud in BAUDS]
    found.append(Case("grbl", COUNTING, 115_200, 0.004))
    return found


def program(count: int, firmware: str = "marlin") -> Program:
    """Lines like a slicer's, each a move: 38 bytes with number and checksum, 21 for GRBL."""
    if firmware == "grbl":
        body = "".join(f"G1X{i % 200:03d}.125Y{i * 7 % 200:03d}.5F99\n" for i in range(count))
    else:
        body = "".join(f"G1 X{i % 200:03d}.12 Y{i * 7 % 200:03d}.5 F3000\n" for i in range(count))
    return parse_program(("G21\nG90\n" + body).encode())


def wire_bytes(work: Program, firmware: str) -> float:
    """Bytes that a line takes on the wire, on average."""
    sent = [numbered(n, line) if firmware == "marlin" else f"{line}\n" for n, line in enumerate(work.lines, start=1)]
    return sum(map(len, sent)) / len(sent)


async def drive(case: Case, link: Path, work: Program) -> tuple[float, float]:
    """Stream with our driver; seconds, and seconds of processor."""
    device: MarlinDevice | GrblDevice
    if case.firmware == "marlin":
        flying = 99 if case.way == WINDOW else 1
        timing = MarlinTiming(lines_in_flight=flying, receive_bytes=case.receive_bytes)
        device = await MarlinDevice.open(str(link), timing=timing)
    else:
        device = await GrblDevice.open(str(link))
    began, spent = time.perf_counter(), time.process_time()
    result = await device.run(work, job_id="benchmark", progress=lambda _: None)
    told = time.perf_counter() - began, time.process_time() - spent
    await device.close()
    if result.outcome is not Outcome.FINISHED:
        raise SystemExit(f"{case}: {result}")
    return told


def drive_peer(link: Path, work: Program, folder: Path, limit_s: float) -> tuple[int, float, float]:
    """Stream with printcore; lines, seconds, and seconds of processor."""
    path = folder / "program.gcode"
    path.write_text("\n".join(work.lines))
    command = [str(PEER), str(Path(__file__).with_name("printcore_peer.py")), str(link), "115200", str(path)]
    done = subprocess.run([*command, str(limit_s)], capture_output=True, text=True, check=True, timeout=limit_s + 60)
    told = json.loads(done.stdout.splitlines()[-1])
    return told["lines"], told["seconds"], told["cpu_s"]


def measure(case: Case, folder: Path, lines: int, seconds: float) -> tuple[float, str, float]:
    """Lines a second, their share of the wire, and microseconds of processor a line."""
    scratch = Path(tempfile.mkdtemp(dir=folder))
    count = lines if case.baud is None else int(case.baud / 10 / 38 * seconds)
    if case.way == PRINTCORE:
        count = min(count, 3000)
    work = program(count, case.firmware)
    twin = start_twin(
        case.firmware,
        scratch / "port",
        scratch / "log",
        speed=1e6,
        baud=case.baud,
        latency_s=case.latency_s,
        advanced_ok=case.way == WINDOW,
    )
    try:
        if case.way == PRINTCORE:
            sent, took_s, cpu_s = drive_peer(twin.link, work, scratch, 4 * seconds)
        else:
            sent = len(work.lines)
            took_s, cpu_s = asyncio.run(drive(case, twin.link, work))
    finally:
        twin.stop()
    if case.way != PRINTCORE and not jobs(scratch / "log")[0].executed(work.lines):
        raise SystemExit(f"{case}: not what was sent")
    rate = sent / took_s
    share = f"{rate * wire_bytes(work, case.firmware) * 10 / case.baud:.1%}" if case.baud else "-"
    return rate, share, cpu_s / sent * 1e6


async def stop_ms(folder: Path, firmware: str) -> float:
    """Milliseconds from the call of a stop to the end of its write, in the middle of a stream."""
    scratch = Path(tempfile.mkdtemp(dir=folder))
    twin = start_twin(firmware, scratch / "port", scratch / "log", speed=1e6)
    opened = MarlinDevice if firmware == "marlin" else GrblDevice
    device = await opened.open(str(twin.link))
    seen: list[Progress] = []
    running = asyncio.ensure_future(device.run(program(200_000, firmware), job_id="stop", progress=seen.append))
    while not (seen and seen[-1].state is RunState.RUNNING and seen[-1].lines_done > 1000):
        await asyncio.sleep(0.005)
    began = time.perf_counter()
    await device.stop_now()
    took_s = time.perf_counter() - began
    await running
    await device.close()
    twin.stop()
    return took_s * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=40_000, help="without a baud limit")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each row with one")
    parser.add_argument("--best", type=int, default=1, help="of so many runs of each row")
    parser.add_argument("--only", default="", help="rows that hold this")
    arguments = parser.parse_args()
    print("| firmware, baud, way | lines a second | share of the wire | us of CPU a line |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        for case in cases():
            if arguments.only in str(case) and (case.way != PRINTCORE or PEER.exists()):
                runs = [measure(case, Path(name), arguments.lines, arguments.seconds) for _ in range(arguments.best)]
                rate, share, cpu_us = max(runs)
                print(f"| {case} | {rate:.0f} | {share} | {min(cpu_us, *(run[2] for run in runs)):.1f} |", flush=True)
        for firmware in ("marlin", "grbl"):
            if arguments.only in f"stop {firmware}":
                took = sorted(asyncio.run(stop_ms(Path(name), firmware)) for _ in range(10))
                print(f"\nstop {firmware}, call to write: median {took[5]:.2f} ms, worst of 10 {took[-1]:.2f} ms")


if __name__ == "__main__":
    main()
