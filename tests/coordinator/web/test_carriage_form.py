"""What a lab asks for sending things is said in its form; lines that the form cannot show stay."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from coordinator.schema.network import Role
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.web.test_acts import Browser, joined

PATH = "/labs/north/set-up"
MORE = {"to": "elsewhere", "pick_up_only": True}


def entry(web: Web) -> dict[str, Any]:
    return dict(web.town.application.labs.one(web.town.people["north"], "north").entry)


def filled(browser: Browser) -> dict[str, str]:
    """What the form would send as it stands."""
    page = browser.get(PATH).text
    form = re.search(rf'<form method="post" action="{PATH}".*?</form>', page, re.DOTALL)
    assert form is not None
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form[0]):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") != "checkbox" or " checked" in tag:
            sent[said["name"]] = unescape(said.get("value", ""))
    for name, options in re.findall(r'<select name="(\w+)">(.*?)</select>', form[0]):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen is not None
        sent[name] = chosen[1]
    return sent


def test_a_lab_says_what_it_asks_and_takes_it_back(web: Web) -> None:
    north = joined(web, Role.OPERATOR, "north")
    before = entry(web)
    assert north.post(PATH, **filled(north)).status_code == 303
    assert "carriage" not in entry(web)
    said = {"carriage": "sent", "carriage_to": "country", "per_parcel": "4,5", "currency": "EUR", "parcel_kg": "20"}
    assert north.post(PATH, **filled(north) | said).status_code == 303
    assert entry(web)["carriage"] == [{"to": "country", "per_parcel": 4.5, "parcel_kg": 20.0}]
    assert entry(web)["currency"] == "EUR"
    again = entry(web)
    assert north.post(PATH, **filled(north)).status_code == 303
    assert entry(web) == again, "what the form shows is what it sends"
    assert (
        north.post(PATH, **filled(north) | {"carriage": "fetched", "carriage_since": "2030-02-01"}).status_code == 303
    )
    assert entry(web)["carriage"] == [{"to": "country", "since": "2030-02-01", "pick_up_only": True}]
    assert north.post(PATH, **filled(north) | {"carriage": "unsaid", "currency": ""}).status_code == 303
    assert entry(web).keys() == before.keys()


def test_lines_that_the_form_cannot_show_stay(web: Web) -> None:
    lines = [{"to": "country", "per_parcel": 4.5}, MORE]
    call = Call(web.town.people["north"])
    web.town.application.labs.put_one(call, "north", {**entry(web), "currency": "EUR", "carriage": lines})
    north = joined(web, Role.OPERATOR, "north")
    assert "1 more line stands in the lab's entry; it stays." in unescape(north.get(PATH).text)
    assert north.post(PATH, **filled(north) | {"per_parcel": "5"}).status_code == 303
    assert entry(web)["carriage"] == [{"to": "country", "per_parcel": 5.0}, MORE]


def test_a_price_without_a_currency_is_refused_in_words(web: Web) -> None:
    north = joined(web, Role.OPERATOR, "north")
    answer = north.post(PATH, **filled(north) | {"carriage": "sent", "per_kg": "1"})
    assert answer.status_code == 422
    assert "prices of carriage have no currency" in unescape(answer.text)
    assert north.post(PATH, **filled(north) | {"carriage": "sent", "currency": "EUR"}).status_code == 422
    assert "carriage" not in entry(web)
