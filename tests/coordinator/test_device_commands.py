"""`fabcommons machine run|status|stop|probe|simulate`, as a person types them, before virtual machines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge.twin.log import jobs
from firmware_bridge.twin.process import TwinProcess

LINES = ["G28", *(f"G1 X{i % 50} Y{i % 40} F6000" for i in range(300))]


def fabcommons(*arguments: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "coordinator", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "part.gcode"
    path.write_text("\n".join(LINES) + "\n")
    return path


@pytest.mark.parametrize("firmware", ["marlin", "grbl"])
def test_a_program_runs_on_a_port(firmware: str, twin: Callable[..., tuple[TwinProcess, Path]], program: Path) -> None:
    lines = LINES if firmware == "marlin" else ["G21", *LINES[1:]]
    program.write_text("\n".join(lines) + "\n")
    machine, log = twin(firmware)
    answer = fabcommons("machine", "run", "--port", machine.link, "--firmware", firmware, program, "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["outcome"], told["lines"], told["lines_total"]) == ("finished", 301, 301)
    assert jobs(log)[0].executed(lines)
    assert "envelope is not checked" in answer.stderr


def test_a_harmful_program_is_not_sent(twin: Callable[..., tuple[TwinProcess, Path]], program: Path) -> None:
    machine, log = twin("marlin")
    program.write_text("G28\nM502\n")
    answer = fabcommons("machine", "run", "--port", machine.link, "--firmware", "marlin", program)
    assert answer.returncode == 2
    assert f"{program}:2: M502" in answer.stderr.replace("\n", "")
    assert not jobs(log)


def test_a_machine_of_the_labs_file_sets_the_limits(
    twin: Callable[..., tuple[TwinProcess, Path]], program: Path
) -> None:
    machine, _ = twin("marlin")
    program.write_text("G28\nG1 X999 F600\n")
    labs = Path(__file__).parents[2] / "examples" / "labs.yaml"
    run = ("machine", "run", "--port", machine.link, "--firmware", "marlin", program, "--labs", labs, "--machine")
    answer = fabcommons(*run, "ria-printer-1")
    assert answer.returncode == 2
    assert "999" in answer.stderr
    unknown = fabcommons(*run, "nowhere")
    assert unknown.returncode == 2
    assert "ria-printer-1" in unknown.stderr


def test_ctrl_c_ends_a_run_safely(twin: Callable[..., tuple[TwinProcess, Path]], program: Path) -> None:
    machine, log = twin("marlin", speed=1.0)
    command = [sys.executable, "-m", "coordinator", "machine", "run", "--port", str(machine.link)]
    process = subprocess.Popen(
        [*command, "--firmware", "marlin", str(program), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not jobs(log) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert json.loads(out)["outcome"] == "cancelled"
    assert "Traceback" not in errors
    assert "heaters, fan and tool are off" in json.loads(out)["message"]


def test_status_probe_and_stop(twin: Callable[..., tuple[TwinProcess, Path]]) -> None:
    machine, log = twin("marlin")
    status = fabcommons("machine", "status", "--port", machine.link, "--firmware", "marlin", "--json")
    assert json.loads(status.stdout)["state"] == "idle"
    probe = fabcommons("machine", "probe", machine.link)
    assert f"connection: {{driver: marlin, port: {machine.link}, baud: 115200}}" in probe.stdout.replace("\n", "")
    stop = fabcommons("machine", "stop", "--port", machine.link, "--firmware", "marlin")
    assert stop.returncode == 0
    assert "confirmed the stop" in stop.stdout
    assert '"halt"' in log.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status",), "name one machine"),
        (("status", "--port", "/dev/nowhere"), "a port needs its firmware"),
        (("status", "--port", "/dev/nowhere", "--firmware", "marlin"), "cannot be opened"),
        (("status", "--server", "ftp://x"), "no address of a print server"),
        (("status", "--server", "x", "--kind", "cups"), "no kind of print server"),
        (("run", "/nowhere.gcode", "--server", "x"), "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments: tuple[str, ...], said: str) -> None:
    answer = fabcommons("machine", *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_server_that_is_away_is_said() -> None:
    answer = fabcommons("machine", "status", "--server", "127.0.0.1:9")
    assert answer.returncode == 1
    assert "cannot be reached" in answer.stderr


def test_a_virtual_machine_prints_its_port(tmp_path: Path, program: Path) -> None:
    link = tmp_path / "folder" / "tty"
    command = [sys.executable, "-u", "-m", "coordinator", "machine", "simulate", "--firmware", "grbl"]
    process = subprocess.Popen(
        [*command, "--link", str(link), "--speed", "1e6"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(link)
        end = time.monotonic() + 20
        while not link.exists() and time.monotonic() < end:
            time.sleep(0.05)
        program.write_text("G21\nG1 X1 F600\n")
        assert fabcommons("machine", "run", "--port", link, "--firmware", "grbl", program).returncode == 0
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        assert process.stdout is not None
        process.stdout.close()
    assert not link.is_symlink()
