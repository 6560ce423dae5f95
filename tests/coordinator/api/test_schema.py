"""Every operation of the OpenAPI document, asked with whatever fits or breaks it, by everybody who takes part.

There is no answer outside the document and no error of the program; who is refused has changed nothing; what changed
was changed by somebody who may; and what is private is seen by those only whom it concerns.
"""

from __future__ import annotations

import asyncio
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.specs.openapi import checks

from coordinator.api.app import PREFIX
from coordinator.schema.network import Role
from coordinator.service.access import RIGHTS, Right
from coordinator.service.house import Call
from coordinator.service.log import EventView
from tests.coordinator.service.test_design_changes import changed
from tests.core.test_pictures import chunk

from .conftest import Web
from .test_accounts import GOOD, Counted, with_maintainer

EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 4}  # of each operation
ANSWERS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
ENDLESS = "follow_events"
ORDER = ("GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE")  # what takes away comes last
PEOPLE = (None, "ada", "des", "main", "north", "south", "ste", "agent")
MAKERS = RIGHTS[Right.ANSWER] | RIGHTS[Right.DRIVE]
DECIDERS = RIGHTS[Right.ORDER] | RIGHTS[Right.KEEP_DESIGN]
MAY_CAUSE = {
    "build.": DECIDERS | MAKERS | RIGHTS[Right.CHECK] | RIGHTS[Right.IMPORT_DESIGN],
    "substitution.": DECIDERS | RIGHTS[Right.ANSWER],
    "design.": RIGHTS[Right.IMPORT_DESIGN],
    "lab.": RIGHTS[Right.ADD_LAB] | RIGHTS[Right.KEEP_LAB],
    "machine.": MAKERS,
    "stock.": RIGHTS[Right.ANSWER],
    "upkeep.": RIGHTS[Right.ANSWER],
    "reservation.": RIGHTS[Right.RESERVE],
    "hook.": RIGHTS[Right.LISTEN],
    "forge.": RIGHTS[Right.KEEP_DESIGN],
    "network.": RIGHTS[Right.KEEP_PEOPLE],
    "flow.": RIGHTS[Right.DECLARE_WORK],
    "rate.": RIGHTS[Right.DECLARE_WORK],
    "credit.": RIGHTS[Right.TRADE],
    "obligation.": RIGHTS[Right.TRADE],
    "netting.": RIGHTS[Right.TRADE],
    "neighbour.": RIGHTS[Right.KEEP_NEIGHBOURS],
    **dict.fromkeys(("proposal.", "formula.", "code."), frozenset(Role) - {Role.AGENT}),
    "distribution.": RIGHTS[Right.KEEP_PEOPLE] | {Role.MAINTAINER} | RIGHTS[Right.ORDER],
    "agent.": RIGHTS[Right.KEEP_AGENTS],
    "invitation.": RIGHTS[Right.INVITE],
    "offer.": MAKERS | DECIDERS | RIGHTS[Right.WORK],
    "claim.": RIGHTS[Right.ANSWER] | DECIDERS | RIGHTS[Right.WORK],
    "kit.": RIGHTS[Right.ANSWER],
    "goal.": DECIDERS | RIGHTS[Right.PLEDGE],
    "pledge.": RIGHTS[Right.PLEDGE],
    "campaign.": RIGHTS[Right.ORDER],
    "quote.": RIGHTS[Right.ORDER],
    "fund.opened": RIGHTS[Right.KEEP_FUND],
    "fund.asked": RIGHTS[Right.ORDER] | RIGHTS[Right.ANSWER],
    "fund.allotted": RIGHTS[Right.PLEDGE],
    "shipment.": RIGHTS[Right.ANSWER] | RIGHTS[Right.ORDER],
    "attempt.": RIGHTS[Right.DRIVE],
    "request.": MAKERS,
    "job.": MAKERS | DECIDERS | RIGHTS[Right.WORK],
    "photo.": RIGHTS[Right.CHECK] | RIGHTS[Right.ORDER],
    "piece.": MAKERS | RIGHTS[Right.CHECK] | RIGHTS[Right.ORDER],
    "task.": MAKERS | RIGHTS[Right.CHECK] | DECIDERS | RIGHTS[Right.WORK],
    "first-article.": MAKERS | RIGHTS[Right.CHECK] | RIGHTS[Right.WORK],
    "person.role-": RIGHTS[Right.KEEP_PEOPLE] | RIGHTS[Right.KEEP_DESIGN] | RIGHTS[Right.INVITE],
    "person.reset-offered": RIGHTS[Right.KEEP_PEOPLE],
}
"""Which roles may cause which events; what is not listed everybody may cause for themselves."""
SEEN_BY = {
    "door@north.example": {"north", "ste", "agent"},
    "Back Lane 7": {"north", "ste", "agent"},
    "ada@example.org": {"ada", "ste"},
    "des@example.org": {"des", "ste"},
}
"""Private words, and who may read them."""
IN_THE_SAME_BUILD = {"ada", "north", "south", "ste"}
"""Who sees the contacts of builds: ada orders them, and these labs make them."""


