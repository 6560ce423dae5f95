"""The same on PostgreSQL, and many who pay out of one account at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from coordinator.files import FileStore
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import Call, House, Settings
from coordinator.store import Store
from core.errors import StateError
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Hand, Town

from .test_credit import balances
from .test_credit import circle as circle
from .test_credit import (
    test_a_round_is_done_when_every_side_has_confirmed as test_a_round_is_done,
)
from .test_credit import test_what_is_in_dispute_cannot_be_spent as test_what_is_in_dispute
from .test_credit import trading as trading

__all__ = ["test_a_round_is_done", "test_what_is_in_dispute"]

PAYING, EACH, LIMIT = 8, 5, 1000


@pytest.fixture
def both(tmp_path: Path, databases: Callable[[], str]) -> Iterator[list[Application]]:
    """Two applications over one database, as in two processes."""
    address = databases()
    stores = [Store(address) for _ in range(2)]
    files = FileStore(tmp_path / "files")
    yield [Application(House(each, files, Hand(), Hand(), Settings())) for each in stores]
    for each in stores:
        each.close()


@pytest.fixture
def town(tmp_path: Path, both: list[Application]) -> Town:
    house = both[0].house
    assert isinstance(house.clock, Hand)
    assert isinstance(house.real, Hand)
    made = Town(both[0], house.clock, house.real, tmp_path)
    made.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    made.join("ste", Role.STEWARD)
    made.join("ada", Role.BUILDER)
    for lab in ("north", "south"):
        made.join(lab, Role.OPERATOR, lab)
    return made


def test_nobody_goes_below_the_limit_however_many_pay_at_once(trading: Town, both: list[Application]) -> None:
    """Eight threads of two applications pay 5 times 300 each out of an account that can pay 1000."""
    refused: list[str] = []
    paid: list[int] = []
    wrong: list[BaseException] = []
    start = threading.Barrier(PAYING)

    def payer(number: int) -> None:
        application = both[number % 2]
        start.wait()
        for _ in range(EACH):
            try:
                payee = 2 + number % 2
                paid.append(application.credit.payments.pay(Call(trading.people["ada"]), 1, payee, 300, "").id)
            except StateError as error:
                refused.append(str(error))
            except BaseException as error:  # noqa: BLE001 - told by the test
                wrong.append(error)

    threads = [threading.Thread(target=payer, args=(number,)) for number in range(PAYING)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    assert len(paid) == 3
    assert len(refused) == PAYING * EACH - 3
    assert balances(trading)[0] == -900
    assert sum(balances(trading)) == 0
