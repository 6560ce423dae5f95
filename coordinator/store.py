"""The database, brought to the newest schema when it is opened: one SQLite file, or PostgreSQL by its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session

from core.errors import InputError, StateError

__all__ = ["Store", "engines", "migrate", "shown"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITER = 0x666162636F6D  # the advisory lock that one writer holds at a time
_WAIT_S = 10


class Store:
    """All that the coordinator remembers.

    Writes are durable when a transaction ends: what was recorded before a machine was started is still there after
    `kill -9` or a power cut. One transaction writes at a time, on either database, so that the ids of events are in the
    order in which they became visible: who reads on from the last id that it saw misses none.
    """

    def __init__(self, where: Path | str) -> None:
        """Open or create the database.

        Args:
            where: the SQLite file, or an address such as ``postgresql://user@host/name``.

        Raises:
            InputError: the address is none, or is not of these two databases.
            StateError: it cannot be opened, or a newer version wrote it.
        """
        self.where = shown(where)
        self._engine, self._readers = engines(where)
        try:
            self._upgrade()
        except (CommandError, DatabaseError) as error:
            self._engine.dispose()
            verb, cause = ("opened", error.orig) if isinstance(error, DatabaseError) else ("upgraded", error)
            raise StateError(f"the database cannot be {verb}: {cause}", where=self.where) from None

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
        with Session(self._readers, expire_on_commit=False, autoflush=False, info={"reads": True}) as session:
            yield session

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        with self._engine.begin() as connection:
            migrate(connection)


def engines(where: Path | str) -> tuple[Engine, Engine]:
    """What writes to a database and what reads from it, whatever schema it has.

    Raises:
        InputError: the address is none, or is not of these two databases.
    """
    return _sqlite(where) if isinstance(where, Path) else _by_address(where)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring a database to a schema, in the transaction of the connection.

    Raises:
        CommandError: the revision is not known, or that of the database is not.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def shown(where: Path | str) -> str:
    """The database as people may read it: without a password."""
    try:
        return str(where) if isinstance(where, Path) else make_url(where).render_as_string(hide_password=True)
    except ArgumentError:
        return "the database"


def _by_address(address: str) -> tuple[Engine, Engine]:
    try:
        url = make_url(address)
    except ArgumentError:
        hint = "write postgresql://user@host/name or sqlite:////folder/file.db"
        raise InputError("the address of the database is none", hint=hint) from None
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return _sqlite(Path(url.database))
    if kind != "postgresql":
        raise InputError(f"a {kind} database is not supported", hint="SQLite and PostgreSQL are")
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), pool_size=10, max_overflow=20, pool_pre_ping=True,
        connect_args={"connect_timeout": _WAIT_S},
    )  # fmt: skip
    event.listen(engine, "begin", _begin_postgresql)
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, reads=True)
    return engine, readers


def _sqlite(path: Path) -> tuple[Engine, Engine]:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine, engine.execution_options(reads=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would commit before schema changes: we begin ourselves
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {_WAIT_S}000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that writes takes its turn at once: one that read first could find that its moment has passed
    connection.exec_driver_sql(f"BEGIN {'DEFERRED' if _reads(connection) else 'IMMEDIATE'}")


def _begin_postgresql(connection: Connection) -> None:
    if not _reads(connection):  # the lock ends with the transaction, after its changes have become visible
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")


def _reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reads", False))
