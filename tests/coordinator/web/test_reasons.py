"""Why each job stands where it does: on the schedule beside each bar, and on the job's own page, in every language."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from coordinator.schema.builds import JobState, OfferState
from coordinator.service.house import Call
from coordinator.service.reasons.places import PlaceCause, PlaceView
from coordinator.web.languages import LANGUAGES, language
from coordinator.web.reasons import reason_words
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.conftest import NOW
from tests.coordinator.web.test_pages import NASTY, check_page, get


@pytest.fixture
def planned(web: Web) -> dict[str, PlaceView]:
    """Why the jobs of a lamp stand where they do, by what they make; all of it is accepted."""
    web.town.order(
        web.town.upload(
            "Foot,3,3D printing,PLA,foot.stl,", f"Panel {NASTY},2,Manual cutting,Plywood,,", "Screw,4,,,,Shop"
        )
    )
    for offer in web.town.application.offers.all().items:
        if offer.state is OfferState.OFFERED:
            web.town.application.offers.answer(Call(web.town.people[offer.lab]), offer.id, accept=True, why="we can")
    return places(web)


def places(web: Web) -> dict[str, PlaceView]:
    jobs = sorted(web.town.application.jobs.all().items, key=lambda each: each.planned_start)
    found = web.town.application.places.of([each.id for each in jobs])
    return {f"{each.task} {number}": found[each.id] for number, each in enumerate(jobs)}


def test_each_job_names_what_keeps_it(web: Web, planned: dict[str, PlaceView]) -> None:
    """The first starts at once, the next on its machine after it, the assembly after the last of its parts."""
    feet = [each for name, each in planned.items() if name.startswith("Foot")]
    (lamp,) = [each for name, each in planned.items() if name.startswith("lamp")]
    assert feet[0].cause in (PlaceCause.PLANNED, PlaceCause.SHIFT)
    for earlier, later in pairwise(feet):
        assert (later.cause, later.what, later.until) == (PlaceCause.MACHINE, "Foot", earlier.end)
    assert lamp.cause is PlaceCause.PART
    assert lamp.part_at == max(each.end for name, each in planned.items() if not name.startswith("lamp"))
    assert lamp.terms == "north-bench does assembly"


def test_what_has_begun_waits_for_nothing(web: Web, planned: dict[str, PlaceView]) -> None:
    panel = next(each for name, each in planned.items() if name.startswith("Panel"))
    web.town.application.jobs.start(Call(web.town.people[panel.lab]), panel.job_id)
    assert web.town.application.jobs.one(panel.job_id).state is JobState.RUNNING
    assert web.town.application.places.one(panel.job_id).cause is PlaceCause.BEGUN


def test_the_schedule_says_why_beside_each_bar(web: Web, planned: dict[str, PlaceView]) -> None:
    answer = get(web, "/schedule?span=all&build=1")
    check_page(answer)
    assert answer.text.count("which is there") >= 2, "in the drawing and in the table"
    assert "Why then" in answer.text
    assert "no plan takes less" in answer.text
    for each in planned.values():
        assert f'href="/jobs/{each.job_id}"' in answer.text
        page = get(web, f"/jobs/{each.job_id}")
        check_page(page)
        assert "Why there" in page.text
    assert get(web, "/jobs/J99").status_code == 404


@pytest.mark.parametrize(("code", "text"), [("de", "Er wartet auf"), ("es", "Espera a")])
def test_the_chart_speaks_the_language_of_its_reader(
    web: Web, planned: dict[str, PlaceView], code: str, text: str
) -> None:
    page = get(web, "/schedule?span=all", **{"Accept-Language": code}).text
    assert text in page
    chart = page[page.index("<figcaption") : page.index("</figure>")]
    assert 'lang="en"' not in chart
    for english in ("machines", "waits for", ">closed<", ">Start<", ">planned<", "Mon 7 Jan"):
        assert english not in chart, english


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("cause", PlaceCause)
@pytest.mark.parametrize("rest_min", [-60, 0, 60])
def test_every_cause_has_words(code: str, cause: PlaceCause, rest_min: int) -> None:
    start = NOW + timedelta(minutes=rest_min)
    place = PlaceView(
        job_id="J1", build_id=1, task="lamp", pieces=1, lab="north", machine="bench", state=JobState.SCHEDULED,
        start=start, end=start, cause=cause, what="Foot", until=NOW, way_s=600, part=None, part_at=None, before=None,
        before_at=None, opens_at=None, planned_at=NOW, due_at=None, terms="it can",
    )  # fmt: skip
    told = reason_words(place, lambda at: f"{at:%H:%M}", language(code))
    assert told.endswith(".")
    assert "%" not in told
    assert ("Foot" in told) == (cause in (PlaceCause.PART, PlaceCause.MACHINE))
    timed = cause not in (PlaceCause.BEGUN, PlaceCause.PLANNED, PlaceCause.AGREED)
    assert ("09:00" in told) == timed
