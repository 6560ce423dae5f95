"""Pages in German in a real browser: they fit a telephone, are accessible, and change in German."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coordinator.schema.network import Role
from tests.coordinator.service.conftest import Town
from tests.coordinator.web.browsing import PEER, Visit, invite, order


def test_german_fits_a_telephone_and_is_accessible(visit: Callable[..., Visit], asking: Town, tmp_path: Path) -> None:
    order(visit, asking, tmp_path)
    axe = (PEER / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8")
    visitor = visit(viewport={"width": 360, "height": 900}, bypass_csp=True, locale="de-DE")  # the check is injected
    visitor.go("/join")
    assert visitor.page.evaluate("document.documentElement.lang") == "de"
    visitor.page.get_by_role("button", name="English").click()
    visitor.join(invite(asking, Role.OPERATOR, "north"), "olga")
    visitor.page.get_by_role("button", name="Deutsch").click()
    for path in ("/", "/builds/1", "/labs/north", "/machines/north-bench"):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.lang") == "de"
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360, path
        visitor.page.evaluate(axe)
        found = visitor.page.evaluate("axe.run()")["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], path
