"""A process hears at once what another of the same PostgreSQL has changed, and goes on where the connection breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from coordinator.events import record
from coordinator.files import FileStore
from coordinator.service import wakeups as wakeups_module
from coordinator.service.clock import RealClock
from coordinator.service.house import House
from coordinator.service.wakeups import Wakeups
from coordinator.store import Store

PATIENCE_S = 60.0


@pytest.fixture
def houses(tmp_path: Path, databases: Callable[[], str]) -> Iterator[tuple[House, House]]:
    """Two processes of one store, as far as the store can tell."""
    url, clock = databases(), RealClock()
    stores = [Store(url), Store(url)]
    one, other = (House(store, FileStore(tmp_path), clock, clock) for store in stores)
    yield one, other
    for store in stores:
        store.close()


def fail(error: BaseException) -> None:
    raise error


def happen(house: House) -> None:
    with house.store.transaction() as session:  # as `House.change`, but its own bell stays silent
        record(session, house.clock.now(), "a.b", "c 1")


def heard(house: House, seen: int) -> bool:
    house.bell.wait(seen, PATIENCE_S)
    return house.bell.count > seen


def test_what_another_process_changes_rings_here_and_what_this_one_does_not(houses: tuple[House, House]) -> None:
    one, other = houses
    with one.store.wakeups() as wait:
        assert wait is not None
        happen(other)
        assert wait(PATIENCE_S)
        happen(one)
        assert not wait(PATIENCE_S), "its own bell has rung for that"
        with other.store.transaction(quiet=True) as session:
            record(session, other.clock.now(), "a.b", "c 2")
        happen(other)
        assert wait(PATIENCE_S)
        assert not wait(0.0), "the quiet one told nobody"


def test_it_listens_again_after_its_connection_broke(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = houses
    monkeypatch.setattr(wakeups_module, "_AGAIN_S", 0.01)
    failed: list[BaseException] = []
    wakeups = Wakeups(one, failed=failed.append)
    seen = one.bell.count
    wakeups.start()
    assert heard(one, seen), "it listens"
    seen = one.bell.count
    happen(other)
    assert heard(one, seen)
    seen = one.bell.count
    engine = create_engine(other.store.engine.url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )
    engine.dispose()
    assert heard(one, seen), "it listens again, and rings for what it may have missed"
    wakeups.stop()
    assert not failed


def test_one_process_needs_no_waking(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    with store.wakeups() as wait:
        assert wait is None
    wakeups = Wakeups(House(store, FileStore(tmp_path), RealClock(), RealClock()), failed=fail)
    wakeups.start()
    wakeups._thread.join(PATIENCE_S)
    assert not wakeups._thread.is_alive()
    store.close()
