"""The form with which a lab gives the program that a job waits for."""

from __future__ import annotations

import pytest

from coordinator.schema.builds import JobState
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program
from tests.coordinator.web.test_acts import OURS, PASSWORD, Browser


@pytest.fixture
def job(web: Web, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("coordinator.service.planning.planner.with_toolpaths", lambda plan, *_: plan)
    web.town.order(web.town.upload("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20)))
    return web.town.application.jobs.all(state=JobState.WAITING_FOR_TOOLPATH).items[0].id


def logged_in(web: Web, who: str) -> Browser:
    web.call("PUT", "/account/password", who, json={"login": f"x-{who}", "password": PASSWORD})
    browser = Browser(web)
    browser._send("POST", "/log-in", data={"login": f"x-{who}", "password": PASSWORD}, headers=OURS)
    return browser


def give(browser: Browser, job: str, text: str, **headers: str) -> int:
    files = {"program": ("C:\\fakepath\\foot.gcode", text.encode(), "text/plain")}
    path = f"/jobs/{job}/program"
    return browser._send("POST", path, data={"back": "/labs/north"}, files=files, headers=headers or OURS).status_code


def test_it_stands_where_the_lab_sees_its_work_and_nobody_else_has_it(web: Web, job: str) -> None:
    mark = f'action="/jobs/{job}/program" enctype="multipart/form-data"'
    assert mark in logged_in(web, "north")._send("GET", "/labs/north").text
    assert mark not in logged_in(web, "south")._send("GET", "/labs/north").text
    assert mark not in Browser(web)._send("GET", "/labs/north").text


def test_what_is_sent_is_checked_and_scheduled(web: Web, job: str) -> None:
    north = logged_in(web, "north")
    assert give(north, job, print_program(nozzle_c=290)) == 422
    assert give(logged_in(web, "south"), job, print_program()) == 403
    assert give(north, job, print_program(), **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert web.get(f"/jobs/{job}").json()["state"] == "waiting for toolpath"
    assert give(north, job, print_program()) == 303
    made = web.get(f"/jobs/{job}").json()
    assert (made["state"], made["program"]) == ("scheduled", "foot.gcode")


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/x\r\nSet-Cookie: a=b"])
def test_it_leads_nowhere_else(web: Web, job: str, back: str) -> None:
    files = {"program": ("foot.gcode", print_program().encode(), "text/plain")}
    north = logged_in(web, "north")
    answer = north._send("POST", f"/jobs/{job}/program", data={"back": back}, files=files, headers=OURS)
    assert answer.status_code == 422
    assert web.get(f"/jobs/{job}").json()["state"] == "waiting for toolpath"
