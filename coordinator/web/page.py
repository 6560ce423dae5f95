"""A page over HTTP: shown once, or watched; what it may load, and how long it may be kept."""

# Annotations are read at once here: those of `add_page` name its arguments.

import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.web.assets import address_of
from coordinator.web.languages import LANGUAGES, chosen, language
from coordinator.web.look import Look, Rendered
from coordinator.web.names import Names
from coordinator.web.watch import Watch

__all__ = ["Page", "Shown", "Site", "add_page", "as_answer"]

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Of every page: it loads what this coordinator serves, and nothing written into it runs."""


_FRESH_S = 1.0
_MOST_KEPT = 200
_LONGEST_BACK = 500
_OF_WATCHING: Final = frozenset({"have", "spoken"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows at one moment.

    Attributes:
        template: its name, without the ending.
        facts: what the template asks for.
        zone: of its times, or None where the page is of no one lab: then that of the first.
    """

    template: str
    facts: Mapping[str, Any]
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page that somebody asks for.

    Attributes:
        application: what it reads.
        actor: who asks.
        show: reads what there is to show; errors of the application are errors of the page.
    """

    application: Application
    actor: Actor
    show: Callable[[], Shown]


class _Kept:
    """A page that all visitors see alike: while one request makes it, the others wait for that."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.page: tuple[int, float, Rendered] | None = None


class Site:
    """What all pages of one coordinator share."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._look = Look()
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self.watch = Watch(application)

    def seen(self, page: Page, path: str, query: str, code: str) -> Rendered:
        """A page as it is now; one that all visitors see alike is made once a second, or after each change."""
        if page.actor.known:
            return self.render(page, path, code, query)
        key = (path, query, code)
        if key not in self._kept and len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        kept = self._kept.setdefault(key, _Kept())
        with kept.making:
            bell, now = self._application.house.bell.count, time.monotonic()
            if kept.page is None or kept.page[0] != bell or now - kept.page[1] > _FRESH_S:
                kept.page = (bell, now, self.render(page, path, code, query))
            return kept.page[2]

    def render(self, page: Page, path: str, code: str, query: str = "") -> Rendered:
        """A page as it is now, in the language of a code; all of it shows one moment."""
        with self._application.house.store.moment():
            return self._rendered(page, path, code, query)

    def _rendered(self, page: Page, path: str, code: str, query: str) -> Rendered:
        shown, house = page.show(), self._application.house
        with house.reading() as session:
            names = Names(house.networks.of(session))
        frame = {
            "actor": page.actor,
            "path": path,
            "here": f"{path}?{query}" if query and len(path) + len(query) < _LONGEST_BACK else path,
            "asset": address_of,
            "lab_name": names.lab,
            "machine_name": names.machine,
            "may": partial(_may, page.actor),
            "own_work": partial(self._application.pieces.own_work, page.actor),
            "told_of": partial(self._application.alerts.desk.told_of, page.actor),
            "new_key": lambda: uuid4().hex,
            "simulated": house.settings.simulated,
        }
        facts = {**frame, **shown.facts}
        zone = shown.zone or names.zone
        return self._look.render(shown.template, facts, now=house.clock.now(), zone=zone, spoken=language(code))


def add_page(router: APIRouter, path: str, page: Callable[..., Page]) -> None:
    """Serve a page at a path, and what changes of it at the path's `live`."""

    def fresh(request: Request, made: Annotated[Page, Depends(page)]) -> HTMLResponse:
        return as_answer(request, _site(request).seen(made, request.url.path, request.url.query, chosen(request)))

    async def live(
        request: Request,
        made: Annotated[Page, Depends(page)],
        have: Annotated[str, Query(pattern=r"^[0-9a-f]{16}$")] = "0" * 16,
        spoken: Annotated[str, Query(max_length=10)] = "",
    ) -> StreamingResponse:
        site, shown_path = _site(request), request.url.path.removesuffix("live").rstrip("/") or "/"
        query = "&".join(
            sorted(f"{name}={value}" for name, value in request.query_params.multi_items() if name not in _OF_WATCHING)
        )
        code = spoken if spoken in LANGUAGES else chosen(request)
        key = (shown_path, query, made.actor.id, code)
        have = request.headers.get("Last-Event-ID", have)
        news = site.watch.follow(key, lambda: site.render(made, shown_path, code).parts, have)
        return StreamingResponse(_until_gone(request, news), media_type="text/event-stream", headers=_STREAM)

    name = page.__name__
    router.add_api_route(path, fresh, name=name, include_in_schema=False)
    router.add_api_route(f"{path.rstrip('/')}/live", live, name=f"{name}_live", include_in_schema=False)


def as_answer(request: Request, rendered: Rendered, status: int = 200) -> HTMLResponse:
    """A page as it goes over the wire, packed for who takes that."""
    headers = {**_HEADERS, "Cache-Control": "no-store", "Vary": "Accept-Encoding, Accept-Language, Cookie"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(rendered.html, status, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return HTMLResponse(rendered.packed, status, headers=headers)


_STREAM: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _may(actor: Actor, right: str, lab: str | None = None) -> bool:
    """For templates: rights go by their names there."""
    return actor.may(Right[right], lab)


def _site(request: Request) -> Site:
    found = request.app.state.site
    assert isinstance(found, Site)  # noqa: S101 - set where the pages are added
    return found


async def _until_gone(request: Request, news: AsyncIterator[str]) -> AsyncIterator[str]:
    async for each in news:
        if await request.is_disconnected():
            break
        yield each
