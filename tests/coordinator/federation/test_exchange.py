"""Two networks tell each other what is public: pulled over a line on which somebody sits, or carried on a stick."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from commons.federation.canonical import canonical
from commons.federation.documents import DocumentKind, Signer, read_document
from commons.federation.keys import words_of
from coordinator.schema.builds import DesignRow, TaskRow, TaskState
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.api.test_http import problem
from tests.coordinator.service.test_whole_life import finish

from .conftest import Network, tampered

Item = dict[str, Any]


def documents(network: Network, after: int = 0) -> list[Item]:
    return list(network.web.get(f"/federation/documents?after={after}&limit=200").json()["items"])


def test_a_design_goes_from_one_network_to_another(north: Network, south: Network) -> None:
    north.listen_to(south)
    assert north.pull() == {"neighbour": "south", "new": 1, "known": 0, "refused": 0, "reasons": []}
    (heard,) = north.heard()
    design = south.web.get("/designs/1").json()
    body = heard["body"]
    assert (body["name"], body["licence"]) == (design["name"], design["licence"])
    assert body["content_sha256"] == design["content_sha256"]
    assert heard["here"] is None
    brought = north.web.post(f"/federation/heard/{heard['id']}/bring-in", "ada")
    assert brought.status_code == 201, brought.text
    ours = brought.json()
    assert ours["content_sha256"] == design["content_sha256"]
    assert ours["location"] == "south: lamp"
    assert north.heard()[0]["here"] == ours["id"]
    origin = north.application.federation.bringing.origin(ours["id"])
    assert origin is not None
    assert (origin.neighbour, origin.key, origin.subject) == ("south", south.key, "design/1")
    north.web.town.order(north.application.designs.one(ours["id"]))
    assert {each["name"] for each in north.web.get("/tasks").json()["items"]} >= {"Foot", "Panel", "Screw"}
    assert north.web.post(f"/federation/heard/{heard['id']}/bring-in", "ada").json()["id"] == ours["id"]


def test_a_pull_goes_on_where_the_last_one_ended(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.pull()
    assert north.pull() == {"neighbour": "south", "new": 0, "known": 0, "refused": 0, "reasons": []}
    last = south.web.get("/federation").json()["newest"]
    assert f"after={last}&" in str(north.asked[-1].url)
    for number in range(60):
        with south.application.house.store.transaction() as session:
            session.get_one(DesignRow, 1).name = f"lamp {number}"
        south.publish()
    assert len(documents(south)) == 1, "of each subject the newest is kept"
    assert north.pull()["new"] == 1
    assert [each["body"]["name"] for each in north.heard()] == ["lamp 59"]


def test_many_documents_come_in_pages(north: Network, south: Network) -> None:
    for quantity in range(2, 62):
        south.web.town.upload(f"Screw,{quantity},,,,Shop", x__txt="x")
    south.publish()
    north.listen_to(south)
    assert north.pull()["new"] == 61
    assert len([each for each in north.asked if "documents" in str(each.url)]) == 2
    assert north.web.get("/federation/neighbours").json()[0]["documents"] == 61


def test_what_is_read_has_a_tag(south: Network) -> None:
    answer = south.web.get("/federation/documents")
    assert south.web.get("/federation/documents", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_only_designs_are_published_before_a_steward_says_more(south: Network) -> None:
    south.web.town.order(south.application.designs.one(1))
    assert {each["kind"] for each in documents(south)} == {"design"}
    assert south.publish("design", "plan")["kinds"] == ["design", "plan"]
    assert {each["kind"] for each in documents(south)} == {"design", "plan"}
    assert south.publish("plan")["kinds"] == ["plan"]
    assert {each["kind"]: each["body"] is None for each in documents(south)} == {"plan": False, "design": True}
    problem(south.web.call("PUT", "/federation", "ste", json={"kinds": ["key"]}), 422, "input")
    problem(south.web.call("PUT", "/federation", "ada", json={"kinds": []}), 403, "forbidden")


def test_what_is_private_stays(north: Network, south: Network) -> None:
    """Neither persons nor addresses, whatever is published; plans say when what is expected."""
    entry = south.web.town.application.labs.one(south.web.town.people["ste"], "north").entry
    entry = {**entry, "contact": {"email": "door@north.example"}, "address": {"street": "Back Lane 7"}}
    south.application.labs.put_one(Call(KEEPER), "north", entry, None)
    build = south.web.town.order(south.application.designs.one(1))
    south.web.call("PUT", f"/builds/{build.id}/address", "ada", json={"address": "Under The Bridge 3"})
    with south.application.house.store.transaction() as session:
        task = next(each for each in session.query(TaskRow) if each.kind == "fabricate")
        task.state, task.reason = TaskState.UNPLACEABLE, "ada says so"
        task_id = task.id
    south.publish("design", "offer", "plan", "attestation")
    text = json.dumps(documents(south))
    people = [each.id for each in south.web.town.people.values()]
    for private in ("door@", "Back Lane", "Bridge", "example.org", "ada", *people):
        assert private not in text, private
    north.listen_to(south)
    north.pull()
    (wanted,) = north.heard("offer")
    assert wanted["subject"] == f"task/{task_id}"
    assert wanted["body"]["process"]
    (plan,) = north.heard("plan")
    assert plan["body"]["quantity"] == 1
    assert plan["body"]["expected"] > "2030-01-07"
    assert {each["part"] for each in plan["body"]["tasks"]} >= {"Foot", "Panel", "Screw"}


def test_what_was_made_is_attested(north: Network, south: Network) -> None:
    town = south.web.town
    for lab in ("north", "south"):
        south.web.join(lab, Role.OPERATOR, lab)
    finish(town, town.agent("north"), town.order(south.application.designs.one(1)).id)
    assert south.publish("design", "attestation")["documents"] == 2
    north.listen_to(south)
    assert north.pull()["new"] == 2
    (heard,) = north.heard("attestation")
    assert {each["part"]: each["made"] for each in heard["body"]["facts"]} == {"Foot": 2, "Panel": 2, "lamp": 1}


# -- trust


def test_a_key_that_nobody_compared_counts_for_nothing(north: Network, south: Network) -> None:
    added = north.listen_to(south, key=False)
    assert added["confirmed_at"] is None
    problem(north.web.post("/federation/neighbours/south/pull", "ste"), 409, "state")
    assert north.application.federation.pulling.due() == []
    path = "/federation/neighbours/south/confirm"
    answer = problem(north.web.post(path, "ste", json={"words": "lusab-babad"}), 422, "input")
    assert "not the words of its key" in answer
    words = south.web.get("/federation").json()["words"]
    assert words == added["words"] == words_of(south.key)
    typed = words.upper().replace("-", " ")
    assert north.web.post(path, "ste", json={"words": typed}).json()["confirmed_at"]
    assert north.pull()["new"] == 1


def test_an_address_that_shows_another_key_is_refused(north: Network, south: Network) -> None:
    north.listen_to(south, "other")
    north.web.call("DELETE", "/federation/neighbours/other", "ste")
    body = {"url": "https://south.example", "public_key": Signer.new().network}
    answer = problem(north.web.post("/federation/neighbours", "ste", json=body), 422, "input")
    assert "another key" in answer
    north.publish()
    mine = {"url": "", "public_key": north.key, "name": "me"}
    assert "our own" in problem(north.web.post("/federation/neighbours", "ste", json=mine), 422, "input")


@pytest.mark.parametrize("url", ["http://x.example", "https://127.0.0.1", "https://localhost", "https://x.example/y",
                                 "https://u:p@x.example", "https://x.example:22", "file:///etc/passwd"])  # fmt: skip
def test_an_address_inside_is_not_asked(north: Network, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = [(2, 1, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr("coordinator.service.reaching.outside.socket.getaddrinfo", lambda *_, **__: place)
    problem(north.web.post("/federation/neighbours", "ste", json={"url": url}), 422, "input")


def test_a_new_key_is_followed_where_the_old_one_signs_it(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.pull()
    old = south.key
    answer = south.web.post("/federation/key", "ste").json()
    assert answer["key"] != old
    assert north.pull()["refused"] == 0
    assert north.web.get("/federation/neighbours").json()[0]["key"] == answer["key"]
    assert [each["number"] for each in north.heard()] == [answer["newest"]]
    late = documents(south)
    assert [each["network"] for each in late] == [old, answer["key"]]
    north.web.call("DELETE", "/federation/neighbours/south", "ste")
    north.listen_to(south)
    assert north.pull()["refused"] == 0, "who begins with the new key is not confused by the old one"
    assert len(north.heard()) == 1


def test_a_stolen_way_cannot_hand_over_to_its_own_key(north: Network, south: Network) -> None:
    north.listen_to(south)
    mallory = Signer.new()

    def hand_over(items: list[Item]) -> list[Item]:
        body = {"key": mallory.network, "accepted": "{}"}
        now = north.web.town.real.now()
        return [*items, json.loads(mallory.sign(DocumentKind.KEY, "key", 2**50, now, body).data)]

    north.changes.append(tampered(hand_over))
    north.pull()
    assert north.web.get("/federation/neighbours").json()[0]["key"] == south.key


# -- what is refused


def signed(network: Network, number: int, *, subject: str = "design/1", body: Any = None, **later: float) -> Item:
    """A document of a network, as only it could make it; by its clock, which may be wrong."""
    at = network.web.town.real.now()
    return dict(
        json.loads(network.signer().sign(DocumentKind.DESIGN, subject, number, at + timedelta(**later), body).data)
    )


def refused(north: Network, why: str) -> None:
    """The pull took nothing wrong, and the steward reads why."""
    told = north.pull()
    assert told["refused"] == 1, told
    assert why in told["reasons"][0]
    assert why in north.refused()[0]
    assert why in north.web.get("/federation/neighbours").json()[0]["last_answer"]
    problem(north.web.get("/federation/refused", "ada"), 403, "forbidden")


def test_a_document_that_was_changed_on_its_way_is_refused(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.changes.append(tampered(lambda items: [{**each, "body": {**each["body"], "name": "bomb"}} for each in items]))
    refused(north, "the signature does not hold")
    assert north.heard() == []
    north.changes.clear()
    assert north.pull()["new"] == 1, "what was lost to somebody on the line is asked for again"


def test_a_document_of_somebody_else_is_refused(north: Network, south: Network) -> None:
    north.listen_to(south)
    mallory = Signer.new()
    now = north.web.town.real.now()
    forged = json.loads(mallory.sign(DocumentKind.DESIGN, "design/1", 10**14, now, {"name": "bomb"}).data)
    north.changes.append(tampered(lambda items: [*items, forged]))
    refused(north, "do not listen to")
    north.changes[:] = [tampered(lambda items: [{**forged, "network": south.key}])]
    refused(north, "the signature does not hold")
    assert [each["body"]["name"] for each in north.heard()] == ["lamp"]


def test_a_replayed_document_is_refused(north: Network, south: Network) -> None:
    north.listen_to(south)
    old = documents(south)
    north.pull()
    with south.application.house.store.transaction() as session:
        session.get_one(DesignRow, 1).name = "a safer lamp"
    south.publish()
    north.pull()
    north.changes.append(tampered(lambda items: [*old, *items]))
    refused(north, "a replay")
    assert [each["body"]["name"] for each in north.heard()] == ["a safer lamp"]


def test_a_document_from_the_future_is_refused(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.changes.append(tampered(lambda items: [*items, signed(south, 10**14, hours=2)]))
    refused(north, "from the future")


def test_a_document_that_is_too_large_is_refused(north: Network, south: Network) -> None:
    north.listen_to(south)
    large = documents(south)[0]
    large["body"] = {"x": "x" * 2**20}
    north.changes.append(tampered(lambda items: [large]))
    refused(north, "at most 1024 KiB")


def test_an_answer_that_is_too_large_is_not_read(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.changes.append(lambda body: body + b" " * 2**24)
    answer = problem(north.web.post("/federation/neighbours/south/pull", "ste"), 413, "too-large")
    assert "larger than" in answer


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"items": 3}', b'{"items":[],"items":[]}', b"0.5", b"\xff\x00"])
def test_what_is_no_page_of_documents_is_refused(north: Network, south: Network, body: bytes) -> None:
    north.listen_to(south)
    north.changes.append(lambda _: body)
    problem(north.web.post("/federation/neighbours/south/pull", "ste"), 422, "input")
    assert len(north.refused()) == 1
    assert north.heard() == []


def test_two_documents_with_one_number_are_kept_flagged_and_not_used(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.pull()
    number = documents(south)[0]["number"] + 1
    twins = [signed(south, number, body={"name": name, "content_sha256": "0" * 64}) for name in ("brass", "steel")]
    north.changes.append(tampered(lambda items: twins))
    assert north.pull()["refused"] == 0
    heard = north.heard()
    assert {(each["body"]["name"], each["in_conflict"]) for each in heard} == {("brass", True), ("steel", True)}
    for each in heard:
        problem(north.web.post(f"/federation/heard/{each['id']}/bring-in", "ada"), 409, "state")
    assert north.web.get("/federation/neighbours").json()[0]["contradictions"] == 2
    assert "neighbour.contradicts" in [each.kind for each in north.application.log.after(0, 9999)]
    north.changes[:] = [tampered(lambda items: [signed(south, number + 1, body={"name": "brass, as we meant"})])]
    north.pull()
    assert [(each["body"]["name"], each["in_conflict"]) for each in north.heard()] == [("brass, as we meant", False)]


def test_an_archive_that_is_not_what_was_told_is_not_brought_in(north: Network, south: Network) -> None:
    north.listen_to(south)
    north.pull()
    (heard,) = north.heard()
    path = f"/federation/heard/{heard['id']}/bring-in"
    north.changes.append(lambda body: body[:-1] + bytes([body[-1] ^ 1]))
    assert "hash is another" in problem(north.web.post(path, "ada"), 422, "input")
    north.changes[:] = [lambda body: body + b"x"]
    problem(north.web.post(path, "ada"), 413, "too-large")
    north.changes.clear()
    assert north.web.post(path, "ada").status_code == 201


def test_a_document_that_lies_about_its_content_is_not_brought_in(north: Network, south: Network) -> None:
    north.listen_to(south)
    body = {**documents(south)[0]["body"], "content_sha256": "f" * 64}
    lie = signed(south, documents(south)[0]["number"] + 1, body=body)
    north.changes.append(tampered(lambda items: [lie]))
    north.pull()
    north.changes.clear()
    path = f"/federation/heard/{north.heard()[0]['id']}/bring-in"
    assert "not those of which" in problem(north.web.post(path, "ada"), 422, "input")


def test_a_neighbour_that_is_away_is_asked_again_later(north: Network, south: Network) -> None:
    north.listen_to(south)
    real, pulling = north.web.town.real, north.application.federation.pulling
    assert pulling.due() == ["south"]

    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("10.0.0.7 refused", request=request)

    north.web.app.state.reach._transport = lambda: httpx.MockTransport(nobody)
    waits = []
    for _ in range(9):
        answer = problem(north.web.post("/federation/neighbours/south/pull", "ste"), 409, "state")
        assert "10.0.0.7" not in answer
        minutes = 0
        while pulling.due() == []:
            real.move(minutes=15)
            minutes += 15
        waits.append(minutes)
    assert waits == [15, 30, 60, 120, 240, 480, 720, 720, 720]


def test_leaving_takes_all_away_but_what_was_brought_in(north: Network, south: Network) -> None:
    south.web.town.upload("Screw,9,,,,Shop", x__txt="x")
    south.publish()
    north.listen_to(south)
    north.pull()
    brought = north.web.post(f"/federation/heard/{north.heard()[0]['id']}/bring-in", "ada").json()
    north.changes.append(tampered(lambda items: [{"x": 1}]))
    north.pull()
    assert north.web.call("DELETE", "/federation/neighbours/south", "ste").status_code == 200
    assert north.web.get("/federation/neighbours").json() == north.heard() == north.refused() == []
    assert north.web.get(f"/designs/{brought['id']}").status_code == 200
    origin = north.application.federation.bringing.origin(brought["id"])
    assert origin is not None
    assert origin.neighbour == "south"
    problem(north.web.post("/federation/neighbours/south/pull", "ste"), 404, "unknown")


def test_a_document_of_ours_is_what_any_reader_of_the_form_takes(south: Network) -> None:
    (item,) = documents(south)
    read = read_document(canonical(item), now=south.web.town.real.now(), where="x")
    assert read.network == south.key
    assert read.body["archive"]["path"] == f"/api/v1/files/{read.body['archive']['sha256']}"
    assert south.web.get(read.body["archive"]["path"].removeprefix("/api/v1")).status_code == 200
