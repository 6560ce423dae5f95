"""What an agent needs of a small computer: the base install's size, and its memory while two machines run.

    ./dev python -m benchmarks.agent_only [--seconds 20]

Makes an environment of its own with nothing but the base install (pip fetches six packages and what they need), and has
the agent out of it drive two virtual Marlins for a coordinator of our own that does no more than hand out two jobs.
The machines are processes of their own and are not counted. The aims are 60 MB of disk and 80 MB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from agent.protocol import policy_document
from firmware_bridge.twin.process import find_twin
from gcode.safety import SafetyPolicy

ROOT = Path(__file__).parents[1]
MACHINES = ("one", "two")
LINES = 200_000
PROGRAM = (
    "G28\nM104 S200\n" + "".join(f"G1 X{n % 100} Y{n % 90} F3000\n" for n in range(LINES)) + "M104 S0\n"
).encode()
DIGEST = sha256(PROGRAM).hexdigest()


@dataclass
class Jobs:
    """What the coordinator hands out, and how far it is."""

    left: dict[str, int] = field(default_factory=lambda: {name: number for number, name in enumerate(MACHINES, 1)})
    lines: dict[int, int] = field(default_factory=dict)


class Coordinator(BaseHTTPRequestHandler):
    """Answers an agent."""

    protocol_version = "HTTP/1.1"
    jobs: Jobs

    def do_GET(self) -> None:
        """Machines, what is open, programs."""
        name = self.path.rpartition("/")[2]
        if name == DIGEST:
            self._say(PROGRAM)
        elif name == "machines":
            self._say([_machine(each) for each in MACHINES])
        else:
            self._say([])

    def do_POST(self) -> None:
        """Work, progress, and what an agent tells."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.rpartition("/")[2]
        if name == "work":
            number = self.jobs.left.pop(body["machines"][0], None)
            self._say(None if number is None else _work(number, body["machines"][0]))
        elif name == "requests":
            time.sleep(min(body["wait_s"], 5.0))
            self._say({"waited_s": 5.0, "requests": []})
        else:
            for each in body.get("attempts", []):
                self.jobs.lines[each["attempt_id"]] = each["lines_done"]
            self._say([])

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _say(self, answer: Any) -> None:
        if answer is None:
            time.sleep(1.0)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(204 if answer is None else 200)
        self.send_header("Content-Length", "0" if answer is None else str(len(body)))
        self.end_headers()
        if answer is not None:
            self.wfile.write(body)


def _machine(name: str) -> dict[str, Any]:
    return {"id": name, "driver": "marlin", "port": "virtual", "baud": 115200, "address": None, "key_variable": None}


def _work(number: int, machine: str) -> dict[str, Any]:
    policy = policy_document(SafetyPolicy("marlin", max_hotend_c=250, max_bed_c=90))
    return {
        "attempt_id": number, "fence": 1, "job_id": f"J{number}", "machine": machine, "what": "a long print",
        "pieces": 1, "program_sha256": DIGEST, "program": "long.gcode", "policy": policy, "first_layer": False,
        "lease_s": 60,
    }  # fmt: skip


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the machines run before it is measured")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        folder = Path(scratch)
        python, empty_mb = _environment(folder / "venv")
        installed_mb = _size_mb(folder / "venv") - empty_mb
        idle_mb, peak_mb, lines = _drive(python, folder, wanted.seconds)
    print("| what | MB | aim |")
    print("|---|---:|---:|")
    print(f"| base install, with all that it needs beside Python and pip | {installed_mb:.1f} | 60 |")
    print(f"| memory of the agent before its jobs (resident) | {idle_mb:.1f} | |")
    print(f"| memory of the agent with two machines running (greatest) | {peak_mb:.1f} | 80 |")
    print(f"\nprograms of {LINES:,} lines; {lines:,} lines were done meanwhile", file=sys.stderr)
    sys.exit(0 if installed_mb < 60 and peak_mb < 80 else 1)


def _environment(where: Path) -> tuple[Path, float]:
    """A fresh environment with the base install; its Python, and the size of one without it."""
    subprocess.run([sys.executable, "-m", "venv", str(where)], check=True)
    empty_mb, python = _size_mb(where), where / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-compile", str(ROOT)], check=True)
    return python, empty_mb


def _size_mb(folder: Path) -> float:
    return sum(each.lstat().st_size for each in folder.rglob("*") if not each.is_symlink()) / 1e6


def _drive(python: Path, folder: Path, seconds: float) -> tuple[float, float, int]:
    """Have the agent run two machines; its memory before, its greatest, and how many lines were done."""
    jobs = Jobs()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Ours", (Coordinator,), {"jobs": jobs}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [str(python), "-m", "coordinator", "agent", "--dir", str(folder / "agent"), "--speed", "50"]
    variables = {"FABCOMMONS_COORDINATOR": f"http://127.0.0.1:{server.server_port}", "FABCOMMONS_TOKEN": "t"}
    agent = subprocess.Popen(command, env={**os.environ, **variables}, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        _until(agent, lambda: not jobs.left)
        idle_mb = _memory_mb(agent.pid, "VmRSS")
        _until(agent, lambda: len(jobs.lines) == len(MACHINES))
        time.sleep(seconds)
        return idle_mb, _memory_mb(agent.pid, "VmHWM"), sum(jobs.lines.values())
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.send_signal(signal.SIGKILL)
        agent.wait()
        server.shutdown()
        for link in (folder / "agent").rglob("*.tty"):
            twin = find_twin(link)
            if twin is not None:
                twin.stop()


def _until(agent: subprocess.Popen[bytes], there: Callable[[], bool]) -> None:
    while not there():
        if agent.poll() is not None:
            raise SystemExit(f"the agent has ended with {agent.returncode}")
        time.sleep(0.1)


def _memory_mb(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the system does not tell {name}")


if __name__ == "__main__":
    main()
