"""A rule is taken over, an income shared by it, a code proposed, spoken to and read: by forms alone."""

from __future__ import annotations

from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.api.conftest import Web
from tests.coordinator.web.test_acts import joined
from tests.coordinator.web.test_pages import check_page, get


def shown(web: Web, path: str) -> str:
    answer = get(web, path)
    assert answer.status_code == 200, answer.text
    check_page(answer)
    return answer.text


def test_a_rule_is_taken_over_adopted_and_an_income_shared_by_it(web: Web) -> None:
    town = web.town
    design = town.upload()
    dee = joined(web, Role.DESIGNER, name="dee")
    person = town.application.people.all(KEEPER, limit=200).items
    who = next(each.id for each in person if each.name == "dee")
    town.application.people.grant(Call(KEEPER), who, Role.MAINTAINER, "", design.id)
    address = f"/designs/{design.id}/benefits"
    assert "No rule was chosen yet" in shown(web, address)
    assert dee.post("/formulas/write", starter="buckets", design_id=str(design.id)).headers["location"] == "/formulas/1"
    assert "Buckets" in shown(web, "/formulas/1")
    assert dee.post("/formulas/1/propose", days="1").headers["location"] == "/proposals/1"
    assert "Share incomes by Buckets" in shown(web, "/proposals/1")
    town.clock.move(days=1)
    assert town.application.proposals.decide_due() == 1
    assert "Buckets" in shown(web, address)
    tried = dee.post(address, income="100,50", formula="1")
    assert tried.status_code == 200
    assert "100.50" in tried.text
    made = dee.post(
        f"/designs/{design.id}/distributions", income="100,50", source="<b>sold</b>", build_id="", key="a" * 32
    )
    assert made.headers["location"] == "/distributions/1"
    page = shown(web, "/distributions/1")
    assert "this is who gets it" in page
    assert "&lt;b&gt;sold&lt;/b&gt;" in page
    assert "reserve of the commons" in page
    assert "/distributions/1" in shown(web, address)


def test_a_code_is_proposed_spoken_to_and_read(web: Web) -> None:
    ada, ben = joined(web, Role.BUILDER, name="anna"), joined(web, Role.BUILDER, name="ben")
    assert "no code yet" in shown(web, "/code")
    assert ada.post("/proposals/code", text="Be kind.\n\n<i>Always</i>", days="3").status_code == 303
    assert "Give the network a code" in shown(web, "/proposals")
    assert ben.post("/proposals/1/speak", word="no", why="").status_code == 422
    assert ben.post("/proposals/1/speak", word="yes", why="gladly").status_code == 303
    assert "gladly" in shown(web, "/proposals/1")
    web.town.clock.move(days=3)
    web.town.application.proposals.decide_due()
    assert "&lt;i&gt;Always" in shown(web, "/code")
