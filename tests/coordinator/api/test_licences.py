"""Licences over HTTP: advice, what offers say, how they are accepted, permissions, what goes with a piece."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.coordinator.api.conftest import Web
from tests.coordinator.service.conftest import bare as bare

FOOT = "Foot,1,3D printing,PLA,foot.stl,"


def order(web: Web, licence: str | None, **how: object) -> int:
    """A design of one printed foot, ordered and planned; returns the offer's id."""
    design = web.town.upload(FOOT, licence=licence)
    answer = web.post("/builds", "ada", json={"design_id": design.id, "lead_days": 0, **how})
    assert answer.status_code == 201, answer.text
    web.town.plan()
    return next(int(each["id"]) for each in web.get("/offers").json()["items"] if each["task"] == "Foot")


def test_advice_is_given_to_everybody(web: Web) -> None:
    asked = {"licence": "CC-BY-NC-4.0", "maker": "company", "purpose": "sale"}
    answer = web.get("/licences/advice", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json() | asked == answer.json()
    assert answer.json()["answer"] == "stop"
    assert answer.json()["reasons"] == [
        {"licence": "CC-BY-NC-4.0", "clause": "2(a)(1)", "says": "it may not be made for payment"}
    ]
    assert web.get("/licences/advice").json()["answer"] == "ask"
    assert web.get("/licences/advice", params={"licence": "PPL"}).json()["unsaid"]
    for wrong in ({"maker": "giant"}, {"purpose": "fun"}, {"licence": "x" * 401}, {"licence": "a\x00b"}):
        assert web.get("/licences/advice", params=wrong).status_code == 422


def test_an_offer_says_what_is_asked_and_is_accepted_with_a_word(web: Web) -> None:
    offer = order(web, "CC-BY-NC-4.0", purpose="sale")
    seen = web.get(f"/offers/{offer}").json()
    assert (seen["state"], seen["licence"]["answer"], seen["licence"]["settled"]) == ("offered", "stop", False)
    refused = web.post(f"/offers/{offer}/accept", "north", json={"why": "we can"})
    assert (refused.status_code, refused.json()["code"]) == (409, "licence")
    assert "it may not be made for payment" in refused.json()["detail"]
    assert "licence_note" in refused.json()["hint"]
    said = {"why": "we can", "licence_note": "we have a licence from the designer"}
    accepted = web.post(f"/offers/{offer}/accept", "north", json=said)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    (event,) = [each for each in web.get("/log?limit=200").json()["items"] if each["kind"] == "licence.settled"]
    assert event["why"] == "we have a licence from the designer"


def test_a_claim_takes_the_word_too(web: Web) -> None:
    offer = order(web, None)
    lot = web.get(f"/offers/{offer}").json()["lot_id"]
    claim = {"lot_id": lot, "machine": "north-printer"}
    assert web.post("/claims", "north", json=claim).json()["code"] == "licence"
    assert web.post("/claims", "north", json={**claim, "licence_note": "it is ours"}).status_code == 201


def test_permissions_are_given_read_and_ended(web: Web) -> None:
    offer = order(web, None)
    given = {"up_to": "sale", "note": "Ria, by mail today"}
    for who, status in ((None, 401), ("ada", 403), ("ste", 201)):
        answer = web.post("/designs/1/permissions", who, json=given)
        assert answer.status_code == status, answer.text
    (listed,) = web.get("/designs/1/permissions").json()
    assert (listed["note"], listed["lab"], listed["ended_at"]) == ("Ria, by mail today", None, None)
    web.town.plan()
    assert web.get(f"/offers/{offer}").json()["state"] == "accepted"
    assert web.post(f"/permissions/{listed['id']}/end", "ste", json={}).json()["ended_at"] is not None
    assert web.post(f"/permissions/{listed['id']}/end", "ste", json={}).status_code == 409
    assert web.post("/designs/9/permissions", "ste", json=given).status_code == 404
    for wrong in ({"up_to": "sale", "note": ""}, {"up_to": "all", "note": "x"}, {**given, "lab": "no lab"}):
        assert web.post("/designs/1/permissions", "ste", json=wrong).status_code == 422


def test_who_keeps_a_design_permits_it_to_one_lab(web: Web) -> None:
    offer = order(web, None)
    given = {"up_to": "sale", "note": "the designer said so", "lab": "north"}
    assert web.post("/designs/1/permissions", "ada", json=given).status_code == 403
    assert web.post("/designs/1/permissions", "south", json=given).status_code == 403
    assert web.post("/designs/1/permissions", "ste", json=given).json()["lab"] == "north"
    web.town.plan()
    assert web.get(f"/offers/{offer}").json()["state"] == "accepted"


def test_what_a_build_is_for_is_said_later(web: Web) -> None:
    order(web, "MIT")
    assert web.get("/builds/1").json()["purpose"] is None
    assert web.call("PUT", "/builds/1/purpose", "north", json={"purpose": "gift"}).status_code == 403
    assert web.call("PUT", "/builds/1/purpose", "ada", json={"purpose": "gift"}).json()["purpose"] == "gift"
    assert web.call("PUT", "/builds/9/purpose", "ada", json={"purpose": "gift"}).status_code == 404


@pytest.mark.parametrize("licence", ["CERN-OHL-S-2.0", None])
def test_a_piece_says_what_goes_with_it(web: Web, licence: str | None) -> None:
    offer = order(web, licence)
    if licence is None:
        web.post(f"/offers/{offer}/accept", "north", json={"licence_note": "it is ours"})
    piece = web.get("/pieces").json()["items"][0]["id"]
    notices = web.get(f"/pieces/{piece}/notices").json()
    assert notices["lines"] == [f"Licence: {notices['licence']}", "Source: /designs/1"]
    assert ("CERN-OHL-S-2.0, 4" in notices["asked_by"]) == (licence is not None)
    assert notices["licence"] == (licence or "none stated: all rights reserved, ask the designer")
    seen = web.get("/designs/1/licence").json()
    assert seen == {"licence": licence, "credit": None, "parts": [], "clashes": []}


def test_the_source_that_is_named_is_there_for_everybody(web: Web) -> None:
    """What a label calls the source of an uploaded design has all its files; without a licence for members."""
    web.town.upload(FOOT, licence="CERN-OHL-S-2.0")
    answer = web.get("/designs/1/archive")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {"design/foot.stl", "design/bom.csv"} <= set(archive.namelist())
    web.town.upload(FOOT, licence=None)
    assert web.get("/designs/2/archive").status_code == 403
    assert web.get("/designs/2/archive", "ada").status_code == 200
    assert web.get("/designs/3/archive").status_code == 404
