"""What would change if a machine stopped: asked on the schedule, answered, and nothing is different afterwards."""

from __future__ import annotations

from datetime import timedelta

from coordinator.schema.network import Role
from tests.coordinator.api.conftest import Web
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import get


def test_a_machine_is_tried_out_to_stop_and_nothing_is_stored(web: Web) -> None:
    web.town.order()
    application = web.town.application
    before = application.builds.plan(1)
    builder = joined(web, Role.BUILDER, name="bea")
    newest = application.log.newest()
    assert "What would change if this stopped" in builder.get("/schedule").text
    shown = builder.post("/schedule", machine="north-printer", hours="48").text
    assert "If Printer stopped for 48 h" in shown
    assert "later" in shown
    assert "Foot" in shown
    (build,) = application.trials.stopped(web.town.people["ada"], "north-printer", 48).builds
    assert build.end is not None
    assert build.new_end is not None
    assert timedelta(hours=40) < build.new_end - build.end < timedelta(hours=60)
    assert "Foot" in {each.task for each in build.moved}
    assert (application.log.newest(), application.builds.plan(1)) == (newest, before)


def test_who_is_nobody_and_what_is_no_machine_are_refused(web: Web) -> None:
    assert "What would change" not in get(web, "/schedule").text
    assert Browser(web).post("/schedule", machine="north-printer", hours="4").status_code == 401
    builder = joined(web, Role.BUILDER, name="bea")
    assert builder.post("/schedule", machine="nowhere", hours="4").status_code == 404
    assert builder.post("/schedule", machine="north-printer", hours="1000").status_code == 422
    assert "No work that is planned hangs on it." in builder.post("/schedule", machine="north-printer", hours="4").text
