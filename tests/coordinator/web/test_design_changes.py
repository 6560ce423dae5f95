"""A fork is proposed to its origin by forms alone: its maintainer sees what differs, takes it over, or says why not."""

from __future__ import annotations

from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_benefit_pages import shown
from tests.coordinator.web.test_pages import get


def forked(web: Web) -> tuple[Browser, Browser]:
    """A lamp that dee maintains, and fay who has forked it as design 2."""
    web.town.upload()
    dee, fay = joined(web, Role.DESIGNER, name="dee"), joined(web, Role.DESIGNER, name="fay")
    who = next(each.id for each in web.town.application.people.all(KEEPER, limit=200).items if each.name == "dee")
    web.town.application.people.grant(Call(KEEPER), who, Role.MAINTAINER, "", 1)
    assert fay.post("/designs/1/fork", name="Fay's lamp", why="").headers["location"] == "/designs/2"
    return dee, fay


def test_a_fork_is_proposed_and_taken_over(web: Web) -> None:
    dee, fay = forked(web)
    assert "Propose it as a change of another design" not in get(web, "/designs/2").text
    page = fay.get("/designs/2").text
    assert 'name="design_id" type="number" min="1" required value="1"' in page, "the origin is known"
    made = fay.post("/designs/2/propose", design_id="1", why="it <b>stands</b> firmer")
    assert made.headers["location"] == "/design-changes/1"
    page = shown(web, "/design-changes/1")
    assert "it &lt;b&gt;stands&lt;/b&gt; firmer" in page
    assert "0 parts change" in page
    assert "It waits for a maintainer" in page
    assert 'action="/design-changes/1/decide"' not in page
    assert "Take it back" in fay.get("/design-changes/1").text
    assert "It waits for you." in dee.get("/designs/1").text
    assert fay.post("/design-changes/1/decide", yes="true", back="/design-changes/1").status_code == 403
    assert 'action="/design-changes/1/decide"' in dee.get("/design-changes/1").text
    assert dee.post("/design-changes/1/decide", yes="true", why="", back="/design-changes/1").status_code == 303
    assert 'href="/designs/3"' in shown(web, "/design-changes/1")
    assert "accepted" in shown(web, "/designs/3")
    assert "Proposed to others" in shown(web, "/designs/2")


def test_it_is_declined_with_a_reason_that_everybody_reads(web: Web) -> None:
    dee, fay = forked(web)
    fay.post("/designs/2/propose", design_id="1", why="better")
    refused = dee.post("/design-changes/1/decide", yes="false", why="", back="/design-changes/1")
    assert refused.status_code == 422
    assert dee.post("/design-changes/1/decide", yes="false", why="it tips over", back="/x").status_code == 303
    assert "it tips over" in shown(web, "/design-changes/1")
    assert "it tips over" in shown(web, "/designs/1")
    assert get(web, "/design-changes/99").status_code == 404


def test_what_is_decided_about_a_design_stands_on_its_page(web: Web) -> None:
    dee, _ = forked(web)
    build = web.town.order(web.town.application.designs.one(1))
    assert "What is decided about it" not in get(web, "/designs/1").text
    dee.post("/formulas/write", starter="equal", design_id="1")
    dee.post("/formulas/1/propose", days="1")
    page = shown(web, "/designs/1")
    assert 'id="decided"' in page
    assert 'href="/proposals/1"' in page
    assert 'href="/designs/1#decided"' in shown(web, f"/builds/{build.id}")
