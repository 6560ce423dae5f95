"""The labs of the example use words that the house knows, and the design needs more than one of them."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from core.trees import materials, processes


@pytest.fixture(scope="module")
def document(examples: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((examples / "labs.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def machines(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [machine for lab in document["labs"] for machine in lab["machines"]]


def test_three_labs_have_eight_machines(document: dict[str, Any], machines: list[dict[str, Any]]) -> None:
    assert len(document["labs"]) == 3
    assert len({machine["id"] for machine in machines}) == len(machines) == 8


def test_words_are_ids_of_the_trees(machines: list[dict[str, Any]]) -> None:
    for machine in machines:
        assert all(word in processes() for word in machine["processes"]), machine["id"]
        named = [*machine.get("materials", []), *machine.get("thickness_mm", {})]
        assert all(word in materials() for word in named), machine["id"]
        assert set(machine.get("thickness_mm", {})) <= set(machine.get("materials", []))


def test_labs_lie_in_two_time_zones_and_are_open(document: dict[str, Any]) -> None:
    assert len({ZoneInfo(lab["timezone"]).key for lab in document["labs"]}) == 2
    hours = [hours for lab in document["labs"] for hours in lab["opening_hours"].values()]
    assert all(re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", each) for each in hours)
    assert len({str(lab["opening_hours"]) for lab in document["labs"]}) == 3


def test_every_pair_of_labs_has_a_way(document: dict[str, Any]) -> None:
    ids = [lab["id"] for lab in document["labs"]]
    ways = [frozenset(way["between"]) for way in document["transport"]]
    assert sorted(map(sorted, ways)) == sorted(map(sorted, combinations(ids, 2)))
    assert all(way["minutes"] > 0 for way in document["transport"])


def test_no_lab_can_make_it_alone(document: dict[str, Any]) -> None:
    needed = {"fdm", "co2_laser_cutting", "cnc_routing", "assembly"}
    able = [{word for machine in lab["machines"] for word in machine["processes"]} for lab in document["labs"]]
    assert set.union(*able) >= needed
    assert not [words for words in able if words >= needed]


def test_connections_fit_the_processes(machines: list[dict[str, Any]]) -> None:
    drivers = {machine["id"]: machine["connection"]["driver"] for machine in machines}
    assert sorted(drivers.values()) == ["grbl"] * 3 + ["hands"] * 2 + ["marlin"] * 3
    assert all((drivers[m["id"]] == "marlin") == ("fdm" in m["processes"]) for m in machines)
    assert all((drivers[m["id"]] == "hands") == ("assembly" in m["processes"]) for m in machines)
