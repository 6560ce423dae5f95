"""The agent's own page: read by all, acted on with its password only, and never through another site."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from agent.client import Client, Sight
from agent.control import Act, Control
from agent.devices import Bench, MachineAddress
from agent.journal import Step
from agent.page import Page, PageAddress, serve_page
from agent.page_text import EXPLAINED
from agent.protocol import read_work
from agent.stand import Stand
from agent.station import Station, StationFolder
from agent.telling import Telling
from core.errors import InputError
from firmware_bridge.device import Progress, RunState

from .test_control import Machine
from .test_station import document

PASSWORD = "horse battery"  # noqa: S105 - of nobody
NASTY = "<script>alert(1)</script>"


class Visitor:
    """Asks the page as a browser does."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, method: str, path: str, *, host: str = "127.0.0.1", site: str = "", **fields: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Host": f"{host}:{self._port}", "Content-Type": "application/x-www-form-urlencoded"}
        if site:
            headers["Sec-Fetch-Site"] = site
        try:
            connection.request(method, path, urlencode(fields) if method == "POST" else None, headers)
            answer = connection.getresponse()
            self.headers = dict(answer.getheaders())
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def visited(
    folder: Path, work: Callable[[Visitor, Machine, Stand], None], telling: list[Telling] | None = None
) -> Machine:
    """Have a page of a station with one machine at work, and somebody who visits it from another thread."""
    machine = Machine()

    async def scene() -> None:
        client = Client("http://test", "token", httpx.MockTransport(lambda _: httpx.Response(500)))
        station = Station(client, StationFolder(folder), Bench(folder / "machines"), frozenset())
        stand = station._stands["mill"] = Stand(Bench(folder / "machines"), MachineAddress("mill", "grbl", "virtual"))
        control = Control(lambda what, who: stand.journal.write("J1", Step.ASKED, what=what, who=who), lambda _: None)
        control.begin(machine)  # type: ignore[arg-type] # as much of a device as is asked for
        control.see(Progress(1, 4, RunState.RUNNING))
        stand.control, stand.work = control, read_work({**document("J1"), "machine": "mill", "what": NASTY})
        stand.progress = Progress(1, 4, RunState.RUNNING)
        stand.journal.write("J1", Step.STARTED)
        station.steering.begin(stand.work, control)
        if telling is not None:
            telling.append(station.telling)
        server, address = serve_page(Page(station, asyncio.get_running_loop(), PASSWORD), PageAddress(port=0))
        try:
            await asyncio.to_thread(work, Visitor(int(address.split(":")[2].strip("/"))), machine, stand)
        finally:
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            await stand.close()
            station._leases.close()
            await client.close()

    asyncio.run(scene())
    return machine


def test_it_shows_machines_jobs_and_the_journal_without_scripts(tmp_path: Path) -> None:
    def work(visitor: Visitor, _: Machine, stand: Stand) -> None:
        status, text = visitor.ask("GET", "/")
        assert status == 200
        assert "&lt;script&gt;" in text
        assert "<script" not in text
        assert "25 %" in text
        assert "J1 started" in text
        assert "has not answered yet" in text
        policy = visitor.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert visitor.headers["X-Content-Type-Options"] == "nosniff"
        assert stand.control is not None
        stand.control.see(Progress(1, 4, RunState.PAUSED))
        assert "Go on" in visitor.ask("GET", "/")[1]

    visited(tmp_path, work)


def test_a_machine_whose_job_has_ended_is_not_shown_running(tmp_path: Path) -> None:
    hot = Sight("mill", "running", "", {"T": (205.0, 210.0)})
    of_station: list[Telling] = []

    def work(visitor: Visitor, _: Machine, stand: Stand) -> None:
        assert stand.work is not None
        (telling,) = of_station
        telling.seen["mill"] = hot
        assert "<p>nozzle 205 of 210" in visitor.ask("GET", "/")[1]
        telling.end(stand.work)
        stand.journal.write("J1", Step.FINISHED, message="finished")
        stand.work = stand.control = stand.progress = None
        text = visitor.ask("GET", "/")[1]
        assert "<strong>idle</strong>" in text
        assert "when its last job ended: nozzle 205 of 210" in text
        assert "J1 finished</li>" in text

    visited(tmp_path, work, of_station)


