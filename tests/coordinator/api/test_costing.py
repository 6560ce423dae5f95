"""Quotes, pledges, campaigns and the fund over HTTP."""

from __future__ import annotations

import pytest
import yaml

from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.conftest import block_stl
from tests.coordinator.service.test_quotes import PRICED

from .conftest import Web

UNTIL = "2030-02-01T00:00:00Z"


@pytest.fixture
def shop(web: Web) -> Web:
    web.town.application.labs.put(Call(KEEPER), yaml.safe_load(PRICED))
    web.town.upload("Foot,2,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop", foot__stl=block_stl(20, 20, 20))
    return web


def test_quotes(shop: Web) -> None:
    assert shop.get("/designs/1/quote").status_code == 401
    quote = shop.get("/designs/1/quote?count=3", "ada").json()
    assert (quote["count"], quote["build_id"], quote["sums"][0]["currency"]) == (3, None, "EUR")
    assert all(each["source"] for each in (*quote["lines"], *quote["unknown"]))
    assert shop.get("/designs/9/quote", "ada").status_code == 404
    assert shop.get("/designs/1/quote?count=0", "ada").status_code == 422
    shop.post("/builds", "ada", json={"design_id": 1})
    assert shop.get("/builds/1/quote").status_code == 404
    shop.town.plan()
    assert shop.get("/builds/1/quote").json()["basis"] == "with the machines of the plan"
    assert shop.get("/builds/1/shared-set-ups").json() == []


def test_a_pledge_that_is_sent_twice_counts_once(shop: Web) -> None:
    goal = {"design_id": 1, "count": 2, "cents": 1000, "currency": "EUR", "until": UNTIL}
    key = {"Idempotency-Key": "a"}
    for _ in range(2):
        made = shop.post("/goals", "ada", json=goal, headers=key)
        assert (made.status_code, made.json()["build_id"]) == (201, 1)
    for _ in range(2):
        shop.post("/goals/1/pledges", "des", json={"cents": 400}, headers=key)
    assert shop.get("/goals/1").json()["pledged_cents"] == 400
    assert shop.get("/goals").json()[0]["pledges"] == []
    (pledge,) = shop.get("/goals/1", "ada").json()["pledges"]
    assert shop.post(f"/pledges/{pledge['id']}/withdraw", "ada").status_code == 403
    assert shop.post("/goals/1/pledges", "north", json={"cents": 600}).json()["state"] == "reached"
    assert shop.post(f"/pledges/{pledge['id']}/withdraw", "des").status_code == 409
    assert shop.get("/builds/1").json()["state"] == "open"


def test_campaigns_and_the_fund(shop: Web) -> None:
    body = {"what": "lamps", "design_id": 1, "wanted": 3, "until": UNTIL, "pieces": 1}
    assert shop.post("/campaigns", "north", json=body).status_code == 403
    assert shop.post("/campaigns", "ada", json=body).status_code == 201
    assert shop.get("/campaigns?state=pledging").json()["items"][0]["joins"] == []
    assert len(shop.post("/campaigns/1/joins", "ste", json={"pieces": 1}).json()["joins"]) == 2
    assert {each["saved_cents"] for each in shop.get("/campaigns/1/shares", "ada").json()} == {30}
    assert shop.post("/joins/2/leave", "ste").json()["joined"] == 1
    assert len(shop.post("/campaigns/1/joins", "ste", json={"pieces": 2}).json()["builds"]) == 1
    opened = {"name": "Spring", "cents": 1000, "currency": "EUR", "until": UNTIL}
    assert shop.post("/fund", "ste", json=opened).status_code == 201
    want = {"cause": "machine", "subject": "north-printer", "cents": 100, "why": "a nozzle"}
    assert shop.post("/fund/1/wants", "north", json=want).status_code == 201
    allotted = shop.call("PUT", "/fund/1/allotment", "ada", json={"parts": [{"want_id": 1, "percent": 40}]})
    assert allotted.json()["wants"][0]["percent"] == 40
    assert shop.get("/fund").json()["items"][0]["wants"][0]["percent"] == 0, "mine is for me"
