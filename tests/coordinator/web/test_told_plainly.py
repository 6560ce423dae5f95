"""What a stranger stumbled over: what holds is said, only what changes something is offered, the next step is first."""

from __future__ import annotations

import re

import pytest

from commons.licences.parties import Purpose
from coordinator.cli.told import told_of
from coordinator.schema.network import Role
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.web.test_acts import joined
from tests.coordinator.web.test_offers import text
from tests.coordinator.web.test_pages import get

TELL, HUSH = "Tell me of this lab", "Tell me nothing of it"


def test_only_the_wish_that_changes_something_is_offered(web: Web) -> None:
    browser = joined(web, Role.BUILDER, name="bea")
    page = text(browser.get("/labs/north").text)
    assert "You are told only what you have to do with." in page
    assert TELL in page
    assert HUSH in page
    browser.post("/alerts/wishes", about="lab north", wanted="yes", back="/labs/north")
    page = text(browser.get("/labs/north").text)
    assert "You are told of it." in page
    assert TELL not in page
    assert HUSH in page
    browser.post("/alerts/wishes", about="lab north", wanted="no", back="/labs/north")
    page = text(browser.get("/labs/north").text)
    assert "You are told nothing of it." in page
    assert TELL in page
    assert HUSH not in page
    assert TELL in text(browser.get("/labs/south").text)


def test_a_goal_is_asked_what_it_is_for_and_nobody_is_no_number(web: Web) -> None:
    web.town.upload()
    browser = joined(web, Role.BUILDER, name="bea")
    page = browser.get("/designs/1/quote").text
    form = re.search(r'<form[^>]*action="/designs/1/goal".*?</form>', page, re.DOTALL)
    assert form is not None
    assert '<select name="purpose" required>' in form[0]
    assert 'placeholder="EUR"' not in form[0], "an example that looks filled in"
    sent = {"quantity": "1", "amount": "80", "currency": "EUR", "until": "2030-03-01", "back": "/"}
    assert browser.post("/designs/1/goal", purpose="gift", **sent).status_code == 303
    assert web.town.application.builds.one(1).purpose is Purpose.GIFT
    page = browser.get("/builds/1").text
    assert "nobody has pledged yet" in page
    assert "by 0" not in page
    assert "noch hat niemand" in get(web, "/builds/1", **{"Accept-Language": "de"}).text
    assert "nadie ha prometido nada todavía" in get(web, "/builds/1", **{"Accept-Language": "es"}).text
    web.town.application.pledges.pledge(Call(web.town.people["ada"]), 1, 500)
    assert "by 1 person" in browser.get("/builds/1").text


def test_pictures_that_are_not_there_yet_are_explained_without_scripts(web: Web) -> None:
    web.town.upload()
    for path in ("/designs/1/parts", "/designs/1/parts/1"):
        page = get(web, path).text
        assert 'id="drawing">A picture that is not there yet is being drawn' in page
        assert 'class="drawn" data-words="being drawn …"' in page
    assert "drawn.js" in page
    assert 'data-drawing="It is being drawn in three dimensions …"' in page


def test_a_token_that_does_not_reach_a_later_role_is_named(web: Web) -> None:
    people, town = web.town.application.people, web.town
    browser = joined(web, Role.BUILDER, name="bea")
    bea = next(each.id for each in people.all(town.people["ste"], limit=200).items if each.name == "bea")
    (actor,) = [town.application.sessions.actor(each) for each in browser.cookies.values() if each.startswith("ses")]
    assert actor.id == bea
    town.application.tokens.make(actor, [Role.BUILDER], "my laptop", None)
    assert "my laptop" not in browser.get("/account").text
    people.grant(Call(town.people["ste"]), bea, Role.OPERATOR, "north")
    assert "Set it up" in browser.get("/labs/north").text, "a browser has the role at once"
    assert "my laptop without: operator" in text(browser.get("/account").text)


@pytest.mark.parametrize(("method", "name"), [("note_share_paid", "who"), ("add_upkeep", "rule")])
def test_help_is_in_plain_words(method: str, name: str) -> None:
    told = told_of(name, str, method) or ""
    assert told
    assert "person list" not in told
    assert "RRULE" not in told
