"""The program `git`, called as if a stranger had made the repository.

No shell, no prompt (git runs in a session without a terminal), no hook, no transport but those named, a time limit, and
no search for a repository around the place (`--git-dir` is always given). See git(1), githooks(5) and git-config(1),
`protocol.allow`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from core.errors import InputError, LimitError, MissingToolError

__all__ = ["Git"]

_POLL_S = 0.2
_MAX_REASON_CHARS = 400
_INHERITED = ("GIT_CONFIG", "GIT_SSH", "GIT_SSL")
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.askPass=",
    "core.fsmonitor=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
)


class Git:
    """`git` on one repository.

    Args:
        git_dir: the bare repository or the `.git` of a work tree.
        where: the design, for messages.
        limit_s: for one call.
        protocols: transports that may be used, parted by colons; "none" keeps it off the network.
        settings: further settings of git, such as "http.followRedirects=false".

    Raises:
        MissingToolError: git is not installed.
    """

    def __init__(
        self, git_dir: Path, *, where: str, limit_s: int, protocols: str = "none", settings: Sequence[str] = ()
    ) -> None:
        program = shutil.which("git")
        if program is None:
            raise MissingToolError("the program git is not installed", hint="install git, or give a folder or a zip")
        self._program = program
        self._git_dir = git_dir
        self._where = where
        self._limit_s = limit_s
        self._protocols = protocols
        self._settings = (*_SETTINGS, *settings)

    def run(self, *arguments: str, growth_bytes: int | None = None) -> str:
        """What git prints.

        Args:
            arguments: the command; a word from outside stands behind ``--`` or ``--end-of-options``.
            growth_bytes: how large the repository may become on disk while git runs, or None.

        Raises:
            InputError: git refuses; the message holds its reason.
            LimitError: it takes too long or too much space.
        """
        with self._started(arguments, stderr=subprocess.PIPE) as process:
            while True:
                try:
                    output, complaint = process.communicate(timeout=_POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    self._check_growth(growth_bytes)
        self._check_growth(growth_bytes)
        if process.returncode != 0:
            raise InputError(f"git refuses: {_reason(complaint)}", where=self._where)
        return output.decode("utf-8", "replace")

    @contextmanager
    def talk(self, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The standard input and output of git while it runs.

        Raises:
            InputError: git refuses.
            LimitError: it takes too long.
        """
        with self._started(arguments, stderr=subprocess.DEVNULL) as process:
            assert process.stdin is not None  # noqa: S101 - opened as pipes below
            assert process.stdout is not None  # noqa: S101
            with suppress(BrokenPipeError):  # git ended early: its exit status says so
                yield process.stdin, process.stdout
                process.stdin.close()
                process.stdout.read()
            process.wait()
        if process.returncode != 0:
            raise InputError("git cannot read the repository", where=self._where, hint="try `git fsck` on it")

    @contextmanager
    def _started(self, arguments: tuple[str, ...], *, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
        settings = [word for setting in self._settings for word in ("-c", setting)]
        with subprocess.Popen(
            [self._program, *settings, f"--git-dir={self._git_dir}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=self._environment(),
            start_new_session=True,
        ) as process:
            expired = threading.Event()

            def expire() -> None:
                expired.set()
                _kill(process)

            watchdog = threading.Timer(self._limit_s, expire)
            watchdog.daemon = True
            watchdog.start()
            try:
                yield process
            finally:
                watchdog.cancel()
                if process.poll() is None:
                    _kill(process)
                if process.stdin is not None:
                    with suppress(BrokenPipeError):
                        process.stdin.close()
                if expired.is_set():
                    raise LimitError(f"git took longer than {self._limit_s} s", where=self._where)

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GIT_", "SSH_ASKPASS")) or name.startswith(_INHERITED)
        }
        return kept | {
            "GIT_ALLOW_PROTOCOL": self._protocols,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            "SSH_ASKPASS_REQUIRE": "never",
        }

    def _check_growth(self, growth_bytes: int | None) -> None:
        if growth_bytes is None:
            return
        size = 0
        for folder, _, names in os.walk(self._git_dir):
            for name in names:
                with suppress(FileNotFoundError):  # git renames while we look
                    size += os.lstat(f"{folder}/{name}").st_size
        if size > growth_bytes:
            raise LimitError(f"the repository is larger than {growth_bytes:,} bytes", where=self._where)


def _reason(complaint: bytes) -> str:
    """What git says up to its first fatal line: with ssh the true reason stands before that line."""
    reasons = []
    for line in complaint.decode("utf-8", "replace").strip().splitlines():
        words = line.removeprefix("fatal: ").removeprefix("error: ").strip().rstrip(".")
        if words:
            reasons.append(words)
        if line.startswith("fatal: "):
            break
    return "; ".join(reasons)[:_MAX_REASON_CHARS] or "no reason given"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and the helpers it started: they are a session of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
