"""Events that are followed: from now on or behind one, over lost lines, each once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.client.following import server_events
from coordinator.client.problems import AwayError
from coordinator.schema.network import Role
from core.errors import FabcommonsError

from .conftest import Desk, Troubled, alone


class Cut(httpx.SyncByteStream):
    """Ends in the middle, with or without an error."""

    def __init__(self, text: str, *, lost: bool) -> None:
        self.text, self.lost = text, lost

    def __iter__(self) -> Iterator[bytes]:
        yield self.text.encode()
        if self.lost:
            raise httpx.ReadError("cut")


def event(number: int) -> str:
    told = {"id": number, "at": "2030-01-01T00:00:00Z", "kind": "a.b", "subject": "x 1", "who": "", "why": ""}
    data = json.dumps({**told, "data": {}})
    return f"id: {number}\nevent: a.b\ndata: {data}\n\n"


def stream(text: str, *, lost: bool = False) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Cut(text, lost=lost))


def test_events_come_as_they_happen(desk: Desk) -> None:
    client = desk.client()
    known = list(client.read_log())
    following = client.follow_events(after=known[-2].id)
    assert next(following) == known[-1]
    desk.web.join("new", Role.BUILDER)
    assert next(following).id > known[-1].id
    following.close()


def test_a_lost_line_is_taken_up_behind_the_last_event() -> None:
    pauses: list[float] = []
    half = event(3)[:20]
    answers = [stream(event(1) + event(2) + half, lost=True), stream(event(3)), stream(event(4))]
    transport = Troubled(before=list(answers))
    assert [each.id for each in islice(alone(transport, pauses).follow_events(after=0), 4)] == [1, 2, 3, 4]
    assert [each.headers["Last-Event-ID"] for each in transport.seen] == ["0", "2", "3"]
    assert len(pauses) == 2


def test_from_now_on_begins_where_the_log_ends() -> None:
    health = {"status": "ok", "version": "1", "simulated": False, "last_event": 41}
    transport = Troubled(before=[httpx.Response(200, json=health), httpx.ConnectError("away"), stream(event(42))])
    assert next(alone(transport).follow_events()).id == 42
    assert transport.seen[-1].headers["Last-Event-ID"] == "41"


def test_who_stays_away_is_given_up() -> None:
    transport = Troubled(before=[httpx.ConnectError("away") for _ in range(9)])
    with pytest.raises(AwayError):
        next(alone(transport).follow_events(after=0))
    assert len(transport.seen) == 3


def test_an_event_without_an_end_is_refused() -> None:
    with pytest.raises(FabcommonsError, match="without an end"):
        list(server_events(["data: " + "x" * 1_000_000] * 6))


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs", "Cc", "Zl", "Zp"]))))
def test_data_of_several_lines_comes_back(rows: list[str]) -> None:
    lines = [f"data: {row}" for row in rows] + [""]
    assert [each.data for each in server_events(lines)] == (["\n".join(rows)] if rows else [])
