"""The papers of a build, over HTTP: who made what, in an order in which it can be done."""

from __future__ import annotations

import io

from pypdf import PdfReader

from coordinator.papers.build import _sorted, labels_of, traveller_of
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare

ORIGIN = "https://fab.example"


def test_order_keeps_needs_and_else_the_list() -> None:
    assert list(_sorted([1, 2, 3, 4], [(4, 1), (3, 2)])) == [3, 2, 4, 1]
    assert list(_sorted([1, 2, 3], [])) == [1, 2, 3]


def test_a_traveller_has_every_task(web: Web) -> None:
    build = web.town.order()
    found = traveller_of(web.town.application, build.id, ORIGIN)
    assert found.title == "1 \u00d7 lamp"
    assert found.address == f"{ORIGIN}/builds/{build.id}"
    assert [each.what for each in found.steps if each.what in ("Foot", "Panel")] == ["Foot", "Panel"]
    assert [(what, amount) for what, amount, _ in found.bought] == [("Screw", "4")]
    assert "no plan" not in found.steps[0].where
    answer = web.get(f"/builds/{build.id}/traveller.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Foot" in text
    assert "http://test/builds/1" in text


def test_labels_are_of_what_is_made(web: Web) -> None:
    panels = web.town.upload("Panel,2,Manual cutting,Plywood,,", licence=None, note__txt="two of them")
    build, application = web.town.order(panels), web.town.application
    assert web.get(f"/builds/{build.id}/labels.pdf").status_code == 404
    offer = next(each for each in application.offers.all().items if each.verdict == "unknown")
    application.offers.answer(Call(web.town.people[offer.lab]), offer.id, accept=True, why="we measured it", licence_note="hers")
    job = next(each for each in application.jobs.all(build_id=build.id).items if each.task == "Panel")
    operator = Call(web.town.people[job.lab])
    application.jobs.start(operator, job.id)
    application.jobs.end(operator, job.id, made=True, why="")
    made = labels_of(application, build.id, ORIGIN)
    assert [each.address for each in made] == [f"{ORIGIN}/pieces/{each.id}" for each in job.pieces]
    assert made[0].title == "Panel"
    assert "Licence: none stated: all rights reserved, ask the designer" in made[0].notices
    for sheet in ("a4-24", "62x29"):
        answer = web.get(f"/builds/{build.id}/labels.pdf?sheet={sheet}&skip=23")
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(b"%PDF")
    assert web.get(f"/builds/{build.id}/labels.pdf?after={job.pieces[-1].id}").status_code == 404


def test_there_are_no_papers_of_no_build(web: Web) -> None:
    for paper in ("traveller", "labels"):
        assert web.get(f"/builds/9/{paper}.pdf").status_code == 404
