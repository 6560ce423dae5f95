"""Pages and forms of what changes under a build, by whom may."""

from __future__ import annotations

import html
import re

import pytest

from coordinator.schema.builds import BuildState, DesignRow
from coordinator.schema.change import SubstitutionState
from coordinator.schema.network import Role
from coordinator.service.work.builds import BuildView
from machines.lab import FirstArticle
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program
from tests.coordinator.service.conftest import ROWS
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import check_page, get

NASTY = "<script>alert(1)</script>"


@pytest.fixture
def build(web: Web) -> BuildView:
    return web.town.order(first_article=FirstArticle.NEVER)


@pytest.fixture
def steward(web: Web) -> Browser:
    return joined(web, Role.STEWARD, name="stella")


def test_a_build_is_looked_at_then_cancelled(web: Web, build: BuildView, steward: Browser) -> None:
    path = f"/builds/{build.id}/cancel"
    assert "Only who ordered it" in get(web, path).text
    assert path not in get(web, f"/builds/{build.id}").text
    assert path in steward.get(f"/builds/{build.id}").text
    page = steward.get(path)
    check_page(page)
    assert "Cancel the build for good" in page.text
    assert "Screw" in page.text
    assert steward.post(f"/builds/{build.id}/cancellation", why=" ").status_code == 422
    stranger = joined(web, Role.BUILDER, name="bob")
    assert stranger.post(f"/builds/{build.id}/cancellation", why="mine").status_code == 403
    answer = steward.post(f"/builds/{build.id}/cancellation", why=NASTY, back=path)
    assert answer.headers["location"] == path
    assert web.town.application.builds.one(build.id).state is BuildState.CANCELLED
    for shown in (get(web, path), get(web, f"/builds/{build.id}")):
        check_page(shown)
        assert NASTY not in shown.text
        assert html.escape(NASTY) in shown.text
        assert "Cancel the build for good" not in shown.text


def test_a_newer_version_is_shown_and_decided(web: Web, build: BuildView, steward: Browser) -> None:
    newer = web.town.upload(
        f"Foot,2,3D printing,PLA,foot.stl,{NASTY}", "Panel,3,Manual cutting,Plywood,,", *ROWS[2:], "Rod,1,,,,Shop",
        foot__stl=block_stl(20, 20, 25), foot__gcode=print_program(),
    )  # fmt: skip
    path = f"/builds/{build.id}/versions/{newer.id}"
    assert path in get(web, f"/builds/{build.id}").text
    page = get(web, path)
    check_page(page)
    assert "is new" in page.text
    assert "2 piece → 3 piece" in page.text
    assert "Move wholly" not in page.text
    mine = steward.get(path)
    check_page(mine)
    assert "Move wholly" in mine.text
    assert steward.post(f"{path}/decide", choice="stay", why="not now").status_code == 303
    assert "you stay with what you have" in get(web, f"/builds/{build.id}").text
    compatible = {"older": str(build.design_id), "part": "fabricate:foot", "why": "it will do"}
    assert steward.post(f"/designs/{newer.id}/compatible", **compatible).status_code == 303
    assert "says a maintainer" in steward.get(path).text
    assert steward.post(f"{path}/decide", choice="parts").status_code == 422
    assert joined(web, Role.BUILDER, name="bob").post(f"{path}/decide", choice="move").status_code == 403
    assert steward.post(f"{path}/decide", choice="parts", part="fabricate:panel", back="/builds").status_code == 303
    assert web.town.application.builds.one(build.id).design_id == newer.id
    names = {task.name: task.quantity for task in web.town.application.tasks.of(build.id).items}
    assert names["Panel"] == 3
    assert "Rod" not in names


