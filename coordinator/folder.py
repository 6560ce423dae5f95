"""The folder of one order: its database, files, machines' links and logs, report and chart."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, StateError

__all__ = ["OrderFolder"]

_LOCK = "fabcommons.lock"  # also says that the folder is ours


@dataclass(frozen=True, slots=True)
class OrderFolder:
    """Where everything of one order lies.

    Attributes:
        root: the folder itself.
    """

    root: Path

    @property
    def database(self) -> Path:
        """All that the coordinator remembers."""
        return self.root / "fabcommons.db"

    @property
    def files(self) -> Path:
        """Programs, by content."""
        return self.root / "files"

    @property
    def machines(self) -> Path:
        """Links, logs and journals of machines."""
        return self.root / "machines"

    @property
    def report(self) -> Path:
        """The as-built report, which is written last."""
        return self.root / "as-built.json"

    @property
    def chart(self) -> Path:
        """The Gantt chart."""
        return self.root / "schedule.html"

    @property
    def interrupted(self) -> bool:
        """Whether an earlier order did not come to its report."""
        return self.database.exists() and not self.report.exists()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out; the hold ends with this process, however that ends.

        Raises:
            StateError: another process holds the folder.
            InputError: it cannot be made or written, or holds something that is not ours.
        """
        self._claim()
        with (self.root / _LOCK).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                hint = "wait for it, or give another --dir"
                raise StateError("another fabcommons works in this folder", where=str(self.root), hint=hint) from None
            yield

    def _claim(self) -> None:
        """Make the folder ours, if it is new, empty or ours already."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if any(self.root.iterdir()) and not (self.root / _LOCK).exists():
                hint = "give a new or empty folder as --dir"
                raise InputError("the folder holds something else", where=str(self.root), hint=hint)
            (self.root / _LOCK).touch()
        except OSError as error:
            raise InputError(f"the folder cannot be used: {error.strerror}", where=str(self.root)) from None

    def forget_store(self) -> None:
        """Take away the database and the programs."""
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        _remove(self.files, "[0-9a-f]" * 64, ".*.part")

    def clear(self) -> None:
        """Take away what we wrote; the report goes last, so that a folder half cleared does not look interrupted."""
        self.forget_store()
        _remove(self.machines, "*.log", "*.journal", "*.permits", "*.tty", "*.tty.pid")
        self.chart.unlink(missing_ok=True)
        self.report.unlink(missing_ok=True)


def _remove(folder: Path, *patterns: str) -> None:
    """Remove files of these names, and the folder if nothing else is in it."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
