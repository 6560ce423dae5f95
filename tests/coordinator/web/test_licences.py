"""Licences on pages: what is asked before work is taken, how it is settled, who permits, what builds are for."""

from __future__ import annotations

import re
from html import unescape

import pytest

from commons.licences.parties import Maker, Purpose
from coordinator.schema.builds import OfferState
from coordinator.schema.network import Role
from coordinator.service.house import Call
from coordinator.service.work.offers import OfferView
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.conftest import block_stl
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import get

FOOT = "Foot,1,3D printing,PLA,foot.stl,"
NC = "CC-BY-NC-4.0"
SENTENCE = "A company may not make it for sale: it may not be made for payment."


@pytest.fixture
def offer(web: Web) -> OfferView:
    """To a company, for sale, of a design that is not for sale."""
    entry = web.town.application.labs.one(web.town.people["north"], "north").entry
    web.town.application.labs.put_one(Call(web.town.people["north"]), "north", {**entry, "maker": "company"})
    web.town.order(web.town.upload(FOOT, licence=NC), purpose=Purpose.SALE)
    return next(each for each in web.town.application.offers.all().items if each.task == "Foot")


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("path", ["/labs/north", "/"])
def test_a_lab_reads_what_is_asked_and_says_how_it_is_settled(web: Web, offer: OfferView, path: str) -> None:
    north = joined(web, Role.OPERATOR, "north")
    page = north.get(path).text
    assert SENTENCE in text(page)
    assert f"it may not be made for payment ({NC}, 2(a)(1))" in text(page)
    open_ones = web.town.application.offers.all(lab="north", state=OfferState.OFFERED).items
    assert page.count('name="licence_note"') == len(open_ones) > 0
    assert ">Accept</button>" not in page, "nothing that could only be refused"
    assert page.count("Before your lab may accept it:") == 1, "once for the build"
    assert f'href="/designs/{web.town.application.builds.one(offer.build_id).design_id}"' in page
    assert "say what kind of maker" not in page, "the lab has said so"
    address = f"/offers/{offer.id}/answer"
    refused = north.post(address, yes="true", back=path)
    assert refused.status_code == 409
    assert "it may not be made for payment" in text(refused.text)
    north.post(address, yes="true", back=path, licence_note="we have a licence from the designer")
    assert web.town.application.offers.one(offer.id).state is OfferState.ACCEPTED
    assert north.get(path).text.count('name="licence_note"') == len(open_ones) - 1


def test_what_nobody_has_said_is_what_is_to_be_done(web: Web) -> None:
    web.town.order(web.town.upload(FOOT, licence=NC))
    offer = next(each for each in web.town.application.offers.all().items if each.task == "Foot")
    page = joined(web, Role.OPERATOR, offer.lab).get(f"/labs/{offer.lab}").text
    assert f'<a href="/labs/{offer.lab}/set-up">say what kind of maker your lab is</a>' in page
    assert f'<a href="/builds/{offer.build_id}">have whoever ordered it say what it is for</a>' in page
    assert ">Accept</button>" not in page


def test_everybody_sees_why_it_waits_and_only_the_lab_is_asked(web: Web, offer: OfferView) -> None:
    page = get(web, "/labs/north").text
    assert SENTENCE in text(page)
    assert "licence_note" not in page


def test_declining_asks_for_no_word(web: Web, offer: OfferView) -> None:
    north = joined(web, Role.OPERATOR, "north")
    page = north.get("/labs/north").text
    forms = re.findall(r'<form (?:(?!</form>).)*value="false".*?</form>', page, re.DOTALL)
    assert forms
    assert not any("licence_note" in each for each in forms)
    assert north.post(f"/offers/{offer.id}/answer", yes="false", back="/labs/north").status_code == 303
    assert web.town.application.offers.one(offer.id).state is OfferState.DECLINED


def test_who_takes_what_is_offered_elsewhere_reads_what_is_asked_of_the_own_lab(web: Web) -> None:
    web.town.order(web.town.upload("Panel,1,Manual cutting,Plywood,,", licence=None))
    offered = next(each for each in web.town.application.offers.all().items if each.task == "Panel")
    other = "south" if offered.lab == "north" else "north"
    page = joined(web, Role.OPERATOR, other).get("/").text
    assert "must ask before it may make it: no licence is stated" in text(page)
    assert 'name="licence_note"' in page


def test_what_is_open_to_all_asks_for_nothing(web: Web) -> None:
    web.town.order(web.town.upload("Panel,1,Manual cutting,Plywood,,", licence="CERN-OHL-S-2.0"))
    assert "where the complete source lies" not in get(web, "/").text
    lab = next(each.lab for each in web.town.application.offers.all().items if each.task == "Panel")
    page = joined(web, Role.OPERATOR, lab).get("/").text
    assert "A maker may make it, and must: tell everybody who gets one where the complete source lies" in text(page)
    assert "licence_note" not in page


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", "Ein Unternehmen darf es nicht für den Verkauf herstellen: es darf nicht gegen Bezahlung hergestellt"),
        ("es", "Una empresa no puede fabricarlo para la venta: no se puede fabricar por pago"),
    ],
)
def test_the_sentence_is_in_the_readers_language(web: Web, offer: OfferView, code: str, words: str) -> None:
    page = get(web, "/labs/north", **{"Accept-Language": code}).text
    assert words in text(page)


