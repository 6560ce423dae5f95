"""Every page in a real browser: it fits, is accessible, asks no other host; and how it looks.

With `FABCOMMONS_PICTURES=1` the pictures of the pages are written to `docs/pictures/`.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from coordinator.schema.builds import RunOutcome, TaskState
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.runs.attempts import Told
from tests.coordinator.service.conftest import Town
from tests.coordinator.web.browsing import PEER, ROOT, Visit, invite, order
from tests.core.test_pictures import jpeg

EXAMPLE = ROOT / "examples" / "seedling-station"
PAGES = (
    "/", "/builds", "/builds/1", "/designs", "/designs/1", "/designs/1/bill", "/designs/1/parts",
    "/labs", "/labs/north", "/labs/north/set-up", "/machines/north-bench", "/network", "/pieces/1",
    "/schedule?span=all", "/happenings", "/begin", "/log-in", "/join", "/account", "/alerts", "/tasks/1",
)  # fmt: skip
KEPT = (
    "/", "/builds", "/builds/1", "/designs/1", "/designs/1/bill", "/designs/1/parts", "/labs", "/labs/ria-makerspace",
    "/labs/ria-makerspace/set-up", "/labs/ria-makerspace/wall", "/machines/ria-printer-1", "/network",
    "/schedule?span=all", "/happenings", "/begin", "/account", "/alerts", "/pieces/1",
)  # fmt: skip


@pytest.mark.parametrize("width", [360, 2560])
def test_every_page_fits_and_is_accessible(
    visit: Callable[..., Visit], asking: Town, tmp_path: Path, width: int
) -> None:
    """No page is wider than the window; axe-core finds nothing in light or dark."""
    order(visit, asking, tmp_path)
    offer = next(each for each in asking.application.offers.all().items if each.lab == "north")
    nora = asking.join("nora", Role.OPERATOR, "north")
    asking.application.offers.answer(Call(nora), offer.id, accept=True, why="so that there is a piece")
    asking.application.pictures.show(asking.agent("north", "nora"), "north-bench", jpeg())
    job = asking.application.jobs.all().items[0].id
    axe = (PEER / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8")
    visitor = visit(viewport={"width": width, "height": 900}, bypass_csp=True)  # the check itself is injected
    visitor.join(invite(asking, Role.OPERATOR, "north"), "olga")
    for path in (*PAGES, f"/jobs/{job}", f"/jobs/{job}/sheet"):
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            visitor.go(path)
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, path
            visitor.page.evaluate(axe)
            found = visitor.page.evaluate("axe.run()")["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], (path, scheme)


def half_made(town: Town) -> None:
    """The example in the labs of the examples: bought, in part made, in part at work."""
    application = town.application
    application.labs.put(Call(KEEPER), yaml.safe_load((ROOT / "examples" / "labs.yaml").read_text(encoding="utf-8")))
    archive = town.folder / "station.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted(EXAMPLE.rglob("*")):
            target.write(path, f"station/{path.relative_to(EXAMPLE)}")
    ada = town.join("ada", Role.BUILDER)
    design = application.designs.upload(Call(ada), archive, "station")
    application.builds.order(Call(ada), design.id, 1, lead_days=0.0)
    town.plan()
    labs = {each.id: each for each in application.labs.all(KEEPER).items}
    agents = {lab: (town.join(lab, Role.OPERATOR, lab), town.agent(lab, lab))[1] for lab in labs}
    for _ in range(12):
        town.clock.move(minutes=10)
        for lab, agent in agents.items():
            machines = [each.id for each in application.labs.machines(KEEPER, lab).items]
            while work := application.attempts.claim(agent, lab, machines):
                application.attempts.start(agent, work.attempt_id, work.fence)
                done = len(application.board.recent(limit=50)) < 6
                lines = 900 if done else 570
                told = Told(
                    attempt_id=work.attempt_id, fence=work.fence, lines_done=lines, lines_total=900, state="running"
                )
                application.attempts.progress(agent, [told])
                if done:
                    application.attempts.end(
                        agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=lines, message="finished"
                    )
        town.plan()
    for task in application.tasks.of(1, TaskState.ORDERED).items[2:]:
        application.tasks.arrived(Call(ada), task.id)


def test_pictures_of_the_pages(visit: Callable[..., Visit], bare: Town, tmp_path: Path) -> None:
    """A picture of each page, which is not empty; for the manual where that is asked for."""
    folder = ROOT / "docs" / "pictures" if os.environ.get("FABCOMMONS_PICTURES") == "1" else tmp_path
    half_made(bare)
    visitor = visit(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    visitor.join(invite(bare, Role.STEWARD), "ste")
    for path in KEPT:
        visitor.go(path)
        visitor.page.wait_for_timeout(300)
        name = path.strip("/").replace("/", "-").partition("?")[0] or "board"
        target = folder / f"{name}.png"
        visitor.page.screenshot(path=target)
        assert target.stat().st_size > 10_000
