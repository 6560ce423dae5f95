"""Every page in a real browser: it fits, is accessible, asks no other host; and how it looks.

With `FABCOMMONS_PICTURES=1` the pictures of the pages are written to `docs/pictures/`.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jinja2 import PackageLoader
from PIL import Image

from tests.coordinator.service.conftest import opened
from tests.coordinator.web.browsing import PEER, ROOT, Visit
from tests.coordinator.web.conftest import serving
from tests.coordinator.web.page_round import (
    ANSWERS,
    NO_PAGES,
    PICTURES,
    PROBLEMS,
    ROUND,
    STRANGERS,
    addresses,
    page_routes,
)
from tests.coordinator.web.walking import known, send
from tests.coordinator.web.world import World
from tests.coordinator.web.world_filled import filled

NARROW_PX, WIDE_PX = 360, 2560
MOST_BYTES = 2_000_000  # of all pictures of the manual
LONGEST_LINE_EM = 90.0  # what a person reads without losing the line is shorter; rows of a list are not read so
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth && !each.closest(".wide, .drawing, svg"))
    .slice(0, 3).map((each) => [each.tagName, each.className, each.textContent.slice(0, 60)])"""
LONG_LINES = """(most) => [...document.querySelectorAll("main p, main li, main dd")].filter((each) => {
    const em = parseFloat(getComputedStyle(each).fontSize), lines = document.createRange();
    lines.selectNodeContents(each);
    return [...lines.getClientRects()].some((line) => line.width > most * em);
}).map((each) => each.textContent.slice(0, 80))"""
MARKUP = re.compile(r"</?[a-z]+[ >][^>]*|&(?:lt|gt|amp|quot|#\d+);")  # shown where an element was meant
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core that see another scheme otherwise."""


@dataclass
class Served:
    """The network at work, at an address; which templates were needed for that."""

    world: World
    address: str
    templates: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A network in the middle of its work."""
    with opened(tmp_path_factory.mktemp("world")) as town, pytest.MonkeyPatch.context() as patch:
        read, found = PackageLoader.get_source, set[str]()

        def noted(loader: PackageLoader, environment: Any, template: str) -> Any:
            found.add(template)
            return read(loader, environment, template)

        world = filled(town)
        patch.setattr(PackageLoader, "get_source", noted)
        with serving(town) as address:
            yield Served(world, address, found)


def check(visit: Visit, what: str, answer: Any, status: int = 200) -> list[object]:
    """What is wrong with the page that is shown: narrow and light, then wide and dark."""
    page = visit.page
    wrong: list[object] = [] if answer.status == status else [(answer.status, page.inner_text("main"))]
    policy = answer.headers["content-security-policy"]
    wrong += [policy] if "unsafe" in policy or "default-src 'none'" not in policy else []
    wrong += [("markup shown", each) for each in MARKUP.findall(page.inner_text("main"))]
    for width, scheme in ((NARROW_PX, "light"), (WIDE_PX, "dark")):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 1000})
        wrong += [(width, *each) for each in page.evaluate(WIDER)]
        wrong += [(width, "long line", each) for each in page.evaluate(LONG_LINES, LONGEST_LINE_EM)]
    page.evaluate((PEER / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8"))
    wrong += [
        ("dark", *each)
        for each in found(page.evaluate("(rules) => axe.run({ runOnly: rules, resultTypes: ['violations'] })", COLOURS))
    ]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": NARROW_PX, "height": 1000})
    wrong += [("light", *each) for each in found(page.evaluate("axe.run({ resultTypes: ['violations'] })"))]
    wrong += [each for each in visit.wrong if status == 200 or f"status of {status}" not in each]
    visit.wrong.clear()
    return [(what, each) for each in wrong]


def found(answer: Any) -> list[tuple[str, str]]:
    return [(each["id"], each["nodes"][0]["html"]) for each in answer["violations"]]


def test_no_page_is_forgotten(served: Served) -> None:
    """Whoever adds a page adds it to the round, or says why it is none."""
    routes = page_routes(served.world.web.app)
    assert set(ROUND) | set(NO_PAGES) == routes
    assert not set(ROUND) & set(NO_PAGES)


def test_every_page_fits_and_is_accessible(served: Served, chromium: Any) -> None:
    """In one browser: no page is wider than the window, axe-core finds nothing, no other host is asked."""
    visit, wrong = known(served.world, served.address, chromium), []
    for address in addresses(served.world):
        wrong += check(visit, address, visit.page.goto(served.address + address))
    for path, fields in ANSWERS.values():
        wrong += check(visit, path, send(visit, path.format(**served.world.found), fields))
    visit.context.close()
    assert not wrong, "\n".join(map(str, wrong))


def test_pages_of_strangers_and_of_problems(served: Served, chromium: Any) -> None:
    """What who is not logged in sees, and what people see who may not, came too late or asked for what is not there."""
    stranger, bea, wrong = (
        known(served.world, served.address, chromium),
        known(served.world, served.address, chromium, "bea"),
        [],
    )
    stranger.context.clear_cookies()
    for address in addresses(served.world, {"": STRANGERS}):
        wrong += check(stranger, address, stranger.page.goto(served.address + address))
    for status, (path, fields) in PROBLEMS.items():
        visit = stranger if status == 401 else bea
        answer = send(visit, path, fields) if fields is not None else visit.page.goto(served.address + path)
        wrong += check(visit, path, answer, status)
    for each in (stranger, bea):
        each.context.close()
    assert not wrong, "\n".join(map(str, wrong))


def test_every_template_was_shown(served: Served) -> None:
    """After the tests above: a part of a page that no page of the round had would not have been looked at."""
    folder = ROOT / "coordinator" / "web" / "templates"
    assert {path.name for path in folder.glob("*.html")} - served.templates == set()


def test_pictures_of_the_pages(served: Served, chromium: Any, tmp_path: Path) -> None:
    """A picture of each page, which is not empty; for the manual where that is asked for."""
    folder = ROOT / "docs" / "pictures" if os.environ.get("FABCOMMONS_PICTURES") == "1" else tmp_path
    visit = known(served.world, served.address, chromium, viewport={"width": 1280, "height": 800})
    visit.page.emulate_media(reduced_motion="reduce")
    for name, address in PICTURES.items():
        path, fields = ANSWERS.get(address, (address, None))
        path = path.format(**served.world.found)
        if fields is None:
            visit.go(path)
        else:
            send(visit, path, fields)
        visit.page.evaluate("Promise.all([...document.images].map((each) => each.decode().catch(() => null)))")
        small(visit.page.screenshot(), folder / f"{name}.png")
    visit.context.close()
    assert {each.stem for each in folder.glob("*.png")} == set(PICTURES), "a picture of a page that is there no more"
    assert sum(each.stat().st_size for each in folder.glob("*.png")) < MOST_BYTES


def small(picture: bytes, target: Path) -> None:
    """Keep a picture with a palette: pages have few colours."""
    with Image.open(io.BytesIO(picture)) as image:
        colours = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        assert len(colours.getcolors() or ()) > 8, f"{target.stem} is empty"
        colours.save(target, optimize=True)
