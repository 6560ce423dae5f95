"""The database, brought to the newest schema when it is opened: one SQLite file, or PostgreSQL by its address."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import InputError, StateError

__all__ = ["Store", "engines", "migrate", "once", "shown"]

T = TypeVar("T")
_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITER = 0x666162636F6D  # the advisory lock that one writer holds at a time
_CHANNEL = "fabcommons"  # on which a process tells others that something has happened
_WAIT_S = 10
_READERS = {"sqlite": 50, "postgresql": 20}  # connections that are kept open; a server has a hundred for all
_IDLE_S = 1.0  # a connection that has rested longer is tried before it is used
_LOOKING: dict[str, dict[str, Any]] = {"sqlite": {"looks": True}, "postgresql": {"isolation_level": "AUTOCOMMIT"}}


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
        self._turn = threading.Lock()
        self._moments = threading.local()
        self._quiet = self._engine.execution_options(quiet=True)
        self._lookers = self._readers.execution_options(**_LOOKING[self._readers.dialect.name])
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
    def transaction(self, *, quiet: bool = False) -> Iterator[Session]:
        """A session whose changes all happen, or none; one at a time, others wait for it.

        Threads of this process wait here: SQLite would let them sleep and try again, PostgreSQL hold a connection each.

        Args:
            quiet: other processes need not wake up for it; what happens in it they see when they next look.
        """
        engine = self._quiet if quiet else self._engine
        self._moments.session = None  # what is read from now on sees this change
        with self._turn, Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def wakeups(self) -> Iterator[Callable[[float], bool] | None]:
        """What waits, so many seconds at most, for a change by another process, and says whether there was one.

        None where no other process can make a change. It may wake in vain, and misses what happens while the connection
        is broken: the log has the truth.

        Raises:
            OperationalError: the database cannot be reached; the one that is yielded raises it too.
        """
        if self._engine.dialect.name != "postgresql":
            yield None
            return
        address = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with _as_ours(), psycopg.connect(address, autocommit=True, connect_timeout=_WAIT_S) as connection:
            connection.execute(f"LISTEN {_CHANNEL}")
            ours = self._engine.get_execution_options()["writer"]

            def wait(limit_s: float) -> bool:
                with _as_ours():
                    told = list(connection.notifies(timeout=limit_s, stop_after=1))
                return any(each.payload != ours for each in told)

            yield wait

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment and changes nothing; it waits for nobody."""
        shared: Session | None = getattr(self._moments, "session", None)
        if shared is not None:
            yield shared
            return
        with Session(
            self._readers, expire_on_commit=False, autoflush=False, info={"reads": True, "known": {}}
        ) as session:
            yield session

    @contextmanager
    def moment(self) -> Iterator[None]:
        """In the body, all that this thread reads sees one moment, in one session that reads no row twice.

        A change that the thread makes ends that: what it reads afterwards is read anew.
        """
        with self.reading() as session:
            seen: list[object] = []  # a session forgets rows that nobody holds
            event.listen(session, "loaded_as_persistent", lambda _, row: seen.append(row))
            self._moments.session = session
            try:
                yield
            finally:
                self._moments.session = None

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """As `reading`, but each statement sees its own moment, which spares the database a beginning and an end."""
        with Session(self._lookers, expire_on_commit=False, autoflush=False, info={"reads": True}) as session:
            yield session

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        with self._engine.begin() as connection:
            migrate(connection)


def once(session: Session, key: Hashable, read: Callable[[], T]) -> T:
    """What a session that sees one moment has read before, else what is read now; others read each time."""
    known: dict[Hashable, T] | None = session.info.get("known")
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return known[key]


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
        url.set(drivername="postgresql+psycopg"), pool_size=_READERS[kind], max_overflow=20,
        connect_args={"connect_timeout": _WAIT_S}, execution_options={"writer": secrets.token_hex(8)},
    )  # fmt: skip
    event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "checkin", _rest)
    event.listen(engine, "checkout", _try_rested)
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, reads=True)
    return engine, readers


def _sqlite(path: Path) -> tuple[Engine, Engine]:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", pool_size=_READERS["sqlite"], max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine, engine.execution_options(reads=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would commit before schema changes: we begin ourselves
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {_WAIT_S}000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that writes takes its turn at once: one that read first could find that its moment has passed
    if not connection.get_execution_options().get("looks", False):
        connection.exec_driver_sql(f"BEGIN {'DEFERRED' if _reads(connection) else 'IMMEDIATE'}")


def _begin_postgresql(connection: Connection) -> None:
    if not _reads(connection):  # the lock ends with the transaction, after its changes have become visible
        options = connection.get_execution_options()
        tell = "" if options.get("quiet", False) else f", pg_notify('{_CHANNEL}', '{options['writer']}')"
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER}){tell}")  # told when it has happened


def _rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rested_since"] = time.monotonic()


def _try_rested(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Find out that a server has gone before a transaction does; one that was used a moment ago is not asked."""
    since = record.info.get("rested_since")
    if since is None or time.monotonic() - since < _IDLE_S:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from None  # the pool then opens another


@contextmanager
def _as_ours() -> Iterator[None]:
    """Errors of the driver as those of all other calls."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise OperationalError("LISTEN", {}, error) from None


def _reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reads", False))
