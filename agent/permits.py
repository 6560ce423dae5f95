"""What people have confirmed of one machine, on disk: armed for a start, bed clear, first layer good.

A file of JSON lines, only ever added to, each synchronised. Several programs may write to it (a person's command beside
the one that waits); a permit is used once, and one that was given before the last job ended says nothing of the next.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import InputError, StateError

__all__ = ["Permit", "PermitKind", "Permits"]

_MAX_BYTES = 10_000_000


class PermitKind(StrEnum):
    """What a person may confirm."""

    ARMED = "armed"
    BED_CLEAR = "bed-clear"
    FIRST_LAYER = "first-layer"


@dataclass(frozen=True, slots=True)
class Permit:
    """One confirmation.

    Attributes:
        kind: of what.
        who: said so, by a name of their choice.
        job: for which it is alone, or None for the next one.
        good: False when a person looked and said no (a first layer that does not stick).
    """

    kind: PermitKind
    who: str
    job: str | None = None
    good: bool = True

    def __post_init__(self) -> None:
        if not 0 < len(self.who) <= 100 or not self.who.isprintable():
            raise InputError("whoever confirms gives a name of 1 to 100 signs")


class Permits:
    """The permits of one machine.

    Args:
        path: of the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def give(self, permit: Permit, at: datetime) -> None:
        """Write a confirmation down; it is on the disk when this returns."""
        entry = {"permit": permit.kind, "who": permit.who, "job": permit.job, "good": permit.good}
        self._append({**entry, "at": at.isoformat()})

    def ended(self, job_id: str) -> None:
        """Note that a job has ended: what was confirmed before says nothing of the machine as it is now."""
        self._append({"ended": job_id})

    def take(self, kind: PermitKind, job_id: str) -> Permit | None:
        """Use up the newest permit of a kind that is good for this job; None when there is none.

        Raises:
            StateError: the file cannot be read.
        """
        for number, permit in reversed(self._open()):
            if permit.kind is kind and permit.job in {None, job_id}:
                self._append({"used": number, "by": job_id})
                return permit
        return None

    def has(self, kind: PermitKind, job_id: str) -> bool:
        """Whether `take` would find one."""
        return any(permit.kind is kind and permit.job in {None, job_id} for _, permit in self._open())

    def pending(self) -> tuple[Permit, ...]:
        """All that is not used."""
        return tuple(permit for _, permit in self._open())

    def _open(self) -> list[tuple[int, Permit]]:
        """Permits that are not used, by the number of their line."""
        found: dict[int, Permit] = {}
        for number, entry in self._entries():
            if "ended" in entry:
                found.clear()
            elif "used" in entry:
                found.pop(entry["used"], None)
            else:
                found[number] = _permit(entry, f"{self._path}:{number}")
        return list(found.items())

    def _entries(self) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            data = self._path.read_bytes()[:_MAX_BYTES]
        except FileNotFoundError:
            return
        lines = data.split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):  # a line cut short by a crash is no permit
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # cut short by a crash
            if isinstance(entry, dict):
                yield number, entry

    def _append(self, entry: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(entry, separators=(",", ":")) + "\n"
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = "\n" + line  # a line was cut short by a crash
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _permit(entry: dict[str, Any], where: str) -> Permit:
    try:
        return Permit(PermitKind(entry["permit"]), entry["who"], entry.get("job"), entry.get("good") is True)
    except (KeyError, ValueError, TypeError, InputError):
        raise StateError("the confirmation cannot be read", where=where, hint="move the file away") from None
