"""How full the drivers keep the wire: lines a second to virtual machines, by baud rate.

    python -m benchmarks.streaming [--lines N] [--faults N_SEEDS]

The wire's limit is baud / 10 / bytes a line. The virtual machines' planner time is divided by a million, so that only
driver, wire and parser count. `--faults` streams over a wire that drops, corrupts and delays lines each way, without
ports and on a clock that only events move, and counts runs in which every line was executed once and in order.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from core.errors import LostContactError
from firmware_bridge.device import Device, Outcome
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.marlin_lines import numbered
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.port import LineSplitter
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin import jobs, start_twin
from firmware_bridge.twin.faults import Faults, FaultyWire
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin import MarlinFirmware
from gcode.program import Program, parse_program

BAUDS = (115_200, 250_000, 1_000_000, None)
SECONDS_PER_RATE = 4.0


def program(count: int) -> Program:
    """Lines like a slicer's, each a move."""
    body = "".join(f"G1 X{i % 200:03d}.125 Y{i * 7 % 200:03d}.50 F3000\n" for i in range(count))
    return parse_program(("G21\nG90\n" + body).encode())


async def stream(firmware: str, folder: Path, baud: int | None, count: int, *, advanced_ok: bool) -> None:
    """Measure one machine at one rate and print a line."""
    name = f"{firmware}-{baud}-{advanced_ok}"
    twin = start_twin(firmware, folder / name, folder / f"{name}.log", speed=1e6, baud=baud, advanced_ok=advanced_ok)
    device: Device
    if firmware == "marlin":
        device = await MarlinDevice.open(str(twin.link), timing=MarlinTiming(lines_in_flight=99))
    else:
        device = await GrblDevice.open(str(twin.link))
    work = program(count)
    started, cpu = time.perf_counter(), time.process_time()
    result = await device.run(work, job_id="benchmark", progress=lambda _: None)
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    await device.close()
    twin.stop()
    (job,) = jobs(folder / f"{name}.log")
    if result.outcome is not Outcome.FINISHED or not job.executed(work.lines):
        raise SystemExit(f"{name}: {result}")
    rate = count / elapsed
    sent = [numbered(n, line) if firmware == "marlin" else f"{line}\n" for n, line in enumerate(work.lines, start=1)]
    size = sum(map(len, sent)) / count
    share = f"{rate * size * 10 / baud:6.1%} of the wire" if baud else "no limit"
    window = "" if firmware == "grbl" else ("window" if advanced_ok else "one in flight")
    cost = f"{cpu / count * 1e6:6.1f} us CPU a line"
    print(f"{firmware:7}{baud or '-':>10} {window:14}{rate:9.0f} lines/s  {share:20}{cost}")


def faulty_run(path: Path, seed: int, lines: tuple[str, ...], faults: Faults) -> bool:
    """Whether every line was executed once and in order."""
    log = ExecutionLog(path)
    firmware = MarlinFirmware(log, speed=1e6, advanced_ok=seed % 2 == 0)
    firmware.reset(0.0, "power")
    now = firmware.wake_at or 0.0
    firmware.advance(now)
    firmware.take_output()
    down, up = (FaultyWire(faults, random.Random(f"{seed} {way}")) for way in ("down", "up"))
    splitter, run = (
        LineSplitter(),
        MarlinStream(lines, job_id="faults", now=now, timing=MarlinTiming(lines_in_flight=99)),
    )
    try:
        while run.result is None:
            outward = down.carry(run.take_output(), now)
            if outward:
                firmware.feed(outward, now)
            firmware.advance(now)
            inward = up.carry(firmware.take_output(), now)
            for line in splitter.feed(inward):
                run.receive(line, now)
            run.advance(now)
            if not (outward or inward):
                moments = (run.wake_at, firmware.wake_at, down.release_at, up.release_at)
                now = max(now + 1e-6, min(moment for moment in moments if moment is not None))
    except LostContactError:
        return False
    finally:
        log.close()
    (job,) = jobs(path)
    return run.result.outcome is Outcome.FINISHED and job.executed(lines)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=50_000, help="without a baud limit; with one, for some seconds")
    parser.add_argument("--faults", type=int, default=0, metavar="SEEDS")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.faults:
            lines = program(10_000).lines
            for share in (0.001, 0.01, 0.05):
                faults = Faults(drop=share, corrupt=share, delay=share)
                good = sum(
                    faulty_run(folder / f"{share}-{seed}", seed, lines, faults) for seed in range(arguments.faults)
                )
                print(f"{share:6.1%} of lines dropped, corrupted, delayed: {good} of {arguments.faults} runs whole")
            return
        for firmware, advanced_ok in (("marlin", True), ("marlin", False), ("grbl", True)):
            for baud in BAUDS:
                count = arguments.lines if baud is None else int(baud / 10 / 38 * SECONDS_PER_RATE)
                asyncio.run(stream(firmware, folder, baud, count, advanced_ok=advanced_ok))


if __name__ == "__main__":
    main()
