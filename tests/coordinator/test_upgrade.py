"""The store on both databases: every earlier schema opens with its data, and writers take their turns."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, create_engine, event, func, select, text

import coordinator.schema.network
import coordinator.schema.service
from coordinator import store as store_module
from coordinator.archive.exporting import tables_of
from coordinator.archive.rows import lines_of
from coordinator.events import record
from coordinator.schema.builds import Base, BuildRow, EventRow, JobRow, JobState, OfferRow, PieceState, TaskRow
from coordinator.store import Store, engines
from core.errors import InputError, StateError

from .archive.rows import fill_tables
from .postgresql import Cluster

__all__ = ["coordinator"]  # imported for their tables

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MIGRATIONS = Path(store_module.__file__).parent / "migrations"
# What a database of the first schema holds, in SQL, because today's classes know only today's tables.
FIRST = """
INSERT INTO designs VALUES (1, 'lamp', 'https://example.org/lamp', NULL, 'ab', 'MIT');
INSERT INTO events (id, at, kind, subject, who, why, data)
    VALUES (1, '2030-01-01 00:00:00', 'build.opened', 'build 1', 'coordinator', '', '{"tasks": 1}');
INSERT INTO builds VALUES (1, 1, 2, 'open', 'labs.yaml', '2030-01-01 00:00:00', NULL);
INSERT INTO plans VALUES (1, 1, '2030-01-01 00:00:00', 'first plan', '{"makespan_s": 5}');
INSERT INTO tasks VALUES
    (1, 1, 'foot', 'fabricate', 'Foot', 2, 'piece', 'fdm', 'pla', 'foot.stl', 'cd', NULL, 'open', NULL, NULL);
INSERT INTO lots VALUES (1, 1, 1, 'foot-1', 2);
INSERT INTO offers VALUES (1, 1, 1, 'north', 'printer', 'ef', 'foot.gcode', 'yes', '', '2030-01-01 01:00:00',
    '2030-01-01 02:00:00', 'accepted', 'policy', 'it can', NULL);
INSERT INTO jobs VALUES ('J1', 1, 1, 1, 'north', 'printer', 'lost contact', 'ef', 'foot.gcode', '2030-01-01 01:00:00',
    '2030-01-01 02:00:00', NULL);
INSERT INTO pieces VALUES (1, 'J1', 1, 'planned', NULL), (2, 'J1', 2, 'planned', NULL);
INSERT INTO runs VALUES ('J1', '2030-01-01 01:00:00', '2030-01-01 01:30:00', 'lost contact', NULL, 'unplugged');
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/x.db"
    make: Callable[[], str] = request.getfixturevalue("empty_databases")
    return make()


def migrated(where: str, revision: str, statements: str) -> None:
    """A database of an earlier schema, with data."""
    engine = create_engine(where.replace("postgresql:", "postgresql+psycopg:"))

    @event.listens_for(engine, "connect")
    def keep_foreign_keys(connection: object, _: object) -> None:
        if where.startswith("sqlite"):
            connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[attr-defined]

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in filter(str.strip, statements.split(";")):
            connection.execute(text(statement.replace(":", r"\:")))
        if where.startswith("postgresql"):
            connection.execute(text("SELECT setval('events_id_seq', 1)"))
    engine.dispose()


