# ruff: noqa: DTZ001 - wall times have no zone
"""Reading labs: what is written is what is understood, and every slip is named with its place."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from core.errors import InputError
from machines.lab import Access, Driver, Place, Policy
from machines.network import network_of, parse_opening_hours, read_network

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


def test_a_file_that_costs_too_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nested deeper than 50"):
        read_network(written(tmp_path, "labs: " + "[" * 200_000))
    lab = "{id: a, name: A, timezone: UTC, opening_hours: {}, machines: []}"
    with pytest.raises(InputError, match="more than 100 aliases"):
        read_network(written(tmp_path, f"labs: [&a {lab}{', *a' * 101}]"))


def test_an_anchor_may_be_used_again(tmp_path: Path) -> None:
    text = "labs:\n  - {id: a, name: A, timezone: UTC, opening_hours: &h {daily: '09:00-17:00'}}\n"
    text += "  - {id: b, name: B, timezone: UTC, opening_hours: *h}\n"
    network = read_network(written(tmp_path, text))
    assert network.lab("a").opening_hours == network.lab("b").opening_hours


def test_all_that_a_lab_can_say_is_read(tmp_path: Path) -> None:
    text = """
labs:
  - id: north
    name: North
    timezone: Europe/Berlin
    opening_hours: {daily: "09:00-17:00"}
    closures: [{first_day: 2026-12-24, last_day: 2026-12-26, rrule: FREQ=YEARLY, exdate: [2027-12-24], why: winter}]
    special_openings: [{start: 2026-12-24 10:00, end: 2026-12-24 12:00}]
    address: {street: Street 1, postcode: "10115", country: DE}
    contact: {email: a@b.example}
    public: [contact]
    access: members
    people: [{id: p-1, training: [laser]}, {id: p-2}]
    stock: [{material: PLA, form: filament, amount: 2, unit: kg, thickness_mm: 1.75}]
    machines:
      - {id: cutter, name: Cutter, processes: [laser], training: laser, access: operators, tools_mm: [0.1],
         changeover_min: {material: 5}, maintenance: [{day: 2026-12-01}], motion: {travel_mm_s: 300}}
"""
    lab = read_network(written(tmp_path, text)).lab("north")
    assert lab.closures[0].start == datetime(2026, 12, 24)
    assert lab.closures[0].end == datetime(2026, 12, 27)
    assert lab.closures[0].except_on == (date(2027, 12, 24),)
    assert not lab.special_openings[0].whole_days
    assert lab.stock[0].material == "pla"
    (cutter,) = lab.machines
    assert [person.id for person in lab.operators(cutter)] == ["p-1"]
    assert (cutter.access, cutter.motion.travel_mm_s) == (Access.OPERATORS, 300)
    shown = lab.public()
    assert (shown.contact, shown.address, shown.people) == (lab.contact, None, ())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("closures: [{day: 2026-12-24, start: 2026-12-24 10:00}]", "a period is stated in one way"),
        ("closures: [{why: tired}]", "a period is stated in one way"),
        ("closures: [{first_day: 2026-12-24}]", "a period has a start and an end"),
        ("closures: [{first_day: 2026-12-24, last_day: 2026-12-20}]", "does not end after its start"),
        ("closures: [{day: 2026}]", "a day is expected here"),
        ("closures: [{day: 9999-12-31}]", "north, closures"),
        ("closures: [{day: 2026-12-24, rrule: FREQ=SECONDLY}]", "is no FREQ of a rule of days"),
        ("closures: [{day: 2026-12-24, exdate: [2026-12-24]}]", "exceptions need a rule"),
        ("people: [{id: Ada Lovelace}]", "labs[north].people[Ada Lovelace].id"),
        ("people: [{id: p-1}, {id: p-1}]", "person 'p-1' stands twice"),
        ("stock: [{material: pla, form: filament, amount: -1, unit: kg}]", "labs[north].stock[0].amount"),
        ("stock: [{material: pla, form: noodles, amount: 1, unit: kg}]", "labs[north].stock[0].form"),
        ("stock: [{material: kryptonite, form: bar, amount: 1, unit: kg}]", "'kryptonite' is not a known word"),
        ("public: [everything]", "labs[north].public[0]"),
        ("currency: euro", "labs[north].currency"),
        ("contact: {email: nobody}", "labs[north].contact.email"),
    ],
)
def test_a_slip_in_what_a_lab_says_is_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_network(written(tmp_path, LABS.replace("    policy:", f"    {line}\n    policy:", 1)))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nozzles_mm: [0]", "labs[north].machines[printer].nozzles_mm[0]"),
        ("motion: {speed: 3}", "motion.speed: this key is not known"),
        ("maintenance: [{day: 2026-12-24, rrule: FREQ=DAILY;COUNT=2;UNTIL=20270101}]", "both COUNT and UNTIL"),
        ("training: Laser Safety", "machines[printer].training"),
        ("model: Prusa MK77", "'Prusa MK77' is no model of the library"),
        ("changeover_min: {material: -5}", "changeover_min.material"),
    ],
)
def test_a_slip_in_what_a_machine_says_is_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_network(
            written(tmp_path, LABS.replace('        processes: ["FFF"]', f'        processes: ["FFF"]\n        {line}'))
        )
    assert words in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    machine = {"id": "m!", "procesess": ["fdm"], "envelope_mm": [250, 210], "nozzles_mm": 0.4}
    lab = {"id": "north", "name": "N", "timezone": "UTC", "opening_hours": {}, "machines": [machine]}
    with pytest.raises(InputError) as caught:
        network_of({"labs": [lab]}, where="labs.yaml")
    what = caught.value.what
    assert "labs[north].machines[m!].id: an id has small letters" in what
    assert "labs[north].machines[m!].procesess: this key is not known" in what
    assert "labs[north].machines[m!].envelope_mm[2]: this key is missing" in what
    assert "labs[north].machines[m!].nozzles_mm: a list is expected here" in what
    with pytest.raises(InputError, match=r"\(and 12 more\)"):
        network_of({"labs": [lab | {f"key_{n}": 1 for n in range(16)}]}, where="labs.yaml")
