"""The client against the real application: values, pages, tags, keys, refusals."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from coordinator.client.client import open_folder
from coordinator.client.problems import AwayError
from coordinator.schema.network import Role
from coordinator.service.refusals import (
    ChangedError,
    ForbiddenError,
    ReusedKeyError,
    UnauthenticatedError,
    UnknownError,
)
from core.errors import FabcommonsError, InputError, MissingToolError, StateError

from .conftest import Desk, Troubled, alone

BASE_ONLY = "alembic ezdxf fastapi lxml networkx numpy ortools psycopg pydantic scipy sqlalchemy starlette uvicorn"


def test_importing_the_client_loads_nothing_heavy() -> None:
    code = (
        f"import sys, coordinator.client.client\nprint([name for name in {BASE_ONLY.split()} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"


def test_an_order_goes_all_the_way(desk: Desk) -> None:
    design = desk.web.town.upload()
    ada = desk.client("ada")
    build = ada.order_build(design.id, quantity=2, due_at=datetime(2030, 2, 1, tzinfo=UTC), deliver_to="north")
    assert (build.design_id, build.quantity, build.deliver_to) == (design.id, 2, "north")
    assert build.due_at == datetime(2030, 2, 1, tzinfo=UTC)
    assert [each.id for each in ada.list_builds()] == [build.id]
    assert ada.read_design(design.id).content_sha256 == design.content_sha256


def test_lists_turn_their_own_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for count in range(12):
        desk.web.join(f"p{count}", Role.BUILDER)
    steward = desk.client("ste")
    monkeypatch.setattr(
        type(steward),
        "_pages",
        lambda self, kind, path, query, rows: super(type(steward), self)._pages(kind, path, query, 5),
    )
    before = len(desk.transport.seen)
    people = list(steward.list_people())
    assert len(people) == len({each.id for each in people}) == 17
    assert len(desk.transport.seen) - before == 4


def test_what_was_read_before_is_not_sent_again(desk: Desk) -> None:
    client = desk.client("north")
    first = client.read_lab("north")
    assert client.read_lab("north") == first
    assert desk.transport.seen[-1].headers["If-None-Match"] == client.tag("/labs/north")
    assert client.tag("/labs/north") is not None


def test_a_lab_is_written_over_what_was_read_only(desk: Desk) -> None:
    client = desk.client("north")
    client.read_lab("north")
    seen = client.tag("/labs/north")
    entry = {
        "id": "north",
        "name": "North",
        "timezone": "UTC",
        "opening_hours": {"daily": "08:00-18:00"},
        "machines": [],
    }
    client.store_lab("north", {**entry, "name": "Norte"}, if_match=seen)
    with pytest.raises(ChangedError):
        client.store_lab("north", entry, if_match=seen)


def test_a_lost_answer_does_not_make_a_second_order(desk: Desk) -> None:
    design = desk.web.town.upload()
    desk.transport.after = [httpx.ReadError("cut")]
    build = desk.client("ada").order_build(design.id)
    first, second = desk.transport.seen[-2:]
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.content == second.content
    assert [each.id for each in desk.client().list_builds()] == [build.id]
    assert len(desk.pauses) == 1


def test_a_key_of_ones_own_is_used(desk: Desk) -> None:
    design = desk.web.town.upload()
    ada = desk.client("ada")
    first = ada.order_build(design.id, key="order-17")
    assert ada.order_build(design.id, key="order-17").id == first.id
    with pytest.raises(ReusedKeyError):
        ada.order_build(design.id, quantity=9, key="order-17")


def test_what_has_no_key_is_sent_once(desk: Desk) -> None:
    desk.transport.after = [httpx.ReadError("cut")]
    with pytest.raises(AwayError, match="cannot be reached"):
        desk.client("ada").make_token("laptop", scopes=["builder"])
    assert desk.pauses == []
    assert len(list(desk.client("ada").list_tokens())) == 2  # the lost one was made: it could not be known


def test_what_never_arrived_is_sent_again_even_without_a_key(desk: Desk) -> None:
    desk.transport.before = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")]
    assert desk.client("ada").make_token("laptop", scopes=["builder"]).token.startswith("fab_")
    assert len(desk.pauses) == 2


@pytest.mark.parametrize(("status", "tries"), [(502, 3), (503, 3), (504, 3), (500, 1), (404, 1)])
def test_only_what_may_pass_is_tried_again(status: int, tries: int) -> None:
    transport = Troubled(before=[httpx.Response(status, text="proxy") for _ in range(9)])
    with pytest.raises(AwayError, match=f"no coordinator .status {status}"):
        alone(transport).read_health()
    assert len(transport.seen) == tries


def test_a_missing_program_is_not_waited_for() -> None:
    document = {"code": "missing-tool", "detail": "no slicer", "where": None, "hint": None}
    transport = Troubled(before=[httpx.Response(503, json=document)])
    with pytest.raises(MissingToolError, match="no slicer"):
        alone(transport).read_health()
    assert len(transport.seen) == 1


def test_what_the_coordinator_asks_to_wait_counts() -> None:
    document = {"code": "too-many", "detail": "too many requests"}
    health = {"status": "ok", "version": "1", "simulated": False, "last_event": 0}
    pauses: list[float] = []
    transport = Troubled(
        before=[httpx.Response(429, json=document, headers={"Retry-After": "7"}), httpx.Response(200, json=health)]
    )
    assert alone(transport, pauses).read_health().status == "ok"
    assert pauses == [7.0]
    transport = Troubled(before=[httpx.Response(429, json=document, headers={"Retry-After": "3600"})])
    with pytest.raises(FabcommonsError, match="too many"):
        alone(transport).read_health()
    assert len(transport.seen) == 1


def test_refusals_are_our_own_errors(desk: Desk) -> None:
    visitor = desk.client()
    with pytest.raises(UnauthenticatedError, match="a token is needed"):
        visitor.order_build(1)
    with pytest.raises(ForbiddenError):
        desk.client("des").order_build(1)
    with pytest.raises(UnknownError):
        visitor.read_build(99)
    with pytest.raises(InputError, match="quantity"):
        desk.client("ada").order_build(1, quantity=0)


def test_place_and_hint_stand_apart_and_are_said_once() -> None:
    document = {
        "code": "state",
        "detail": "offer 7: it is declined (look at another)",
        "where": "offer 7",
        "hint": "look at another",
    }
    with pytest.raises(StateError) as refused:
        alone(Troubled(before=[httpx.Response(409, json=document)])).read_offer(7)
    assert (refused.value.what, refused.value.where, refused.value.hint) == (
        "it is declined",
        "offer 7",
        "look at another",
    )
    assert str(refused.value) == document["detail"]


@pytest.mark.parametrize("name", ["../people", "a/b", "a?b=c", "a#b"])
def test_an_id_cannot_lead_elsewhere(desk: Desk, name: str) -> None:
    with pytest.raises(FabcommonsError):
        desk.client("ste").read_job(name)
    assert desk.transport.seen[-1].url.raw_path.startswith(b"/api/v1/jobs/")
    assert desk.transport.seen[-1].url.raw_path.count(b"/") == 4


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_id_that_names_nothing_is_not_sent(desk: Desk, name: str) -> None:
    with pytest.raises(FabcommonsError, match="names nothing"):
        desk.client("ste").read_job(name)
    assert desk.transport.seen == []


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"status": "ok", "version": "1", "simulated": False}, "says no last_event"),
        ({"status": 5, "version": "1", "simulated": False, "last_event": 0}, "answer.status"),
        ([], "answer"),
    ],
)
def test_an_answer_of_another_kind_is_said(document: object, what: str) -> None:
    with pytest.raises(FabcommonsError, match=what):
        alone(Troubled(before=[httpx.Response(200, json=document)])).read_health()


def test_a_newer_coordinator_may_say_more() -> None:
    document = {"status": "ok", "version": "9", "simulated": False, "last_event": 3, "mood": "fine"}
    assert alone(Troubled(before=[httpx.Response(200, json=document)])).read_health().last_event == 3


def test_a_file_comes_whole_or_not_at_all(desk: Desk, tmp_path: Path) -> None:
    design = desk.web.town.upload()
    (digest,) = desk.web.town.application.house.files.digests()
    target = tmp_path / "lamp.zip"
    desk.client().read_file(digest, target)
    assert target.read_bytes() == desk.web.town.application.house.files.path(digest).read_bytes()
    assert design.name == "lamp"
    target.unlink()
    with pytest.raises(FabcommonsError, match="not the one"):
        alone(Troubled(before=[httpx.Response(200, content=b"other")])).read_file(digest, target)
    assert [each.name for each in tmp_path.glob("*lamp.zip*")] == []


def test_a_folder_is_asked_as_a_coordinator_elsewhere(tmp_path: Path) -> None:
    with open_folder(tmp_path / "net") as keeper:
        assert keeper.read_health().status == "ok"
        code = keeper.invite("builder").code
        token = keeper.accept_invitation(code, "Ada").token
        with pytest.raises(StateError, match="another fabcommons"), open_folder(tmp_path / "net"):
            pass
    with open_folder(tmp_path / "net", token) as ada:
        assert ada.read_me().grants[0].role == "builder"
        with pytest.raises(ForbiddenError):
            ada.invite("builder")
