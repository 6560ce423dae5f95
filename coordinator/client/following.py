"""Server-sent events (WHATWG HTML, 9.2), taken up behind the last one where the line is lost."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx

from coordinator.client.caller import Caller
from coordinator.client.nouns.events import EventView
from coordinator.client.problems import AwayError
from coordinator.client.values import read
from core.errors import FabcommonsError

__all__ = ["ServerEvent", "follow", "server_events"]

_QUIET_S = 45.0  # the coordinator says something every 14 s
_MOST_CHARACTERS = 4 * 2**20


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream."""

    id: str
    kind: str
    data: str


def follow(caller: Caller, after: int | None = None) -> Iterator[EventView]:
    """Every event behind one, or from now on, in order, each once. It goes on until it is closed.

    Args:
        caller: sends the requests.
        after: the id of the last event that is known; None for from now on.

    Raises:
        FabcommonsError: the coordinator refuses.
        AwayError: it stays away for as many tries as the caller has patience.
    """
    last, failures = _last(caller) if after is None else after, 0
    while True:
        try:
            for event in _once(caller, last):
                failures, last = 0, event.id
                yield event
            failures += 1  # it ended in good order, as a coordinator that restarts does
            error = AwayError("the coordinator ends the stream of events again and again", where=caller.address)
        except AwayError as away:
            failures, error = failures + 1, away
        pause_s = caller.patience.pause_s(failures, None, random.random())  # noqa: S311 (no secret)
        if pause_s is None:
            raise error
        caller.pause(pause_s)


def server_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """The events of a stream of lines.

    Raises:
        FabcommonsError: one is larger than any of ours.
    """
    fields: dict[str, list[str]] = {}
    size = 0
    for line in lines:
        size += len(line)
        if size > _MOST_CHARACTERS:
            raise FabcommonsError("the coordinator sends an event without an end")
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            ids, kinds = fields.get("id", [""]), fields.get("event", ["message"])
            yield ServerEvent(ids[-1], kinds[-1], "\n".join(fields["data"]))
        fields, size = {}, 0


def _last(caller: Caller) -> int:
    """The newest event now, so that nothing is missed if the line is lost before the first one comes."""
    found = caller.json("GET", "/health")
    return int(found["last_event"])


def _once(caller: Caller, last: int) -> Iterator[EventView]:
    headers = {"Last-Event-ID": str(last), "Accept": "text/event-stream"}
    timeout = httpx.Timeout(10.0, read=_QUIET_S)
    with caller.stream("GET", "/events", headers=headers, timeout=timeout) as answer:
        for each in server_events(answer.iter_lines()):
            yield read(EventView, json.loads(each.data), "event")
