"""The pages of other networks and of mutual credit, by forms alone; what strangers say breaks no page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from commons.federation.documents import DocumentKind
from coordinator.api.app import create_app
from coordinator.schema.network import Role
from coordinator.schema.network_fork import NetworkForkRow
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import check_page, get

from .conftest import Network, tampered


def steward(network: Network) -> Browser:
    """With new pages: those of an app that tests share would show what others have left."""
    reach = network.web.app.state.reach
    network.web.app = create_app(network.application, per_s=1e6, burst=10**6)
    network.web.app.state.reach = reach
    return joined(network.web, Role.STEWARD, name="stefan")


def test_a_steward_adds_compares_asks_and_brings_in_by_forms(north: Network, south: Network) -> None:
    words = south.web.get("/federation").json()["words"]
    north.listen_to(south, key=False)
    browser = steward(north)
    page = browser.get("/networks")
    check_page(page)
    assert "Do not trust it yet" in page.text
    assert "Ask now" not in page.text
    sent = {"words": words.replace("-", " "), "back": "/networks"}
    assert browser.post("/networks/neighbours/south/confirm", **sent).status_code == 303
    assert browser.post("/networks/neighbours/south/pull", back="/networks").status_code == 303
    page = browser.get("/networks")
    check_page(page)
    assert "1 thing said" in page.text
    (action,) = re.findall(r'action="(/networks/heard/\d+/bring-in)"', browser.get("/designs").text)
    answer = browser.post(action, back="/designs")
    assert re.fullmatch(r"/designs/\d+", answer.headers["location"])
    assert "Brought in from south" in browser.get(answer.headers["location"]).text
    assert "from south" not in browser.get("/designs").text
    assert browser.post("/networks/kinds", kinds="plan", back="/networks").status_code == 303
    assert north.web.get("/federation").json()["kinds"] == ["plan"]
    assert browser.post("/networks/key", back="/networks").status_code == 303
    assert browser.post("/networks/neighbours/south/leave", back="/networks").status_code == 303
    assert "We listen to no other network yet" in browser.get("/networks").text


NASTY: list[Any] = [
    {"name": "<script>alert(1)</script>", "licence": 7, "archive": []},
    {"name": ["x"], "design": {"name": {"a": 1}}, "quantity": {"a": []}, "process": 5, "material": [], "expected": 9},
    {"facts": [{"part": "<b>", "made": {}, "failed": -1}, 7, None], "part": None},
    "a text", 7, [1], {"part": "x" * 5000, "process": "../../etc", "expected": "never"},
]  # fmt: skip


def test_what_strangers_say_breaks_no_page(north: Network, south: Network) -> None:
    north.listen_to(south)
    signer, now = south.signer(), north.web.town.real.now()
    kinds = (DocumentKind.DESIGN, DocumentKind.OFFER, DocumentKind.PLAN, DocumentKind.ATTESTATION)
    items = [
        json.loads(signer.sign(kind, f"x/{at}/{kind}", 10**14 + 10 * at + number, now, body).data)
        for at, body in enumerate(NASTY)
        for number, kind in enumerate(kinds)
    ]
    north.changes.append(tampered(lambda _: items))
    assert north.pull()["new"] == len(items)
    north.changes[:] = [tampered(lambda _: [{"x": "<script>alert(2)</script>"}])]
    north.pull()
    browser = steward(north)
    for path in ("/networks", "/networks?of=south", "/designs"):
        page = browser.get(path)
        assert page.status_code == 200
        check_page(page)
        assert "<script>alert" not in page.text
    assert "What was refused" in browser.get("/networks").text
    for each in north.heard():
        answer = browser.post(f"/networks/heard/{each['id']}/bring-in", back="/networks")
        assert answer.status_code in (409, 422)


@pytest.mark.parametrize("path", ["/networks/key", "/networks/kinds", "/networks/neighbours"])
def test_who_is_no_steward_is_refused(north: Network, path: str) -> None:
    steward(north)
    assert joined(north.web, Role.BUILDER, name="bea").post(path, back="/networks").status_code == 403


def test_mutual_credit_by_forms(web: Web) -> None:
    ste = joined(web, Role.STEWARD, name="stefan")
    page = ste.get("/credit")
    check_page(page)
    assert "does without it" in page.text
    assert ste.post("/credit/choice", enabled="true", unit="hours", back="/credit").status_code == 303
    ola, bea = joined(web, Role.OPERATOR, "north", name="ola"), joined(web, Role.BUILDER, name="bea")
    assert ola.post("/credit/accounts", lab="north", back="/credit").status_code == 303
    assert bea.post("/credit/accounts", back="/credit").status_code == 303
    assert ste.post("/credit/accounts/2/limit", limit="50.00", back="/credit").status_code == 303
    page = bea.get("/credit")
    check_page(page)
    assert "can pay 50.00 hours" in page.text
    (key,) = set(re.findall(r'action="/credit/pay".*?name="key" value="([0-9a-f]{32})"', page.text, re.S))
    sent = {"payer": "2", "payee": "1", "amount": "12.50", "why": "<b>clips", "key": key, "back": "/credit"}
    for _ in range(2):  # two clicks
        assert bea.post("/credit/pay", **sent).status_code == 303
    page = ola.get("/credit")
    check_page(page)
    assert "lab north: 12.50 hours" in page.text
    assert "<b>clips" not in page.text
    assert bea.post("/credit/payments/1/dispute", why="broken", back="/credit").status_code == 303
    assert "12.50 hours held in dispute" in ola.get("/credit").text
    assert ola.post("/credit/payments/1/back", back="/credit").status_code == 303
    for who, payer, payee, amount in ((bea, "2", "1", "30"), (ola, "1", "2", "20.01")):
        key = "0" * 31 + payer
        sent = {"payer": payer, "payee": payee, "amount": amount, "key": key, "back": "/credit"}
        assert who.post("/credit/owe", **sent).status_code == 303
    assert "40.02 hours of 50.01 hours that is owed would cancel" in bea.get("/credit").text
    assert bea.post("/credit/netting", back="/credit").status_code == 303
    for who, account in ((bea, "2"), (ola, "1")):
        check_page(who.get("/credit"))
        assert who.post("/credit/netting/1", account=account, yes="true", back="/credit").status_code == 303
    page = ste.get("/credit")
    check_page(page)
    assert "owes lab north 9.99 hours" in page.text
    assert ste.post("/credit/accounts/1/freeze", yes="true", why="asked for", back="/credit").status_code == 303
    assert "frozen: asked for" in ola.get("/credit").text
    assert "12.50" not in get(web, "/credit").text, "visitors see no amounts"


def test_a_fork_says_so_on_its_page(web: Web) -> None:
    assert "is a fork" not in get(web, "/networks").text
    at = web.town.clock.now()
    with web.town.application.house.change("coordinator") as change:
        change.session.add(NetworkForkRow(name="<b>North", key="k" * 43, names=None, written_at=at, forked_at=at))
    page = get(web, "/networks")
    check_page(page)
    assert "it began as &lt;b&gt;North" in page.text
    assert "kkkkkkkkkkkk…" in page.text
    assert web.get("/federation").json()["forked_from"]["name"] == "<b>North"
