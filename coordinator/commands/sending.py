"""`fabcommons design upload` and `job program`: files to a coordinator, with a bar while large ones go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from coordinator.client.uploading import Progress as Told
from coordinator.client.values import plain
from coordinator.commands.output import error_console, print_json
from coordinator.commands.remote import Where, asked, show

__all__ = ["Where", "bar", "design", "program"]


def design(where: Where, archive: Path, name: str | None, *, as_json: bool) -> None:
    """Import a design from an archive.

    Raises:
        InputError: the file cannot be read, or is no design.
    """
    with asked(where) as client, bar() as told:
        found = client.upload_design(archive, name, progress=told)
    print_json(plain(found)) if as_json else show(found)


def program(where: Where, job_id: str, file: Path, *, as_json: bool) -> None:
    """Give a job its program.

    Raises:
        InputError: the file cannot be read, or the job's machine must not run it.
    """
    with asked(where) as client, bar() as told:
        found = client.give_program(job_id, file, progress=told)
    print_json(plain(found)) if as_json else show(found)


@contextmanager
def bar() -> Iterator[Told]:
    """A bar on the terminal while a file goes; yields what is told how much has arrived."""
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=error_console, transient=True) as shown:
        bar = shown.add_task("sending", total=None, visible=False)
        yield lambda done, of: shown.update(bar, completed=done, total=of, visible=True)
