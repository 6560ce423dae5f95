"""The ledger is never doubled and never short: killed between any two steps, told again, by several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from commons.flows.events import reversal
from coordinator.files import FileStore
from coordinator.schema.builds import EventRow
from coordinator.schema.flow import EconomicEventRow, FlowBookRow
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.flows import following
from coordinator.service.flows.door import Flows
from coordinator.service.flows.following import TELLERS, catch_up, tell
from coordinator.service.house import Call, Change, House, Settings
from coordinator.store import Store
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Hand, Town
from tests.coordinator.service.test_whole_life import finish


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A build that is done, on either database; a test forgets what was told of it."""
    folder = tmp_path_factory.mktemp("once")
    store = Store(folder / "x.db" if request.param == "sqlite" else request.getfixturevalue("databases")())
    clock, real = Hand(), Hand()
    house = House(store, FileStore(folder / "files"), clock, real, Settings(plan_seconds=0.5))
    made = Town(Application(house), clock, real, folder)
    made.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    made.join("ada", Role.BUILDER)
    for lab in ("north", "south"):
        made.join(lab, Role.OPERATOR, lab)
    finish(made, made.agent("north"), made.order().id)
    yield made
    made.application.close()
    store.close()


@pytest.fixture(autouse=True)
def forgotten(town: Town) -> None:
    """As if nobody had ever looked; the network keeps its name."""
    forget(town)


class KilledError(Exception):
    """The process ends here."""


def forget(town: Town) -> None:
    with town.application.house.store.transaction() as session:
        session.execute(delete(EconomicEventRow))
        session.execute(update(FlowBookRow).values(told=0))


def ids(town: Town) -> list[str]:
    with town.application.house.reading() as session:
        return list(session.scalars(select(EconomicEventRow.id).order_by(EconomicEventRow.number)))


def test_killed_before_any_statement_it_goes_on_and_has_each_event_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = town.application.house
    catch_up(house)
    whole = ids(town)
    assert len(whole) == len(set(whole)) > 8
    monkeypatch.setattr(following, "_AT_ONCE", 2)
    left, killed = [0], 0

    def die(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    event.listen(house.store.engine, "before_cursor_execute", die)
    try:
        for step in range(1, 40, 3):
            left[0] = 0
            forget(town)
            left[0] = step
            try:
                catch_up(house)
            except KilledError:
                killed += 1
            left[0] = 0
            assert ids(town) == whole[: len(ids(town))], "what is there is whole, and in order"
            catch_up(house)
            assert ids(town) == whole
    finally:
        event.remove(house.store.engine, "before_cursor_execute", die)
    assert killed > 5


def test_a_log_that_is_told_again_adds_nothing(town: Town) -> None:
    house = town.application.house
    catch_up(house)
    whole, balances = ids(town), Flows(house).ledger().balances()
    with house.store.transaction() as session:
        session.execute(update(FlowBookRow).values(told=0))
    catch_up(house)
    assert ids(town) == whole
    assert Flows(house).ledger().balances() == balances


def test_several_who_look_at_once_tell_it_once(town: Town) -> None:
    house = town.application.house
    catch_up(house)
    whole = ids(town)
    forget(town)
    errors: list[BaseException] = []
    gate = threading.Barrier(4)

    def look() -> None:
        gate.wait()
        try:
            catch_up(house)
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not errors
    assert ids(town) == whole


def test_however_the_log_is_cut_the_ledger_is_the_same(town: Town) -> None:
    house = town.application.house
    catch_up(house)
    whole = ids(town)

    @settings(suppress_health_check=list(HealthCheck), max_examples=15)
    @given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.booleans())
    def cut(sizes: list[int], again: bool) -> None:
        forget(town)
        for size in sizes:
            in_transaction(town, lambda change, size=size: tell(change, size))  # type: ignore[misc]
            if again:
                with house.store.transaction() as session:
                    session.execute(update(FlowBookRow).values(told=0))
        catch_up(house)
        assert ids(town) == whole

    cut()


def in_transaction(town: Town, work: Callable[[Change], None]) -> None:
    with town.application.house.store.transaction() as session:
        work(Change(session, town.clock.now(), "coordinator"))


def test_the_ledger_in_memory_reads_on(town: Town) -> None:
    flows = Flows(town.application.house)
    in_transaction(town, lambda change: tell(change, 3))
    with town.application.house.reading() as session:
        before = flows.ledger_in(session)
    after = flows.ledger()
    assert 0 < len(before.events) < len(after.events)
    assert after.balances() == Flows(town.application.house).ledger().balances()
    assert len(after.events) == len(ids(town))
    after.take_in(reversal(each, f"{each.id}-back", each.at) for each in after.events)
    assert len(flows.ledger().events) == len(ids(town)), "who is given a copy changes nothing here"


def test_an_old_log_without_a_book_is_told(town: Town) -> None:
    with town.application.house.store.transaction() as session:
        session.execute(delete(FlowBookRow))
    town.application.flows.events()
    with town.application.house.reading() as session:
        assert _last(session) == session.get_one(FlowBookRow, 1).told


def _last(session: Session) -> int | None:
    query = select(EventRow.id).where(EventRow.kind.in_(TELLERS)).order_by(EventRow.id.desc()).limit(1)
    return session.scalar(query)
