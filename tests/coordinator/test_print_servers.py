"""A lab's machine behind a print server is driven by the lab's runner like any other."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.journal import Step
from agent.runner import Order, Report
from coordinator.make.workshop import Workshop
from coordinator.plans.programs import policy_for
from core.hashes import sha256_of_bytes
from machines.network import read_network
from tests.firmware_bridge.servers.conftest import KEY, moonraker, octoprint  # noqa: F401 - fixtures

LABS = """
labs:
  - id: north
    name: North
    timezone: Europe/Berlin
    opening_hours: {{daily: "08:00-20:00"}}
    machines:
      - id: printer
        name: Behind OctoPrint
        processes: [fdm]
        envelope_mm: [200, 200, 200]
        limits: {{nozzle_c: 250, bed_c: 100, feed_mm_min: 10000}}
        connection: {{driver: octoprint, address: "{address}", key_variable: NORTH_KEY}}
"""
PROGRAM = b"G28\nG1 X10 Y10 F3000\nG1 X20\nM104 S0\nM140 S0\nM107\n"


def run(folder: Path, address: str) -> Report:
    labs, program = folder / "labs.yaml", folder / "part.gcode"
    labs.write_text(LABS.format(address=address))
    program.write_bytes(PROGRAM)
    network = read_network(labs)
    order = Order("job-1", program, sha256_of_bytes(PROGRAM), policy_for(network.machine("printer")))

    async def main() -> Report:
        workshop = Workshop(network, folder / "workshop", speed=1.0)
        try:
            return await workshop.runner("printer").run(order, lambda _: None)
        finally:
            await workshop.close()

    return asyncio.run(main())


@pytest.mark.timeout(300)
def test_a_job_is_printed_by_a_real_octoprint(octoprint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("NORTH_KEY", KEY)
    folder = tmp_path / "lab"
    folder.mkdir()
    with octoprint() as server:
        report = run(folder, server.address)
    assert (report.step, report.lines) == (Step.FINISHED, 6)


def test_a_server_that_cannot_be_reached_or_has_no_key_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NORTH_KEY", raising=False)
    report = run(tmp_path, "127.0.0.1:9")
    assert report.step is Step.FAILED
    assert "NORTH_KEY is empty" in report.message
    assert "nothing was started" in report.message


def test_a_server_that_is_away_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORTH_KEY", KEY)
    report = run(tmp_path, "127.0.0.1:9")
    assert report.step is Step.FAILED
    assert "cannot be reached" in report.message


@pytest.mark.timeout(300)
def test_a_program_of_klippers_is_run_by_hand_behind_a_real_moonraker(
    moonraker,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "part.gcode"
    program.write_text("G28\nSET_VELOCITY_LIMIT ACCEL=3000\nG1 X10 Y10 F3000\nM104 S0\n")
    command = [sys.executable, "-m", "coordinator", "machine", "run", str(program), "--json"]
    with moonraker() as (server, _, log):
        done = subprocess.run(
            [*command, "--server", server.address], capture_output=True, text=True, timeout=200, check=False
        )
        probe = subprocess.run(
            [*command[:4], "probe", server.address, "--json"], capture_output=True, text=True, timeout=100, check=False
        )
        assert "SDCARD_PRINT_FILE" in log.read_text()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["outcome"], told["firmware"], told["lines"]) == ("finished", "moonraker", 4)
    assert json.loads(probe.stdout)[0]["firmware"] == "moonraker"
