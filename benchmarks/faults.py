"""What faults on the wire do to a print: runs that end with every line executed once and in order.

    ./dev python -m benchmarks.faults [--seeds N] [--lines N] [--ways WORD,WORD] [--kinds ...] [--shares ...]

Stream and virtual Marlin meet on a clock that only events move, over a wire of 115,200 baud; a fault of one kind hits
the given share of lines, each way. The virtual board tells an error in full before it flushes its receive buffer, as
boards without a transmit buffer do: the hardest case for what is in flight. Three outcomes are counted: whole (every
line once and in order, and said so), stopped (the run ended before the last line, and said so), and wrong, what no
checksum shows: finished, or going on, with something executed that the program does not hold.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import LostContactError
from firmware_bridge.device import Outcome, RunState
from firmware_bridge.grbl_stream import GrblStream
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.stream import Stream
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.grbl import GrblFirmware
from firmware_bridge.twin.log import ExecutionLog, jobs, read_log
from firmware_bridge.twin.marlin import MarlinFirmware
from firmware_bridge.twin.rehearsal import Rehearsal

BAUD = 115_200
ERROR_S = 48 * 10 / BAUD  # "Error:checksum mismatch, Last Line: 1234" and its end
KINDS = ("drop", "corrupt", "double", "delay")
SHARES = (0.001, 0.01, 0.05)
WAYS = ("one", "plain", "window", "grbl")
PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how lines go out, what hits them, and the seed of chance."""

    way: str
    kind: str
    share: float
    seed: int
    lines: int


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it. `wrong_lines`: executed, but no line of the program or of the sender, or twice."""

    ending: str
    wrong_lines: int
    longest_gap_s: float
    seconds: float


def program(count: int) -> list[str]:
    """Relative extrusion, so that a line executed twice would show in the part."""
    return ["G28", "G90", "M83", *(f"G1 X{10 + i % 150}.125 Y{20 + i % 97}.5 E0.0{i % 10}" for i in range(count - 3))]


def stage(run: Run, log: ExecutionLog, lines: list[str]) -> tuple[Rehearsal, Stream]:
    """The table, and who stands at it."""
    faults = replace(Faults(), **{run.kind: run.share})
    if run.way == "grbl":
        table = Rehearsal(GrblFirmware(log, speed=1e6), faults, run.seed, baud=BAUD)
        return table, GrblStream(["G21", "G90", "F900", *lines[3:]], job_id="faults", now=table.now, proves=True)
    firmware = MarlinFirmware(log, speed=1e6, advanced_ok=run.way == "window", refuse_s=ERROR_S)
    table = Rehearsal(firmware, faults, run.seed, baud=BAUD)
    timing = MarlinTiming(lines_in_flight=99 if run.way == "window" else 1)
    return table, MarlinStream(lines, job_id="faults", now=table.now, timing=timing, takes_back=run.way == "one")


def rehearse(run: Run) -> Told:
    """Run it and look at what the machine executed."""
    lines = program(run.lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        log = ExecutionLog(path)
        table, stream = stage(run, log, lines)
        longest, done, since = 0.0, 0, table.now

        def watch(now: float) -> None:
            nonlocal longest, done, since
            if stream.progress.lines_done != done:
                longest, done, since = max(longest, now - since), stream.progress.lines_done, now
            elif stream.progress.state is RunState.PAUSED and now > since + PATIENCE_S:
                stream.cancel(now)  # a byte became a feed hold: a person sees the pause and ends the run

        try:
            table.run(stream, each_turn=watch)
            finished = stream.result is not None and stream.result.outcome is Outcome.FINISHED
        except LostContactError:
            finished = False
        log.close()
        sent = ["G21", "G90", "F900", *lines[3:]] if run.way == "grbl" else lines
        whole = finished and any(job.executed(sent) for job in jobs(path))
        wrong = wrong_lines(path, sent)
    ending = "whole" if whole else "wrong" if finished else "stopped"
    return Told(ending, wrong, longest, table.now)


def wrong_lines(path: Path, sent: list[str]) -> int:
    """Executed lines that no numbered line of the sender accounts for."""
    executed = [record["line"] for record in read_log(path) if "line" in record]
    surplus = Counter(line for line in executed if line[:1] in "GXYZEF") - Counter(sent)
    return sum(count for line, count in surplus.items() if line != "G4 P0.01")


def series(way: str, kind: str, share: float, seeds: int, lines: int) -> Iterable[Run]:
    """The runs of one row."""
    return [Run(way, kind, share, seed, lines) for seed in range(seeds)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--shares", default=",".join(map(str, SHARES)))
    arguments = parser.parse_args()
    print("| way | fault | of lines | whole | stopped | wrong | surplus lines | longest wait, s | minutes a run |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    with ProcessPoolExecutor(2) as pool:
        for way in arguments.ways.split(","):
            for kind in arguments.kinds.split(","):
                for share in map(float, arguments.shares.split(",")):
                    runs = series(way, kind, share, arguments.seeds, arguments.lines)
                    told = list(pool.map(rehearse, runs, chunksize=5))
                    endings = Counter(each.ending for each in told)
                    counts = " | ".join(str(endings[name]) for name in ("whole", "stopped", "wrong"))
                    surplus = sum(each.wrong_lines for each in told)
                    longest = max(each.longest_gap_s for each in told)
                    minutes = sum(each.seconds for each in told) / len(told) / 60
                    print(
                        f"| {way} | {kind} | {share:.1%} | {counts} | {surplus} | {longest:.1f} | {minutes:.1f} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
