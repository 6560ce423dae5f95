"""The date that was asked for: planned for, said where it cannot be kept, and a reason to be planned first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coordinator.service.house import Call

from .conftest import NOW, Town
from .conftest import bare as bare
from .conftest import town as town


@pytest.mark.parametrize(("hours", "late"), [(-1, True), (300, False)])
def test_a_plan_that_ends_too_late_says_so(town: Town, hours: int, late: bool) -> None:
    build = town.order(due_at=NOW + timedelta(hours=hours))
    document = town.application.builds.plan(build.id).document
    found = [each for each in document["findings"] if each["code"] == "build-late"]
    assert len(found) == late, document["findings"]
    ends = max(each["end"] for each in document["runs"])
    assert (ends > (NOW + timedelta(hours=hours)).isoformat()) == late


def test_of_builds_that_wait_equally_long_the_most_urgent_is_planned_first(town: Town) -> None:
    design = town.upload()
    days = (None, 30, 3, 9)
    ids = {
        each: town.application.builds.order(
            Call(town.people["ada"]), design.id, 1, due_at=None if each is None else NOW + timedelta(days=each)
        ).id
        for each in days
    }
    planned = [town.application.planner.plan_next() for _ in days]
    assert planned == [ids[3], ids[9], ids[30], ids[None]]
