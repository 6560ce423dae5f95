"""Labs in other formats: what a format can carry comes back, and what it cannot is said."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crosswalks import forms
from core.errors import InputError
from core.trees import materials, processes
from machines.exchange.document import hours_document, labs_document
from machines.exchange.formats import FORMATS, read_document, read_labs, write_labs
from machines.exchange.hours_text import hours_text, read_hours_text
from machines.exchange.okw import EXTENSION
from machines.exchange.shapes import country
from machines.exchange.words import slug
from machines.exchange.zones import zone_of
from machines.hours import parse_opening_hours
from machines.lab import Driver, Form, Network, Place, PrivateFact
from machines.library import library
from machines.network import network_of, read_network

EXAMPLE = Path(__file__).parents[2] / "examples" / "labs.yaml"


SERVER = {"driver": "octoprint", "address": "http://octopi.example", "key_variable": "KEY"}


def some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


names = st.text(st.characters(categories=["L", "N", "Zs", "P"]), min_size=1, max_size=30).filter(str.strip)
ids = st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True)
amounts = st.one_of(st.integers(1, 900), st.floats(0.01, 900, allow_nan=False))
days = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(str)
clock = st.tuples(st.integers(0, 23), st.sampled_from([0, 30])).map(lambda each: f"{each[0]:02}:{each[1]:02}")
spans = st.lists(st.tuples(clock, clock).map("-".join), max_size=3)
hours = st.dictionaries(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), spans, max_size=7)
periods = st.one_of(
    st.fixed_dictionaries(
        {"day": days}, optional={"why": names, "rrule": st.sampled_from(["FREQ=YEARLY", "FREQ=WEEKLY"])}
    ),
    days.map(lambda day: {"start": f"{day} 09:00", "end": f"{day} 11:30:30", "exdate": [day], "rrule": "FREQ=DAILY"}),
)
processes_ = st.lists(st.sampled_from([node.id for node in processes()]), min_size=1, max_size=3, unique=True)
materials_ = st.lists(st.sampled_from([node.id for node in materials()]), max_size=4, unique=True)
lengths = st.lists(amounts, min_size=3, max_size=3)
details = some(
    materials=materials_, envelope_mm=lengths, bed_mm=lengths.map(lambda sides: sides[:2]),
    feed_through=st.sampled_from(["x", "y", None]), axes=st.sampled_from([3, 4, 5, None]),
    margin_mm=amounts, nozzles_mm=st.lists(amounts, max_size=3),
    tools_mm=st.lists(amounts, max_size=3), tolerance_mm=amounts, power_w=amounts, unattended=st.booleans(),
    set_up_min=amounts, take_off_min=amounts, changeover_min=st.dictionaries(ids, amounts, max_size=2),
    certificates=st.lists(names, max_size=2), access=st.sampled_from(["public", "members", "operators"]), training=ids,
    mode=st.sampled_from(["automatic", "armed", "monitored"]), allow=st.sampled_from([[], ["M600", "PRINT_START"]]),
    confirm=st.sampled_from([[], ["bed_clear"], ["bed_clear", "first_layer"]]),
    hourly_cost=amounts, energy_w=amounts, maintenance=st.lists(periods, max_size=2),
    thickness_mm=st.dictionaries(st.sampled_from(["plywood", "acrylic"]), st.just([1, 4.5]), max_size=2),
    motion=some(travel_mm_s=amounts, acceleration_mm_s2=amounts, jerk_mm_s=amounts),
    limits=some(nozzle_c=st.integers(0, 400), bed_c=st.integers(0, 150), spindle_s=amounts),
    connection=st.sampled_from([{"driver": "marlin", "port": "virtual"}, {"port": "/dev/x", "baud": 9600}, SERVER, {}]),
)  # fmt: skip
bare = st.tuples(st.fixed_dictionaries({"name": names, "processes": processes_}), details).map(
    lambda both: both[0] | both[1]
)
modelled = st.tuples(
    st.sampled_from([model.id for model in library()]),
    details,
    some(name=names, processes=processes_),
    st.sampled_from([{}, {"envelope_mm": None}, {"materials": []}, {"limits": {"bed_c": None}}]),
).map(lambda parts: {"model": parts[0], **parts[1], **parts[2], **parts[3]})
labs_ = st.fixed_dictionaries(
    {"name": names, "timezone": st.sampled_from(["UTC", "Europe/Madrid", "America/New_York"]), "opening_hours": hours},
    optional={
        "place": st.fixed_dictionaries(
            {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}, optional={"city": names}
        ),
        "address": some(street=names, postcode=names, region=names, country=st.sampled_from(["ES", "PT"])),
        "contact": some(name=names, email=st.just("a@b.example"), phone=st.just("+34 1")),
        "public": st.lists(st.sampled_from(["contact", "address", "people"]), unique=True),
        "website": names,
        "languages": st.lists(st.sampled_from(["es", "pt-BR", "gl"]), unique=True),
        "currency": st.sampled_from(["EUR", "USD"]),
        "maker": st.sampled_from(["school", "public body", "company"]),
        "access": st.sampled_from(["public", "members", "operators"]),
        "policy": st.fixed_dictionaries(
            {"accepts": st.sampled_from(["automatically", "asks"])},
            optional={
                "unattended_starts": st.booleans(),
                "first_article": st.sampled_from(["always", "new", "never"]),
            },
        ),
        "closures": st.lists(periods, max_size=2),
        "special_openings": st.lists(periods, max_size=2),
        "people": st.lists(
            st.fixed_dictionaries({"id": ids}, optional={"training": st.lists(ids, max_size=2)}),
            max_size=3,
            unique_by=lambda each: str(each["id"]),
        ),
        "stock": st.lists(
            st.fixed_dictionaries(
                {
                    "material": st.sampled_from(["pla", "plywood"]),
                    "form": st.sampled_from([str(form) for form in Form]),
                    "amount": amounts,
                    "unit": st.sampled_from(["kg", "l", "m", "m2", "piece"]),
                },
                optional={
                    "colour": names,
                    "thickness_mm": amounts,
                    "size_mm": st.tuples(amounts, amounts),
                    "unit_cost": amounts,
                },
            ),
            max_size=2,
        ),
        "machines": st.lists(st.one_of(bare, modelled), max_size=3),
    },
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    labs = draw(st.lists(labs_, min_size=1, max_size=3))
    for number, lab in enumerate(labs):
        lab["id"] = f"lab-{number}"
        for place, machine in enumerate(lab.get("machines", ())):
            machine["id"] = f"machine-{number}-{place}"
    document: dict[str, Any] = {"labs": labs}
    if len(labs) > 1 and draw(st.booleans()):
        document["transport"] = [{"between": ["lab-0", "lab-1"], "minutes": draw(amounts)}]
    return network_of(document, where="drawn")


@settings(max_examples=25)
@given(networks())
def test_our_own_document_says_all(network: Network) -> None:
    document = labs_document(network)
    assert network_of(document, where="again") == network
    assert network_of(json.loads(json.dumps(document)), where="as JSON") == network
    assert network_of(yaml.safe_load(yaml.safe_dump(document)), where="as YAML") == network


@settings(max_examples=25)
@given(networks(), st.sampled_from(["okw", "ohm"]))
def test_the_extension_brings_everything_back_without_loss(network: Network, form: str) -> None:
    writing = write_labs(network.labs, form, private=True)
    assert writing.losses == ()
    reading = read_labs(json.loads(json.dumps(writing.document)), where="back", keep_ports=True)
    assert reading.notes == ()
    assert network_of(reading.document, where="back").labs == network.labs


@settings(max_examples=25)
@given(networks())
def test_private_facts_stay_in_the_lab_unless_disclosed(network: Network) -> None:
    for form in FORMATS:
        writing = write_labs(network.labs, form)
        text = json.dumps(writing.document)
        for lab in network.labs:
            if PrivateFact.CONTACT not in lab.disclosed and lab.contact and lab.contact.email:
                assert any("contact is private" in loss.what for loss in writing.losses)
        if not any(PrivateFact.CONTACT in lab.disclosed for lab in network.labs):
            assert "a@b.example" not in text


@settings(max_examples=25)
@given(networks(), st.sampled_from(["okw-plain", "fablabs"]))
def test_what_a_format_cannot_carry_is_said(network: Network, form: str) -> None:
    writing = write_labs(network.labs, form, private=True)
    reading = read_labs(writing.document, where="back", form="okw" if form == "okw-plain" else form, zone="UTC")
    back = network_of(reading.document, where="back")
    assert len(back.labs) == len(network.labs)
    for lab, other in zip(network.labs, back.labs, strict=True):
        said = {loss.where + loss.what for loss in writing.losses if loss.where.startswith(f"lab {lab.id}")}
        for name in ("access", "currency", "closures", "stock", "people", "policy"):
            if getattr(lab, name) != getattr(other, name):
                assert any(name in each for each in said), name


def test_an_envelope_is_rounded_down_and_a_nozzle_left_out_in_the_standards_own_fields() -> None:
    lab = network_of(
        {"labs": [{"id": "a", "name": "A", "timezone": "UTC", "opening_hours": {}, "machines": [
            {"id": "p", "name": "P", "processes": ["fdm"], "envelope_mm": [250.9, 210, 210.5], "nozzles_mm": [0.4]}]}]},
        where="here",
    ).labs[0]  # fmt: skip
    plain = write_labs([lab], "okw-plain").document["equipment"][0]
    assert (plain["x_travel"], plain["y_travel"], plain["z_travel"]) == (250, 210, 210)
    assert isinstance(plain["build_volume"], int)
    assert "nozzle_size" not in plain
    assert write_labs([lab], "ohm").document["equipment"][0]["nozzle_size"] == 0.4
    assert any("nozzles_mm is left out" in loss.what for loss in write_labs([lab], "okw-plain").losses)


FACILITY: dict[str, Any] = {
    "name": "A Makerspace",
    "location": {
        "address": {"street": "Long Street", "number": "7", "city": "Porto", "country": "PT"},
        "gps_coordinates": "41.15, -8.61",
    },
    "facility_status": "Active",
    "opening_hours": "Mon-Fri: 9:00-22:00",
    "access_type": "Membership",
    "equipment": [
        {
            "equipment_type": "https://en.wikipedia.org/wiki/3D_printer",
            "manufacturing_process": "https://en.wikipedia.org/wiki/Fused_filament_fabrication",
            "make": "Creality",
            "model": "Ender 3",
            "quantity": 2,
            "condition": "Good",
            "materials_worked": [
                {"material_type": "https://en.wikipedia.org/wiki/PLA"},
                {"material_type": "unobtainium"},
            ],
            "nozzle_size": 0.6,
            "build_volume": 8000000,
        },
        {"equipment_type": "A time machine", "manufacturing_process": "https://en.wikipedia.org/wiki/Time_travel"},
    ],
    "manufacturing_processes": ["https://en.wikipedia.org/wiki/Laser_cutting"],
    "floor_size": 120,
}


def test_a_foreign_facility_becomes_a_lab_and_nothing_goes_in_silence() -> None:
    reading = read_labs(FACILITY, where="facility.json")
    lab = network_of(reading.document, where="back").labs[0]
    assert (lab.id, lab.name, lab.zone) == ("a-makerspace", "A Makerspace", "Europe/Lisbon")
    assert lab.place == Place(41.15, -8.61, "Porto")
    assert lab.address is not None
    assert lab.address.street == "Long Street 7"
    assert PrivateFact.ADDRESS not in lab.disclosed
    assert sorted(lab.opening_hours) == [0, 1, 2, 3, 4]
    first, second, listed = lab.machines
    assert (first.model, second.model) == ("creality-ender-3", "creality-ender-3")
    assert (first.nozzles_mm, first.materials, first.envelope_mm) == ((0.6,), ("pla",), (220, 220, 250))
    assert (listed.processes, listed.envelope_mm) == (("laser_cutting",), None)
    said = "\n".join(f"{note.where}: {note.what}" for note in reading.notes)
    for words in (
        "unobtainium",
        "condition is not taken up",
        "build_volume",
        "Time_travel",
        "floor_size",
        "Europe/Lisbon",
    ):
        assert words in said, words


@pytest.mark.parametrize("form", ["labs", "okw"])
@pytest.mark.parametrize("way", [{"driver": "marlin", "port": "/dev/ttyUSB0"}, SERVER])
def test_a_strangers_port_or_server_is_not_taken_for_ours(form: str, way: dict[str, Any]) -> None:
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    document["labs"][0]["machines"][0]["connection"] = way
    labs = network_of(document, where="here").labs
    reading = read_labs(write_labs(labs, form, private=True).document, where="theirs")
    back = network_of(reading.document, where="back")
    assert back.machine("ria-printer-1").connection.driver is Driver.HANDS
    assert back.machine("ria-printer-2").connection.virtual
    assert [note.where for note in reading.notes] == ["machine ria-printer-1"]


def test_the_document_describes_every_format() -> None:
    page = (EXAMPLE.parents[1] / "docs" / "exchange.md").read_text(encoding="utf-8")
    assert all(f"| `{form}` |" in page for form in FORMATS)
    assert f"`{EXTENSION}`" in page


def test_an_extension_that_disagrees_is_not_taken_up() -> None:
    network = read_network(EXAMPLE)
    written = write_labs(network.labs[:1], "okw").document
    written["equipment"][0]["x_travel"] = 999
    reading = read_labs(written, where="changed")
    assert any("changed since it was written (equipment)" in note.what for note in reading.notes)
    assert network_of(reading.document, where="back").labs[0].machines[0].envelope_mm == (999, 210, 210)


FABLABS: list[dict[str, Any]] = [
    {
        "id": 7, "name": "Fab Lab Somewhere", "kind_name": "fab_lab", "slug": "fablabsomewhere", "blurb": "We make",
        "address_1": "Street 1", "city": "Lyon", "country_code": "fr", "latitude": 45.76, "longitude": 4.83,
        "email": "hello@lab.example", "capabilities": ["three_d_printing", "laser", "telepathy"],
        "activity_status": "active", "links": [{"id": 1, "url": "https://lab.example"}],
    },
    {"id": 8, "name": "Gone", "slug": "gone", "activity_status": "closed", "country_code": "fr"},
    {"id": 9, "name": "Nowhere", "slug": "nowhere", "activity_status": "active"},
]  # fmt: skip


def test_a_list_of_fablabs_gives_labs_that_are_asked_about() -> None:
    reading = read_labs(FABLABS, where="labs.json")
    (lab,) = network_of(reading.document, where="back").labs
    assert (lab.id, lab.zone, lab.opening_hours) == ("fablabsomewhere", "Europe/Paris", {})
    assert [machine.processes for machine in lab.machines] == [("additive",), ("laser_cutting",)]
    said = "\n".join(f"{note.where}: {note.what}" for note in reading.notes)
    for words in (
        "telepathy",
        "lab Gone: left out: it is closed",
        "lab nowhere: left out: its time zone",
        "blurb",
        "never open",
    ):
        assert words in said, words
    named = read_labs(FABLABS, where="labs.json", zone="Europe/Oslo")
    assert [lab["timezone"] for lab in named.document["labs"]] == ["Europe/Paris", "Europe/Oslo"]


keys = st.sampled_from([*FACILITY, *FABLABS[0]])
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=6)),
    max_leaves=25,
)


@given(json_values, st.sampled_from(["okw", "ohm", "fablabs", None]), st.sampled_from([None, "UTC"]))
def test_rubbish_is_refused_or_read_but_never_breaks(document: Any, form: str | None, zone: str | None) -> None:
    with contextlib.suppress(InputError):
        reading = read_labs(document, where="rubbish", form=form, zone=zone)
        assert network_of(reading.document, where="back").labs


@settings(max_examples=25)
@given(json_values)
def test_rubbish_in_a_facility_is_read_or_noted(inner: Any) -> None:
    for key in FACILITY:
        read_labs(
            FACILITY | {"name": "Lab", key: inner if key != "name" else "Lab"}, where="rubbish", form="okw", zone="UTC"
        )


@given(hours.map(lambda found: parse_opening_hours(found, where="here")))
def test_hours_survive_as_text(found: Any) -> None:
    back, zone = read_hours_text(hours_text(found, "Europe/Madrid"))
    assert zone == "Europe/Madrid"
    assert back is not None
    assert parse_opening_hours(back, where="back") == found
    assert parse_opening_hours(hours_document(found), where="back") == found


@pytest.mark.parametrize(
    "text", ["by appointment", "Mon-Fri 9-5", "Mon-Fri 09:00-19:00 except in August", "Mo-Fr 09:00-25:00", ""]
)
def test_hours_that_are_not_clear_are_unknown(text: str) -> None:
    assert read_hours_text(text)[0] is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Mo-Fr 10:00-18:00", {"mo-fr": ["10:00-18:00"]}),
        (
            "Monday to Friday 9am-5:30pm; Sat 10 a.m. to 1 p.m.",
            {"monday-friday": ["09:00-17:30"], "sat": ["10:00-13:00"]},
        ),
        ("Thurs 12pm-12am", {"thurs": ["12:00-00:00"]}),
    ],
)
def test_hours_as_people_publish_them(text: str, meant: dict[str, list[str]]) -> None:
    found = read_hours_text(text)[0]
    assert found == meant
    assert parse_opening_hours(found, where="here")


@pytest.mark.parametrize("text", ["Mon-Fri 9-5pm", "Mon 13pm-14pm", "Mx 09:00-10:00", "M 09:00-10:00"])
def test_hours_that_may_mean_two_things_are_unknown(text: str) -> None:
    assert read_hours_text(text)[0] is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Germany", "DE"),
        ("de", "DE"),
        ("USA", "US"),
        ("uk", "GB"),
        ("South Korea", "KR"),
        ("Atlantis", None),
        (7, None),
    ],
)
def test_countries_by_code_or_name(said: object, code: str | None) -> None:
    assert country(said) == code


def test_the_meridian_has_no_sign() -> None:
    lab = {"id": "a", "name": "A", "timezone": "UTC", "opening_hours": {"daily": "09:00-10:00"}}
    network = network_of({"labs": [lab | {"place": {"latitude": 51.5, "longitude": -0.0}}]}, where="here")
    writing = write_labs(network.labs, "okw", private=True)
    assert writing.losses == ()
    reading = read_labs(json.loads(json.dumps(writing.document)), where="back")
    assert reading.notes == ()


def test_accents_do_not_tear_an_id_apart() -> None:
    assert slug("Ünïcode Läb 2", set(), "lab") == "unicode-lab-2"
    assert slug("Straße", set(), "lab") == "strasse"
    assert slug("Østre Værksted", set(), "lab") == "ostre-vaerksted"
    assert slug("Zakład Łódź", set(), "lab") == "zaklad-lodz"


def test_zones_come_from_countries_and_places() -> None:
    lisbon = zone_of("pt", Place(38.7, -9.1))
    assert lisbon is not None
    assert (lisbon.zone, lisbon.sure) == ("Europe/Lisbon", False)  # Madeira and the Azores are Portuguese too
    paris = zone_of("FR", None)
    assert paris is not None
    assert paris.sure
    cologne = zone_of("DE", Place(50.9, 6.9))  # nearer to Büsingen, which tells the same time
    assert cologne is not None
    assert (cologne.zone, cologne.sure) == ("Europe/Berlin", True)
    assert zone_of("US", None) is None
    assert zone_of(None, None) is None


def test_forms_of_stock_are_those_of_the_vocabulary() -> None:
    assert {str(form) for form in Form} == set(forms())


def test_files_are_read_with_limits_and_bad_ones_named(tmp_path: Path) -> None:
    bad = {
        "bad.json": ('{"name": ', r"bad.json:1: not JSON"),
        "bad.yaml": ("a: [1\nb: 2", r"bad.yaml:\d: not YAML"),
        "deep.json": ("[" * 100_000, "not JSON that can be used"),
        "deep.yaml": ("a: " + "[" * 100_000, "nested deeper than 50"),
        "digits.json": ("[" + "9" * 10_000 + "]", "not JSON that can be used"),
        "laughs.yaml": ("a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]", "more than 0 aliases"),
    }
    for name, (text, words) in bad.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=words):
            read_document(tmp_path / name)
    (tmp_path / "latin.json").write_bytes(b'{"name": "\xff"}')
    with pytest.raises(InputError, match="not UTF-8"):
        read_document(tmp_path / "latin.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_document(tmp_path / "absent.json")
    with pytest.raises(InputError, match="'toml' is no format"):
        read_labs({}, where="x", form="toml")
