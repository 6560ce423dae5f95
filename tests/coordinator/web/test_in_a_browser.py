"""The three people's whole ways in a real browser, against a real server: `./dev peers browser`, and Chromium on PATH.

With `FABCOMMONS_PICTURES=1` the pictures of the pages are written to `docs/pictures/`.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from coordinator.api.app import create_app
from coordinator.network_tables import Role
from coordinator.service.application import KEEPER
from coordinator.service.attempts import Told
from coordinator.service.house import Call
from coordinator.tables import BuildState, RunOutcome, TaskState
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import town as town
from tests.coordinator.web.test_acts import packed

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "seedling-station"
PEER = (
    ROOT / ".peers" / "browser" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
)
PASSWORD = "four words without connection"  # noqa: S105 - of nobody
WITHOUT_A_GPU = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE_MS = 60_000  # for a computer that is busy with much else
PAGES = ("/", "/builds", "/builds/1", "/designs", "/designs/1", "/designs/1/parts", "/designs/1/parts/1", "/labs",
         "/labs/north", "/machines/north-bench", "/network", "/pieces/1", "/schedule?span=all", "/happenings",
         "/log-in", "/join", "/account")  # fmt: skip


@dataclass
class Visit:
    """A browser of one person. Whatever is wrong with a page is kept until the end of the test."""

    context: Any
    address: str
    page: Any = None
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda told: self.wrong.append(told.text) if told.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._requested)

    def _requested(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.wrong.append(f"asked another host: {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self, words: str) -> None:
        """Press the first button of these words; wait until the next page is there."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).first.click()

    def join(self, code: str, name: str) -> None:
        """Come by an invitation."""
        self.go(f"/join?code={code}")
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Log-in name").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Join")

    def sees(self, words: str) -> None:
        """Wait until the page says something."""
        self.page.get_by_text(words).first.wait_for()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser without a window; Debian's."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missing = "chromium is not on PATH" if program is None else None
    if not PEER.exists():
        missing = "browser is not installed: ./dev peers browser"
    if missing is not None:
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    sys.path.append(str(PEER))
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *WITHOUT_A_GPU])
            yield browser
            browser.close()
    finally:
        sys.path.remove(str(PEER))


@pytest.fixture
def asking(bare: Town) -> Town:
    """Two labs that are asked before they make anything."""
    bare.application.labs.put(Call(KEEPER), yaml.safe_load(LABS.replace("automatically", "asks")))
    return bare


@pytest.fixture
def visit(chromium: Any, bare: Town) -> Iterator[Callable[..., Visit]]:
    """Opens browsers at a server of this town."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(bare.application, per_s=1e6, burst=10**6)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        visits: list[Visit] = []

        def open_one(**options: Any) -> Visit:
            visits.append(Visit(chromium.new_context(**options), address))
            return visits[-1]

        yield open_one
        for each in visits:
            each.context.close()
        bare.application.house.closing.set()
        bare.application.house.bell.ring()
        server.should_exit = True
        thread.join(60)
    assert [each.wrong for each in visits if each.wrong] == []


def invite(town: Town, role: Role, lab: str = "") -> str:
    return town.application.invitations.make(KEEPER, role, lab).code


def order(visit: Callable[..., Visit], town: Town, folder: Path) -> Visit:
    """A builder comes in, uploads a design, and orders two."""
    builder = visit()
    builder.join(invite(town, Role.BUILDER), "bea")
    builder.go("/designs")
    builder.page.get_by_text("Bring a design in").click()
    archive = folder / "lamp.zip"
    archive.write_bytes(packed())
    builder.page.get_by_label("Or its folder as zip or tar").set_input_files(archive)
    builder.press("Upload")
    builder.sees("Order it")
    builder.page.get_by_label("How many").fill("2")
    builder.press("Order")
    assert builder.page.url.endswith("/builds/1")
    town.plan()
    return builder


def lay_out(town: Town, operator: Visit, lab: str) -> None:
    """Tick off what is made for the lab's assemblies; what another lab has made was carried over."""
    for kit in town.application.kits.of(lab=lab):
        if not kit.complete and not any("still to be made" in line.where for line in kit.lines):
            operator.go(f"/kits/{kit.job_id}")
            for box in operator.page.get_by_role("checkbox").all():
                box.check()
            operator.page.get_by_label("How it came, if it is not noted as here").fill("carried over")
            operator.press("What is ticked lies here (nothing ticked: all that is here)")


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


@pytest.mark.parametrize("width", [360, 2560])
def test_every_page_fits_and_is_accessible(
    visit: Callable[..., Visit], asking: Town, tmp_path: Path, width: int
) -> None:
    """No page is wider than the window; axe-core finds nothing in light or dark."""
    order(visit, asking, tmp_path)
    axe = (PEER / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8")
    visitor = visit(viewport={"width": width, "height": 900}, bypass_csp=True)  # the check itself is injected
    visitor.join(invite(asking, Role.OPERATOR, "north"), "olga")
    for path in PAGES:
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            visitor.go(path)
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, path
            visitor.page.evaluate(axe)
            found = visitor.page.evaluate("axe.run()")["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], (path, scheme)


def test_pages_work_without_scripts(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    order(visit, asking, tmp_path)
    plain = visit(java_script_enabled=False)
    plain.join(invite(asking, Role.OPERATOR, "north"), "olga")
    plain.go("/")
    plain.sees("Panel")
    plain.go("/schedule?span=all")
    plain.sees("The same as a table")


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
    for path in ("/", "/builds/1", "/designs/1", "/labs/ria-makerspace", "/schedule?span=all"):
        visitor.go(path)
        visitor.page.wait_for_timeout(300)
        name = path.strip("/").replace("/", "-").partition("?")[0] or "board"
        target = folder / f"{name}.png"
        visitor.page.screenshot(path=target)
        assert target.stat().st_size > 10_000


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
