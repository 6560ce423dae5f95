"""What a lab's computer did to its machines, on disk before it is done.

An append-only file of JSON lines, synchronised to the disk with every entry. A line cut short by a crash is the last
one; it is dropped when the journal is opened, because what it announced had not begun.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import StateError

__all__ = ["GOES_ON", "Entry", "Journal", "Step"]


_TAIL = 50


class Step(StrEnum):
    """What an entry says."""

    STARTED = "started"  # written before the first byte goes to the machine
    CONFIRMED = "confirmed"  # a person looked while it ran
    ASKED = "asked"  # a person asked something of the machine while it ran; written before it is done
    FINISHED = "finished"
    FAILED = "failed"
    LOST_CONTACT = "lost contact"


GOES_ON = frozenset({Step.STARTED, Step.CONFIRMED, Step.ASKED})
"""Steps after which a job has not ended."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of one job."""

    job_id: str
    step: Step
    facts: Mapping[str, Any]


class Journal:
    """The journal of one lab or one machine."""

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            StateError: an entry other than the last cannot be read.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._entries: dict[str, list[Entry]] = {}
        self._last: deque[Entry] = deque(maxlen=_TAIL)
        self._alarmed = False
        kept = self._read()
        self._file = path.open("ab", buffering=0)
        self._file.truncate(kept)
        _sync_folder(path.parent)

    def entries(self, job_id: str) -> tuple[Entry, ...]:
        """All steps of one job, in order."""
        return tuple(self._entries.get(job_id, ()))

    def last(self, job_id: str) -> Entry | None:
        """The last step of one job, or None when it never began."""
        steps = self._entries.get(job_id)
        return steps[-1] if steps else None

    def tail(self, most: int) -> tuple[Entry, ...]:
        """The last entries of all jobs, the newest first."""
        return tuple(list(self._last)[::-1][:most])

    @property
    def alarmed(self) -> bool:
        """Whether an alarm has locked the machine, and nothing was started on it since."""
        return self._alarmed

    def unfinished(self) -> tuple[str, ...]:
        """Jobs that have begun and not ended."""
        return tuple(job_id for job_id, steps in self._entries.items() if steps[-1].step in GOES_ON)

    def write(self, job_id: str, step: Step, **facts: Any) -> None:
        """Append one step; it is on the disk when this returns."""
        line = json.dumps({"job": job_id, "step": step, **facts}, separators=(",", ":")) + "\n"
        self._file.write(line.encode())
        os.fsync(self._file.fileno())
        self._add(Entry(job_id, step, facts))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _read(self) -> int:
        """Read what is there; return the length of its whole lines in bytes."""
        if not self._path.exists():
            return 0
        data = self._path.read_bytes()
        kept = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:kept].splitlines(), start=1):
            try:
                fields = json.loads(line)
                entry = Entry(fields.pop("job"), Step(fields.pop("step")), fields)
            except (ValueError, KeyError, AttributeError):
                raise StateError(
                    "the entry cannot be read",
                    where=f"{self._path}:{number}",
                    hint="restore the journal or move it away",
                ) from None
            self._add(entry)
        return kept

    def _add(self, entry: Entry) -> None:
        self._entries.setdefault(entry.job_id, []).append(entry)
        self._last.append(entry)
        if entry.step is Step.STARTED:
            self._alarmed = False
        elif entry.facts.get("alarm") is True:
            self._alarmed = True


def _sync_folder(folder: Path) -> None:
    """A new file is safe only when its folder's entry is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
