"""Tables stay readable on a phone; bars that are compared begin in one line; the next thing to do is seen at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coordinator.schema.network import Role
from tests.coordinator.service.conftest import Town
from tests.coordinator.web.browsing import Visit, invite, order

PHONE = {"width": 360, "height": 740}
SHREDDED = """[...document.querySelectorAll("td, th")].filter((cell) => cell.innerText.trim().length > 3
  && getComputedStyle(cell).display !== "none" && cell.closest("thead") === null
  && cell.getBoundingClientRect().width < 30).map((cell) => cell.innerText)"""
CUT = """[...document.querySelectorAll("table.stack")].filter((table) => table.scrollWidth
  > table.parentElement.clientWidth + 1).length"""
SHARES = """(sums) => { document.querySelector("main").innerHTML = '<ul class="shares">' + sums.map((each) =>
  '<li class="card"><details><summary><span class="who">' + each[0] + '</span>'
  + '<progress max="1000" value="300"></progress><strong><span class="sum">' + each[1] + '</span></strong>'
  + ' <span class="quiet">' + each[2] + '</span> <span class="asked">' + each[3] + 'why?</span></summary>'
  + '</details></li>').join("") + "</ul>";
  return [...document.querySelectorAll("progress")].map((bar) => bar.getBoundingClientRect())
    .map((place) => [Math.round(place.left), Math.round(place.width)]); }"""


def test_tables_are_read_on_a_phone(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    """No cell is so narrow that its words stand letter below letter, and no list of work is cut off at the side."""
    order(visit, asking, tmp_path)
    visitor = visit(viewport=PHONE)
    visitor.join(invite(asking, Role.OPERATOR, "north"), "olga")
    for path in ("/builds", "/builds/1", "/designs/1", "/designs/1/bill", "/labs/north", "/machines/north-bench"):
        visitor.go(path)
        assert visitor.page.evaluate(SHREDDED) == [], path
        assert visitor.page.evaluate(CUT) == 0, path


def test_what_is_to_be_done_is_seen_without_scrolling(
    visit: Callable[..., Visit], asking: Town, tmp_path: Path
) -> None:
    builder = order(visit, asking, tmp_path)
    builder.page.set_viewport_size(PHONE)
    operator = visit(viewport=PHONE)
    code = invite(asking, Role.OPERATOR, "north")
    stands_in_sight(operator, f"/join?code={code}", "button:text-is('Join')")
    operator.join(code, "olga")
    assert operator.page.url.endswith("/labs/north")
    stands_in_sight(operator, "/labs/north", "button:text-is('Accept')")
    stands_in_sight(builder, "/designs/1", "text=How many")


def stands_in_sight(visitor: Visit, path: str, what: str) -> None:
    visitor.go(path)
    box = visitor.page.locator(f"main >> {what}").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"], (path, what)


@pytest.mark.parametrize("width", [360, 1280])
def test_bars_begin_in_one_line(visit: Callable[..., Visit], bare: Town, width: int) -> None:
    visitor = visit(viewport={"width": width, "height": 800})
    visitor.go("/")
    paid = '<span class="state calm">paid</span> '
    rows = [["ada", "9.00 EUR", "0.3 %", ""], ["A lab of a long name", "12345.67 EUR", "99.7 %", paid]]
    places = visitor.page.evaluate(SHARES, rows)
    assert places[0] == places[1]
