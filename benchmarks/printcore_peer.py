"""Printrun's printcore sends a program to a port; run by the interpreter of `./dev peers printrun`, never imported.

    .peers/printrun/bin/python benchmarks/printcore_peer.py PORT BAUD FILE SECONDS

Prints one JSON object: lines, seconds from the first line to the last answer, seconds of processor.
"""

import json
import sys
import time
from pathlib import Path

from printrun import gcoder
from printrun.printcore import printcore


def main() -> None:
    """Send until the end, or until so many seconds are over."""
    port, baud, path, limit_s = sys.argv[1:]
    lines = Path(path).read_text().splitlines()
    core = printcore(port, int(baud))
    while not core.online:
        time.sleep(0.01)
    time.sleep(0.5)
    began, spent = time.perf_counter(), time.process_time()
    core.startprint(gcoder.LightGCode(lines))
    while core.printing and time.perf_counter() - began < float(limit_s):
        time.sleep(0.005)
    sent = len(lines) if not core.printing else core.queueindex
    told = {"lines": sent, "seconds": time.perf_counter() - began, "cpu_s": time.process_time() - spent}
    print(json.dumps(told), flush=True)
    core.cancelprint()
    core.disconnect()


main()
