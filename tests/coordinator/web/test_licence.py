"""The licence on a design's page: every maker and purpose, with reasons and duties by clause."""

from __future__ import annotations

from coordinator.web.licence import asked_by
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.web.test_pages import get


def words(licence: str | None) -> dict[tuple[str, str], str]:
    asked = asked_by(licence)
    return {
        (maker, purpose): case.words
        for maker, cases in asked.rows
        for purpose, case in zip(asked.purposes, cases, strict=True)
    }


def test_who_may_make_it_for_what() -> None:
    found = words("PPL")
    assert found["company", "sale"] == "ask first"
    assert found["cooperative", "sale"] == "yes, with duties"
    assert words("CC-BY-NC-4.0")["person", "sale"] == "no"
    assert set(words("CC0-1.0").values()) == {"yes"}
    assert set(words(None).values()) == {"ask first"}
    assert [str(each) for each in asked_by(None).reasons] == [
        "no licence is stated: all rights are reserved, ask the designer (no licence)"
    ]
    assert any(each.clause == "4" for each in asked_by("CERN-OHL-S-2.0").duties)


def test_the_page_of_a_design_says_it(web: Web) -> None:
    web.town.upload(licence=None)
    page = get(web, "/designs/1").text
    assert "What the licence asks of who makes it" in page
    assert "ask the designer" in page