def test_a_lab_asks_and_who_may_decides(web: Web, build: BuildView, steward: Browser) -> None:
    foot = next(task.id for task in web.town.application.tasks.of(build.id).items if task.name == "Foot")
    path = f"/tasks/{foot}"
    check_page(get(web, path))
    assert "Ask to use something else" not in get(web, path).text
    operator = joined(web, Role.OPERATOR, "north", name="olga")
    page = operator.get(path)
    check_page(page)
    assert "Ask to use something else" in page.text
    sent = {"lab": "north", "kind": "material", "instead": "PETG", "why": NASTY}
    assert operator.post(f"{path}/substitutions", **sent).status_code == 303
    assert operator.post(f"{path}/substitutions", **{**sent, "lab": "south"}).status_code == 403
    (asked,) = web.town.application.changes.substitutions.all(build.id).items
    decide = f"/substitutions/{asked.id}/decide"
    assert decide not in operator.get(path).text
    for shown in (f"/builds/{build.id}", path):
        assert decide in steward.get(shown).text
        assert NASTY not in steward.get(shown).text
    assert operator.post(decide, yes="true").status_code == 403
    assert steward.post(decide, yes="true", why="it will do").status_code == 303
    assert web.town.application.changes.substitutions.one(asked.id).state is SubstitutionState.APPROVED
    assert "it will do" in get(web, path).text


def test_settings_are_set_on_the_page_of_a_task(web: Web, build: BuildView, steward: Browser) -> None:
    foot = next(task.id for task in web.town.application.tasks.of(build.id).items if task.name == "Foot")
    path = f"/tasks/{foot}"
    assert "Set it" not in get(web, path).text
    assert "Set it" in steward.get(path).text
    sent = {"infill_percent": "40,5", "layer_mm": "", "walls": "3", "supports": "yes", "orientation": "top down"}
    assert steward.post(f"{path}/settings", **sent, tolerance_mm="0.1", why="it broke").status_code == 303
    page = steward.get(path).text
    assert "infill 40.5 %, 3 walls, with supports, lying top down, ± 0.1 mm" in page
    assert "a person slices this one" in page
    assert "infill 40.5 %" in get(web, f"/builds/{build.id}").text
    for wrong in ({"infill_percent": "101"}, {"layer_mm": "3"}, {"walls": "0"}, {"orientation": "sideways"}):
        assert steward.post(f"{path}/settings", **wrong).status_code == 422, wrong
    assert joined(web, Role.BUILDER, name="bob").post(f"{path}/settings", walls="4").status_code == 403


def test_who_makes_a_job_finds_its_sheet(web: Web, build: BuildView) -> None:
    job = next(each for each in web.town.application.jobs.all(build_id=build.id).items if each.task == "Foot")
    page = get(web, f"/jobs/{job.id}/sheet")
    assert page.status_code == 200
    check_page(page)
    assert "PLA" in page.text
    assert "foot.gcode" in page.text


def test_questions_are_answered_on_the_page_of_the_design(web: Web, steward: Browser) -> None:
    design = web.town.upload("Foot,2,3D printing,,foot.stl,")
    page = steward.get(f"/designs/{design.id}")
    check_page(page)
    assert f"/designs/{design.id}/answers" in page.text
    assert f"/designs/{design.id}/answers" not in get(web, f"/designs/{design.id}").text
    sent = {"item": "material", "about": "material", "answer": "PLA"}
    refused = joined(web, Role.BUILDER, name="bob").post(f"/designs/{design.id}/answers", **sent)
    assert refused.status_code == 403
    answer = steward.post(f"/designs/{design.id}/answers", **sent)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] != f"/designs/{design.id}"
    answered = get(web, answer.headers["location"])
    check_page(answered)
    assert "Answered here" in answered.text
    assert "material: PLA" in answered.text
    assert steward.post(f"/designs/{design.id}/answers", item="Hat", about="quantity", answer="1").status_code == 422


def test_the_text_for_the_designer_stands_on_a_page(web: Web, build: BuildView) -> None:
    page = get(web, f"/designs/{build.design_id}/feedback")
    check_page(page)
    text = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1])  # type: ignore[index]
    told = web.town.application.changes.feedback.of(build.design_id)
    assert text.strip() == told.markdown.strip()
    assert "new issue" not in page.text


def test_a_design_of_a_known_forge_leads_to_its_new_issue(web: Web) -> None:
    design = web.town.upload()
    with web.town.application.house.store.transaction() as session:
        session.get_one(DesignRow, design.id).location = "https://github.com/maker/lamp.git"
    page = get(web, f"/designs/{design.id}/feedback").text
    assert 'href="https://github.com/maker/lamp/issues/new?title=' in page
