"""What a virtual machine executed: append-only JSON lines, and their reader.

One record per executed line, `{"t": 1700000000.0, "n": 7, "line": "G1 X1"}` (`n` is null without a line number; with
`"skipped": true` it is a move that was not made, as its object is left out), and one per event, `{"t": ..., "event":
"boot" | "open" | "close" | "reset" | "alarm" | "halt", ...}`. A job's lines stand between the marks `M117 <id> start`
and `M117 <id> end` (Marlin), or the comments `(<id> start)` and `(<id> end)` (GRBL).
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any

from core.errors import InputError

__all__ = ["ExecutionLog", "LoggedJob", "jobs", "read_log"]

_MARK = re.compile(r"(?:M117 |\()([A-Za-z0-9_-]{1,40}) (start|end)\)?")
_MARK_STARTS = ("M117", "(")
_DURABLE_EVENTS = {"boot", "reset", "halt"}
# What a sender adds to a program: questions, the pauses of a print from the card, and the wait for the end of motion.
_QUESTIONS = frozenset({"M105", "M27", "M24", "M25"})
_LEAVES_OUT = re.compile(r"M486 P\d+")
_WAITS = ("M400", "G4 P0.01")


class ExecutionLog:
    """The writing side. Records gather until `flush`, which the twin calls once a turn of its loop."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._records: list[str] = []
        self._durable = False
        self._time = time.time()

    def stamp(self) -> None:
        """Records from here on carry the present moment."""
        self._time = time.time()

    def line(self, number: int | None, text: str, *, skipped: bool = False) -> None:
        """Note an executed line; `skipped` where it moves nothing, as its object is left out."""
        n, more = "null" if number is None else number, ', "skipped": true' if skipped else ""
        self._records.append(f'{{"t": {self._time:.6f}, "n": {n}, "line": {encode_basestring_ascii(text)}{more}}}\n')
        if text.startswith(_MARK_STARTS) and _MARK.fullmatch(text):
            self._durable = True

    def event(self, name: str, **facts: str | int | float) -> None:
        """Note what happened to the machine."""
        self._records.append(json.dumps({"t": round(self._time, 6), "event": name, **facts}) + "\n")
        self._durable = self._durable or name in _DURABLE_EVENTS

    def flush(self) -> None:
        """Write what has gathered; at a job's marks and at resets also to the disk."""
        if not self._records:
            return
        data = "".join(self._records).encode("ascii")
        self._records.clear()
        while data:
            data = data[os.write(self._file, data) :]
        if self._durable:
            os.fsync(self._file)
            self._durable = False

    def close(self) -> None:
        """Write the rest and close the file."""
        self.flush()
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class LoggedJob:
    """One start of a job, as the machine saw it.

    Attributes:
        job_id: from the marks.
        lines: what was executed between the marks, the sender's own lines included.
        complete: whether the end mark came before a reset or another start.
        started: Unix time of the start mark.
        ended: Unix time of the end mark; None when it never came.
    """

    job_id: str
    lines: tuple[str, ...]
    complete: bool
    started: float
    ended: float | None

    @property
    def program_lines(self) -> tuple[str, ...]:
        """The lines without those that a sender adds: questions, and the wait at the end."""
        lines = [line for line in self.lines if not _is_senders(line)]
        if lines and lines[-1] in _WAITS:
            lines.pop()
        return tuple(lines)

    def executed(self, program_lines: Sequence[str]) -> bool:
        """Whether the job is complete and each line of the program was executed exactly once and in order."""
        return self.complete and self.program_lines == tuple(line for line in program_lines if not _is_senders(line))


def _is_senders(line: str) -> bool:
    """Whether a sender may have put the line among those of a program: it asks, or leaves an object out."""
    return line in _QUESTIONS or _LEAVES_OUT.fullmatch(line) is not None


def read_log(path: Path) -> list[dict[str, Any]]:
    """All records, in order. A last line that is still being written is left out.

    Raises:
        InputError: the file cannot be read, or a record is no JSON object.
    """
    return list(_records(path))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="ascii") as file:
            for number, text in enumerate(file, start=1):
                if not text.endswith("\n"):
                    return
                record = json.loads(text)
                if not isinstance(record, dict):
                    raise InputError("the record is no JSON object", where=f"{path}:{number}")
                yield record
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise InputError("is no execution log of JSON lines", where=str(path)) from error


def jobs(path: Path) -> list[LoggedJob]:
    """Every start of a job, in order; a job started twice stands twice.

    Raises:
        InputError: as for `read_log`.
    """
    found: list[LoggedJob] = []
    open_job: tuple[str, float, list[str]] | None = None

    def close(ended: float | None) -> None:
        if open_job is not None:
            found.append(LoggedJob(open_job[0], tuple(open_job[2]), ended is not None, open_job[1], ended))

    for record in _records(path):
        line = record.get("line")
        if line is None:
            if record.get("event") in _DURABLE_EVENTS:
                close(None)
                open_job = None
            continue
        mark = _MARK.fullmatch(line) if line.startswith(_MARK_STARTS) else None
        if mark is None:
            if open_job is not None:
                open_job[2].append(line)
        elif mark[2] == "start":
            close(None)
            open_job = (mark[1], record["t"], [])
        elif open_job is not None:
            close(record["t"] if mark[1] == open_job[0] else None)
            open_job = None
    close(None)
    return found
