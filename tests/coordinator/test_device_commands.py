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


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals of runs lie in the working folder."""
    monkeypatch.chdir(tmp_path)


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


@pytest.mark.parametrize("enter", [True, False])
def test_a_run_that_waits_for_a_person_goes_on_at_enter(
    enter: bool, twin: Callable[..., tuple[TwinProcess, Path]], program: Path
) -> None:
    machine, log = twin("grbl")
    program.write_text("G21\nG1 X1 F600\nM3 S1000\nG1 X5\nM5\n")
    command = [sys.executable, "-m", "coordinator", "machine", "run", "--port", str(machine.link), "--firmware", "grbl"]
    with subprocess.Popen(
        [*command, "--arm", str(program)],
        stdin=subprocess.PIPE if enter else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if "paused" in line)
        assert not any("M3" in line for job in jobs(log) for line in job.lines)
        if enter:
            assert "Enter goes on" in said
            process.communicate("\n", timeout=100)
            assert process.returncode == 0
            sent = [line for line in jobs(log)[0].lines if not line.startswith("G4")]  # it waits for motion to end
            assert sent == ["G21", "G1 X1 F600", "M3 S1000", "G1 X5", "M5"]
        else:
            assert "resume it at the machine" in said
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=100)
            assert process.returncode == 130


def test_a_print_from_the_memory_card(twin: Callable[..., tuple[TwinProcess, Path]], program: Path) -> None:
    machine, log = twin("marlin")
    answer = fabcommons("machine", "run", "--port", machine.link, "--firmware", "marlin", "--from-card", program)
    assert answer.returncode == 0, answer.stderr
    assert jobs(log)[0].executed(LINES)


def test_an_option_of_another_firmware_is_refused(program: Path) -> None:
    answer = fabcommons("machine", "run", "--port", "/dev/x", "--firmware", "grbl", "--from-card", program)
    assert answer.returncode == 2
    assert "--from-card is for --firmware marlin" in answer.stderr


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


def journal(tmp_path: Path) -> list[dict[str, object]]:
    (path,) = (tmp_path / ".fabcommons" / "by-hand").glob("*.journal")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_an_operator_lets_pass_is_recorded(
    twin: Callable[..., tuple[TwinProcess, Path]], program: Path, tmp_path: Path
) -> None:
    machine, _ = twin("marlin")
    program.write_text("G28\nG4 P700000\n")
    run = ("machine", "run", "--port", machine.link, "--firmware", "marlin", program)
    refused = fabcommons(*run)
    assert refused.returncode == 2
    assert "--override dwell" in refused.stderr.replace("\n", " ")
    assert not (tmp_path / ".fabcommons").exists()
    assert fabcommons(*run, "--override", "dwell", "--confirm", "--who", "p-1").returncode == 0
    started, ended = journal(tmp_path)
    assert (started["confirmed_by"], ended["step"]) == ("p-1", "finished")
    assert started["lifted"] == [{"line": 2, "command": "G4", "rule": "dwell"}]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("temperature", "nobody may"),
        ("M997", "nobody may"),
        ("unknown-command", "only the lab may"),
        ("M7219", "not known here"),
        ("G1", "passes anyway"),
    ],
)
def test_what_may_hurt_cannot_be_let_pass(name: str, said: str, program: Path) -> None:
    answer = fabcommons("machine", "run", "--port", "/dev/x", "--firmware", "marlin", program, "--override", name)
    assert answer.returncode == 2
    assert said in answer.stderr


def test_a_run_that_was_killed_is_lost_contact_and_wants_a_persons_word(
    twin: Callable[..., tuple[TwinProcess, Path]], program: Path, tmp_path: Path
) -> None:
    machine, log = twin("marlin", speed=1.0)
    run = ("machine", "run", "--port", machine.link, "--firmware", "marlin", program)
    process = subprocess.Popen(
        [sys.executable, "-m", "coordinator", *map(str, run)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not jobs(log) and time.monotonic() < end:
        time.sleep(0.05)
    process.kill()
    process.wait()
    program.write_text("G28\n")
    again = fabcommons(*run)
    assert again.returncode == 1
    assert "contact was lost" in again.stderr
    assert "--confirm" in again.stderr
    assert [entry["step"] for entry in journal(tmp_path)] == ["started", "lost contact"]
    assert fabcommons(*run, "--confirm").returncode == 0


def test_a_real_machine_of_the_labs_file_is_asked_about(program: Path, tmp_path: Path) -> None:
    labs = tmp_path / "labs.yaml"
    machine = "{id: p, name: P, processes: [fdm], connection: {driver: marlin, port: /dev/x}, limits: {nozzle_c: 250}"
    text = "labs: [{id: n, name: N, timezone: UTC, opening_hours: {}, machines: [%s, mode: %s}]}]\n"
    run = ("machine", "run", "--port", "/dev/x", "--firmware", "marlin", program, "--labs", labs, "--machine", "p")
    for mode, said in (("armed", "--confirm says so"), ("monitored", "nothing is sent to this machine")):
        labs.write_text(text % (machine, mode))
        answer = fabcommons(*run)
        assert answer.returncode == 1
        assert said in answer.stderr
    assert "cannot be opened" in fabcommons(*run[:-4], "--confirm").stderr


def talk(text: str, *arguments: str | Path) -> tuple[int, list[dict[str, object]], str]:
    command = [sys.executable, "-m", "coordinator", "machine", "terminal", *map(str, arguments), "--json"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_person_talks_to_a_marlin(twin: Callable[..., tuple[TwinProcess, Path]]) -> None:
    machine, log = twin("marlin")
    lines = "G28\nM104 S999\nM997\nM0\nallow waits-for-a-person\nallow M997\nM104 S150\nM105 ; look\n"
    status, told, errors = talk(lines, "--port", machine.link, "--firmware", "marlin")
    assert status == 1, "some lines were refused"
    assert [(each["line"], each["sent"], each["rule"]) for each in told] == [
        ("G28", True, None),
        ("M104 S999", False, "temperature"),
        ("M997", False, "firmware-update"),
        ("M0", False, "waits-for-a-person"),
        ("allow M997", False, None),
        ("M104 S150", True, None),
        ("M105 ; look", True, None),
    ]
    assert "to let it pass: allow waits-for-a-person" in str(told[3]["reason"])
    assert "T:" in str(told[-1]["answer"])
    assert "you leave with a heater set to 150 C" in errors
    assert "M997" not in log.read_text()


def test_a_person_talks_to_a_grbl(twin: Callable[..., tuple[TwinProcess, Path]]) -> None:
    machine, _ = twin("grbl")
    lines = "?\n$$\n$100=1\n$X\nG92 X0\n$J=G91 X1 F100\n$J=G91 X1 F100 M997\nG1 X1 F100\n^x\n"
    status, told, _ = talk(lines, "--port", machine.link, "--firmware", "grbl")
    assert status == 1
    assert [each["line"] for each in told if not each["sent"]] == ["$100=1", "$J=G91 X1 F100 M997"]
    assert str(told[0]["answer"]).count("<Idle") == 1
    assert any("$100=" in line for line in told[1]["answer"])  # type: ignore[attr-defined]
    assert "Grbl" in str(told[-1]["answer"])


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
    probe = fabcommons("machine", "probe", "http://127.0.0.1:9", "--json")
    assert probe.returncode == 0
    (told,) = json.loads(probe.stdout)
    assert told["firmware"] is None
    assert "cannot be reached" in told["reason"]
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
