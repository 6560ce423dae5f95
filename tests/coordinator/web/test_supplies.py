"""Bought parts, kits and shipments as people meet them on pages: who sees which form, what it does, what is private."""

from __future__ import annotations

import re

import pytest

from coordinator.schema.builds import BuildState, JobState
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import NASTY, check_page, get


@pytest.fixture
def builder(web: Web) -> Browser:
    """Bea, who has ordered a lamp: two panels of the north, screws from a shop, put together in the south."""
    browser = joined(web, Role.BUILDER, name="bea")
    found = re.search(r'href="/account" title="(p-[0-9a-f]{10})"', browser.get("/").text)
    assert found is not None
    town = web.town
    entry = town.application.labs.one(KEEPER, "north").entry
    machines = [{**each, "processes": [p for p in each["processes"] if p != "assembly"]} for each in entry["machines"]]
    town.application.labs.put_one(Call(town.people["north"]), "north", {**entry, "machines": machines})
    entry = town.application.labs.one(KEEPER, "south").entry
    machines = [{**each, "processes": ["assembly"]} for each in entry["machines"]]
    town.application.labs.put_one(Call(town.people["south"]), "south", {**entry, "machines": machines})
    design = town.upload("Panel,2,Manual cutting,Plywood,,", "Screw,4,,,,Shop")
    page = browser.get(f"/designs/{design.id}").text
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert key is not None
    assert browser.post(f"/designs/{design.id}/order", key=key[1], quantity="1").status_code == 303
    town.plan()
    for offer in town.application.offers.all(build_id=1).items:
        if offer.state == "offered":
            town.application.offers.answer(Call(town.people[offer.lab]), offer.id, accept=True, why="we can")
    return browser


def screws(web: Web) -> int:
    return next(each.task_id for each in web.town.application.shopping.of(1))


def test_a_builder_buys_says_what_came_and_others_only_see_it(web: Web, builder: Browser) -> None:
    page = builder.get("/builds/1")
    check_page(page)
    assert f'value="{screws(web)}" form="want"' in page.text
    assert 'form="want"' not in get(web, "/builds/1").text
    assert builder.post("/purchases/want", back="/builds/1").status_code == 422, "nothing is ticked"
    assert builder.post("/purchases/want", task=str(screws(web)), back="/builds/1").headers["location"] == "/builds/1"
    fields = {
        "supplier": f"Shop {NASTY}",
        "order_number": "A-17",
        "expected": "2030-01-14",
        "price": "4,20",
        "currency": "EUR",
    }
    assert builder.post("/purchases/1/order", **fields, carriage="1.3", place="south").status_code == 303
    page = builder.get("/builds/1").text
    assert "A-17" in page
    assert "Shop &lt;script&gt;" in page
    assert "5.50 EUR" in page
    assert "A-17" not in get(web, "/builds/1").text
    assert builder.post("/purchases/1/arrival", good="1", bad="1").status_code == 422, "nobody says what is wrong"
    assert builder.post("/purchases/1/arrival", good="1", bad="1", why="one is bent").status_code == 303
    assert "1 of 4" in builder.get("/builds/1").text
    assert builder.post("/purchases/1/expectation", expected="2030-01-20", why="sold out").status_code == 303
    assert builder.post("/purchases/1/arrival").status_code == 303
    assert "4 of 4" in get(web, "/builds/1").text
    assert builder.post("/purchases/1/cancel", why="too late").status_code == 409


