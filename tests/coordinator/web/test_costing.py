"""Quotes, pledges, campaigns and the fund as people meet them on pages."""

from __future__ import annotations

import re

import pytest
import yaml

from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl
from tests.coordinator.service.test_effort import POWERED, printed
from tests.coordinator.service.test_quotes import PRICED
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import NASTY, check_page, get

DAY = "2030-01-20"


@pytest.fixture
def bea(web: Web) -> Browser:
    """A builder, where North states prices; there is a lamp to order."""
    web.town.application.labs.put(Call(KEEPER), yaml.safe_load(PRICED))
    design = web.town.upload("Foot,2,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop", foot__stl=block_stl(20, 20, 20))
    assert design.id == 1
    return joined(web, Role.BUILDER, name="bea")


def test_a_quote_stands_before_the_order(web: Web, bea: Browser) -> None:
    assert 'formaction="/designs/1/quote"' in bea.get("/designs/1").text
    page = bea.get("/designs/1/quote?quantity=3&key=0&due=")
    check_page(page)
    assert "What 3 " in page.text
    assert "from North&#39;s list of stock" in page.text
    assert "12 Screw" in page.text
    assert "Not known, and in no sum:" in page.text
    assert get(web, "/designs/1/quote").status_code == 401
    assert "from North to South" not in page.text
    page = bea.get("/designs/1/quote?quantity=3&deliver_to=south")
    check_page(page)
    assert '<option value="south" selected>South</option>' in page.text
    assert "from North to South" in page.text
    assert bea.get("/designs/1/quote?deliver_to=nowhere").status_code == 404
    key = re.search(r'name="key" value="([0-9a-f]{32})"', bea.get("/designs/1").text)
    assert key is not None
    assert bea.post("/designs/1/order", key=key[1], quantity="3").headers["location"] == "/builds/1"
    web.town.plan()
    page = get(web, "/builds/1")
    check_page(page)
    assert "Reckoned before anybody started" in page.text


def test_a_build_is_pledged_for_on_its_page(web: Web, bea: Browser) -> None:
    assert bea.post("/designs/1/goal", amount="0", currency="EUR", until=DAY).status_code == 422
    assert bea.post("/designs/1/goal", amount="12,50", currency="EUR", until=DAY).headers["location"] == "/builds/1"
    for path in ("/", "/together", "/builds/1"):
        assert "0.00 of 12.50 EUR" in get(web, path).text, path
    assert "waits for pledges" in get(web, "/builds/1").text
    assert 'action="/builds/1/pledge"' not in get(web, "/builds/1").text
    assert bea.post("/builds/1/pledge", amount="5", back="/builds/1").headers["location"] == "/builds/1"
    page = bea.get("/builds/1")
    check_page(page)
    assert "5.00 of 12.50 EUR" in page.text
    assert "/pledges/1/withdraw" in page.text
    assert bea.post("/pledges/1/withdraw", back="/builds/1").status_code == 303
    assert bea.post("/builds/1/pledge", amount="12.5", back="/builds/1").status_code == 303
    assert "what was pledged binds" in get(web, "/builds/1").text
    assert bea.post("/builds/1/pledge", amount="1").status_code == 409


def test_a_campaign_is_joined_on_its_page(web: Web, bea: Browser) -> None:
    answer = bea.post("/designs/1/campaign", what=f"Lamps {NASTY}", wanted="4", pieces="1", until=DAY)
    assert answer.headers["location"] == "/campaigns/1"
    for path in ("/", "/together", "/campaigns/1"):
        page = get(web, path)
        check_page(page)
        assert "1 of 4 pieces" in page.text, path
        assert "Lamps &lt;script&gt;" in page.text
    dora = joined(web, Role.BUILDER, name="dora")
    assert dora.post("/campaigns/1/join", pieces="1", back="/campaigns/1").status_code == 303
    page = dora.get("/campaigns/1")
    check_page(page)
    assert "What sharing set-ups saves" in page.text
    assert "Shapley value" in page.text
    assert "What sharing set-ups saves" not in get(web, "/campaigns/1").text, "who joined is for people of the network"
    assert dora.post("/joins/2/leave", back="/campaigns/1").status_code == 303
    assert dora.post("/campaigns/1/join", pieces="3", back="/campaigns/1").status_code == 303
    page = get(web, "/campaigns/1")
    assert "/builds/1" in page.text
    answer = bea.post("/together/campaigns", what="PLA is loaded", wanted="3", until=DAY)
    assert answer.headers["location"] == "/campaigns/2"
    assert "Of which design" in bea.get("/campaigns/2").text
    assert bea.post("/campaigns/2/join", pieces="1", back="/campaigns/2").status_code == 422
    assert bea.post("/campaigns/2/join", pieces="1", design="1", back="/campaigns/2").status_code == 303


def test_a_round_of_the_fund(web: Web, bea: Browser) -> None:
    steward = joined(web, Role.STEWARD, name="sue")
    assert "Open a round" not in bea.get("/together").text
    form = {"name": "Spring", "amount": "100", "currency": "EUR", "until": DAY}
    assert bea.post("/together/fund", **form).status_code == 403
    assert steward.post("/together/fund", **form).headers["location"] == "/fund/1"
    bea.post("/designs/1/goal", amount="30", currency="EUR", until="2030-02-20")
    asked = {"cause": "build", "subject": "1", "amount": "30", "why": NASTY, "back": "/fund/1"}
    assert bea.post("/fund/1/ask", **asked).status_code == 303
    page = bea.get("/fund/1")
    check_page(page)
    assert "30.00 EUR" in page.text
    assert NASTY not in page.text
    assert bea.post("/fund/1/allot", want="1", percent="101").status_code == 422
    assert bea.post("/fund/1/allot", want="1", percent="100", back="/fund/1").status_code == 303
    assert 'name="percent" type="number" min="0" max="100" value="100"' in bea.get("/fund/1").text
    web.town.clock.move(days=20)
    assert web.town.application.fund.sweep() == 1
    page = steward.get("/fund/1")
    check_page(page)
    assert "gets " in page.text
    assert "What returned to whom" in page.text
    assert "What returned to whom" not in get(web, "/fund/1").text


def test_pages_of_a_piece_and_of_its_build_say_what_they_took(web: Web) -> None:
    town = web.town
    town.application.labs.put(Call(KEEPER), yaml.safe_load(POWERED))
    for effort in printed(town):
        page = get(web, f"/pieces/{effort.piece_id}")
        check_page(page)
        for text in ("What it took", "3 pieces of its run share alike", "machine time", "of 10 min", "Printer"):
            assert text in page.text, text
        assert "100 W on average while it runs, from North&#39;s entry" in page.text
    page = get(web, "/builds/1")
    check_page(page)
    assert "What it took so far" in page.text
    assert "<dt>energy</dt><dd>0.0167 kWh</dd>" in page.text
    assert "<dt>people&#39;s time</dt><dd>12 min</dd>" in page.text
    answer = web.get(f"/pieces/{effort.piece_id}/effort").json()
    assert [each["amount"] for each in answer["figures"] if each["measure"] == "machine time"] == [200]
    assert web.get("/builds/1/effort").json()["totals"][0]["amount"] == 601
