"""Two networks, each an application of its own with an API; what one asks of the other goes through its app."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from commons.federation.documents import Signer
from coordinator.api.app import create_app
from coordinator.api.reach import HttpReach
from coordinator.files import FileStore
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.federation.signing import signer_in
from coordinator.service.house import Call, House, Settings
from coordinator.service.reaching.outside import outside_place
from coordinator.store import Store
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Hand, Town

PUBLIC = "93.184.215.14"
Change = Callable[[Any], Any]
_APPS: dict[str, Any] = {}


class Line(httpx.BaseTransport):
    """The line between two networks; whoever sits on it changes answers as the test says."""

    def __init__(self, app: Any, changes: list[Change], asked: list[httpx.Request]) -> None:
        self._app, self._changes, self._asked = app, changes, asked

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._asked.append(request)
        status, body = asyncio.run(self._answer(request))
        for change in self._changes if status == 200 else ():
            body = change(body)
        return httpx.Response(status, stream=httpx.ByteStream(body))

    async def _answer(self, request: httpx.Request) -> tuple[int, bytes]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as client:
            answer = await client.request(request.method, request.url, headers=request.headers)
            return answer.status_code, answer.content


@dataclass
class Network:
    """A network with people: a steward, a builder, two labs."""

    web: Web
    changes: list[Change]
    asked: list[httpx.Request]

    @property
    def application(self) -> Application:
        return self.web.town.application

    @property
    def key(self) -> str:
        return str(self.web.get("/federation").json()["key"])

    def listen_to(self, other: Network, name: str = "south", *, key: bool = True) -> dict[str, Any]:
        """Add the other as a neighbour, who is reached at an address of its own."""
        reach = partial(Line, other.web.app, self.changes, self.asked)
        self.web.app.state.reach = HttpReach(look=partial(outside_place, resolve=lambda _: [PUBLIC]), transport=reach)
        body = {"url": f"https://{name}.example", "name": name, **({"public_key": other.key} if key else {})}
        answer = self.web.post("/federation/neighbours", "ste", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def pull(self, name: str = "south") -> dict[str, Any]:
        answer = self.web.post(f"/federation/neighbours/{name}/pull", "ste")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def publish(self, *kinds: str) -> dict[str, Any]:
        answer = (
            self.web.call("PUT", "/federation", "ste", json={"kinds": list(kinds)})
            if kinds
            else self.web.post("/federation/publish", "ste")
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def heard(self, kind: str = "design") -> list[dict[str, Any]]:
        return list(self.web.get(f"/federation/heard?kind={kind}").json()["items"])

    def refused(self) -> list[str]:
        return [each["why"] for each in self.web.get("/federation/refused", "ste").json()["items"]]

    def signer(self) -> Signer:
        """The network's own key, as only it has it."""
        with self.application.house.change("coordinator") as change:
            return signer_in(change, self.web.town.real.now())


def tampered(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    """What somebody on the line makes of a page of documents."""

    def changed(body: bytes) -> bytes:
        page = json.loads(body)
        if "items" in page:
            page["items"] = change(page["items"])
        return json.dumps(page).encode()

    return changed


def opened(folder: Path, database: Path | str | None = None) -> tuple[Network, Store]:
    """A network in a folder."""
    folder.mkdir(exist_ok=True)
    store, clock, real = Store(database or folder / "x.db"), Hand(), Hand()
    house = House(store, FileStore(folder / "files"), clock, real, Settings(plan_seconds=0.5))
    application = Application(house)
    application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    web = Web(Town(application, clock, real, folder))
    if folder.name not in _APPS:  # making one takes longer than most tests
        _APPS[folder.name] = create_app(application, per_s=1e6, burst=10**6)
    web.app = _APPS[folder.name]
    web.app.state.application, web.app.state.reach = application, None
    for name, role in (("ste", Role.STEWARD), ("ada", Role.BUILDER), ("des", Role.DESIGNER)):
        web.join(name, role)
    return Network(web, [], []), store


@pytest.fixture
def networks(tmp_path: Path) -> Iterator[Callable[[str], Network]]:
    """Makes networks, each in a folder of its own."""
    with ExitStack() as stack:

        def make(name: str) -> Network:
            network, store = opened(tmp_path / name)
            stack.callback(store.close)
            stack.callback(network.application.close)
            return network

        yield make


@pytest.fixture
def north(networks: Callable[[str], Network]) -> Network:
    return networks("north")


@pytest.fixture
def south(networks: Callable[[str], Network]) -> Network:
    """A network that has one design and says so."""
    made = networks("south")
    made.web.town.upload()
    made.publish()
    return made
