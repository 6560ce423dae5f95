"""First steps: a steward begins a network, a lab says what it is and what it has; nobody else may."""

from __future__ import annotations

import re

import pytest

from coordinator.api.app import create_app
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.conftest import Town
from tests.coordinator.web.test_acts import PASSWORD, Browser, joined

LAB = {"name": "Østerlab & Sons", "zone": "Europe/Copenhagen", "mon": "09:00-13:00, 14:00-18:00", "accepts": "asks"}


@pytest.fixture
def nobody(bare: Town) -> Web:
    """A coordinator to which nobody has come yet."""
    made = Web(bare)
    made.app = create_app(bare.application, per_s=1e6, burst=10**6)
    return made


@pytest.fixture
def steward(nobody: Web) -> Browser:
    return joined(nobody, Role.STEWARD, name="ste")


def invited_by(browser: Browser, **fields: str) -> str:
    """The code of an invitation that is made on a page."""
    answer = browser.post("/begin", **fields)
    assert answer.status_code == 200, answer.text
    return re.search(r"/join\?code=(inv_[\w-]+)", answer.text)[1]


def test_a_network_from_nothing_to_a_lab_with_machines(nobody: Web, steward: Browser) -> None:
    assert "take the first steps" in steward.get("/").text
    steward.post("/begin/network", name="Ria network", sign_up="open", newcomer_role="builder")
    assert "First steps of Ria network" in steward.get("/begin").text
    address = steward.post("/begin/lab", **LAB).headers["location"]
    assert address == "/labs/osterlab-sons/set-up"
    operator = Browser(nobody)
    code = invited_by(steward, role="operator", lab="osterlab-sons", back=address)
    operator.post("/join", code=code, name="Ola", login="ola@example.org", password=PASSWORD)
    sent = {"model": "Prusa MK3S", "way": "virtual", "unattended": "true"}
    assert operator.post("/labs/osterlab-sons/machines", **sent).status_code == 303
    sent = {"name": "Bench", "process": "assembly", "x_mm": "1000", "y_mm": "600", "z_mm": "500"}
    assert operator.post("/labs/osterlab-sons/machines", **sent).status_code == 303
    network = nobody.town.application.house.networks
    with nobody.town.application.house.reading() as session:
        lab = network.of(session).labs[0]
    assert (lab.name, lab.zone, len(lab.opening_hours[0])) == ("Østerlab & Sons", "Europe/Copenhagen", 2)
    printer, bench = lab.machines
    assert (printer.model, printer.connection.port, printer.unattended) == ("prusa-mk3s", "virtual", True)
    assert (bench.processes, bench.envelope_mm) == (("assembly",), (1000, 600, 500))
    shown = operator.get(address).text
    assert 'value="09:00-13:00, 14:00-18:00"' in shown
    operator.post("/labs/osterlab-sons/machines/bench/gone", back=address)
    assert [each.id for each in nobody.town.application.labs.machines(KEEPER).items] == ["prusa-mk3s"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"model": "Mini"}, "is no model of the library"),
        ({"model": "Prusa MK3S", "way": "octoprint"}, "how the machine is reached is not stated"),
        ({}, "what kind of machine this is nobody has said"),
        ({"name": "Bench", "process": "assembly", "x_mm": "5"}, "a working space has three lengths"),
        ({"name": "Bench", "process": "magic"}, "magic"),
        ({"name": "Bench", "process": "assembly", "material": "moonstone"}, "moonstone"),
        ({"name": "Bench", "process": "fdm", "nozzle_c": "hot"}, "nozzle_c"),
    ],
)
def test_a_machine_that_says_too_little_is_refused(web: Web, sent: dict[str, str], said: str) -> None:
    operator = joined(web, Role.OPERATOR, "north", "olga")
    answer = operator.post("/labs/north/machines", **sent)
    assert answer.status_code == 422, answer.text
    assert said in answer.text


def test_a_machine_that_no_model_describes_has_materials_and_limits(web: Web) -> None:
    operator = joined(web, Role.OPERATOR, "north", "olga")
    page = operator.get("/labs/north/set-up").text
    sent = {"name": "Own", "process": "fdm", "x_mm": "200", "y_mm": "200", "z_mm": "180"}
    limits = {"material": "pla", "nozzle_c": "250", "bed_c": "80,5", "feed_mm_min": "6000"}
    assert all(f'name="{each}"' in page for each in (*sent, *limits, "spindle_s"))
    assert operator.post("/labs/north/machines", **sent, **limits).status_code == 303
    with web.town.application.house.reading() as session:
        network = web.town.application.house.networks.of(session)
    assert network is not None
    own = network.find("own")
    assert own is not None
    assert (own.materials, own.envelope_mm) == (("pla",), (200, 200, 180))
    assert (own.limits.nozzle_c, own.limits.bed_c, own.limits.feed_mm_min) == (250, 80.5, 6000)


def test_a_lab_keeps_what_the_form_does_not_ask_for(web: Web) -> None:
    operator = joined(web, Role.OPERATOR, "north", "olga")
    seen = re.search(r'name="seen" value="([0-9a-f]{32})"', operator.get("/labs/north/set-up").text)[1]
    sent = {"name": "North", "zone": "UTC", "tue": "10:00-12:00", "accepts": "automatically", "seen": seen}
    assert operator.post("/labs/north/set-up", **sent).status_code == 303
    entry = web.town.application.labs.one(KEEPER, "north").entry
    assert entry["policy"]["first_article"] == "never"
    assert entry["opening_hours"] == {"tue": ["10:00-12:00"]}
    assert len(entry["machines"]) == 2
    again = operator.post("/labs/north/set-up", **sent)  # from a page that is out of date
    assert again.status_code == 412, again.text
    sent |= {"seen": ""}
    for wrong in ({"tue": ""}, {"tue": "10-12"}, {"city": "Vigo"}, {"latitude": "42"}, {"zone": "Nowhere/There"}):
        assert operator.post("/labs/north/set-up", **{**sent, **wrong}).status_code == 422, wrong
    placed = {"city": "Vigo", "latitude": "42,23", "longitude": "-8.72"}
    assert operator.post("/labs/north/set-up", **{**sent, **placed}).status_code == 303
    place = web.town.application.labs.one(KEEPER, "north").entry["place"]
    assert place == {"city": "Vigo", "latitude": 42.23, "longitude": -8.72}


def test_only_who_keeps_a_lab_sets_it_up(web: Web) -> None:
    stranger = joined(web, Role.OPERATOR, "south", "sam")
    assert stranger.get("/labs/north/set-up").status_code == 403
    assert stranger.post("/labs/north/machines", model="Prusa MK3S").status_code == 403
    assert stranger.post("/begin/lab", **LAB).status_code == 403
    assert stranger.post("/begin/network", name="Mine").status_code == 403
    assert stranger.post("/begin", role="steward").status_code == 403
    assert stranger.post("/begin", role="operator", lab="north").status_code == 403
    assert Browser(web).get("/labs/north/set-up").status_code == 401
