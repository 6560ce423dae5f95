"""Write an archive of a coordinator, also while it serves: one moment of the database, and the files by their hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, Table, inspect, text
from sqlalchemy.exc import DatabaseError

from coordinator.archive.manifest import Kind, Manifest
from coordinator.archive.nouns import Scope
from coordinator.archive.rows import lines_of
from coordinator.archive.writing import ArchiveWriter, new_archive
from coordinator.files import FileStore
from coordinator.store import engines, shown
from core.errors import InputError, StateError

__all__ = ["EVERYTHING", "Written", "export", "tables_of"]

EVERYTHING: Final = Scope(personal=True, secret=True, passing=True)
_VERSION_TABLE: Final = "alembic_version"
_FILE_COLUMNS: Final = (
    ("offers", "program_sha256"), ("jobs", "program_sha256"), ("imports", "archive_sha256"),
    ("photos", "file_sha256"), ("photos", "thumbnail_sha256"),
)  # fmt: skip
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        manifest: of the archive.
        rows: how many, by table.
    """

    manifest: Manifest
    rows: dict[str, int]


def export(database: Path | str, files: FileStore, target: Path, kind: Kind, scope: Scope, at: datetime) -> Written:
    """Write an archive.

    Args:
        database: the SQLite file or the address, of whatever schema; nothing in it is changed.
        files: the store of files beside it.
        target: a new folder, or a new file that ends in ``.zip``.
        kind: what the archive is for.
        scope: which tables it holds.
        at: when, for the manifest.

    Raises:
        InputError: there is no such database, or the target cannot be written.
        StateError: the database cannot be read, or is not a coordinator's.
    """
    if isinstance(database, Path) and not database.is_file():
        raise InputError("there is no database of a coordinator here", where=str(database))
    engine, readers = engines(database)
    try:
        with new_archive(target) as writer, readers.connect() as connection:
            revision = _revision(connection, shown(database))
            tables = tables_of(connection)
            rows = {table.name: _write_table(writer, connection, table) for table in tables if scope.holds(table.name)}
            missing = _write_files(writer, files, _named_files(connection, tables))
            manifest = Manifest(
                kind=kind, schema_revision=revision, written_at=at, missing_files=missing,
                left_out=scope.left_out(table.name for table in tables), members=writer.members,
            )  # fmt: skip
            writer.finish(manifest)
            return Written(manifest, rows)
    except DatabaseError as error:
        raise StateError(f"the database cannot be read: {error.orig}", where=shown(database)) from None
    finally:
        engine.dispose()


def tables_of(connection: Connection) -> list[Table]:
    """All tables of a coordinator's database as they are there, those first on which others stand."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _VERSION_TABLE]


def _revision(connection: Connection, where: str) -> str:
    if not inspect(connection).has_table(_VERSION_TABLE):
        raise StateError("this is no database of a coordinator", where=where)
    return str(connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar_one())  # noqa: S608 (a constant)


def _write_table(writer: ArchiveWriter, connection: Connection, table: Table) -> int:
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for line in lines_of(connection, table):
            count += 1
            yield line

    writer.add(f"{table.name}.jsonl", counted())
    return count


def _named_files(connection: Connection, tables: Iterable[Table]) -> set[str]:
    """The hashes of the files that rows name."""
    columns = dict.fromkeys(_FILE_COLUMNS)
    found: set[str] = set()
    for table in tables:
        for column in table.columns:
            if (table.name, column.name) in columns:
                found |= set(connection.execute(column.table.select().with_only_columns(column).distinct()).scalars())
    return found - {None}


def _write_files(writer: ArchiveWriter, files: FileStore, named: set[str]) -> list[str]:
    """Write all files that are there now, which is after the rows were read; returns what rows name and is not there.

    Raises:
        StateError: a file is not what its name says.
    """
    kept = files.digests()
    for digest in kept:
        with files.path(digest).open("rb") as file:
            member = writer.add(f"files/{digest}", iter(lambda: file.read(_CHUNK), b""))
        if member.sha256 != digest:
            hint = "restore it from a backup, or move it away: it cannot be used as it is"
            raise StateError("the file is no longer what its name says", where=str(files.path(digest)), hint=hint)
    return sorted(named - set(kept))