def test_the_list_for_a_spreadsheet(web: Web, builder: Browser) -> None:
    assert "/api/v1/shopping/csv?build_id=1" in builder.get("/builds/1").text
    answer = web.get("/shopping/csv?build_id=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.text.splitlines()[1].startswith("Screw")


def made(web: Web) -> None:
    """The panels are cut, the screws are there."""
    town = web.town
    for job in town.application.jobs.all(build_id=1, state=JobState.SCHEDULED).items:
        if job.task == "Panel":
            town.application.jobs.start(Call(town.people["north"]), job.id)
            town.application.jobs.end(Call(town.people["north"]), job.id, made=True, why="")
    town.plan()


def test_a_build_travels_from_lab_to_lab_and_to_its_builder(web: Web, builder: Browser) -> None:
    made(web)
    builder.post(f"/tasks/{screws(web)}/arrival")
    sender, receiver = joined(web, Role.OPERATOR, "north", "nora"), joined(web, Role.OPERATOR, "south", "sol")
    page = sender.get("/labs/north").text
    assert "To pack" in page
    assert "It is packed" not in get(web, "/labs/north").text
    pieces = re.findall(r'name="piece" value="(\d+)"', page)
    packed = sender._send(
        "POST", "/shipments/pack", data={"piece": pieces, "from_lab": "north", "to_lab": "south", "build": "1"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    assert packed.headers["location"] == "/shipments/1"
    track = {"carrier": "Post", "tracking_number": "RR1", "tracking_link": "https://track.example/RR1"}
    assert sender.post("/shipments/1/send", **track, expected="2030-01-08").status_code == 303
    for browser, sees in ((sender, True), (receiver, True), (builder, False)):
        answer = browser.get("/shipments/1")
        check_page(answer)
        assert ("RR1" in answer.text) == sees
    assert 'action="/shipments/1/cost"' not in builder.get("/shipments/1").text
    assert sender.post("/shipments/1/cost", amount="4,9x", currency="EUR").status_code == 422
    assert sender.post("/shipments/1/cost", amount="4,90", currency="EUR", back="/shipments/1").status_code == 303
    assert "4.90 EUR" in get(web, "/shipments/1").text
    assert "Came to so far: 4.90 EUR" in get(web, "/builds/1").text
    assert "Comes to us" in receiver.get("/labs/south").text
    (kit,) = web.town.application.kits.of(1)
    path = f"/kits/{kit.job_id}"
    assert receiver.get(path).text.count('type="checkbox"') == 1, "what travels cannot be ticked"
    assert receiver.post("/shipments/1/arrival").status_code == 303
    assert receiver.get(path).text.count('type="checkbox"') == 2
    begins = f'action="/jobs/{kit.job_id}/start"'
    page = receiver.get("/labs/south").text
    assert "not all of its kit is ticked off" in page
    assert (f'href="{path}"' in page, begins in page) == (True, False)
    check_page(receiver.get(path))
    assert 'form="ticks"' not in get(web, path).text
    assert receiver.post(f"/jobs/{kit.job_id}/start").status_code == 409
    assert "not yet on the table" in receiver.post(f"/jobs/{kit.job_id}/start").text
    assert receiver.post(f"{path}/ticks", back=path).headers["location"] == path
    assert "All of it lies on the table" in get(web, path).text
    first = kit.lines[0].task_id
    assert receiver.post(f"{path}/unticks", item=str(first), why="one is gone").status_code == 303
    assert receiver.post(f"{path}/waiver", why="").status_code == 422
    assert receiver.post(f"{path}/waiver", why="we have spares").status_code == 303
    assert begins in receiver.get("/labs/south").text
    assert receiver.post(f"/jobs/{kit.job_id}/start").status_code == 303
    assert receiver.post(f"/jobs/{kit.job_id}/end", yes="true").status_code == 303
    deliver(web, builder, receiver)


def deliver(web: Web, builder: Browser, sender: Browser) -> None:
    """The lamp goes to Bea, whose address is for her and the sender."""
    assert builder.post("/builds/1/address", address="Back Lane 9").status_code == 303
    assert "Back Lane 9" in builder.get("/builds/1").text
    assert "Back Lane 9" not in get(web, "/builds/1").text
    (lamp,) = re.findall(r'name="piece" value="(\d+)"', sender.get("/labs/south").text)
    sender.post("/shipments/pack", piece=lamp, from_lab="south", to_lab="", build="1")
    assert "Back Lane 9" in sender.get("/shipments/2").text
    assert "Back Lane 9" not in get(web, "/shipments/2").text
    sender.post("/shipments/2/send", carrier="Bike")
    assert builder.post("/shipments/2/arrival").status_code == 303
    assert web.town.application.builds.one(1).state is BuildState.DELIVERED
    assert "Back Lane 9" not in sender.get("/shipments/2").text


def test_what_came_damaged_is_said_thing_by_thing(web: Web, builder: Browser) -> None:
    made(web)
    sender, receiver = joined(web, Role.OPERATOR, "north", "nora"), joined(web, Role.OPERATOR, "south", "sol")
    pieces = re.findall(r'name="piece" value="(\d+)"', sender.get("/labs/north").text)
    data = {"piece": pieces, "from_lab": "north", "to_lab": "south", "build": "1"}
    sender._send("POST", "/shipments/pack", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    sender.post("/shipments/1/send")
    verdicts = {"verdict": ["repair", "remade"], "why": "it was dropped"}
    answer = receiver._send("POST", "/shipments/1/arrival", data=verdicts, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303, answer.text
    page = receiver.get("/shipments/1").text
    assert "to be repaired" in page
    assert "damaged, made again" in page
    item = web.town.application.shipments.one(KEEPER, 1).items[0].id
    assert receiver.post("/shipments/1/repair", item=str(item), why="glued").status_code == 303
    assert "to be repaired" not in receiver.get("/shipments/1").text
    assert "Shipment 1" in builder.get("/builds/1").text