def revisions() -> list[str]:
    """The earliest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()][::-1]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def earlier(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], str]]:
    """Makes databases of a schema, with data that came in at the first; each is made of the one before by one step."""
    folder, made, names = tmp_path_factory.mktemp("earlier"), dict[tuple[str, str], str](), list[str]()
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgresql" else None

    def copy(name: str | None) -> str:
        if cluster is not None:
            names.append(cluster.empty() if name is None else cluster.copy(name))
            return names[-1]
        new = folder / f"{secrets.token_hex(6)}.db"
        if name is not None:
            shutil.copyfile(name, new)
        return str(new)

    def address(name: str) -> str:
        return f"sqlite:///{name}" if cluster is None else cluster.address(name)

    def kept(revision: str, statements: str) -> str:
        if (revision, statements) not in made:
            place = STEPS.index(revision)
            name = copy(kept(STEPS[place - 1], statements) if place else None)
            migrated(address(name), revision, "" if place else statements)
            made[revision, statements] = name
        return made[revision, statements]

    yield lambda revision, statements: address(copy(kept(revision, statements)))
    if cluster is not None:
        for name in names:
            cluster.drop(name)


STEPS = revisions()


@pytest.mark.parametrize("revision", STEPS)
def test_a_database_of_every_earlier_schema_opens_with_its_data(
    earlier: Callable[[str, str], str], revision: str
) -> None:
    store = Store(earlier(revision, FIRST))
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    with store.transaction() as session:
        record(session, NOW, "job.looked-at", "job J1")
    with store.reading() as session:
        assert session.scalars(select(EventRow.id).order_by(EventRow.id)).all() == [1, 2]
        job = session.get_one(JobRow, "J1")
        assert (job.state, job.lot.task.name, job.run is not None) == (JobState.LOST_CONTACT, "Foot", True)
        assert [piece.state for piece in job.pieces] == [PieceState.PLANNED] * 2
        assert session.get_one(BuildRow, 1).design.name == "lamp"
        assert session.get_one(OfferRow, 1).expires_at is None
        assert session.get_one(TaskRow, 1).quantity == 2
    store.close()


@pytest.mark.parametrize("revision", STEPS)
def test_every_value_of_every_table_outlives_the_upgrade(earlier: Callable[[str, str], str], revision: str) -> None:
    where = earlier(revision, "")
    engine, readers = engines(where if where.startswith("postgresql") else Path(where.removeprefix("sqlite:///")))
    with engine.begin() as connection:
        fill_tables(connection, 6, seed=11)
    with readers.connect() as connection:
        before = {table.name: rows_of(connection, table) for table in tables_of(connection)}
    assert sum(map(len, before.values())) > 5 * len(before), "there is something to lose"
    Store(where).close()
    with readers.connect() as connection:
        after = {table.name: rows_of(connection, table) for table in tables_of(connection)}
    engine.dispose()
    for name, rows in before.items():
        kept = [{column: new[column] for column in old} for old, new in zip(rows, after[name], strict=True)]
        assert kept == rows, name


def rows_of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(connection, table)]


def test_the_schema_is_that_of_the_tables_and_moments_come_back_in_utc(where: str) -> None:
    store = Store(where)
    with store.transaction() as session:
        record(session, NOW, "a.b", "c", lines=3)
    with store.reading() as session:
        event_row = session.scalars(select(EventRow)).one()
        assert (event_row.at, event_row.data) == (NOW, {"lines": 3})
    store.close()
    store = Store(where)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 1
    store.close()


def test_who_reads_on_from_the_last_event_misses_none(where: str) -> None:
    """Many write at once; a reader that tails by id sees every id, in order."""
    store, seen, last = Store(where), [], 0
    done = threading.Event()

    def write() -> None:
        for _ in range(15):
            with store.transaction() as session:
                record(session, NOW, "a.b", "c")
                session.flush()
                record(session, NOW, "a.b", "d")

    def tail() -> None:
        nonlocal last
        while True:
            finished = done.is_set()
            with store.reading() as session:
                ids = session.scalars(select(EventRow.id).where(EventRow.id > last).order_by(EventRow.id)).all()
            seen.extend(ids)
            last = ids[-1] if ids else last
            if finished:
                return

    reader = threading.Thread(target=tail)
    reader.start()
    writers = [threading.Thread(target=write) for _ in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    done.set()
    reader.join()
    store.close()
    assert seen == list(range(1, 121))


def test_a_reader_changes_nothing(where: str) -> None:
    store = Store(where)
    refused = pytest.raises(Exception, match="read-only") if where.startswith("postgresql") else nullcontext()
    with refused, store.reading() as session:
        record(session, NOW, "a.b", "c")
        session.flush()
    with store.reading() as session:
        assert session.scalars(select(EventRow)).all() == []
    store.close()


@pytest.mark.parametrize(
    ("where", "error", "message"),
    [
        ("mysql://x/y", InputError, "mysql database is not supported"),
        ("no address", InputError, "address of the database is none"),
        ("postgresql://u:secret@127.0.0.1:9/x", StateError, "cannot be opened"),
    ],
)
def test_an_address_that_is_no_use_is_refused_without_its_password(
    where: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        Store(where)
    assert "secret" not in str(caught.value)
