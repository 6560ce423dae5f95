"""Starting a virtual machine as a process of its own, and finding it again.

A running twin holds a lock on the file `<link>.pid`, which also says its process id. The lock ends with the process
however that ends, so a number that was given to another process since is never mistaken for the twin.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import DeviceError, InputError, StateError
from firmware_bridge.twin.faults import Faults

__all__ = ["TwinProcess", "find_twin", "hold_pid_file", "pid_path", "start_twin"]

_START_LIMIT_S = 30.0
_LOCK_LIMIT_S = 1.0
_STEP_S = 0.005


@dataclass(frozen=True, slots=True)
class TwinProcess:
    """A virtual machine that runs.

    Attributes:
        pid: its process id.
        link: where its port appears.
    """

    pid: int
    link: Path

    def is_running(self) -> bool:
        """Whether it still runs."""
        return find_twin(self.link) == self

    def stop(self, limit_s: float = 10.0) -> None:
        """End it and wait for its end.

        Raises:
            DeviceError: it does not end within `limit_s` seconds.
        """
        if not self.is_running():
            return
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + limit_s
        while self.is_running():
            if time.monotonic() > end:
                raise DeviceError("the virtual machine does not end", where=str(self.link))
            time.sleep(_STEP_S)


def pid_path(link: Path) -> Path:
    """The file that a twin with this link locks."""
    return link.with_name(link.name + ".pid")


def find_twin(link: Path) -> TwinProcess | None:
    """The virtual machine whose port appears at `link`, if it runs."""
    try:
        file = os.open(pid_path(link), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return TwinProcess(int(json.loads(os.read(file, 200))["pid"]), link)
        except (ValueError, KeyError, TypeError):
            return None  # it is just starting
    finally:
        os.close(file)
    return None


@contextlib.contextmanager
def hold_pid_file(link: Path) -> Iterator[None]:
    """Own the link for as long as the process lives.

    Raises:
        StateError: another twin owns it.
    """
    path = pid_path(link)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    end = time.monotonic() + _LOCK_LIMIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:  # perhaps only someone looking, which is over at once
            if time.monotonic() > end:
                os.close(file)
                raise StateError("a virtual machine runs already", where=str(link)) from error
            time.sleep(_STEP_S)
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps({"pid": os.getpid(), "started": time.time()}).encode(), 0)
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        os.close(file)


def start_twin(
    firmware: str,
    link: Path,
    log: Path,
    *,
    speed: float = 1.0,
    baud: int | None = None,
    faults: Faults | None = None,
    seed: int = 0,
    idle_exit_s: float = 900.0,
    reset_on_open: bool = True,
    advanced_ok: bool = True,
    latency_s: float = 0.0,
) -> TwinProcess:
    """Start a virtual machine in a session of its own, so that it outlives its starter; returns when its port is there.

    Arguments are those of `firmware_bridge.twin.host.TwinOptions`.

    Raises:
        InputError: an argument is not understood.
        StateError: a twin with this link runs already.
        DeviceError: it did not start.
    """
    if find_twin(link) is not None:
        raise StateError("a virtual machine runs already", where=str(link), hint="rejoin it with find_twin")
    arguments = ["--firmware", firmware, "--link", str(link), "--log", str(log), "--speed", str(speed)]
    arguments += ["--seed", str(seed), "--idle-exit-s", str(idle_exit_s), "--detach"]
    if baud is not None:
        arguments += ["--baud", str(baud)]
    if faults:
        arguments += ["--fault", str(faults)]
    if not reset_on_open:
        arguments.append("--no-reset-on-open")
    if not advanced_ok:
        arguments.append("--no-advanced-ok")
    if latency_s:
        arguments += ["--latency-ms", str(latency_s * 1000)]
    answer = subprocess.run(
        [sys.executable, "-m", "firmware_bridge.twin", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_START_LIMIT_S,
        start_new_session=True,
        check=False,
        env={**os.environ, "PYTHONPATH": _python_path()},
    )
    found = find_twin(link)
    if answer.returncode == InputError.exit_status:
        raise InputError(answer.stderr.strip() or "the virtual machine refuses its arguments")
    if answer.returncode != 0 or found is None:
        raise DeviceError(f"the virtual machine did not start: {answer.stderr.strip()}", where=str(link))
    return found


def _python_path() -> str:
    """This package must be found from any working directory, installed or not."""
    root = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
