"""Programs in the sandbox can do their work and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InputError, LimitError, MissingToolError
from machines.toolpaths import sandbox as module
from machines.toolpaths.sandbox import SandboxLimits, check_sandbox, find_tool, run_sandboxed

LIMITS = SandboxLimits(wall_s=20)


def shell(script: str, *outputs: str, limits: SandboxLimits = LIMITS) -> module.SandboxRun:
    """Run a script, as a hijacked program might; /in/secret is its input."""
    return run_sandboxed(["bash", "-c", script], {"secret": b"for its eyes"}, outputs=outputs, limits=limits)


@pytest.fixture(autouse=True)
def _needs(sandbox: None) -> None:
    """All tests here need a working sandbox."""


def test_reads_in_writes_out() -> None:
    done = run_sandboxed(["cp", "/in/deep/er/part", "/out/copy"], {"deep/er/part": b"data"}, outputs=("copy", "none"))
    assert done.status == 0
    assert dict(done.files) == {"copy": b"data"}


def test_a_file_of_this_computer_may_be_an_input(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"data")
    assert run_sandboxed(["cat", "part"], {"part": tmp_path / "part"}).log == "data"


@pytest.mark.parametrize(
    "script",
    [
        "cat /etc/passwd",
        "ls /root /home /work /var",
        "cat /proc/1/environ | grep -a HOME=/root",
        "echo x > /in/secret",
        "echo x > /usr/bin/x",
        "exec 3<>/dev/tcp/127.0.0.1/22",
        "mount -t tmpfs none /in",
        "unshare -m true && mount -o remount,rw /usr",
        "kill -9 -1",
        "chroot / true",
    ],
)
def test_what_it_must_not_do_fails(script: str) -> None:
    done = shell(f"{script} && echo done > /out/done", "done")
    assert done.files == {}, done.log


def test_it_is_nobody_alone_without_network_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "of the lab")
    done = shell(
        "env; id -u; ls /proc | grep -c '^[0-9]'; ls /sys/class/net 2>/dev/null; grep CapEff /proc/self/status"
    )
    assert "SECRET" not in done.log
    assert done.log.splitlines()[-1].endswith("0000000000000000")
    assert "\n0\n" not in done.log  # never root


def test_memory_is_limited() -> None:
    bomb = "python3 -c 'x = bytearray(10**9)' && echo grown > /out/grown"
    assert shell(bomb, "grown", limits=SandboxLimits(memory_bytes=500_000_000)).files == {}
    assert shell("python3 -c 'x = bytearray(10**8)' && echo grown > /out/grown", "grown").files  # the test can fail


def test_endless_work_ends() -> None:
    with pytest.raises(LimitError, match=r"ended after 0\.5 s"):
        shell("while true; do :; done", limits=SandboxLimits(wall_s=0.5))


def test_processor_time_is_limited() -> None:
    done = shell("while true; do :; done", limits=SandboxLimits(cpu_s=1, wall_s=60))
    assert done.status == 128 + 9
    assert done.wall_s < 50


def test_processes_are_limited() -> None:
    forks = """
import os, time
for count in range(1000):
    try:
        if os.fork() == 0:
            time.sleep(2)
            os._exit(0)
    except BlockingIOError:
        print("stopped at", count)
        break
"""
    done = run_sandboxed(["python3", "-c", forks], {}, limits=SandboxLimits(process_count=8, wall_s=20))
    assert "stopped at" in done.log


def test_a_file_is_limited() -> None:
    done = shell("head -c 5000000 /dev/zero > /out/big; ls -l /out", "big", limits=SandboxLimits(file_bytes=1_000_000))
    assert len(done.files["big"]) == 1_000_000


def test_all_files_together_are_limited() -> None:
    endless = "i=0; while true; do i=$((i+1)); head -c 1000000 /dev/zero > /out/$i; done"
    with pytest.raises(LimitError, match="had written more"):
        shell(endless, limits=SandboxLimits(output_bytes=20_000_000, wall_s=60))


_WRITERS = "for w in 1 2 3 4 5 6 7 8; do (while :; do : > /out/$w.$RANDOM; done) & done; "


@pytest.mark.parametrize("attempt", range(4))
def test_nothing_of_it_runs_when_it_was_ended(attempt: int) -> None:
    """Else its files appear in a folder that is being taken away."""
    with pytest.raises(LimitError, match="was ended after"):
        shell(f"{_WRITERS} wait", limits=SandboxLimits(wall_s=0.3 + attempt / 100))


def test_nothing_of_it_runs_when_it_has_left() -> None:
    assert shell(f"{_WRITERS} sleep 0.2").status == 0


def test_links_and_pipes_that_it_leaves_are_not_followed() -> None:
    done = shell("ln -s /etc/passwd /out/link; mkfifo /out/pipe; mkdir /out/folder", "link", "pipe", "folder")
    assert done.status == 0
    assert done.files == {}


def test_what_it_prints_is_cut_and_cleaned() -> None:
    done = shell(r"head -c 100000 /dev/zero | tr '\0' x; printf '\033[31mred\n'")
    assert len(done.log) < 10_000
    assert done.log.endswith("?[31mred\n")


@pytest.mark.parametrize("place", ["../out", "/etc/x", "", "a/../../b"])
def test_inputs_stay_below_their_folder(place: str) -> None:
    with pytest.raises(InputError, match="no path below"):
        run_sandboxed(["true"], {place: b""})


def test_too_many_inputs_are_refused() -> None:
    with pytest.raises(LimitError, match="5,001 files"):
        run_sandboxed(["true"], {str(number): b"" for number in range(5001)})


def test_limits_are_above_zero() -> None:
    with pytest.raises(ValueError, match="above zero"):
        SandboxLimits(cpu_s=0)


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    which = module.shutil.which
    monkeypatch.setattr(module.shutil, "which", lambda name: None if name == "bwrap" else which(name))
    _forget(monkeypatch)
    with pytest.raises(MissingToolError, match="bwrap is not installed") as caught:
        run_sandboxed(["true"], {})
    assert caught.value.hint == "apt-get install bubblewrap"


def test_where_it_cannot_work_the_reason_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapping = module._wrapping

    def broken(stage: Path, limits: SandboxLimits, info: int) -> list[str]:
        return ["--no-such-option" if each == "--proc" else each for each in wrapping(stage, limits, info)]

    monkeypatch.setattr(module, "_wrapping", broken)
    _forget(monkeypatch)
    with pytest.raises(MissingToolError, match=r"none can be made here: .*no-such-option"):
        check_sandbox()


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test look for itself; others keep what was found before."""
    monkeypatch.setattr(module, "_probe", module._probe.__wrapped__)


def test_programs_are_found_where_the_sandbox_shows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_tool("cp", "coreutils").endswith("/cp")
    with pytest.raises(MissingToolError, match="no-such-slicer is not installed"):
        find_tool("no-such-slicer", "slicers")
    program = tmp_path / "slicer"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="outside /usr"):
        find_tool("slicer", "slicers")
