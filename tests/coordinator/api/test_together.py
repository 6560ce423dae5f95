"""What people do together, over HTTP from the first word to the end: lapsed, returned, granted by the keeper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from coordinator.service.tending import Tending
from tests.coordinator.service.conftest import NOW

from .conftest import Web

WEEK = NOW + timedelta(days=7)
UNTIL = WEEK.isoformat()


@pytest.fixture
def shop(web: Web) -> Web:
    web.town.upload("Panel,1,Manual cutting,,,")
    return web


def said(web: Web, method: str, path: str, who: str | None, status: int = 200, **body: Any) -> Any:
    answer = web.call(method, path, who, **({"json": body} if body else {}))
    assert answer.status_code == status, answer.text
    return answer.json()


def at(web: Web, moment: timedelta) -> None:
    """Then, after two turns of who tends the network: the second finds nothing left to do."""
    web.town.clock.moment = NOW + moment
    failures: list[BaseException] = []
    keeper = Tending(web.town.application, failed=failures.append)
    keeper.keep()
    assert not keeper.keep()
    assert not failures


def test_a_campaign_lapses_at_its_date_and_nobody_has_ordered(shop: Web) -> None:
    said(shop, "POST", "/campaigns", "ada", 201, what="panels", design_id=1, wanted=5, until=UNTIL, pieces=2)
    said(shop, "POST", "/campaigns/1/joins", "ste", 201, pieces=2)
    at(shop, timedelta(days=7) - timedelta(seconds=1))
    assert said(shop, "GET", "/campaigns/1", None)["state"] == "pledging"
    at(shop, timedelta(days=7))
    found = said(shop, "GET", "/campaigns/1", "ada")
    assert (found["state"], found["builds"], found["joined"]) == ("lapsed", [], 4)
    assert found["settled_at"] == UNTIL.replace("+00:00", "Z")
    assert said(shop, "POST", "/campaigns/1/joins", "ste", 409, pieces=1)["detail"]
    assert said(shop, "GET", "/builds", None)["items"] == []
    kinds = [each.kind for each in shop.town.application.log.after(0, 9999)]
    assert kinds.count("campaign.lapsed") == 1


def test_pledges_are_returned_when_not_enough_is_pledged_in_time(shop: Web) -> None:
    goal = {"design_id": 1, "count": 1, "cents": 1000, "currency": "EUR", "until": UNTIL}
    said(shop, "POST", "/goals", "ada", 201, **goal)
    said(shop, "POST", "/goals/1/pledges", "des", 201, cents=999)
    at(shop, timedelta(days=7))
    found = said(shop, "GET", "/goals/1", "des")
    assert (found["state"], found["pledged_cents"]) == ("lapsed", 999)
    assert said(shop, "GET", "/builds/1", None)["state"] == "cancelled"
    said(shop, "POST", "/goals/1/pledges", "ste", 409, cents=1)
    assert said(shop, "GET", "/goals", None) == [], "nothing waits for pledges any more"
    assert said(shop, "GET", "/offers", None)["items"] == []


def test_what_members_allot_of_the_fund_is_granted_and_the_rest_returns(shop: Web) -> None:
    later = (WEEK + timedelta(days=9)).isoformat()
    goal = {"design_id": 1, "count": 1, "cents": 300, "currency": "EUR", "until": later}
    said(shop, "POST", "/goals", "ada", 201, **goal)
    said(shop, "POST", "/fund", "ste", 201, name="Spring", cents=1000, currency="EUR", until=UNTIL)
    said(shop, "POST", "/fund/1/wants", "ada", 201, cause="build", subject="1", cents=300, why="a panel for the school")
    printer = {"cause": "machine", "subject": "north-printer", "cents": 500, "why": "a nozzle"}
    said(shop, "POST", "/fund/1/wants", "north", 201, **printer)
    parts = [{"want_id": 1, "percent": 60}, {"want_id": 2, "percent": 40}]
    said(shop, "PUT", "/fund/1/allotment", "north", 200, parts=parts)
    said(shop, "PUT", "/fund/1/allotment", "ada", 200, parts=[{"want_id": 1, "percent": 100}])
    said(shop, "PUT", "/fund/1/allotment", "des", 422, parts=[{"want_id": 1, "percent": 101}])
    at(shop, timedelta(days=7))
    found = said(shop, "GET", "/fund/1", "ste")
    people = 5  # who have a role: each has 200 of the 1,000
    granted = {each["subject"]: each["granted"] for each in found["wants"]}
    assert granted == {"1": 300, "north-printer": 80}
    returned = {each["who"]: each["cents"] for each in found["returns"]}
    ids = {name: shop.town.people[name].id for name in ("ste", "ada", "des", "north", "south")}
    assert len(ids) == people
    assert sum(returned.values()) == 1000 - 380
    assert [returned[ids[name]] for name in ("ste", "des", "south")] == [200, 200, 200]
    assert said(shop, "GET", "/goals/1", None)["state"] == "reached", "what is granted counts as pledged"
    assert said(shop, "GET", "/builds/1", None)["state"] == "open"
    said(shop, "PUT", "/fund/1/allotment", "ada", 409, parts=[{"want_id": 1, "percent": 50}])