@schemathesis.serializer("application/zip", "application/offset+octet-stream")
def as_it_is(_: object, value: Any) -> bytes:
    """What is sent as an archive: any bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class Crowd:
    """Sends what was made up, and looks at what comes back."""

    def __init__(self, web: Web, loop: asyncio.AbstractEventLoop) -> None:
        self.web, self._loop = web, loop
        self.log = web.town.application.log
        self.seen: Counter[int] = Counter()
        self.holders = {web.get("/me", who).json()["id"]: who for who in PEOPLE}
        transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://test")

    def send(self, case: Case, who: str | None) -> httpx.Response:
        asked = case.as_transport_kwargs(base_url="http://test")
        if who is not None:
            asked["headers"]["Authorization"] = f"Bearer {self.web.tokens[who]}"
        asked["content"] = asked.pop("data", None)
        del asked["cookies"]
        sent = self._client.request(**asked)
        return self._loop.run_until_complete(sent)

    def ask(self, case: Case, who: str | None) -> None:
        before = self.log.newest()
        roles = self.roles(who) if case.method != "GET" else set()
        answer = self.send(case, who)
        self.seen[answer.status_code] += 1
        what = f"{case.method} {case.path} by {who}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, what
        has_body = case.method != "HEAD"
        for check in ANSWERS if has_body else ANSWERS[:1]:
            case.validate_response(Response.from_httpx(answer, verify=False), checks=[check])
        events = self.log.after(before)
        if answer.status_code >= 400:
            assert not has_body or answer.json()["status"] == answer.status_code, what
            assert events == [], what
        for event in events:
            self.require_allowed(event, who, roles, what)
        together = IN_THE_SAME_BUILD if case.path.endswith("/contacts") else set()
        for word, readers in SEEN_BY.items():
            assert word not in answer.text or who in readers | together, (word, what)

    def roles(self, who: str | None) -> set[Role]:
        answer = self.web.get("/me", who)
        return {Role(each["role"]) for each in answer.json()["grants"]} if answer.status_code == 200 else set()

    def require_allowed(self, event: EventView, who: str | None, roles: set[Role], what: str) -> None:
        allowed = next((MAY_CAUSE[kind] for kind in MAY_CAUSE if event.kind.startswith(kind)), None)
        if event.subject == f"person {event.who}" and event.data.get("role") == "maintainer":
            allowed = RIGHTS[Right.IMPORT_DESIGN]  # of a design that they forked themselves
        assert allowed is None or roles & allowed, (event, what)
        assert who is None or self.holders.get(event.who, event.who) in (who, "coordinator"), (event, what)


@pytest.fixture
def crowd(web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """A town in which something of everything is there, and from which nothing outside can be reached."""

    def nowhere(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("coordinator.service.reaching.outside.socket.getaddrinfo", nowhere)
    monkeypatch.setattr(web.town.application.accounts, "_passwords", Counted())
    entry = web.get("/labs/north", "north").json()["entry"]
    entry |= {"contact": {"email": "door@north.example"}, "address": {"street": "Back Lane 7"}}
    web.call("PUT", "/labs/north", "north", json=entry)
    build = web.town.order(
        web.town.upload("Foot,1,3D printing,PLA,foot.stl,", "Panel,2,Manual cutting,,,", "Screw,4,,,,Shop")
    )
    web.join("main", Role.DESIGNER)
    web.post(
        f"/people/{web.town.people['main'].id}/roles", "ste", json={"role": "maintainer", "design_id": build.design_id}
    )
    web.tokens["main"] = with_maintainer(web, "main")
    web.post("/invitations", "ste", json={"role": "builder"})
    with_credit(web)
    with_decisions(web)
    loop = asyncio.new_event_loop()
    yield Crowd(web, loop)
    loop.close()


def with_credit(web: Web) -> None:
    """Mutual credit between ada (account 1) and the lab north (2), with a disputed payment, a claim and a round."""
    web.call("PUT", "/credit", "ste", json={"enabled": True, "unit": "hours"})
    web.post("/credit/accounts", "ada", json={})
    web.post("/credit/accounts", "north", json={"lab": "north"})
    web.call("PUT", "/credit/accounts/1/limit", "ste", json={"limit": 1000})
    for _ in range(2):
        web.post("/credit/payments", "ada", json={"payer": 1, "payee": 2, "amount": 100})
    web.post("/credit/payments/1/dispute", "ada", json={"why": "too much"})
    for who, debtor, creditor in (("north", 1, 2), ("ada", 1, 2), ("north", 2, 1)):
        web.post("/credit/obligations", who, json={"debtor": debtor, "creditor": creditor, "amount": 10})
    assert web.post("/credit/rounds", "ada", json={}).status_code == 201


def with_decisions(web: Web) -> None:
    """A formula that who maintains the first design has adopted, another on its way, and an income to be shared."""
    for path, who, body in (
        ("/formulas", "main", {"text": EQUAL, "design_id": 1}),
        ("/formulas/1/proposal", "main", {"hours": 48}),
    ):
        assert web.post(path, who, json=body).status_code == 201
    web.town.clock.move(hours=49)
    assert web.town.application.proposals.decide_due() == 1
    assert web.post("/formulas/1/fork", "main", json={"design_id": 1}).status_code == 201
    assert web.post("/formulas/2/proposal", "main", json={}).status_code == 201
    change = {"version_id": changed(web.town, Call(web.town.people["des"])).id, "why": "a wider foot"}
    assert web.post("/designs/1/changes", "des", json=change).status_code == 201
    answer = web.post("/distributions", "ste", json=INCOME)
    assert answer.status_code == 201, answer.text


def test_nothing_that_is_asked_breaks_it_and_nobody_does_what_they_may_not(crowd: Crowd) -> None:
    schema = schemathesis.openapi.from_dict(crowd.web.app.openapi())
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) > 60
    known = ids(crowd.web)
    for operation in sorted(operations, key=lambda each: ORDER.index(each.method.upper())):
        if operation.definition.raw["operationId"] != ENDLESS:
            one(crowd, operation, GenerationMode.POSITIVE, known)
            with suppress(Unsatisfiable):  # there is nothing to be wrong in a request without parameters
                one(crowd, operation, GenerationMode.NEGATIVE, known)
    assert {status // 100 for status in crowd.seen} == {2, 4}
    assert crowd.seen[200] + crowd.seen[201] > 150, "much of it was done, not only refused"


def one(crowd: Crowd, operation: Any, mode: GenerationMode, known: dict[str, list[str]]) -> None:
    @settings(
        max_examples=EXAMPLES[mode], suppress_health_check=list(HealthCheck), deadline=None, phases=[Phase.generate]
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        who = data.draw(st.sampled_from(PEOPLE))
        for name in case.path_parameters or {}:
            if data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        if isinstance(case.body, dict) and "wait_s" in case.body:
            case.body["wait_s"] = 0
        crowd.ask(case, who)

    ask()


def ids(web: Web) -> dict[str, list[str]]:
    """Ids of what is there, by the name of the parameter."""

    def of(path: str, who: str | None = None) -> list[str]:
        return [str(each["id"]) for each in web.get(path, who).json()["items"]]

    return {
        "design_id": of("/designs"), "build_id": of("/builds"), "task_id": of("/tasks"), "offer_id": of("/offers"),
        "claim_id": ["1"], "job_id": of("/jobs"), "piece_id": ["1"], "lab_id": of("/labs"),
        "machine_id": of("/machines"), "person_id": of("/people"), "token_id": of("/tokens", "north"),
        "invitation_id": of("/invitations", "ste"), "attempt_id": ["1"], "request_id": ["1"], "hook_id": ["1"],
        "forge_id": ["1"], "heard_id": ["1"], "name": ["near"], "account_id": ["1", "2"], "entry_id": ["1"],
        "digest": ["0" * 64], "upload_id": ["0" * 32], "number": ["1"], "alert_id": ["1"], "address_id": ["1"],
        "substitution_id": ["1"], "pledge_id": ["1"], "campaign_id": ["1"], "join_id": ["1"], "round_id": ["1"],
        "obligation_id": ["1", "2", "3"],
        "purchase_id": ["1"], "shipment_id": ["1"], "stock_id": ["1"], "upkeep_id": ["1"], "reservation_id": ["1"],
        "permission_id": ["1"], "formula_id": ["1"], "starter": ["equal"], "distribution_id": ["1"],
        "proposal_id": ["1", "2"], "change_id": ["1"], "photo_id": ["1"],
    }  # fmt: skip


KNOWN = {each for each in PEOPLE if each}
OPERATORS = {"north", "south"}
OFFERED = "operator of the lab that has the offer"
WHY = {"why": "no"}
FENCE = {"fence": 1}
UPKEEP = {"name": "oil", "every_hours": 5}
LATER = {"machine": "north-bench", "starts_at": "2030-02-02T09:00:00Z", "ends_at": "2030-02-02T10:00:00Z"}
RESERVED = {"machine": "north-bench", "starts_at": "2030-02-01T09:00:00Z", "ends_at": "2030-02-01T10:00:00Z"}
MOVED = {"older_id": 2, "part": "x", "why": "y"}
PERMITTED = {"up_to": "gift", "note": "hers"}
INSTEAD = {"lab": "north", "kind": "material", "instead": "Plywood", "why": "there is no other"}
SAID = {"answers": [{"item": "Foot", "about": "infill_percent", "answer": "20 %"}]}
EQUAL = (Path(__file__).parents[3] / "examples" / "benefits" / "equal.toml").read_text(encoding="utf-8")
INCOME = {"design_id": 1, "income_cents": 500, "currency": "EUR", "source": "sold"}
VOICES = KNOWN - {"agent"}
MATRIX: list[tuple[str, str, Any, set[str]]] = [
    # what is asked, with what, by whom it may be asked; everybody else is refused
    ("POST", "/designs", {"url": "x"}, {"ada", "des", "main", "ste"}),
    ("POST", "/designs/archive?name=x", None, {"ada", "des", "main", "ste"}),
    ("POST", "/designs/uploaded", {"upload_id": "0" * 32, "name": "x"}, {"ada", "des", "main", "ste"}),
    ("POST", "/uploads", None, KNOWN - {"agent"}),
    *[(method, f"/uploads/{'0' * 32}", None, KNOWN) for method in ("HEAD", "PATCH", "DELETE")],
    ("POST", "/builds", {"design_id": 1}, {"ada", "ste"}),
    ("POST", "/tasks/{ordered}/arrival", None, {"ada", "ste"}),
    ("POST", "/tasks/{cut}/substitutions", INSTEAD, {"north"}),
    ("POST", "/substitutions/{substitution}/withdraw", WHY, {"north"}),
    ("POST", "/substitutions/{substitution}/approve", WHY, {"ada", "main", "ste"}),
    ("POST", "/substitutions/{substitution}/decline", WHY, {"ada", "main", "ste"}),
    ("PUT", "/tasks/{cut}/settings", {"infill_percent": 20}, {"ada", "main", "ste"}),
    ("POST", "/designs/1/compatible", MOVED, {"main", "ste"}),
    ("POST", "/designs/1/permissions", PERMITTED, {"main", "ste"}),
    ("POST", "/designs/1/permissions", {**PERMITTED, "lab": "north"}, {"main", "north", "ste"}),
    ("POST", "/permissions/{permission}/end", WHY, {"main", "ste"}),
    ("PUT", "/builds/1/purpose", {"purpose": "gift"}, {"ada", "ste"}),
    ("POST", "/designs/1/answers", SAID, {"ada", "main", "ste"}),
    ("POST", "/builds/2/versions/1/stay", WHY, {"ada", "ste"}),
    ("POST", "/purchases", {"items": [{"task_id": 3}]}, {"ada", "ste"}),
    ("POST", "/purchases/{purchase}/order", {"supplier": "Shop"}, {"ada", "ste"}),
    ("POST", "/purchases/{purchase}/expectation", {"expected_at": "2030-02-01T00:00:00Z"}, {"ada", "ste"}),
    ("POST", "/purchases/{purchase}/arrival", {}, {"ada", "ste", "south"}),
    ("POST", "/purchases/{purchase}/bad", {"item_id": 1, "amount": 1, "why": "torn"}, {"ada", "ste", "south"}),
    ("POST", "/purchases/{purchase}/cancel", {}, {"ada", "ste"}),
    ("GET", "/designs/1/quote", None, KNOWN),
    (
        "POST",
        "/goals",
        {"design_id": 1, "cents": 5, "currency": "EUR", "until": "2031-01-01T00:00:00Z"},
        {"ada", "ste"},
    ),
    ("POST", "/goals/9/pledges", {"cents": 5}, KNOWN - {"agent"}),
    ("POST", "/pledges/99/withdraw", None, KNOWN - {"agent"}),
    ("POST", "/campaigns", {"what": "x", "wanted": 9, "until": "2031-01-01T00:00:00Z"}, {"ada", "ste"}),
    ("POST", "/campaigns/1/joins", {"pieces": 1, "design_id": 1}, {"ada", "ste"}),
    ("POST", "/joins/99/leave", None, {"ada", "ste"}),
    ("POST", "/fund/99/wants", {"cause": "machine", "subject": "north-printer", "cents": 5}, KNOWN - {"agent"}),
    ("POST", "/fund", {"name": "x", "cents": 5, "currency": "EUR", "until": "2031-01-01T00:00:00Z"}, {"ste"}),
    ("PUT", "/fund/1/allotment", {"parts": []}, KNOWN - {"agent"}),
    ("POST", "/kits/{job}/ticks", {}, {"north"}),
    ("POST", "/kits/{job}/unticks", {"task_id": 1}, {"north"}),
    ("POST", "/kits/{job}/waiver", {"why": "it will do"}, {"north"}),
    ("POST", "/shipments", {"from_lab": "north", "to_lab": "south", "pieces": [1]}, {"north"}),
    ("POST", "/shipments/{shipment}/send", {}, {"north"}),
    ("POST", "/shipments/{shipment}/expectation", {"expected_at": "2030-02-01T00:00:00Z"}, {"north", "south"}),
    ("POST", "/shipments/{shipment}/arrival", {}, {"south"}),
    ("POST", "/shipments/{shipment}/loss", {}, {"north", "south"}),
    ("POST", "/shipments/{shipment}/return", {}, {"north"}),
    ("POST", "/shipments/{shipment}/repair", {"item_id": 1}, {"south"}),
    ("PUT", "/shipments/{shipment}/cost", {"cents": 490, "currency": "EUR"}, {"north", "south"}),
    ("GET", "/builds/1/address", None, {"ada"}),
    ("PUT", "/builds/1/address", {"address": "Back Lane 8"}, {"ada"}),
    ("POST", "/offers/accept", {"lab": "north", "build_id": 99}, {"north"}),
    ("POST", "/offers/{offer}/accept", WHY, {OFFERED}),
    ("POST", "/offers/{offer}/decline", WHY, {OFFERED}),
    ("POST", "/claims", {"lot_id": 2, "machine": "south-bench"}, {"south"}),
    ("POST", "/claims/{claim}/withdraw", WHY, {"south"}),
    ("POST", "/jobs/{job}/start", {}, {"north"}),
    ("POST", "/jobs/{job}/end", {}, {"north"}),
    ("POST", "/jobs/{job}/verdict", {"verdict": "made"}, {"north"}),
    ("PUT", "/jobs/{job}/program?name=x", None, {"north"}),
    ("POST", "/jobs/{job}/program/uploaded", {"upload_id": "0" * 32, "name": "x"}, {"north"}),
    ("POST", "/pieces/{piece}/photos", None, {"ada", "des", "main", *OPERATORS}),
    ("DELETE", "/photos/{photo}", None, {"north", "ste"}),
    ("POST", "/pieces/1/check", {"accept": True, "why": ""}, {"ada", "des", "main", *OPERATORS}),
    ("POST", "/pieces/{piece}/delivery", None, {"ada", "ste"}),
    ("POST", "/labs", {"labs": []}, {"ste", *OPERATORS}),
    ("PUT", "/labs/north", {}, {"north", "ste"}),
    ("GET", "/labs/north/agents", None, {"north", "ste", "agent"}),
    ("POST", "/machines/north-bench/clear", None, {"north"}),
    ("POST", "/stock", {"lab": "north", "kind": "tool", "name": "bit"}, {"north"}),
    ("POST", "/stock/{stock}/correction", {"left": 1, "why": "counted"}, {"north"}),
    ("POST", "/machines/north-bench/load", {"stock_id": 1}, {"north"}),
    ("POST", "/machines/north-bench/unload", {"place": "tool"}, {"north"}),
    ("POST", "/stock/{stock}/retirement", {}, {"north"}),
    ("POST", "/jobs/{job}/waiver", WHY, {"north"}),
    ("POST", "/machines/north-bench/lock", {"why": "broken"}, {"north"}),
    ("POST", "/machines/north-bench/unlock", {"done": "mended"}, {"north"}),
    ("POST", "/machines/north-bench/care", {"done": "oiled"}, {"north"}),
    ("POST", "/machines/north-bench/upkeep", {"name": "oil", "every_hours": 5}, {"north"}),
    ("POST", "/upkeep/{upkeep}/done", {}, {"north"}),
    ("DELETE", "/upkeep/{upkeep}", None, {"north"}),
    ("POST", "/reservations", RESERVED, {"north"}),
    ("POST", "/reservations/{reservation}/end", WHY, {"north"}),
    ("POST", "/machines/north-printer/requests", {"kind": "pause"}, {"north"}),
    ("DELETE", "/people/{ada}", None, {"ada", "ste"}),
    ("POST", "/people/{eve}/roles", {"role": "steward"}, {"ste"}),
    ("POST", "/people/{eve}/roles", {"role": "operator", "lab": "north"}, {"north", "ste"}),
    ("POST", "/people/{eve}/roles/withdraw", {"role": "builder"}, {"ste"}),
    ("POST", "/people/{eve}/password-reset", None, {"ste"}),
    ("POST", "/tokens", {"label": "x", "scopes": ["steward"]}, {"ste"}),
    ("POST", "/tokens", {"label": "x", "agent_of": "north"}, {"north"}),
    ("DELETE", "/tokens/{token of ada}", None, {"ada", "ste"}),
    ("DELETE", "/tokens/{token of agent}", None, {"north", "ste"}),
    ("GET", "/invitations", None, {"ste"}),
    ("POST", "/invitations", {"role": "designer"}, {"ste"}),
    ("POST", "/invitations", {"role": "operator", "lab": "north"}, {"north", "ste"}),
    ("DELETE", "/invitations/{invitation}", None, {"ste"}),
    ("GET", "/account", None, KNOWN),
    ("PUT", "/account/password", {"login": "x1y", "password": GOOD, "old": GOOD}, KNOWN - {"agent"}),
    ("DELETE", "/account/sessions", None, KNOWN),
    ("POST", "/account", {"login": "x1y", "password": GOOD, "name": "X"}, set()),
    ("POST", "/builds/2/versions/1/move", WHY, {"ada", "ste"}),
    ("POST", "/builds/1/cancellation", WHY, {"ada", "ste"}),
    ("GET", "/hooks", None, KNOWN - {"agent"}),
    ("POST", "/hooks", {"url": "https://127.0.0.1/"}, KNOWN - {"agent"}),
    ("DELETE", "/hooks/1", None, KNOWN - {"agent"}),
    ("GET", "/alerts", None, KNOWN),
    ("POST", "/alerts/1/acknowledge", None, KNOWN - {"agent"}),
    ("GET", "/alerts/addresses", None, KNOWN),
    ("POST", "/alerts/addresses", {"address": "ntfys://topic", "label": "x"}, KNOWN - {"agent"}),
    ("POST", "/alerts/addresses/1/verify", {"code": "1"}, KNOWN),
    ("DELETE", "/alerts/addresses/1", None, KNOWN),
    ("GET", "/alerts/habit", None, KNOWN),
    ("PUT", "/alerts/habit", {}, KNOWN - {"agent"}),
    ("PUT", "/labs/north/watch", {"minutes": 5}, {"north", "ste"}),
    ("GET", "/designs/1/forges", None, {"main", "ste"}),
    ("POST", "/designs/1/forges", None, {"main", "ste"}),
    ("DELETE", "/forges/1", None, {"main", "ste"}),
    ("POST", "/work", {"kind": "care", "minutes": 5}, KNOWN - {"agent"}),
    ("POST", "/ledger/imports?name=x", None, {"ste"}),
    ("POST", "/ledger/imports/uploaded", {"upload_id": "0" * 32, "name": "x"}, {"ste"}),
    ("POST", "/ledger/1/correction", WHY, {"north", "ste"}),  # the first is of the lab in the north
    ("POST", "/rates", {"kind": "care", "cents_per_hour": 5}, KNOWN - {"agent"}),
    ("GET", "/people/{ada}/rates", None, {"ada", "ste"}),
    ("POST", "/labs/north/rates", {"cents_per_hour": 5}, {"north"}),
    ("PUT", "/credit", {"enabled": True, "unit": "hours"}, {"ste"}),
    ("GET", "/credit/accounts", None, KNOWN - {"agent"}),
    ("POST", "/credit/accounts", {"lab": "north"}, {"north"}),
    ("PUT", "/credit/accounts/1/limit", {"limit": 5}, {"ste"}),
    ("POST", "/credit/accounts/1/freeze", {"why": "x"}, {"ste"}),
    ("POST", "/credit/accounts/1/thaw", None, {"ste"}),
    ("POST", "/credit/payments", {"payer": 1, "payee": 2, "amount": 5}, {"ada"}),
    ("POST", "/credit/payments/2/dispute", {"why": "x"}, {"ada"}),
    ("POST", "/credit/payments/2/stand", WHY, {"ada", "ste"}),
    ("POST", "/credit/payments/1/back", WHY, {"north", "ste"}),
    ("POST", "/credit/obligations", {"debtor": 1, "creditor": 2, "amount": 5}, {"ada", "north"}),
    ("POST", "/credit/obligations/1/answer", {"owed": True}, {"ada"}),
    ("POST", "/credit/obligations/1/settle", None, {"north"}),
    ("POST", "/credit/rounds", {}, KNOWN - {"agent"}),
    ("POST", "/credit/rounds/1/answer", {"account": 1, "yes": True}, {"ada"}),
    ("PUT", "/federation", {"kinds": ["design"]}, {"ste"}),
    ("POST", "/federation/publish", None, {"ste"}),
    ("POST", "/federation/key", None, {"ste"}),
    ("GET", "/federation/stick", None, {"ste"}),
    ("POST", "/federation/stick", None, {"ste"}),
    ("POST", "/federation/stick/uploaded", {"upload_id": "0" * 32}, {"ste"}),
    ("POST", "/federation/neighbours", {"url": "", "public_key": "A" * 43, "name": "near"}, {"ste"}),
    ("POST", "/federation/neighbours/near/confirm", {"words": "lusab"}, {"ste"}),
    ("POST", "/federation/neighbours/near/pull", None, {"ste"}),
    ("DELETE", "/federation/neighbours/near", None, {"ste"}),
    ("POST", "/federation/heard/1/bring-in", None, {"ada", "des", "main", "ste"}),
    ("GET", "/federation/refused", None, {"ste"}),
    ("PUT", "/network", {"name": "x", "sign_up": "open"}, {"ste"}),
    ("POST", "/formulas", {"text": EQUAL}, VOICES),
    ("POST", "/formulas", {"text": EQUAL, "design_id": 1}, {"main"}),
    ("POST", "/formulas/starters/equal/fork", {}, VOICES),
    ("POST", "/formulas/trial", {"design_id": 1, "income_cents": 5, "formulas": [{"starter": "equal"}]}, KNOWN),
    ("POST", "/formulas/1/fork", {"design_id": 1}, {"main"}),
    ("POST", "/formulas/1/proposal", {}, {"main"}),
    ("POST", "/distributions", INCOME, {"main", "ste"}),
    ("POST", "/distributions/1/confirm", {}, {"main"}),
    ("POST", "/distributions/1/withdraw", {}, {"main", "ste"}),
    ("POST", "/distributions/1/payments", {"who": "x"}, {"main", "ste"}),
    ("POST", "/designs/99/fork", {}, {"ada", "des", "main", "ste"}),
    ("POST", "/designs/2/changes", {"version_id": 1, "why": "x"}, {"ada", "main", "ste"}),
    ("POST", "/design-changes/1/accept", {}, {"main"}),
    ("POST", "/design-changes/1/decline", {"why": "x"}, {"main"}),
    ("POST", "/design-changes/1/withdraw", {}, {"des"}),
    ("POST", "/proposals", {"kind": "code", "document": {"text": "x"}}, VOICES),
    ("POST", "/proposals/2/voice", {"word": "yes"}, {"main"}),
    ("POST", "/proposals/2/withdraw", {}, {"main"}),
    ("POST", "/proposals/welcome", {"person": "p-0123456789", "role": "builder"}, VOICES),
    ("POST", "/proposals/exclusion", {"person": "p-0123456789", "rule": "majority"}, VOICES),
    ("POST", "/code/proposal", {"text": "x"}, VOICES),
    ("POST", "/machines/north-printer/trial", {"hours": 1}, KNOWN),
    ("POST", "/agent/pictures", {"machine": "north-printer", "picture": "AA=="}, {"agent"}),
    ("GET", "/agent/machines", None, {"agent"}),
    ("GET", "/agent/attempts", None, {"agent"}),
    ("POST", "/agent/work", {"machines": ["north-printer"], "wait_s": 0}, {"agent"}),
    ("POST", "/agent/attempts/progress", {"attempts": []}, {"agent"}),
    ("POST", "/agent/requests", {}, {"agent"}),
    ("POST", "/agent/requests/1/answer", {"done": True}, {"agent"}),
    ("POST", "/agent/readings", {"readings": []}, {"agent"}),
    ("POST", "/agent/leave", {}, {"agent"}),
    *[("POST", f"/agent/attempts/1/{step}", FENCE, {"agent"}) for step in ("start", "release")],
    ("POST", "/agent/attempts/1/end", {**FENCE, "outcome": "finished", "message": ""}, {"agent"}),
]
OPEN_TO_ALL = {"tell_upload_protocol", "log_in", "log_out", "reset_password", "accept_invitation", "hear_forge"}


def test_who_may_not_is_refused_whatever_is_there(crowd: Crowd) -> None:
    """Everything is asked for things that exist, so that it is the role which decides."""
    for method, path, body, allowed in rows(crowd):
        for who in PEOPLE:
            if who not in allowed:
                before = crowd.log.newest()
                status = asked(crowd, method, path, body, who).status_code
                hidden = (404,) if path.startswith(("/tokens/", "/invitations/", "/uploads/")) else ()
                assert status in (401, 403, *hidden), (method, path, who)
                assert crowd.log.newest() == before, (method, path, who)


def test_who_may_is_not_refused(crowd: Crowd) -> None:
    """The other half of the table: whoever is named in it is refused for another reason at most."""
    for method, path, body, allowed in sorted(rows(crowd), key=lambda row: ORDER.index(row[0])):
        leaves = method == "DELETE" and path.startswith(("/people/", "/tokens/", "/account/"))
        for who in () if leaves else sorted(allowed):  # nobody would be left to ask
            answer = asked(crowd, method, path, body, who)
            assert answer.status_code not in (401, 403), (method, path, who, answer.text)


def rows(crowd: Crowd) -> list[tuple[str, str, Any, set[str]]]:
    """The table, with what there is in it."""
    names, lab = things(crowd)
    return [
        (method, path.format_map(names), body, {lab if each == OFFERED else each for each in allowed})
        for method, path, body, allowed in MATRIX
    ]


def asked(crowd: Crowd, method: str, path: str, body: Any, who: str | None) -> httpx.Response:
    headers = {"Upload-Length": "3", "Upload-Offset": "0"} if path.startswith("/uploads") else {}
    return crowd.web.call(method, path, who, headers=headers, **({} if body is None else {"json": body}))


def test_the_table_knows_every_change(web: Web) -> None:
    missing = {
        operation["operationId"]
        for path, operations in web.app.openapi()["paths"].items()
        for method, operation in operations.items()
        if method != "get" and not any(fits(method.upper(), path.removeprefix(PREFIX), row) for row in MATRIX)
    }
    assert missing == OPEN_TO_ALL


def fits(method: str, path: str, row: tuple[str, str, Any, set[str]]) -> bool:
    shape = re.sub(r"\{[^}]*\}", "[^/]+", path)
    return method == row[0] and re.fullmatch(shape, row[1].partition("?")[0]) is not None


def things(crowd: Crowd) -> tuple[dict[str, str], str]:
    """Something of everything, by the name that the table has for it; and the lab that has the offer."""
    web = crowd.web
    web.join("eve", Role.BUILDER)
    ordered = web.get("/tasks?state=ordered").json()["items"][0]["id"]
    lots = [lot for each in web.get("/tasks").json()["items"] for lot in each["lots"]]
    offered, printed = (next(lot for lot in lots if lot["stage"] == stage) for stage in ("offered", "scheduled"))
    offer = web.get(f"/offers/{offered['offer_id']}").json()
    job = web.get(f"/jobs/{printed['job_id']}").json()
    web.town.order(web.town.upload("Panel,3,Manual cutting,,,"))
    other = next(each for each in web.get("/offers?state=offered").json()["items"] if each["id"] != offer["id"])
    claim = {"lot_id": other["lot_id"], "machine": "south-bench", "why": ""}
    cut = next(each["id"] for each in web.get("/tasks").json()["items"] if each["name"] == "Panel")
    tokens = {each["label"]: each["id"] for who in ("ada", "north") for each in web.get("/tokens", who).json()["items"]}
    found = {
        "cut": cut, "substitution": web.post(f"/tasks/{cut}/substitutions", "north", json=INSTEAD).json()["id"],
        "ordered": ordered, "offer": offer["id"], "job": job["id"], "piece": job["pieces"][0]["id"],
        "stock": web.post("/stock", "north", json={"lab": "north", "kind": "tool", "name": "bit"}).json()["id"],
        "upkeep": web.post("/machines/north-bench/upkeep", "north", json=UPKEEP).json()["id"],
        "reservation": web.post("/reservations", "north", json=LATER).json()["id"],
        "purchase": purchased(web, ordered, "south")["id"], "shipment": shipped(web)["id"],
        "claim": web.post("/claims", "south", json=claim).json()["id"], "ada": web.town.people["ada"].id,
        "eve": web.town.people["eve"].id,
        "photo": web.post(f"/pieces/{job['pieces'][0]['id']}/photos", "north", content=small_png()).json()["id"],
        "permission": web.post("/designs/1/permissions", "ste", json=PERMITTED).json()["id"],
        "token of ada": web.get("/tokens", "ada").json()["items"][0]["id"], "token of agent": tokens["box"],
        "invitation": web.get("/invitations", "ste").json()["items"][0]["id"],
    }  # fmt: skip
    return {name: str(value) for name, value in found.items()}, offer["lab"]


def small_png() -> bytes:
    """A picture of one pixel."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(2))) + chunk(b"IEND", b"")


def purchased(web: Web, task: int, place: str) -> dict[str, Any]:
    """Something that is ordered, and comes to a lab."""
    wanted = web.post("/purchases", "ada", json={"items": [{"task_id": task}]}).json()
    said = {"supplier": "Shop", "place": place, "order_number": "A-17"}
    found: dict[str, Any] = web.post(f"/purchases/{wanted['id']}/order", "ada", json=said).json()
    return found


def shipped(web: Web) -> dict[str, Any]:
    """Something that is packed in the north for the south."""
    build = web.town.order(web.town.upload("Nut,4,,,,Shop"))
    nut = next(each for each in web.get(f"/builds/{build.id}/tasks").json()["items"] if each["kind"] == "purchase")
    purchase = purchased(web, nut["id"], "north")
    assert web.post(f"/purchases/{purchase['id']}/arrival", "north", json={}).json()["state"] == "arrived"
    things = {"from_lab": "north", "to_lab": "south", "bought": [{"task_id": nut["id"], "quantity": 4}]}
    answer = web.post("/shipments", "north", json=things)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found
