"""A client of an application in this process, and a network that fails as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx
import pytest

from coordinator.client.caller import Caller, Patience
from coordinator.client.client import Client
from coordinator.client.embedded import AppTransport
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare

Answer = httpx.Response | Exception


@dataclass
class Troubled(httpx.BaseTransport):
    """Passes requests on, but for those that have a trouble: before they arrive, or on the way back."""

    inner: httpx.BaseTransport | None = None
    before: list[Answer | None] = field(default_factory=list)
    after: list[Answer | None] = field(default_factory=list)
    seen: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        early = self.before.pop(0) if self.before else None
        answer = early if early is not None else self._passed(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _passed(self, request: httpx.Request) -> Answer:
        assert self.inner is not None
        answer = self.inner.handle_request(request)
        late = self.after.pop(0) if self.after else None
        return answer if late is None else late


@dataclass
class Desk:
    """Clients of a town, by the names of its people."""

    web: Web
    stack: ExitStack
    transport: Troubled
    pauses: list[float] = field(default_factory=list)

    def client(self, who: str | None = None) -> Client:
        token = self.web.tokens[who] if who is not None else None
        caller = Caller(
            "http://localhost", token, transport=self.transport, patience=Patience(3, 1.0, 20.0),
            pause=self.pauses.append,
        )  # fmt: skip
        return self.stack.enter_context(Client(caller))


@pytest.fixture
def desk(web: Web) -> Iterator[Desk]:
    with ExitStack() as stack:
        inner = stack.enter_context(AppTransport(web.app))
        yield Desk(web, stack, Troubled(inner))
        web.town.application.house.closing.set()


def alone(transport: httpx.BaseTransport, pauses: list[float] | None = None, tries: int = 3) -> Client:
    """A client whose network is only this."""
    pause: Callable[[float], None] = (pauses if pauses is not None else []).append
    return Client(Caller("http://localhost", "fab_x", transport=transport, patience=Patience(tries), pause=pause))
