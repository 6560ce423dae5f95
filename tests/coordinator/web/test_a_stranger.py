"""What stopped somebody who came for the first time: each has its sentence or its button on the page now."""

from __future__ import annotations

import re

import pytest
import yaml

from bom.answers import Answer
from coordinator.schema.builds import JobState
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.tending import Tending
from coordinator.web.lab_entry import hours_by_day
from core.trees import processes
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import LABS
from tests.coordinator.web.test_acts import joined

PRINTER = "/machines/north-printer"
TO_BE_SAID = "Its next job starts when somebody at the machine has said this"
BUTTON = ">It is clear and loaded</button>"


@pytest.fixture
def armed(web: Web) -> Web:
    """The printer starts only after somebody has said that it is clear, and has work to begin."""
    labs = LABS.replace("unattended: true", "unattended: true\n        mode: armed")
    web.town.application.labs.put(Call(KEEPER), yaml.safe_load(labs))
    web.town.order()
    return web


def test_who_is_waited_for_is_told_and_what_was_said_is_seen(armed: Web) -> None:
    """The page of the machine asks for the word until it is given; lab and job say what is waited for."""
    operator = joined(armed, Role.OPERATOR, "north", name="olga")
    armed.town.clock.move(minutes=60)
    job = next(each for each in armed.town.application.jobs.all().items if each.machine == "north-printer")
    assert job.waits == "somebody at the machine is to say that it is clear and loaded"
    assert job.waits in operator.get("/labs/north").text
    page = operator.get(PRINTER).text
    assert (TO_BE_SAID in page, BUTTON in page) == (True, True)
    assert operator.post(f"{PRINTER}/clear", back=PRINTER).headers["location"] == PRINTER
    page = operator.get(PRINTER).text
    assert (TO_BE_SAID in page, BUTTON in page, "Said to be clear and loaded" in page) == (False, False, True)
    assert armed.town.application.jobs.one(job.id).waits is None
    agent = armed.town.agent("north")
    work = armed.town.application.attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    page = operator.get(PRINTER).text
    assert (TO_BE_SAID in page, BUTTON in page, "Said to be" in page) == (False, False, False)


def test_a_machine_that_needs_nobody_asks_for_no_word(web: Web) -> None:
    web.town.order()
    page = joined(web, Role.OPERATOR, "north", name="olga").get(PRINTER).text
    assert (TO_BE_SAID in page, BUTTON in page) == (False, False)
    assert "fused deposition modelling" in page  # what it can do, in words
    assert "220 \u00d7 220 \u00d7 250 mm" in page


def test_a_machine_of_which_nobody_knows_what_it_did_does_not_stand_still(armed: Web) -> None:
    application = armed.town.application
    operator = joined(armed, Role.OPERATOR, "north", name="olga")
    armed.town.clock.move(minutes=60)
    operator.post(f"{PRINTER}/clear", back=PRINTER)
    agent = armed.town.agent("north")
    work = application.attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    application.attempts.start(agent, work.attempt_id, work.fence)
    armed.town.real.move(minutes=5)
    Tending(application, failed=lambda error: None).keep()
    assert application.jobs.one(work.job_id).state is JobState.LOST_CONTACT
    page = operator.get(PRINTER).text
    assert "Scrap it, make it again" in page
    assert "It stands still." not in page


def test_an_operator_begins_at_the_lab_and_lets_a_program_in(web: Web) -> None:
    operator = joined(web, Role.OPERATOR, "south", name="olga")  # which looks where joining leads
    assert "stand still until a program beside them" in operator.get("/labs/south/set-up").text
    shown = operator.post("/labs/south/agents", name="raspberry", back="/labs/south/set-up")
    assert shown.status_code == 200
    token = re.search(r"FABCOMMONS_TOKEN=(fab_[\w-]+)", shown.text)
    assert token is not None
    actor = web.town.application.tokens.actor(token[1])
    assert [each.lab for each in actor.grants] == ["south"]
    page = operator.get("/labs/south/set-up").text
    assert "raspberry" in page
    assert "never heard of yet" in page
    assert token[1] not in page
    refused = joined(web, Role.BUILDER, name="bo").post("/labs/south/agents", name="x", back="/")
    assert refused.status_code == 403


def test_processes_stand_under_their_families(web: Web) -> None:
    page = joined(web, Role.OPERATOR, "north", name="olga").get("/labs/north/set-up").text
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)
    members = dict(groups)
    assert 'value="fdm"' in members[processes()["additive"].label]
    assert 'value="laser_cutting"' in members[processes()["cutting"].label]
    assert 'value="laser_cutting"' not in members[processes()["additive"].label]


def test_what_is_wrong_is_said_once_and_how_to_go_on(web: Web) -> None:
    operator = joined(web, Role.OPERATOR, "north", name="olga")
    refused = operator.post("/labs/north/machines", model="Prusa MK3S", way="marlin")
    assert refused.status_code == 422
    assert refused.text.count("a port or an address") == 1
    assert "Go back with your browser" in refused.text


def test_of_versions_of_a_design_the_newest_is_listed(web: Web) -> None:
    application = web.town.application
    first = web.town.upload("foot,2,print,PLA,foot.stl,", "nut,,buy,,,")
    question = first.questions[0]
    bea = joined(web, Role.BUILDER, name="bea")
    ada = Call(web.town.people["ada"])
    given = [Answer(question.item, question.about or question.question, "2")]
    second = application.changes.answering.answer(ada, first.id, given)
    listed = re.findall(r'href="/designs/(\d+)"', bea.get("/designs").text)
    assert listed == [str(second.id)]
    assert f'href="/designs/{second.id}"' in bea.get(f"/designs/{first.id}").text
    assert "older version" not in bea.get(f"/designs/{second.id}").text


def test_the_page_of_a_build_begins_with_what_is_to_be_bought(web: Web) -> None:
    build = web.town.order(web.town.upload("foot,2,print,PLA,foot.stl,", "nut,4,buy,,,"))
    steward = joined(web, Role.STEWARD, name="stella")
    assert '<a href="#bought">1 thing is to be bought</a>' in steward.get(f"/builds/{build.id}").text
    assert 'href="#bought"' not in joined(web, Role.DESIGNER, name="dee").get(f"/builds/{build.id}").text


def test_a_lab_that_never_closes_is_open_until_the_end_of_the_day() -> None:
    assert set(hours_by_day({"opening_hours": {"daily": "00:00-24:00"}}).values()) == {"00:00-24:00"}
