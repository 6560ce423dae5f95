"""How tests walk the pages of a network at work: in one browser, logged in, by addresses and by forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.coordinator.web.browsing import Visit
from tests.coordinator.web.world import World

__all__ = ["known", "send"]

_FORM = """([path, fields]) => {
    const form = document.createElement("form");
    form.method = "post"; form.action = path;
    for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("input");
        field.name = name; field.value = value; form.append(field);
    }
    document.body.append(form); form.submit();
}"""


def known(world: World, address: str, chromium: Any, name: str = "ada", **options: Any) -> Visit:
    """A browser in which somebody is logged in."""
    context = chromium.new_context(**options)
    for cookie in world.people[name].cookies.jar:
        context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": address}])
    return Visit(context, address)


def send(visit: Visit, path: str, fields: Mapping[str, str]) -> Any:
    """Send a form from one of the coordinator's own pages; the answer to it."""
    visit.go("/log-in")
    with visit.page.expect_navigation() as going:
        visit.page.evaluate(_FORM, [path, dict(fields)])
    return going.value
