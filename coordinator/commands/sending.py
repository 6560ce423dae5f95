"""`fabcommons design upload`, `job program` and `photo add`: files to a coordinator, with a bar while large ones go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from coordinator.client.uploading import Progress as Told
from coordinator.client.values import plain
from coordinator.commands.output import error_console, print_json, say
from coordinator.commands.remote import asked, show
from coordinator.commands.where import Where
from core.errors import InputError

__all__ = ["bar", "design", "packed", "photo", "program", "stick"]


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


def photo(where: Where, piece_id: int, file: Path, caption: str, *, as_json: bool) -> None:
    """Add a photo of a piece.

    Raises:
        InputError: the file cannot be read, or is no photo.
    """
    with asked(where) as client:
        found = client.add_photo(piece_id, file, caption)
    print_json(plain(found)) if as_json else show(found)


def packed(where: Where, file: Path, *, as_json: bool) -> None:
    """Write what the network publishes into a new file.

    Raises:
        InputError: the file is there already, or cannot be written.
    """
    if file.exists():
        raise InputError("the file is there already", where=str(file), hint="give another name")
    with asked(where) as client:
        client.publish_now()
        client.pack_stick(file)
    size = file.stat().st_size
    print_json({"file": str(file), "bytes": size}) if as_json else say(f"{file} has {size:,} bytes.")


def stick(where: Where, file: Path, *, as_json: bool) -> None:
    """Take in what another network packed.

    Raises:
        InputError: the file cannot be read, or was not packed by a network.
    """
    with asked(where) as client, bar() as told:
        found = client.take_stick(file, progress=told)
    print_json(plain(found)) if as_json else show(found)


@contextmanager
def bar() -> Iterator[Told]:
    """A bar on the terminal while a file goes; yields what is told how much has arrived."""
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=error_console, transient=True) as shown:
        bar = shown.add_task("sending", total=None, visible=False)
        yield lambda done, of: shown.update(bar, completed=done, total=of, visible=True)
