"""Alerts on pages: seen and seen to by whom they concern; a link in a message does nothing before its button."""

from __future__ import annotations

import re

import pytest

from coordinator.schema.network import Role
from coordinator.service.alerts.outbox import Letter
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.test_alerts import Services, with_settings
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import check_page


@pytest.fixture
def services(web: Web) -> Services:
    with_settings(web.town, public_url="http://test")
    web.town.order(web.town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    return Services(web.town)


def known_at(browser: Browser, services: Services, address: str = "ntfys://topic") -> None:
    """Somebody is told there from now on, by forms alone."""
    assert browser.post("/alerts/addresses", address=address, label="my phone", back="/account").status_code == 303
    (letter,) = services.turn()
    page = browser.get("/account").text
    assert "a code was sent there" in page
    (verify,) = re.findall(r'action="(/alerts/addresses/\d+/verify)"', page)
    code = re.search(r"\d{8}", letter.body)[0]  # type: ignore[index]
    assert browser.post(verify, code=code, back="/account").status_code == 303
    assert "alerts go there" in browser.get("/account").text


def fails(web: Web, services: Services) -> list[Letter]:
    job = web.get("/jobs").json()["items"][0]["id"]
    with web.town.application.house.change("coordinator") as change:
        change.record("job.failed", f"job {job}", "<b>smoke</b>")
    return services.turn()


def test_an_operator_is_told_sees_it_and_sees_to_it(web: Web, services: Services) -> None:
    browser = joined(web, Role.OPERATOR, "north", name="nora")
    assert "Nothing waits for you" in browser.get("/alerts").text
    known_at(browser, services)
    (letter,) = fails(web, services)
    page = browser.get("/alerts")
    check_page(page)
    assert "Foot failed on Printer" in page.text
    assert "<b>smoke" not in page.text
    link = re.search(r"http://test(/alerts/acknowledge\?code=\S+)", letter.body)[1]  # type: ignore[index]
    scanner = Browser(web)
    for _ in range(3):
        answer = scanner.get(link)
        check_page(answer)
        assert "I see to it" in answer.text, "who opens it does nothing yet"
    code = link.partition("code=")[2]
    assert scanner.post("/alerts/acknowledge", code=code).headers["location"] == link
    assert "sees to it since" in scanner.get(link).text
    assert "sees to it since" in browser.get("/alerts").text
    assert scanner.get("/alerts/acknowledge?code=1-aa").status_code == 401


def test_it_can_be_seen_to_on_the_page_too(web: Web, services: Services) -> None:
    browser = joined(web, Role.OPERATOR, "north", name="nora")
    fails(web, services)
    (act,) = re.findall(r'action="(/alerts/\d+/acknowledge)"', browser.get("/alerts").text)
    other = joined(web, Role.OPERATOR, "south", name="sue")
    assert other.post(act, back="/alerts").status_code == 404
    assert browser.post(act, site="cross-site").status_code == 403
    assert browser.post(act, back="/alerts").headers["location"] == "/alerts"
    assert "sees to it since" in browser.get("/alerts").text


def test_an_address_is_never_shown_again(web: Web, services: Services) -> None:
    browser = joined(web, Role.BUILDER, name="bea")
    known_at(browser, services, "ntfys://SECRET-TOPIC-17")
    shown = browser.get("/account").text + browser.get("/alerts").text + browser.get("/happenings").text
    assert "SECRET-TOPIC" not in shown
    assert "ntfy" in shown
    log = web.town.application.log.after(0, 9999)
    assert "SECRET-TOPIC" not in str(log)
    refused = browser.post("/alerts/addresses", address="json://SECRET-HOST/x", label="x")
    assert refused.status_code == 422
    assert "SECRET-HOST" not in refused.text


def test_habits_and_wishes_are_said_on_the_account(web: Web, services: Services) -> None:
    browser = joined(web, Role.BUILDER, name="bea")
    check_page(browser.get("/account"))
    sent = browser.post(
        "/alerts/habit", zone="Europe/Rome", quiet_from="22:00", quiet_until="07:00", most_per_hour="5",
        topics="build-done", back="/account",
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    assert browser.post("/alerts/wishes", about="build 1", wanted="yes", back="/builds/1").status_code == 303
    page = browser.get("/account").text
    assert 'value="Europe/Rome"' in page
    assert re.findall(r'name="topics" type="checkbox" value="([a-z-]+)" checked', page) == ["build-done"]
    assert "build 1" in page
    assert browser.post("/alerts/wishes", about="build 1", wanted="forget", back="/account").status_code == 303
    assert "build 1" not in browser.get("/account").text
    assert browser.post("/alerts/habit", zone="Nowhere", most_per_hour="5").status_code == 422
    assert "Tell me of this build" in browser.get("/builds/1").text
    assert "Tell me of this build" not in Browser(web).get("/builds/1").text


def test_operators_say_who_watches(web: Web, services: Services) -> None:
    browser = joined(web, Role.OPERATOR, "north", name="nora")
    me = re.search(r"p-[0-9a-f]{10}", browser.get("/account").text)[0]  # type: ignore[index]
    assert browser.post("/labs/north/watch", people=me, minutes="5", back="/alerts").status_code == 303
    assert web.get("/labs/north/watch").json() == {"lab": "north", "minutes": 5, "people": [me]}
    assert browser.post("/labs/south/watch", people=me, minutes="5").status_code == 403
