"""`fabcommons backup|restore|export|import`: everything that a coordinator knows, as files (docs/export.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.options import JsonOption

__all__ = ["group"]

group = typer.Typer()
_TargetArgument = Annotated[
    Path, typer.Argument(metavar="TARGET", help="A new folder, or a new file that ends in .zip.")
]
_SourceArgument = Annotated[Path, typer.Argument(metavar="SOURCE", help="What was written.")]
_FolderOption = Annotated[Path, typer.Option("--dir", help="Where the coordinator keeps database and files.")]
_DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database-url", envvar="FABCOMMONS_DATABASE_URL", help="postgresql://user@host/name [a file in --dir]."
    ),
]
_FilesOption = Annotated[
    str | None,
    typer.Option("--files-url", envvar="FABCOMMONS_FILES_URL", help="s3://bucket/prefix, for files [in --dir]."),
]
_MostOption = Annotated[
    float, typer.Option("--most-gib", min=0.001, max=100_000, help="What it may unpack to, in GiB.")
]


@group.command()
def backup(
    target: _TargetArgument,
    folder: _FolderOption,
    database_url: _DatabaseOption = None,
    files_url: _FilesOption = None,
    json: JsonOption = False,
) -> None:
    """Write everything that a coordinator knows, secrets too; it may serve meanwhile."""
    from coordinator.commands import keeping

    keeping.back_up(keeping.Place(folder, database_url, files_url), target, as_json=json)


@group.command()
def restore(
    source: _SourceArgument,
    folder: _FolderOption,
    database_url: _DatabaseOption = None,
    files_url: _FilesOption = None,
    most_gib: _MostOption = 64.0,
    json: JsonOption = False,
) -> None:
    """Put a backup into an empty folder or database, of either kind."""
    from coordinator.commands import keeping

    keeping.put_back(keeping.Place(folder, database_url, files_url), source, round(most_gib * 2**30), as_json=json)


@group.command("export")
def take_out(
    target: _TargetArgument,
    folder: _FolderOption,
    database_url: _DatabaseOption = None,
    files_url: _FilesOption = None,
    personal: Annotated[bool, typer.Option("--personal", help="With names and addresses of people.")] = False,
    secret: Annotated[
        bool, typer.Option("--secrets", help="With what lets people and programs in: hashes of passwords and tokens.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write what a coordinator knows as JSON lines and files, to go elsewhere; it may serve meanwhile."""
    from coordinator.commands import keeping

    keeping.take_out(
        keeping.Place(folder, database_url, files_url), target, personal=personal, secret=secret, as_json=json
    )


@group.command("import")
def bring_in(
    source: _SourceArgument,
    folder: _FolderOption,
    database_url: _DatabaseOption = None,
    files_url: _FilesOption = None,
    most_gib: _MostOption = 64.0,
    fork: Annotated[
        str | None,
        typer.Option("--fork", help="Name of a network of its own: new keys, and its origin."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Put an export into an empty folder or database, of either kind."""
    from coordinator.commands import keeping

    place = keeping.Place(folder, database_url, files_url)
    keeping.bring_in(place, source, round(most_gib * 2**30), fork, as_json=json)