@pytest.mark.parametrize("act", [Act.STOP, Act.CANCEL, Act.PAUSE])
def test_who_has_the_password_acts_once_told_what_it_will_do(tmp_path: Path, act: Act) -> None:
    path = f"/mill/{act.value.replace(' ', '-')}"

    def work(visitor: Visitor, _: Machine, stand: Stand) -> None:
        status, text = visitor.ask("GET", path)
        assert status == 200
        assert EXPLAINED[act].means.split(".")[0] in text
        assert re.search(f"<form method='post' action='{path}'>", text)
        assert visitor.ask("POST", path, password=PASSWORD)[0] == 200
        assert [entry.facts["who"] for entry in stand.journal.tail(1)] == ["the agent's page"]

    machine = visited(tmp_path, work)
    assert machine.done == [{Act.STOP: "stop", Act.CANCEL: "cancel", Act.PAUSE: "pause"}[act]]


def test_nobody_acts_without_the_password_and_guessing_is_slow(tmp_path: Path) -> None:
    def work(visitor: Visitor, _: Machine, __: Stand) -> None:
        assert visitor.ask("POST", "/mill/stop-now")[0] == 409
        for guess in ("", "x", PASSWORD[1:], PASSWORD.upper()):
            assert "wrong" in visitor.ask("POST", "/mill/stop-now", password=guess)[1]
        assert "too many" in visitor.ask("POST", "/mill/stop-now", password=PASSWORD)[1]

    assert visited(tmp_path, work).done == []


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"site": "cross-site"}, 421),
        ({"site": "same-site"}, 421),
        ({"host": "localhost", "site": "same-origin"}, 200),
        ({"host": "192.168.1.7"}, 200),
    ],
)
def test_it_answers_to_its_own_names_and_forms_only(tmp_path: Path, how: dict[str, str], status: int) -> None:
    def work(visitor: Visitor, _: Machine, __: Stand) -> None:
        assert visitor.ask("POST", "/mill/stop-now", password=PASSWORD, **how)[0] == status
        assert visitor.ask("GET", "/", **{**how, "site": ""})[0] == (421 if "evil" in how.get("host", "") else 200)

    assert visited(tmp_path, work).done == (["stop"] if status == 200 else [])


@pytest.mark.parametrize(
    "path", ["/mill/dance", "/other/stop-now", "/mill/../../etc/passwd", "/x/y/z", "//evil.example/"]
)
def test_there_is_no_other_page(tmp_path: Path, path: str) -> None:
    def work(visitor: Visitor, _: Machine, __: Stand) -> None:
        assert visitor.ask("GET", path)[0] == 404
        assert visitor.ask("POST", path, password=PASSWORD)[0] in (404, 409)

    assert visited(tmp_path, work).done == []


def test_a_large_or_odd_form_is_refused(tmp_path: Path) -> None:
    def work(visitor: Visitor, _: Machine, __: Stand) -> None:
        assert visitor.ask("POST", "/mill/stop-now", password=PASSWORD, more="x" * 5000)[0] == 404
        many: dict[str, Any] = {f"f{number}": "x" for number in range(20)}
        assert visitor.ask("POST", "/mill/stop-now", password=PASSWORD, **many)[0] == 404

    assert visited(tmp_path, work).done == []


def test_two_visitors_are_served_at_once(tmp_path: Path) -> None:
    found: list[int] = []

    def work(visitor: Visitor, _: Machine, __: Stand) -> None:
        threads = [threading.Thread(target=lambda: found.append(visitor.ask("GET", "/")[0])) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    visited(tmp_path, work)
    assert found == [200] * 4


def test_an_address_is_read_or_refused() -> None:
    assert PageAddress.parse("8485") == PageAddress("127.0.0.1", 8485)
    assert PageAddress.parse("0.0.0.0:80") == PageAddress("0.0.0.0", 80)  # noqa: S104 - what a person may say
    assert PageAddress.parse("[::1]:80") == PageAddress("::1", 80)
    for odd in ("", "x", ":", ":80", "x:y", "1:70000"):
        with pytest.raises(InputError):
            PageAddress.parse(odd)
    named = PageAddress("127.0.0.1", 1, frozenset({"bench.lan"}))
    assert named.knows("bench.lan:1")
    assert not named.knows("bench.lan.evil.example")
    assert not named.knows("")
