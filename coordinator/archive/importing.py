"""Put an archive into a new coordinator: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from alembic.util.exc import CommandError
from sqlalchemy import Column, Connection, Table, bindparam, func, insert, inspect, select, text, update
from sqlalchemy.exc import DatabaseError, StatementError

from coordinator.archive.exporting import tables_of
from coordinator.archive.forking import Fork
from coordinator.archive.nouns import Care, care_of
from coordinator.archive.reading import Archive
from coordinator.archive.rows import decoder, kind_of
from coordinator.files import FileStore
from coordinator.store import engines, migrate, shown
from core.errors import InputError

__all__ = ["import_archive"]

_BATCH: Final = 500


def import_archive(
    archive: Archive, database: Path | str, files: FileStore, fork: Fork | None = None
) -> dict[str, int]:
    """Put an archive into an empty database and an empty store of files, and bring it to today's schema.

    Args:
        archive: an opened one.
        database: a SQLite file that is not there yet, or the address of a database without tables.
        files: an empty store.
        fork: what it becomes, where it is to be a network of its own.

    Returns:
        How many rows there are, by table.

    Raises:
        InputError: database or store hold something, the archive is damaged or from a newer version, or its rows do not
            fit together. Database and store are as empty as before then.
    """
    _refuse_used(database, files, shown(database))
    try:
        for digest, name in archive.manifest.files.items():
            if files.keep(archive.chunks(name)) != digest:
                raise InputError("it is not what its name says", where=f"{archive.where}: {name}")
        return _into_database(archive, database, fork)
    except BaseException:
        files.forget(archive.manifest.files)
        if isinstance(database, Path):
            for suffix in ("", "-wal", "-shm"):
                database.with_name(database.name + suffix).unlink(missing_ok=True)
        raise


def _into_database(archive: Archive, database: Path | str, fork: Fork | None) -> dict[str, int]:
    """All rows in one transaction; returns how many there are."""
    where = shown(database)
    engine, _ = engines(database)
    try:
        with engine.begin() as connection:
            if inspect(connection).get_table_names():
                hint = "give an empty one: nothing is ever put among what is there"
                raise InputError("the database holds tables already", where=where, hint=hint)
            _bring_to(connection, archive)
            rows = _fill(connection, archive, fork)
            migrate(connection)
            _continue_sequences(connection)
            if fork is not None:
                fork.begin(connection)
        return rows
    except DatabaseError as error:
        raise InputError(f"the database does not take it: {_first_line(error)}", where=where) from None
    finally:
        engine.dispose()


def _refuse_used(database: Path | str, files: FileStore, where: str) -> None:
    if isinstance(database, Path) and database.exists():
        raise InputError("there is a coordinator here already", where=where, hint="give a new or empty folder")
    if files.digests():
        raise InputError("there are files of a coordinator here already", where=where, hint="give a new folder")


def _bring_to(connection: Connection, archive: Archive) -> None:
    """Make the schema that the archive was written from."""
    revision = archive.manifest.schema_revision
    try:
        migrate(connection, revision)
    except CommandError:
        hint = "use the version that wrote it, or a later one"
        raise InputError(f"schema {revision!r} is not known here", where=archive.where, hint=hint) from None


def _fill(connection: Connection, archive: Archive, fork: Fork | None) -> dict[str, int]:
    tables = tables_of(connection)
    _refuse_incomplete(tables, archive)
    rows = {}
    for table in tables:
        if table.name in archive.manifest.tables:
            rows[table.name] = _load(connection, table, archive, fork)
    return rows


def _refuse_incomplete(tables: list[Table], archive: Archive) -> None:
    """Every table is in the archive, or is said to be left out."""
    there, left_out = set(archive.manifest.tables), set(archive.manifest.left_out)
    known = {table.name for table in tables}
    odd = (there | left_out) - known or known - there - left_out or there & left_out
    odd |= {each for each in left_out if care_of(each) is Care.OPEN}
    if odd:
        what = f"{min(odd)} is not what schema {archive.manifest.schema_revision} has, or what may be left out"
        raise InputError(what, where=archive.where)


def _load(connection: Connection, table: Table, archive: Archive, fork: Fork | None) -> int:
    """Put the rows of one table in; links within the table come last, when both ends are there."""
    within = [each for each in table.columns if any(key.column.table is table for key in each.foreign_keys)]
    links: list[dict[str, Any]] = []
    count = 0
    rows = _rows(table, archive, fork)
    while batch := list(islice(rows, _BATCH)):
        for column in within:
            links += [_cut(table, column, row) for row in batch if row[column.name] is not None]
        try:
            connection.execute(insert(table), batch)
        except (DatabaseError, StatementError) as error:
            place = f"{archive.where}: {table.name}.jsonl:{count + 1}"
            raise InputError(f"the rows from here on do not fit: {_first_line(error)}", where=place) from None
        count += len(batch)
    for column in within:
        _tie(connection, table, column, [each for each in links if column.name in each])
    return count


def _rows(table: Table, archive: Archive, fork: Fork | None) -> Iterator[dict[str, Any]]:
    read, name = decoder(table), archive.manifest.tables[table.name]
    for number, line in enumerate(archive.lines(name), start=1):
        yield read(line if fork is None else fork.line(table.name, line), f"{archive.where}: {name}:{number}")


def _cut(table: Table, column: Column[Any], row: dict[str, Any]) -> dict[str, Any]:
    """Take a link out of a row; returns what is needed to put it back."""
    value, row[column.name] = row[column.name], None
    return {column.name: value, **{f"key_{key.name}": row[key.name] for key in table.primary_key.columns}}


def _tie(connection: Connection, table: Table, column: Column[Any], links: list[dict[str, Any]]) -> None:
    keys = [key == bindparam(f"key_{key.name}") for key in table.primary_key.columns]
    statement = update(table).where(*keys).values({column.name: bindparam(column.name)})
    for first in range(0, len(links), _BATCH):
        connection.execute(statement, links[first : first + _BATCH])


def _continue_sequences(connection: Connection) -> None:
    """On PostgreSQL the next ids come from sequences, which know nothing of rows that brought theirs along."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables_of(connection):
        for column in table.primary_key.columns:
            sequence = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            ).scalar()
            newest = connection.scalar(select(func.max(column))) if kind_of(column) == "integer" else None
            if sequence is not None and newest is not None:
                connection.execute(text("SELECT setval(:sequence, :newest)"), {"sequence": sequence, "newest": newest})


def _first_line(error: StatementError) -> str:
    return str(error.orig).partition("\n")[0]
