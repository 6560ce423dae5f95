"""Run an external program on a stranger's file so that it can do no harm.

The program sees `/usr`, its inputs under `/in` (read-only), `/out` and an empty `/tmp`; no network, no other process,
no home. It has no capabilities, and its memory, processor time, files and processes are limited. Bubblewrap (`bwrap`)
does this with the kernel's name spaces (namespaces(7), bwrap(1)); where it cannot, nothing is run at all.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.errors import FabcommonsError, InputError, LimitError, MissingToolError

__all__ = ["SandboxLimits", "SandboxRun", "check_sandbox", "find_tool", "run_sandboxed"]

_NOBODY = 65534  # the user and group that own nothing, on every Linux
_POLL_S = 0.05
_END_S = 10.0  # the kernel needs milliseconds
_LOG_BYTES = 8192
_MAX_INPUTS = 5000
_SYSTEM = ("/usr", "/etc/fonts")  # programs, libraries, fonts; nothing of a person
_UNPRINTABLE = re.compile(r"[^\n\x20-\x7e\xa0-\uffff]")
_PREREQUISITES = {"bwrap": "bubblewrap", "prlimit": "util-linux", "setpriv": "util-linux"}


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one run may use.

    Attributes:
        memory_bytes: address space of each process.
        cpu_s: processor time of each process.
        wall_s: time until it is ended.
        file_bytes: of one file.
        output_bytes: of all that it leaves behind; it is ended when it writes more.
        process_count: processes and threads at once; four for each processor are added.
    """

    memory_bytes: int = 2_000_000_000
    cpu_s: int = 60
    wall_s: float = 120.0
    file_bytes: int = 200_000_000
    output_bytes: int = 400_000_000
    process_count: int = 64

    def __post_init__(self) -> None:
        if min(self.memory_bytes, self.cpu_s, self.wall_s, self.file_bytes, self.output_bytes, self.process_count) <= 0:
            raise ValueError("every limit of a sandbox is above zero")


@dataclass(frozen=True, slots=True)
class SandboxRun:
    """What a run left.

    Attributes:
        status: the program's exit status; 128 and more when a signal ended it.
        log: the last of what it printed, control characters taken out.
        files: the wanted files that it wrote, by name.
        wall_s: how long it took.
    """

    status: int
    log: str
    files: Mapping[str, bytes]
    wall_s: float


def find_tool(name: str, package: str) -> str:
    """Where a program lies.

    Args:
        name: of the program.
        package: of the distribution, for the hint.

    Raises:
        MissingToolError: it is not on PATH, or lies where a sandbox does not see it.
    """
    found = shutil.which(name)
    hint = f"apt-get install {package}"
    if found is None:
        raise MissingToolError(f"the program {name} is not installed", hint=hint)
    if not Path(found).resolve().is_relative_to("/usr"):
        what = f"{found} lies outside /usr, which is all that the sandbox shows"
        raise MissingToolError(what, hint=hint)
    return found


def check_sandbox() -> None:
    """Make sure that sandboxes work on this computer; looked at once.

    Raises:
        MissingToolError: they do not, and why.
    """
    reason = _probe()
    if reason is not None:
        what, hint = reason
        raise MissingToolError(what, hint=hint)


def run_sandboxed(
    command: Sequence[str],
    inputs: Mapping[str, bytes | Path],
    *,
    outputs: Sequence[str] = (),
    limits: SandboxLimits = SandboxLimits(),
) -> SandboxRun:
    """Run a program in a sandbox of its own, with `/in` as its working folder.

    Args:
        command: the program and its arguments; `/in/NAME` is an input, `/out/NAME` an output.
        inputs: content, or a file to copy, by its path below `/in`.
        outputs: names in `/out` that are wanted; what else lies there is thrown away.
        limits: what it may use.

    Raises:
        MissingToolError: sandboxes do not work here.
        LimitError: it took too long, wrote too much, or has too many inputs.
        OSError: an input cannot be read, or the temporary folder not be written.
    """
    check_sandbox()
    with _stage(inputs) as stage:
        started = time.monotonic()
        status = _run(stage, command, limits)
        wall_s = time.monotonic() - started
        files = {name: data for name in outputs if (data := _read_output(stage / "out" / name, limits)) is not None}
        return SandboxRun(status, _tail(stage / "log"), files, wall_s)


@contextmanager
def _stage(inputs: Mapping[str, bytes | Path]) -> Iterator[Path]:
    """A folder with the inputs, readable to all, and an empty `out` that the sandbox's user owns."""
    if len(inputs) > _MAX_INPUTS:
        raise LimitError(f"{len(inputs):,} files are more than the {_MAX_INPUTS:,} that a sandbox takes")
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as name:
        stage = Path(name)
        stage.chmod(0o711)
        (stage / "in").mkdir(mode=0o755)
        (stage / "out").mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(stage / "out", _NOBODY, _NOBODY)
        for place, content in inputs.items():
            _put_input(stage / "in", place, content)
        yield stage


def _put_input(folder: Path, place: str, content: bytes | Path) -> None:
    path = PurePosixPath(place)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise InputError(f"{place!r} is no path below a folder")
    target = folder / path
    for parent in reversed(target.relative_to(folder).parents[:-1]):
        (folder / parent).mkdir(exist_ok=True)
        (folder / parent).chmod(0o755)
    if isinstance(content, Path):
        shutil.copyfile(content, target)
    else:
        target.write_bytes(content)
    target.chmod(0o644)


