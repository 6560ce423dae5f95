"""A machine is steered from its page: buttons for its operators, a sentence before what cannot be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coordinator.schema.builds import RunOutcome
from coordinator.schema.network import Role
from coordinator.service.machinery.readings import Point, Seen
from coordinator.service.runs.attempts import WorkView
from coordinator.web.steering import HEIGHT, WIDTH, curves_of
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.conftest import NOW
from tests.coordinator.service.test_requests import running

from .test_acts import Browser, joined

PAGE = "/machines/north-printer"


@pytest.fixture
def at_work(web: Web) -> WorkView:
    """A job that an agent runs on the printer."""
    web.town.order()
    return running(web.town, web.town.application.tokens.actor(web.tokens["agent"]))


@pytest.fixture
def operator(web: Web) -> Browser:
    return joined(web, Role.OPERATOR, "north", name="olga")


def tell(web: Web, work: WorkView, state: str) -> None:
    """The agent tells what the machine does."""
    report = {"attempt_id": work.attempt_id, "fence": work.fence, "lines_done": 1, "lines_total": 9, "state": state}
    assert web.post("/agent/attempts/progress", "agent", json={"attempts": [report]}).status_code == 200


def test_its_operators_see_buttons_and_others_do_not(web: Web, at_work: WorkView, operator: Browser) -> None:
    tell(web, at_work, "running")
    assert "Stop now" in operator.get(PAGE).text
    assert "Pause" in operator.get(PAGE).text
    for stranger in (Browser(web), joined(web, Role.OPERATOR, "south", name="sue")):
        shown = stranger.get(PAGE)
        assert shown.status_code == 200
        assert "Stop now" not in shown.text
        assert "for operators" in stranger.get(f"{PAGE}/ask/stop-now").text
        assert stranger.post(f"{PAGE}/requests", kind="stop now").status_code in (401, 403)
    assert web.get("/machines/north-printer/requests").json() == []


def test_a_pause_is_asked_for_and_its_answer_shown(web: Web, at_work: WorkView, operator: Browser) -> None:
    tell(web, at_work, "running")
    assert operator.post(f"{PAGE}/requests", kind="pause", back=PAGE).headers["location"] == PAGE
    asked = web.post("/agent/requests", "agent", json={"known": [], "wait_s": 0}).json()
    (request,) = asked["requests"]
    assert (request["kind"], request["attempt_id"], request["fence"]) == ("pause", at_work.attempt_id, at_work.fence)
    assert 0 <= asked["waited_s"] < 60
    answer = {"done": True, "answer": "it comes to <rest>"}
    assert web.post(f"/agent/requests/{request['id']}/answer", "agent", json=answer).json()["state"] == "done"
    tell(web, at_work, "paused")
    shown = operator.get(PAGE).text
    assert "it comes to &lt;rest&gt;" in shown
    assert "Go on" in shown
    assert web.get(f"/jobs/{at_work.job_id}/requests").json()[0]["answer"] == "it comes to <rest>"


@pytest.mark.parametrize(
    ("what", "words"),
    [("cancel", "heaters, fan, spindle and laser go off"), ("stop-now", "the only safe stop"), ("home", "MOVES")],
)
def test_what_cannot_be_taken_back_is_explained_before(
    web: Web, at_work: WorkView, operator: Browser, what: str, words: str
) -> None:
    tell(web, at_work, "locked" if what == "home" else "running")
    assert f'href="{PAGE}/ask/{what}"' in operator.get(PAGE).text
    asked = operator.get(f"{PAGE}/ask/{what}").text
    assert words in asked
    sent = operator.post(f"{PAGE}/requests", kind=what.replace("-", " "), why="smoke", back=PAGE)
    assert sent.status_code == 303
    (request,) = web.get("/machines/north-printer/requests").json()
    assert (request["kind"], request["state"], request["why"]) == (what.replace("-", " "), "asked", "smoke")


def test_another_site_stops_no_machine(web: Web, at_work: WorkView, operator: Browser) -> None:
    tell(web, at_work, "running")
    assert operator.post(f"{PAGE}/requests", site="cross-site", kind="stop now").status_code == 403
    assert web.get("/machines/north-printer/requests").json() == []


def test_what_is_no_request_is_refused_in_words(web: Web, at_work: WorkView, operator: Browser) -> None:
    assert operator.post(f"{PAGE}/requests", kind="dance").status_code == 422
    assert operator.post(f"{PAGE}/requests", kind="cancel object", object="x y").status_code == 422
    refused = operator.post(f"{PAGE}/requests", kind="unlock")
    assert (refused.status_code, "does not wait to be unlocked" in refused.text) == (409, True)
    assert "nothing of this name" in operator.get(f"{PAGE}/ask/dance").text


def test_temperatures_are_shown_with_their_curve(web: Web, at_work: WorkView, operator: Browser) -> None:
    for step in range(3):
        seen = {
            "machine": "north-printer",
            "state": "running",
            "temperatures_c": {"T": [200 + step, 205], "B": [60, 60]},
        }
        assert web.post("/agent/readings", "agent", json={"readings": [seen]}).status_code == 204
        web.town.clock.move(seconds=10)
    shown = Browser(web).get(PAGE).text
    assert "202 °C of 205 °C" in shown
    assert shown.count('<svg class="spark"') == 2
    assert "is not known" not in shown
    web.town.clock.move(minutes=7)
    shown = operator.get(PAGE).text
    assert "This was 7 min ago: how warm it is now is not known." in shown
    assert 'class="heat stale"' in shown
    reading = web.get("/machines/north-printer/reading").json()
    assert (reading["state"], len(reading["history"])) == ("running", 3)


def test_work_from_outside_is_shown_and_escaped(web: Web) -> None:
    seen = Seen(machine="north-printer", state="busy outside", outside="<b>benchy</b>")
    web.town.application.readings.note(web.town.application.tokens.actor(web.tokens["agent"]), [seen])
    assert "&lt;b&gt;benchy&lt;/b&gt;, which was not sent from here" in Browser(web).get(PAGE).text


def test_after_the_end_there_is_nothing_to_steer(web: Web, at_work: WorkView, operator: Browser) -> None:
    agent = web.town.application.tokens.actor(web.tokens["agent"])
    end = web.town.application.attempts.end
    end(agent, at_work.attempt_id, at_work.fence, RunOutcome.FINISHED, lines=9, message="done")
    assert "Stop now" not in operator.get(PAGE).text
    assert "No agent runs a job" in operator.get(f"{PAGE}/ask/stop-now").text


def test_a_curve_lies_within_its_drawing() -> None:
    points = [
        Point(at=NOW + timedelta(seconds=10 * n), temperatures_c={"T": 20.0 + n * n, "B": 60.0}) for n in range(9)
    ]
    bed, nozzle = curves_of(points)
    assert (bed.heater, nozzle.heater, nozzle.lowest_c, nozzle.highest_c) == ("B", "T", 20.0, 84.0)
    for curve in (bed, nozzle):
        drawn = [tuple(map(float, each.split(","))) for each in curve.points.split()]
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)
        assert drawn[0][0] == 0
        assert drawn[-1][0] == WIDTH
    assert curves_of(points[:1]) == ()
