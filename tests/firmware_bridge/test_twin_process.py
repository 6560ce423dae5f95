import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import InputError, StateError
from firmware_bridge.twin import find_twin, jobs, read_log, start_twin
from firmware_bridge.twin.process import pid_path

ROOT = Path(__file__).parents[2]


def command(folder: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "firmware_bridge.twin", "--firmware", "marlin"),
        *("--link", str(folder / "port"), "--log", str(folder / "log"), *more),
    ]


def test_a_twin_is_found_again_and_ends_when_told(twin) -> None:
    machine, _ = twin("marlin")
    assert find_twin(machine.link) == machine
    assert machine.link.is_char_device()
    with pytest.raises(StateError, match="already"):
        start_twin("marlin", machine.link, machine.link.with_suffix(".log"))
    machine.stop()
    assert find_twin(machine.link) is None
    assert not machine.link.is_symlink()
    machine.stop()


def test_a_twin_outlives_the_death_of_its_starter(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal, sys\n"
        "from firmware_bridge.twin import start_twin\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "start_twin('grbl', folder / 'port', folder / 'log', idle_exit_s=60)\n"
        "os.killpg(os.getpgid(0), signal.SIGKILL)\n"
    )
    starter = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, start_new_session=True, check=False, timeout=60
    )
    assert starter.returncode == -signal.SIGKILL
    machine = find_twin(tmp_path / "port")
    assert machine is not None
    machine.stop()


def test_a_recycled_number_is_not_mistaken_for_a_twin(tmp_path: Path) -> None:
    pid_path(tmp_path / "port").write_text(json.dumps({"pid": 1}))
    assert find_twin(tmp_path / "port") is None


def test_a_twin_left_alone_ends_by_itself(tmp_path: Path) -> None:
    done = subprocess.run(command(tmp_path, "--idle-exit-s", "0.1"), cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "log"]
    assert [record["event"] for record in read_log(tmp_path / "log")] == ["reset", "boot"]


def test_a_twin_ends_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "machines"
    folder.mkdir()
    with subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"/dev/")
        shutil.rmtree(folder)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    "options",
    [["--speed", "0"], ["--baud", "1"], ["--fault", "loss=1"], ["--fault", "drop=2"], ["--link", "/no/such/port"]],
)
def test_bad_options_are_one_sentence(tmp_path: Path, options: list[str]) -> None:
    done = subprocess.run(
        command(tmp_path, *options), cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_start_twin_passes_on_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="speed"):
        start_twin("marlin", tmp_path / "port", tmp_path / "log", speed=-1)
    with pytest.raises(InputError, match="firmware"):
        start_twin("klipper", tmp_path / "port", tmp_path / "log")


def write_log(path: Path, *lines: str) -> None:
    records = [{"event": line[1:]} if line[0] == "!" else {"n": None, "line": line} for line in lines]
    path.write_text("".join(json.dumps({"t": float(i), **r}) + "\n" for i, r in enumerate(records)))


def test_jobs_stand_between_their_marks(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write_log(
        log, "G28", "M117 a start", "G1 X1", "M105", "M400", "M117 a end", "M104 S0", "(b start)", "X2", "(b end)"
    )
    first, second = jobs(log)
    assert (first.job_id, first.complete, first.program_lines) == ("a", True, ("G1 X1",))
    assert first.executed(["G1 X1"])
    assert not first.executed(["G1 X1", "G1 X1"])
    assert (first.started, first.ended) == (1.0, 5.0)
    assert second.executed(["X2"])


@pytest.mark.parametrize("end", ["!reset", "M117 b end", "!halt"])
def test_an_interrupted_job_is_not_complete(tmp_path: Path, end: str) -> None:
    log = tmp_path / "log"
    write_log(log, "M117 a start", "G1 X1", end, "G1 X2", "M117 a end")
    (job,) = jobs(log)
    assert not job.complete
    assert job.ended is None


def test_a_job_started_twice_stands_twice(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write_log(log, "M117 a start", "G1 X1", "M117 a start", "G1 X1", "M117 a end")
    assert [job.complete for job in jobs(log)] == [False, True]


def test_a_record_being_written_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write_log(log, "G28")
    with log.open("a") as file:
        file.write('{"t": 1.0, "n"')
    assert len(read_log(log)) == 1
    with pytest.raises(InputError, match="cannot be read"):
        read_log(tmp_path / "absent")
    log.write_text("no json\n")
    with pytest.raises(InputError, match="JSON"):
        read_log(log)