def _wrapping(stage: Path, limits: SandboxLimits, info: int) -> list[str]:
    """What stands before the command: an ordinary user, the sandbox (its first process told to `info`), the limits."""
    user = []
    if os.geteuid() == 0:  # what breaks out of the sandbox must not be root, and root knows no limit of processes
        user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--no-new-privs"]
    shown = [word for each in _SYSTEM for word in ("--ro-bind-try", each, each)]
    links = [word for each in ("lib", "lib64", "bin") for word in ("--symlink", f"usr/{each}", f"/{each}")]
    processes = limits.process_count + 4 * (os.cpu_count() or 1)
    return [
        *user,
        "bwrap", "--info-fd", str(info), "--unshare-all", "--die-with-parent", "--new-session", *shown, *links,
        "--proc", "/proc", "--dev", "/dev", "--size", str(limits.file_bytes), "--tmpfs", "/tmp",  # noqa: S108 - its own
        "--ro-bind", str(stage / "in"), "/in", "--bind", str(stage / "out"), "/out", "--chdir", "/in",
        "--clearenv", "--setenv", "PATH", "/usr/bin:/usr/local/bin", "--setenv", "HOME", "/tmp",  # noqa: S108
        "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "MALLOC_ARENA_MAX", "2", "--cap-drop", "ALL",
        "prlimit", f"--as={limits.memory_bytes}", f"--cpu={limits.cpu_s}", f"--fsize={limits.file_bytes}",
        f"--nproc={processes}", "--core=0", "--",
    ]  # fmt: skip


def _run(stage: Path, command: Sequence[str], limits: SandboxLimits) -> int:
    """Run to the end, or end it; returns the exit status once nothing of it runs any more."""
    deadline = time.monotonic() + limits.wall_s
    with (stage / "log").open("wb") as log, _started(stage, command, limits, log) as process:
        while True:
            try:
                status = process.wait(_POLL_S)
                return status if status >= 0 else 128 - status
            except subprocess.TimeoutExpired:
                _check_running(stage, limits, deadline)


@contextmanager
def _started(
    stage: Path, command: Sequence[str], limits: SandboxLimits, log: BinaryIO
) -> Iterator[subprocess.Popen[bytes]]:
    """The sandbox, running; at the end of the context it and all that it started are gone."""
    reader, writer = os.pipe()
    wrapping = _wrapping(stage, limits, writer)
    with open(reader, "rb") as info:  # noqa: PTH123 - of a handle
        try:
            process = subprocess.Popen(
                [shutil.which(wrapping[0]) or wrapping[0], *wrapping[1:], *command],
                env={},  # what is inside reads the environment of its first process
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, pass_fds=(writer,),
            )  # fmt: skip
        finally:
            os.close(writer)
        inside = None
        try:
            inside = _first_inside(info)
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if inside is not None:  # the kernel ends all others of the name space before this one
                select.select([inside], [], [], _END_S)
                os.close(inside)


def _first_inside(info: BinaryIO) -> int | None:
    """A handle of the sandbox's first process, whose end is the end of all in it; None when it came to nothing."""
    found = re.search(rb'"child-pid": *(\d+)', info.read())
    try:
        return os.pidfd_open(int(found[1])) if found else None
    except ProcessLookupError:
        return None


def _check_running(stage: Path, limits: SandboxLimits, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise LimitError(f"the program was ended after {limits.wall_s:g} s", hint="simplify the part")
    written = (stage / "log").stat().st_size + sum(_size(path) for path in _walk(stage / "out"))
    if written > limits.output_bytes:
        what = f"the program was ended: it had written more than {limits.output_bytes:,} bytes"
        raise LimitError(what, hint="simplify the part")


def _walk(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # it went while we looked
        return 0


def _read_output(path: Path, limits: SandboxLimits) -> bytes | None:
    """A regular file's content; a link or a pipe that a hijacked program left is never followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        os.close(handle)
        return None
    with open(handle, "rb") as file:  # noqa: PTH123 - of a handle
        if facts.st_size > limits.file_bytes:
            raise LimitError(f"the program wrote {facts.st_size:,} bytes, more than the {limits.file_bytes:,} allowed")
        return file.read(limits.file_bytes + 1)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LOG_BYTES))
        return _UNPRINTABLE.sub("?", file.read().decode("utf-8", "replace").replace("\r", "\n"))


@lru_cache(maxsize=1)
def _probe() -> tuple[str, str] | None:
    """Why sandboxes do not work here, and what to do; None when they do."""
    for program, package in _PREREQUISITES.items():
        if shutil.which(program) is None:
            what = f"programs are run on files of strangers in a sandbox only, and {program} is not installed"
            return what, f"apt-get install {package}"
    try:
        with _stage({"probe": b"seen"}) as stage:
            status = _run(stage, ["cp", "/in/probe", "/out/probe"], SandboxLimits(wall_s=20))
            if status == 0 and (stage / "out" / "probe").read_bytes() == b"seen":
                return None
            said = _tail(stage / "log").strip().splitlines()
            why = said[-1] if said else f"exit status {status}"
    except (OSError, FabcommonsError) as error:
        why = str(error)
    hint = "allow user namespaces to ordinary users, use bubblewrap 0.7 or newer, or keep to designs that bring G-code"
    return f"programs are run on files of strangers in a sandbox only, and none can be made here: {why}", hint
