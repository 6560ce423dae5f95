"""`fabcommons event tail` and `build watch`: what happens, as it happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from coordinator.client.client import Client
from coordinator.client.nouns.builds import BuildView
from coordinator.client.nouns.events import EventView
from coordinator.client.values import plain
from coordinator.commands.output import console, error_console, print_json, say, warn
from coordinator.commands.remote import asked
from coordinator.commands.where import Where

__all__ = ["show", "tail", "watch"]


def show(where: Where, rows: int, after: int | None, *, as_json: bool) -> None:
    """Print events that have happened, the newest at the end.

    Args:
        where: which coordinator.
        rows: how many at most.
        after: the id of an event; those behind it. None for the newest.
        as_json: print JSON.
    """
    with asked(where) as client:
        found = client.list_events(rows, after)
    if as_json:
        print_json(plain(found))
    for event in () if as_json else found:
        _print_event(event, as_json=False)
    if after is not None and len(found) == rows:
        warn(f"There may be more: --after {found[-1].id}")


def tail(where: Where, after: int | None, count: int | None, *, as_json: bool) -> None:
    """Print events as they happen.

    Args:
        where: which coordinator.
        after: the id of the last one that is known; None for from now on.
        count: end after so many; None never to end.
        as_json: each as a JSON object on a line.
    """
    with asked(where) as client:
        for event in islice(client.follow_events(after), count):
            _print_event(event, as_json=as_json)


def watch(where: Where, build_id: int, *, as_json: bool) -> None:
    """Print how a build changes until it is no longer open.

    Args:
        where: which coordinator.
        build_id: of the build.
        as_json: each state of it as a JSON object on a line.

    Raises:
        UnknownError: there is no such build.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with asked(where) as client, Progress(*columns, console=error_console, transient=True) as shown:
        bar = shown.add_task(f"build {build_id}", total=None)
        for build in _changes(client, build_id):
            done, total = build.tasks.get("done", 0), sum(build.tasks.values())
            shown.update(bar, completed=done, total=total)
            if as_json:
                _line(json.dumps(plain(build), ensure_ascii=False))
            else:
                others = ", ".join(f"{count} {state}" for state, count in build.tasks.items() if count)
                planning = ", a new plan is being made" if build.planning else ""
                say(f"{build.quantity} x {build.design} is {build.state}: {done} of {total} done ({others}){planning}")


def _changes(client: Client, build_id: int) -> Iterator[BuildView]:
    """A build as it is, then each time that it is another, until it is no longer open."""
    last = client.read_health().last_event
    seen = client.read_build(build_id)
    yield seen
    if seen.state != "open":
        return
    for _ in client.follow_events(last):
        now = client.read_build(build_id)
        if now != seen:
            seen = now
            yield now
        if now.state != "open":
            return


def _print_event(event: EventView, *, as_json: bool) -> None:
    if as_json:
        _line(json.dumps(plain(event), ensure_ascii=False))
    else:
        why = f": {event.why}" if event.why else ""
        say(f"{event.id} {event.at:%Y-%m-%d %H:%M:%S} {event.kind} {event.subject} by {event.who}{why}")


def _line(text: str) -> None:
    """One line for programs, at once."""
    console.file.write(text + "\n")
    console.file.flush()
