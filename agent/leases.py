"""What an agent has taken on, on disk before it acts: the jobs under lease, and what is still to be told of them.

An append-only file of JSON lines, each synchronised; what is settled is left out when it is opened again. Together with
the machines' journals it says after any crash what is known of each job.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.journal import Step
from agent.protocol import Work, read_work
from agent.runner import Report
from core.errors import InputError, StateError

__all__ = ["Lease", "Leases"]


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that this agent answers for.

    Attributes:
        work: what was taken.
        report: how it ended, to be told; None while that is not known.
        ended_unix_s: when it ended, by this computer's clock.
    """

    work: Work
    report: Report | None = None
    ended_unix_s: float = 0.0


class Leases:
    """All that one agent answers for."""

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            StateError: an entry other than the last cannot be read.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._open: dict[int, Lease] = {}
        for number, entry in _entries(path):
            self._apply(entry, f"{path}:{number}")
        self._rewrite()
        self._file = path.open("ab", buffering=0)

    def open(self) -> tuple[Lease, ...]:
        """What is not settled, the oldest first."""
        return tuple(self._open[key] for key in sorted(self._open))

    def take(self, work: Work) -> None:
        """Note a job before it is asked to start; it is on the disk when this returns."""
        self._write({"step": "taken", "work": work.document()})

    def ended(self, attempt_id: int, report: Report) -> None:
        """Note how a job ended, before that is told."""
        entry = {"step": "ended", "attempt": attempt_id, "outcome": str(report.step), "lines": report.lines}
        self._write({**entry, "message": report.message, "at": time.time()})

    def settle(self, attempt_id: int) -> None:
        """Note that there is nothing more to tell."""
        self._write({"step": "settled", "attempt": attempt_id})

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._apply(entry, str(self._path))
        self._file.write(_line(entry))
        os.fsync(self._file.fileno())

    def _apply(self, entry: Mapping[str, Any], where: str) -> None:
        try:
            if entry["step"] == "taken":
                work = read_work(entry["work"])
                self._open[work.attempt_id] = Lease(work)
            elif entry["step"] == "settled":
                self._open.pop(int(entry["attempt"]), None)
            elif int(entry["attempt"]) in self._open:
                report = Report(Step(entry["outcome"]), entry["lines"], str(entry["message"]))
                lease = self._open[int(entry["attempt"])]
                self._open[int(entry["attempt"])] = replace(lease, report=report, ended_unix_s=float(entry["at"]))
        except (KeyError, ValueError, TypeError, InputError):
            hint = "restore the file or move it away; the coordinator then asks a person"
            raise StateError("the entry cannot be read", where=where, hint=hint) from None

    def _rewrite(self) -> None:
        """Keep only what is open, in a new file that takes the old one's place at once."""
        part = self._path.with_suffix(".part")
        with part.open("wb") as file:
            for lease in self.open():
                file.write(_line({"step": "taken", "work": lease.work.document()}))
                if lease.report is not None:
                    entry = {"step": "ended", "attempt": lease.work.attempt_id, "outcome": str(lease.report.step)}
                    facts = {"lines": lease.report.lines, "message": lease.report.message, "at": lease.ended_unix_s}
                    file.write(_line({**entry, **facts}))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """All whole lines; one cut short by a crash is the last, and what it announced had not begun."""
    if not path.exists():
        return
    data = path.read_bytes()
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            yield number, dict(json.loads(line))
        except (ValueError, TypeError):
            raise StateError("the entry cannot be read", where=f"{path}:{number}") from None
