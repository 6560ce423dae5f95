"""The network is read once for each change of the labs, and never as somebody who gave up had it."""

from __future__ import annotations

import pytest
import yaml

from coordinator.schema.network import LabRow
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.conftest import LABS

from .conftest import Town


def named(town: Town) -> list[str]:
    with town.application.house.reading() as session:
        network = town.application.house.networks.of(session)
        return [] if network is None else [lab.name for lab in network.labs]


def test_it_follows_every_change_and_is_kept_between(town: Town) -> None:
    house = town.application.house
    with house.reading() as session:
        first = house.networks.of(session)
        assert house.networks.of(session) is first
    document = yaml.safe_load(LABS)
    document["labs"][1]["name"] = "South Side"
    document["transport"][0]["minutes"] = 90
    town.application.labs.put(Call(KEEPER), document)
    assert named(town) == ["North", "South Side"]
    with house.reading() as session:
        network = house.networks.of(session)
        assert network is not None
        assert network.transport("north", "south").minutes == 90


def test_what_was_undone_is_forgotten(town: Town) -> None:
    """The id of an event that was undone is given again: the labs of then must not come back with it."""
    house = town.application.house
    with pytest.raises(ZeroDivisionError), house.change("coordinator") as change:
        row = change.session.get_one(LabRow, "north")
        row.document = {**row.document, "name": "Undone"}
        change.record("lab.changed", "lab north")
        change.session.flush()
        network = house.networks.of(change.session)
        assert network is not None
        assert network.labs[0].name == "Undone", "who changes it sees the change"
        raise ZeroDivisionError
    with house.change("coordinator") as change:
        change.record("lab.changed", "lab north")
    assert named(town) == ["North", "South"]


def test_it_is_nobody_before_there_is_a_lab(bare: Town) -> None:
    assert named(bare) == []
    bare.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    assert named(bare) == ["North", "South"]
