"""The ledger's pages: plain sentences in three languages, forms without scripts, nothing that only few may see."""

from __future__ import annotations

import re

import pytest

from coordinator.schema.network import Role
from coordinator.service.flows.asked import Asked
from coordinator.service.flows.work import Declared
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.test_stock import load, order_foot, spool
from tests.coordinator.service.test_whole_life import printed
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import check_page, get


@pytest.fixture
def busy(web: Web) -> Web:
    """Something was printed, and somebody swept."""
    town = web.town
    item = spool(town, 500)
    order_foot(town)
    load(town, item)
    printed(town, town.people.setdefault("agent", town.agent("north")))
    town.application.work.declare(Call(town.people["ada"]), Declared("care", 90, note="<b>swept</b>"))
    return web


def somebody(web: Web, role: Role, lab: str = "", name: str = "bea") -> tuple[Browser, str]:
    """A browser of somebody who has just come, and the pseudonym."""
    browser = joined(web, role, lab, name)
    found = re.search(r"p-[0-9a-f]{10}", browser.get("/account").text)
    assert found is not None
    return browser, found[0]


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_ledger_is_read_in_plain_sentences(busy: Web) -> None:
    answer = get(busy, "/ledger")
    check_page(answer)
    said = text_of(answer.text)
    ada = busy.town.people["ada"].id
    assert f"{ada} worked 1 h 30 min for the network: care" in said
    assert "North gave 10 min of Printer to build 1" in said
    assert "North made 1 piece (foot) for build 1" in said
    assert "used up" in said
    assert "<b>swept" not in answer.text
    assert "&lt;b&gt;swept" in answer.text


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [("build=1", "made 1 piece", "swept"), ("lab=north", "made 1 piece", "swept"), ("person=ADA", "swept", "made 1")],
)
def test_a_ledger_is_narrowed(busy: Web, query: str, there: str, not_there: str) -> None:
    answer = get(busy, f"/ledger?{query.replace('ADA', busy.town.people['ada'].id)}")
    assert there in answer.text
    assert not_there not in answer.text.partition('id="events"')[2].partition("</section>")[0]


def test_a_ledger_goes_on_behind_its_first_page(busy: Web) -> None:
    for minutes in range(1, 60):
        busy.town.application.work.declare(Call(busy.town.people["ada"]), Declared("care", minutes))
    first = get(busy, "/ledger").text
    older = re.search(r'href="(/ledger\?[^"]*after=[^"]*)"', first)
    assert older is not None
    second = get(busy, older[1].replace("&amp;", "&"))
    assert second.status_code == 200
    assert "made 1 piece" in second.text
    assert "made 1 piece" not in first


def test_work_is_entered_and_taken_back_with_forms(busy: Web) -> None:
    browser, me = somebody(busy, Role.BUILDER)
    page = browser.get("/ledger")
    assert "Enter work that you did" in page.text
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page.text)
    assert key is not None
    sent = {"kind": "translation", "minutes": "45", "build": "1", "design": "", "note": "the manual", "key": key[1]}
    for _ in range(2):
        answer = browser.post("/ledger/work", **sent, back=f"/people/{me}/given")
        assert answer.status_code == 303, answer.text
    given = text_of(browser.get(f"/people/{me}/given").text)
    assert "work: translation 45 min 1" in given
    newest = busy.town.application.flows.events(limit=1).items[0]
    page = browser.get(f"/ledger/{newest.number}")
    check_page(page)
    assert "Take it back" in page.text
    sent = {"why": "half of it", "instead": "22,5", "back": f"/ledger/{newest.number}"}
    assert browser.post(f"/ledger/{newest.number}/correction", **sent).status_code == 303
    page = browser.get(f"/ledger/{newest.number}")
    assert "Taken back by" in page.text
    assert "Take it back" not in page.text
    assert "Take it back" not in get(busy, "/ledger/1").text, "a visitor takes nothing back"


def test_a_rate_is_set_by_whom_it_is_of_and_seen_by_few(busy: Web) -> None:
    browser, me = somebody(busy, Role.BUILDER)
    steward, other = (joined(busy, role, name=str(role)) for role in (Role.STEWARD, Role.DESIGNER))
    sent = {"kind": "care", "per_hour": "18,50", "currency": "EUR", "back": f"/people/{me}/given"}
    assert browser.post("/account/rates", **sent).status_code == 303
    for who, sees in ((browser, True), (steward, True), (other, False), (Browser(busy), False)):
        page = who.get(f"/people/{me}/given")
        assert ("18.50 EUR" in page.text) is sees
        assert ('action="/account/rates"' in page.text) is (who is browser)
    assert "What you gave and received" in browser.get("/account").text


def test_a_lab_says_what_an_hour_of_its_machines_costs(busy: Web) -> None:
    north, _ = somebody(busy, Role.OPERATOR, "north")
    sent = {"machine": "north-printer", "per_hour": "4.5", "back": "/labs/north/given"}
    assert north.post("/labs/north/rates", **sent).status_code == 303
    page = get(busy, "/labs/north/given")
    check_page(page)
    assert "4.50 EUR" in page.text
    assert 'action="/labs/north/rates"' not in page.text
    assert 'action="/labs/north/rates"' in north.get("/labs/north/given").text
    assert "machines used 10 min 1" in text_of(page.text)
    assert "/labs/north/given" in get(busy, "/labs/north").text
    assert joined(busy, Role.BUILDER, name="bob").post("/labs/north/rates", **sent).status_code == 403


@pytest.mark.parametrize(("code", "words"), [("de", "arbeitete"), ("es", "trabajó")])
def test_sentences_are_spoken_in_other_languages(busy: Web, code: str, words: str) -> None:
    busy.town.application.rates.set_own(Call(busy.town.people["ada"]), "care", Asked(100))
    page = get(busy, "/ledger", **{"accept-language": code})
    assert words in page.text
    check_page(get(busy, f"/people/{busy.town.people['ada'].id}/given", **{"accept-language": code}))


def test_what_is_not_there_has_a_page_that_says_so(busy: Web) -> None:
    for path in ("/ledger/999", "/people/p-9/given", "/labs/nowhere/given"):
        assert get(busy, path).status_code == 404
    assert get(busy, "/ledger?build=x").status_code == 422
