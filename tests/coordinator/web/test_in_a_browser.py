"""Pages that live, in a real browser, against a real server: `./dev peers browser`, and Chromium on PATH."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from coordinator.schema.builds import BuildState
from coordinator.schema.network import Role
from coordinator.service.house import Call
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import town as town
from tests.coordinator.web.browsing import Visit, invite, lay_out, order


def test_a_build_from_the_order_to_the_last_piece(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    """The builder and a passer-by watch, and see the same, while the labs' operators work; nobody loads a page anew."""
    builder = order(visit, asking, tmp_path)
    passer_by = visit()
    passer_by.go("/builds/1")
    watching = builder, passer_by
    operators = {lab: visit() for lab in ("north", "south")}
    for lab, operator in operators.items():
        operator.join(invite(asking, Role.OPERATOR, lab), f"op-{lab}")
    end = time.monotonic() + 240
    while asking.application.builds.one(1).state is BuildState.OPEN:
        assert time.monotonic() < end, asking.application.tasks.of(1).items
        for lab, operator in operators.items():
            operator.go(f"/labs/{lab}")
            for words in ("Accept", "We begin", "It is made"):
                if words == "We begin":
                    lay_out(asking, operator, lab)
                    operator.go(f"/labs/{lab}")
                if operator.page.get_by_role("button", name=words, exact=True).count():
                    operator.press(words)
        asking.clock.move(minutes=30)
        asking.plan()
    for each in watching:
        each.sees("finished")
        each.sees("2 of 2 tasks done")
    parts = [each.page.locator("main section").all_inner_texts() for each in watching]
    assert parts[0] == parts[1]


def test_what_many_see_changes_without_a_reload(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    order(visit, asking, tmp_path)
    viewer = visit()
    viewer.go("/")
    viewer.sees("pieces of work that nobody makes yet")
    viewer.page.evaluate("window.stayed = true")
    for offer in asking.application.offers.all().items:
        who = asking.people.get(offer.lab) or asking.join(offer.lab, Role.OPERATOR, offer.lab)
        asking.application.offers.answer(Call(who), offer.id, accept=True, why="we can")
    viewer.sees("Everything that was ordered is made, or somebody is making it.")
    assert viewer.page.evaluate("window.stayed") is True


def test_what_is_being_typed_is_not_taken_away(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    order(visit, asking, tmp_path)
    offer = asking.application.offers.all().items[0]
    operator = visit()
    operator.join(invite(asking, Role.OPERATOR, offer.lab), "olga")
    why = operator.page.get_by_label("Why (others read it)").first
    why.fill("the spool is em")
    viewer = visit()
    viewer.go("/")
    asking.application.builds.order(Call(asking.join("ada", Role.BUILDER)), 1, 5, lead_days=0.0)
    asking.plan()
    viewer.sees("\N{MULTIPLICATION SIGN} 5")  # so it was told to everybody
    why.press_sequentially("pty")
    assert why.input_value() == "the spool is empty"


def test_pages_work_without_scripts(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    order(visit, asking, tmp_path)
    plain = visit(java_script_enabled=False)
    plain.join(invite(asking, Role.OPERATOR, "north"), "olga")
    plain.go("/")
    plain.sees("Panel")
    plain.go("/schedule?span=all")
    plain.sees("The same as a table")


def test_a_part_is_turned_in_three_dimensions(visit: Callable[..., Visit], town: Town) -> None:
    town.upload()
    one = visit()
    one.go("/designs/1/parts")
    with one.page.expect_navigation():
        one.page.get_by_text("foot.stl").click()
    canvas = one.page.locator("canvas[data-drawn]")
    canvas.wait_for()
    before = canvas.get_attribute("data-drawn")
    colours = one.page.evaluate(
        """() => {
            const canvas = document.querySelector("canvas"), small = document.createElement("canvas");
            small.width = small.height = 64;
            const ink = small.getContext("2d");
            return new Promise((done) => requestAnimationFrame(() => {
                canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
                requestAnimationFrame(() => {
                    ink.drawImage(canvas, 0, 0, 64, 64);
                    done(new Set(Array.from(new Uint32Array(ink.getImageData(0, 0, 64, 64).data.buffer))).size);
                });
            }));
        }"""
    )
    assert colours > 3  # sides of a block in different light, and what is behind it
    canvas.focus()
    one.page.keyboard.press("ArrowLeft")
    one.page.wait_for_function("(before) => document.querySelector('canvas').dataset.drawn !== before", arg=before)