def test_a_steward_records_what_the_designer_permits_and_ends_it(web: Web, offer: OfferView) -> None:
    ste = joined(web, Role.STEWARD)
    assert "Record what the designer permits" in ste.get("/designs/1").text
    given = {"up_to": "sale", "note": "Ria <b>says</b> so", "lab": "", "back": "/designs/1"}
    assert ste.post("/designs/1/permissions", **given).status_code == 303
    page = get(web, "/designs/1").text
    assert "Ria &lt;b&gt;says&lt;/b&gt; so" in page
    assert "It holds no more" not in page
    web.town.plan()
    assert web.town.application.offers.one(offer.id).state is OfferState.ACCEPTED
    assert ste.post("/permissions/1/end", back="/designs/1").status_code == 303
    assert "ended" in text(get(web, "/designs/1").text)
    assert joined(web, Role.BUILDER, name="bo").post("/designs/1/permissions", **given).status_code == 403


def test_an_operator_permits_for_the_own_lab(web: Web, offer: OfferView) -> None:
    north = joined(web, Role.OPERATOR, "north")
    page = north.get("/designs/1").text
    assert '<option value="north">North</option>' in page
    assert '<option value="">all labs</option>' not in page
    north.post("/designs/1/permissions", up_to="sale", note="we bought a licence", lab="north", back="/designs/1")
    web.town.plan()
    assert web.town.application.offers.one(offer.id).state is OfferState.ACCEPTED


def order(builder: Browser, design: int, **fields: str) -> str:
    """Order by the page; returns where that leads."""
    page = builder.get(f"/designs/{design}").text
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert key is not None
    answer = builder.post(f"/designs/{design}/order", key=key[1], quantity="1", **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_who_orders_says_what_it_is_for(web: Web) -> None:
    ada, design = joined(web, Role.BUILDER), web.town.upload(FOOT, licence="MIT")
    assert re.search(r'<select name="purpose" required><option value="">choose</option>', ada.get("/designs/1").text)
    build = order(ada, design.id, purpose="gift")
    assert re.search(r"<dt>For</dt><dd>gift</dd>", ada.get(build).text)
    assert "Say what it is for" not in ada.get(build).text


def test_what_nobody_has_said_is_said_later_by_who_ordered_it(web: Web) -> None:
    ada, design = joined(web, Role.BUILDER), web.town.upload(FOOT, licence="MIT")
    build = order(ada, design.id)
    assert "nobody has said" in ada.get(build).text
    assert "Say what it is for" in ada.get(build).text
    assert "Say what it is for" not in get(web, build).text
    assert ada.post(f"{build}/purpose", purpose="own use", back=build).status_code == 303
    assert re.search(r"<dt>For</dt><dd>own use</dd>", ada.get(build).text)


def test_a_lab_says_what_kind_of_maker_it_is(web: Web) -> None:
    north = joined(web, Role.OPERATOR, "north")
    page = north.get("/labs/north/set-up").text
    assert re.search(r'<select name="maker"><option value="">not said</option>', page)
    sent = {"name": "North", "zone": "UTC", "mon": "08:00-18:00", "accepts": "automatically"}
    for maker in ("public body", ""):
        assert north.post("/labs/north/set-up", **sent, maker=maker).status_code == 303
        with web.town.application.house.reading() as session:
            network = web.town.application.house.networks.of(session)
        assert network is not None
        assert network.lab("north").maker is (Maker(maker) if maker else None)
        page = north.get("/labs/north/set-up").text
        assert ('<option value="public body" selected>' in page) == bool(maker)


def test_parts_with_licences_of_their_own_and_what_does_not_go_together(web: Web) -> None:
    files = {"other/foot.stl": "solid x\nendsolid x\n", "other/LICENSE": f"SPDX-License-Identifier: {NC}\n"}
    web.town.upload("Foot,1,3D printing,PLA,other/foot.stl,", licence="CERN-OHL-S-2.0", **files)
    page = text(get(web, "/designs/1").text)
    assert f"other/foot.stl {NC}" in page
    assert "Licences that do not go together" in page
    assert "(CERN-OHL-S-2.0, 3.3(d))" in page


@pytest.mark.parametrize(
    ("code", "words"), [("de", "das Ganze soll für jeden Zweck frei sein"), ("es", "el conjunto debe ser libre")]
)
def test_licences_that_do_not_go_together_say_so_in_the_readers_language(web: Web, code: str, words: str) -> None:
    beside = {"foot__stl": block_stl(20, 20, 20), "foot__stl__license": f"SPDX-License-Identifier: {NC}\n"}
    design = web.town.upload(FOOT, licence="CERN-OHL-S-2.0", **beside)
    page = get(web, f"/designs/{design.id}", **{"Accept-Language": code})
    assert f"{NC}: {words}" in text(page.text)
    assert "(CERN-OHL-S-2.0, 3.3(d))" in text(page.text)


def test_words_in_the_name_of_a_clause_are_translated(web: Web) -> None:
    design = web.town.upload(FOOT, licence="MIT")
    page = text(get(web, f"/designs/{design.id}", **{"Accept-Language": "de"}).text)
    assert "(MIT, der Absatz über Hinweise)" in page
    assert "the paragraph" not in page
