"""The database: one SQLite file, brought to the newest schema when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from core.errors import StateError

__all__ = ["Store"]

_MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """All that the coordinator remembers.

    Writes are durable when a transaction ends (write-ahead log, full synchronisation): what was recorded before a
    machine was started is still there after `kill -9` or a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the database file.

        Raises:
            StateError: the file is no database, or a newer version wrote it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}")
        self._readers = self._engine.execution_options(begin="DEFERRED")
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        try:
            self._upgrade()
        except (CommandError, DatabaseError) as error:
            self._engine.dispose()
            verb, cause = ("opened", error.orig) if isinstance(error, DatabaseError) else ("upgraded", error)
            raise StateError(f"the database cannot be {verb}: {cause}", where=str(path)) from None

    @property
    def engine(self) -> Engine:
        """For tools that look at the schema."""
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes all happen, or none; one at a time, others wait for it."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment and changes nothing; it waits for nobody."""
        with Session(self._readers, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would commit before schema changes: we begin ourselves
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # a transaction that writes takes its turn at once: one that read first could find that its moment has passed
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'IMMEDIATE')}")
