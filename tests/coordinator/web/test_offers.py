"""Many offers of one build: what their licence asks stands once, one button accepts all that nobody need look at."""

from __future__ import annotations

import re
from html import unescape

import pytest
import yaml

from commons.licences.parties import Purpose
from coordinator.schema.builds import OfferState
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.work.offers import Hindrance, OfferView
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.conftest import LABS, block_stl
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.service.conftest import town as town
from tests.coordinator.web.test_acts import joined
from tests.coordinator.web.test_pages import get

PRINTED = tuple(f"{each},1,3D printing,PLA,{each.lower()}.stl," for each in ("Foot", "Side", "Knob"))
FILES = {f"{each}__stl": block_stl(20, 20, size) for each, size in (("foot", 20), ("side", 15), ("knob", 10))}
GRIP = "Grip,1,Manual cutting,Plywood,,"  # of no known size: whether the bench can make it is in doubt
SENTENCE = "A maker may make it, and must: tell everybody who gets one where the complete source lies"


def asked(town: Town) -> None:
    """One lab, that is asked before it makes anything."""
    document = yaml.safe_load(LABS.replace("automatically", "asks"))
    document["labs"], document["transport"] = document["labs"][:1], []
    town.application.labs.put(Call(KEEPER), document)


def offered(town: Town, *more: str, licence: str | None = "CERN-OHL-S-2.0", **how: object) -> list[OfferView]:
    """Order parts that the north can print; gives the offers."""
    asked(town)
    town.order(town.upload(*PRINTED, *more, licence=licence, **FILES), **how)
    found = town.application.offers.all(state=OfferState.OFFERED).items
    assert {each.lab for each in found} == {"north"}
    return found


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_all_of_a_build_is_accepted_at_once_and_each_is_a_job(town: Town) -> None:
    offers = offered(town)
    made = town.application.offers.accept_all(Call(town.people["north"], "k", b"x"), "north", 1, "we can")
    assert [each.offer_id for each in made.taken] == [each.id for each in offers]
    assert made.left == []
    jobs = {each.id: each for each in town.application.jobs.all().items}
    assert {each.job_id for each in made.taken} == set(jobs)
    accepted = [each for each in town.application.log.after(0, 9999) if each.kind == "offer.accepted"]
    assert {(each.who, each.why) for each in accepted} == {(town.people["north"].id, "we can")}
    assert len(accepted) == len(offers) > 3
    again = town.application.offers.accept_all(Call(town.people["north"], "k", b"x"), "north", 1, "we can")
    assert again == made, "the same answer for the same key"
    assert town.application.offers.accept_all(Call(town.people["north"]), "north", 1, "").taken == []


def test_what_is_in_doubt_or_not_settled_is_left_and_says_why(town: Town) -> None:
    offers = offered(town, licence=None)
    made = town.application.offers.accept_all(Call(town.people["north"]), "north", 1, "we can")
    assert made.taken == []
    assert {each.hindrance for each in made.left} == {Hindrance.LICENCE}
    assert all("no licence is stated" in each.why for each in made.left)
    assert town.application.offers.acceptable("north", [1]) == {}
    assert len(town.application.offers.all(state=OfferState.OFFERED).items) == len(offers)


def test_a_machine_that_perhaps_cannot_is_looked_at_by_itself(town: Town) -> None:
    offers = offered(town, GRIP)
    doubtful = [each for each in offers if each.verdict != "yes"]
    assert [each.task for each in doubtful] == ["Grip"]
    assert town.application.offers.acceptable("north", [1]) == {1: len(offers) - 1}
    made = town.application.offers.accept_all(Call(town.people["north"]), "north", 1, "we can")
    assert len(made.taken) == len(offers) - 1
    assert [(each.offer_id, each.hindrance) for each in made.left] == [(doubtful[0].id, Hindrance.VERDICT)]
    assert made.left[0].why == doubtful[0].terms


def test_only_operators_of_the_lab_and_only_what_there_is(town: Town) -> None:
    offered(town)
    accept_all = town.application.offers.accept_all
    with pytest.raises(ForbiddenError):
        accept_all(Call(town.people["south"]), "north", 1, "")
    with pytest.raises(ForbiddenError):
        accept_all(Call(town.people["ada"]), "north", 1, "")
    with pytest.raises(UnknownError):
        accept_all(Call(town.people["north"]), "north", 9, "")
    assert town.application.jobs.all().items == []


def test_an_offer_of_another_build_or_lab_is_left_alone(town: Town) -> None:
    offered(town)
    town.order(town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    town.application.offers.accept_all(Call(town.people["north"]), "north", 1, "")
    assert {each.build_id for each in town.application.jobs.all().items} == {1}
    assert {each.build_id for each in town.application.offers.all(state=OfferState.OFFERED).items} == {2}


@pytest.mark.parametrize("path", ["/labs/north", "/"])
def test_the_text_stands_once_and_one_button_takes_all(web: Web, path: str) -> None:
    offers = offered(web.town)
    operator = joined(web, Role.OPERATOR, "north")
    page = operator.get(path).text
    assert text(page).count(SENTENCE) == 1
    assert f"Accept all {len(offers)} for North" in text(page)
    assert "Accept all" not in get(web, path).text, "that is not for visitors"
    answer = operator.post("/labs/north/offers/accept", build="1", why="we can", back=path)
    assert answer.status_code == 200
    assert f"{len(offers)} offers accepted" in text(answer.text)
    assert all(each.task in answer.text for each in offers)
    assert f'<a href="{path}">Back</a>' in answer.text
    assert "/offers/" not in operator.get(path).text


def test_the_page_says_what_still_waits_and_why(web: Web) -> None:
    offers = offered(web.town, GRIP)
    operator = joined(web, Role.OPERATOR, "north")
    assert f"Accept all {len(offers) - 1} for North" in text(operator.get("/labs/north").text)
    page = text(operator.post("/labs/north/offers/accept", build="1", back="/labs/north").text)
    assert "1 still waits for an answer of its own" in page
    assert "Grip whether the machine can make it is in doubt" in page
    assert "Accept all" not in operator.get("/labs/north").text
    stranger = joined(web, Role.BUILDER, name="bo")
    assert stranger.post("/labs/north/offers/accept", build="1", back="/").status_code == 403


def test_what_is_to_be_settled_first_stands_once_too(web: Web) -> None:
    offers = offered(web.town, licence="CC-BY-NC-4.0", purpose=Purpose.SALE)
    page = joined(web, Role.OPERATOR, "north").get("/labs/north").text
    assert page.count("Before your lab may accept it:") == 1
    assert page.count('name="licence_note"') == len(offers), "each says by itself how it is settled"
    assert "Accept all" not in page


@pytest.mark.parametrize(("code", "words"), [("de", "annehmen"), ("es", "Aceptar las")])
def test_the_button_speaks_the_readers_language(web: Web, code: str, words: str) -> None:
    offers = offered(web.town)
    operator = joined(web, Role.OPERATOR, "north")
    operator.post("/language", language=code, back="/")
    (button,) = re.findall(rf"<button[^>]*>([^<]*{len(offers)}[^<]*)</button>", operator.get("/labs/north").text)
    assert words in button
