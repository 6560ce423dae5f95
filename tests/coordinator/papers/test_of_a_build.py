"""The papers of a build, over HTTP: who made what, in an order in which it can be done."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from commons.licences.parties import Purpose
from coordinator.papers.build import _sorted, labels_of, traveller_of
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import PRINTED
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
    application.offers.answer(
        Call(web.town.people[offer.lab]), offer.id, accept=True, why="we measured it", licence_note="hers"
    )
    job = next(each for each in application.jobs.all(build_id=build.id).items if each.task == "Panel")
    operator = Call(web.town.people[job.lab])
    application.jobs.start(operator, job.id)
    application.jobs.end(operator, job.id, made=True, why="")
    made = labels_of(application, build.id, ORIGIN)
    assert [each.address for each in made] == [f"{ORIGIN}/pieces/{each.id}" for each in job.pieces]
    assert made[0].title == "Panel"
    assert "Licence: none stated: all rights reserved, ask the designer" in made[0].notices
    for sheet in ("a4-24", "62x29"):
        printed = web.get(f"/builds/{build.id}/labels.pdf?sheet={sheet}&skip=23")
        assert printed.status_code == 200, printed.text
        assert printed.content.startswith(b"%PDF")
    assert web.get(f"/builds/{build.id}/labels.pdf?after={job.pieces[-1].id}").status_code == 404


def test_there_are_no_papers_of_no_build(web: Web) -> None:
    for paper in ("traveller", "labels"):
        assert web.get(f"/builds/9/{paper}.pdf").status_code == 404


def text_of(paper: bytes) -> str:
    """All that a PDF says, without the breaks of its lines."""
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages).replace("\n", "")


OKH = 'okhv = "OKH-LOSHv1.0"\nname = "Lamp"\nlicensor = "Ria Example <ria@example.org>"\n'


def made(web: Web, licence: str, **files: str) -> int:
    """A build of one panel under a licence, made; returns its id."""
    build = web.town.order(web.town.upload("Panel,1,Manual cutting,Plywood,,", licence=licence, **files))
    application = web.town.application
    offer = next(each for each in application.offers.all().items if each.verdict == "unknown")
    operator = Call(web.town.people[offer.lab])
    application.offers.answer(operator, offer.id, accept=True, why="we measured it")
    job = next(each for each in application.jobs.all(build_id=build.id).items if each.task == "Panel")
    application.jobs.start(operator, job.id)
    application.jobs.end(operator, job.id, made=True, why="")
    return build.id


@pytest.mark.parametrize("sheet", ["a4-24", "62x29"])
def test_a_label_carries_what_the_licence_demands(web: Web, sheet: str) -> None:
    """CERN-OHL-S-2.0, 4: who gets a product is told where its complete source lies."""
    build = made(web, "CERN-OHL-S-2.0", okh__toml=OKH)
    text = text_of(web.get(f"/builds/{build}/labels.pdf?sheet={sheet}").content)
    for each in ("Licence: CERN-OHL-S-2.0", "Source: http://test/designs/1", "Design by: Ria Example"):
        assert each in text
    assert "ria@example.org" not in text
    (piece,) = [each["id"] for each in web.get("/pieces").json()["items"] if each["task"] == "Panel"]
    assert web.get(f"/pieces/{piece}/notices").json()["lines"][-1] == "Design by Ria Example"


def test_a_traveller_names_licences_clauses_and_parts_with_their_own(web: Web) -> None:
    files = {
        "other/foot.stl": PRINTED["foot__stl"],
        "other/foot.gcode": PRINTED["foot__gcode"],
        "other/LICENSE": "SPDX-License-Identifier: CC-BY-4.0\n",
    }
    design = web.town.upload("Foot,1,3D printing,PLA,other/foot.stl,", licence="CERN-OHL-S-2.0", **files)
    build = web.town.order(design, purpose=Purpose.GIFT)
    found = traveller_of(web.town.application, build.id, ORIGIN)
    facts = dict(found.facts)
    assert facts["For"] == "gift"
    assert "CERN-OHL-S-2.0" in facts["Licence"]
    assert "CC-BY-4.0" in facts["Licence"]
    assert "CERN-OHL-S-2.0, 4" in facts["Goes along, by"]
    assert [each.licence for each in found.steps if each.what == "Foot"] == ["CC-BY-4.0"]
    text = text_of(web.get(f"/builds/{build.id}/traveller.pdf").content)
    assert "CC-BY-4.0, 3(a)(1)(A)" in text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", ("Lizenz", "Quelle", "Für", "Geschenk", "Wo und wann", "Seite 1", "gedruckt")),
        ("es", ("Licencia", "Para", "regalo", "Dónde y cuándo", "página 1", "impreso")),
    ],
)
def test_papers_are_in_the_language_of_who_asks(web: Web, code: str, words: tuple[str, ...]) -> None:
    build = web.town.order(purpose=Purpose.GIFT)
    answer = web.get(f"/builds/{build.id}/traveller.pdf", headers={"Accept-Language": code})
    assert "Accept-Language" in answer.headers["vary"]
    text = text_of(answer.content)
    assert [each for each in words if each.casefold() not in text.casefold()] == []
    assert "Where and when" not in text
