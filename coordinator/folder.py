"""The folder of one order: its database, files, machines' links and logs, report and chart."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import StateError

__all__ = ["OrderFolder"]


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
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                hint = "wait for it, or give another --dir"
                raise StateError("another fabcommons works in this folder", where=str(self.root), hint=hint) from None
            yield

    def forget_store(self) -> None:
        """Take away the database and the programs."""
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        shutil.rmtree(self.files, ignore_errors=True)

    def clear(self) -> None:
        """Take everything away; the report goes last, so that a folder half cleared does not look interrupted."""
        self.forget_store()
        shutil.rmtree(self.machines, ignore_errors=True)
        self.chart.unlink(missing_ok=True)
        self.report.unlink(missing_ok=True)
