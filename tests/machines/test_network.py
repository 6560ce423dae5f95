"""Reading labs: what is written is what is understood, and every slip is named with its place."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from core.errors import InputError
from machines.lab import Driver, Place, Policy
from machines.network import parse_opening_hours, read_network

LABS = """
labs:
  - id: north
    name: North
    timezone: Europe/Berlin
    place: {latitude: 52.5, longitude: 13.4, city: Berlin}
    opening_hours: {mon-fri: "09:00-19:00", sat: ["10:00-12:00", "13:00-24:00"], sun: closed}
    policy: {accepts: automatically}
    machines:
      - id: printer
        name: A printer
        processes: ["FFF"]
        materials: [PLA, pet-g]
        envelope_mm: [200, 200, 200]
        connection: {driver: marlin, port: virtual}
      - id: bench
        name: A bench
        processes: [assembly]
  - id: south
    name: South
    timezone: Europe/Lisbon
    place: {latitude: 38.7, longitude: -9.1}
    opening_hours: {daily: "22:00-02:00"}
transport:
  - {between: [south, north], minutes: 90}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_words_hours_and_defaults_are_understood(tmp_path: Path) -> None:
    network = read_network(written(tmp_path, LABS))
    north = network.lab("north")
    assert north.policy is Policy.AUTOMATICALLY
    assert north.opening_hours[0] == ((time(9), time(19)),)
    assert north.opening_hours[5] == ((time(10), time(12)), (time(13), time(0)))
    assert 6 not in north.opening_hours
    printer = network.machine("printer")
    assert printer.processes == ("fdm",)
    assert printer.materials == ("pla", "petg")
    assert printer.connection.virtual
    assert network.machine("bench").connection.driver is Driver.HANDS
    assert network.lab("south").policy is Policy.ASKS
    assert set(network.lab("south").opening_hours) == set(range(7))


def test_transport_is_stated_or_derived_or_assumed(tmp_path: Path) -> None:
    stated = read_network(written(tmp_path, LABS))
    assert stated.transport("north", "south").minutes == 90
    assert stated.transport("north", "north").minutes == 0
    derived = read_network(written(tmp_path, LABS.replace("minutes: 90", "minutes: 90").split("transport:")[0]))
    way = derived.transport("north", "south")
    assert way.basis.startswith("derived")
    assert 40 * 60 < way.minutes < 50 * 60  # 2,300 km at 50 km/h
    placeless = read_network(
        written(tmp_path, LABS.split("transport:")[0].replace("    place: {latitude: 38.7, longitude: -9.1}\n", ""))
    )
    assert placeless.transport("north", "south").basis.startswith("assumed")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("accepts: automatically", "accept: automatically", "labs[north].policy.accept: this key is not known"),
        ("Europe/Berlin", "Europe/Atlantis", "'Europe/Atlantis' is no time zone"),
        ('"09:00-19:00"', '"nine to five"', "'nine to five' is no span of time"),
        ("mon-fri", "lun-ven", "'lun-ven' is no weekday"),
        ("sat:", "fri:", "names fri twice"),
        ('["FFF"]', '["teleportation"]', "'teleportation' is not a known word"),
        ("[PLA, pet-g]", "[unobtainium]", "'unobtainium' is not a known word"),
        ("id: south", "id: north", "lab 'north' stands twice"),
        ("id: bench", "id: printer", "machine 'printer' stands twice"),
        ("[south, north]", "[south, east]", "unknown lab 'east'"),
        ("[200, 200, 200]", "[200, 0, 200]", "every length of the envelope is above zero"),
        ("driver: marlin, port: virtual", "driver: marlin", "needs a port"),
        ("latitude: 52.5", "latitude: 152.5", "latitude lies within 90"),
        ("minutes: 90", "minutes: -1", "transport[0].minutes"),
        ("minutes: 90", "minutes: .inf", "transport[0].minutes"),
        ("[200, 200, 200]", "[200, .nan, 200]", "labs[north].machines[printer].envelope_mm[1]"),
        ("name: A printer", "name: 2023-13-45", "not YAML that can be used"),
        ("[south, north]", "[south, south]", "to itself"),
        ("  - {between", "  - {between: [north, south], minutes: 5}\n  - {between", "stands twice"),
        ("mon-fri", "monkey-friday13", "is no weekday"),
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in LABS
    with pytest.raises(InputError) as caught:
        read_network(written(tmp_path, LABS.replace(old, new, 1)))
    assert words in str(caught.value)
    assert "labs.yaml" in str(caught.value)


def test_a_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labs\.yaml:2: not YAML"):
        read_network(written(tmp_path, "labs:\n  - {id: north]\n"))
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"labs: \xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_network(tmp_path / "latin.yaml")


def test_weekdays_wrap_round_the_week() -> None:
    hours = parse_opening_hours({"sat-mon": "10:00-12:00"}, where="here")
    assert sorted(hours) == [0, 5, 6]


def test_distance_follows_the_great_circle() -> None:
    quarter = Place(0, 0).distance_km(Place(0, 90))
    assert quarter == pytest.approx(6371.0 * 3.141592653589793 / 2)
    assert Place(12, 34).distance_km(Place(12, 34)) == 0
