"""How machines stand, on their pages: what is loaded, locks, reservations, upkeep, stock; said with forms."""

from __future__ import annotations

import pytest

from coordinator.schema.network import Role
from coordinator.service.house import Call
from coordinator.service.machinery.stock import StockView
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program
from tests.coordinator.web.test_acts import Browser, joined

MACHINE = "/machines/north-printer"
WALL = "2030-01-07T{:02d}:00"


@pytest.fixture
def operator(web: Web) -> Browser:
    return joined(web, Role.OPERATOR, "north", name="olga")


def sent(browser: Browser, path: str, back: str = MACHINE, **fields: str) -> None:
    """Send a form that is taken."""
    answer = browser.post(path, back=back, **fields)
    assert (answer.status_code, answer.headers.get("location")) == (303, back), answer.text


def items(web: Web) -> list[StockView]:
    return list(web.town.application.stock.all("north").items)


def add_spool(browser: Browser, name: str = "S-17", **fields: str) -> None:
    filled = {"kind": "spool", "name": name, "amount": "800", "material": "PLA", "low": "100"} | fields
    empty = dict.fromkeys(("diameter_mm", "thickness_mm", "length_mm", "width_mm", "colour"), "")
    sent(browser, "/labs/north/stock", "/labs/north", **empty, **filled)


def test_an_operator_fills_a_shelf_and_loads_a_machine(web: Web, operator: Browser) -> None:
    add_spool(operator)
    page = operator.get("/labs/north").text
    assert "S-17" in page
    assert "800 g" in page
    (item,) = items(web)
    sent(operator, f"{MACHINE}/load", stock_id=str(item.id), slot="0")
    page = operator.get(MACHINE).text
    assert "800 g left" in page
    assert "Take it off" in page
    sent(operator, f"/stock/{item.id}/correction", "/labs/north", left="60", why="weighed")
    assert '<span class="state asks">low</span>' in operator.get("/labs/north").text
    sent(operator, f"{MACHINE}/unload", place="material", slot="0")
    assert "Nobody has said what is loaded." in operator.get(MACHINE).text
    sent(operator, f"/stock/{item.id}/retirement", "/labs/north")
    assert items(web) == []


def test_a_job_that_may_not_start_says_why_and_a_person_may_let_it(web: Web, operator: Browser) -> None:
    add_spool(operator)
    town = web.town
    design = town.upload("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(9, 9, 9), foot__gcode=print_program())
    town.order(design)
    town.application.held.sweep()
    assert "load 1 g of PLA; nothing is loaded" in operator.get(MACHINE).text
    (held,) = town.application.held.all("north")
    refused = operator.post(f"/jobs/{held.job_id}/waiver", back=MACHINE, why="")
    assert refused.status_code == 422
    sent(operator, f"/jobs/{held.job_id}/waiver", why="the book is wrong")
    town.application.held.sweep()
    assert town.application.held.all("north") == []


def test_a_machine_is_locked_and_unlocked_with_a_reason(web: Web, operator: Browser) -> None:
    assert operator.post(f"{MACHINE}/lock", back=MACHINE, why="").status_code == 422
    sent(operator, f"{MACHINE}/lock", why="nozzle <clogged>", until=WALL.format(15))
    page = operator.get(MACHINE).text
    assert "nozzle &lt;clogged&gt;" in page
    assert "No job starts." in page
    lock = web.town.application.locks.of("north-printer")
    assert lock is not None
    assert str(lock.until) == "2030-01-07 15:00:00+00:00"
    sent(operator, f"{MACHINE}/unlock", why="cleaned")
    page = operator.get(MACHINE).text
    assert "No job starts." not in page
    assert "cleaned" in page


def test_upkeep_is_kept_in_mind_and_done(web: Web, operator: Browser) -> None:
    sent(operator, f"{MACHINE}/upkeep", name="grease", every_hours="200", every_days="", locks="true")
    sent(operator, f"{MACHINE}/upkeep", name="sweep", every_hours="", every_days="7")
    page = operator.get(MACHINE).text
    assert "every 200 h run, 200 h left" in page
    assert "locks the machine when it is due" in page
    for each in web.town.application.upkeep.of("north-printer"):
        sent(operator, f"/upkeep/{each.id}/done", why="as ever")
        sent(operator, f"/upkeep/{each.id}/end")
    assert web.town.application.upkeep.of("north-printer") == []
    sent(operator, f"{MACHINE}/care", why="new belt")
    assert "new belt" in operator.get(MACHINE).text
    assert operator.post(f"{MACHINE}/upkeep", back=MACHINE, name="x", every_hours="", every_days="").status_code == 422


def test_a_machine_is_reserved_by_the_clock_of_its_lab(web: Web, operator: Browser) -> None:
    times = {"starts": WALL.format(12), "ends": WALL.format(14)}
    sent(operator, f"{MACHINE}/reservations", **times, why="a course")
    assert "a course" in operator.get(MACHINE).text
    builder = joined(web, Role.BUILDER, name="bea")
    assert "a course" not in builder.get(MACHINE).text
    assert builder.post(f"{MACHINE}/reservations", back=MACHINE, **times).status_code == 403
    (made,) = web.town.application.reservations.all(web.town.people["north"]).items
    sent(operator, f"/reservations/{made.id}/end")
    assert "a course" not in operator.get(MACHINE).text


@pytest.mark.parametrize("wall", ["2030-02-30T10:00", "0001-01-01T00:00", "9999-01-01T00:00"])
def test_a_time_that_no_clock_shows_is_refused(operator: Browser, wall: str) -> None:
    answer = operator.post(f"{MACHINE}/reservations", back=MACHINE, starts=wall, ends=WALL.format(14))
    assert answer.status_code == 422


def test_the_hours_of_a_machine_stand_on_its_page(operator: Browser) -> None:
    page = operator.get(MACHINE).text
    assert "The last 30 days" in page
    assert "720 h" in page


def test_nobody_else_is_shown_a_form_or_heard(web: Web) -> None:
    web.town.application.locks.note(Call(web.town.people["north"]), "north-printer", "oiled")
    visitor = Browser(web)
    page = visitor.get(MACHINE).text
    for word in ("Lock it", "Reserve it", "Change spool", "Write it down"):
        assert word not in page
    assert "Put something into stock" not in visitor.get("/labs/north").text
    south = joined(web, Role.OPERATOR, "south", name="sven")
    for path, fields in (
        (f"{MACHINE}/lock", {"why": "x"}),
        (f"{MACHINE}/care", {"why": "x"}),
        ("/labs/north/stock", {"kind": "tool", "name": "bit"}),
        (f"{MACHINE}/upkeep", {"name": "x", "every_hours": "5"}),
    ):
        assert visitor.post(path, back="/", **fields).status_code == 401
        assert south.post(path, back="/", **fields).status_code == 403
        assert south.post(path, site="cross-site", back="/", **fields).status_code == 403
