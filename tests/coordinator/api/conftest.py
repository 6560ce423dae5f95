"""The API in this process, without a socket: requests go straight to the app."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import yaml

from coordinator.api.app import create_app
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare

API = "/api/v1"


@dataclass
class Web:
    """Requests by people of a town, known by their names there."""

    town: Town
    tokens: dict[str, str] = field(default_factory=dict)
    app: Any = None

    def call(self, method: str, path: str, who: str | None = None, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, API + path, headers=headers, **options)

        return asyncio.run(send())

    def get(self, path: str, who: str | None = None, **options: Any) -> httpx.Response:
        return self.call("GET", path, who, **options)

    def post(self, path: str, who: str | None = None, **options: Any) -> httpx.Response:
        return self.call("POST", path, who, **options)

    def join(self, name: str, role: Role, lab: str = "") -> None:
        """Somebody who comes by an invitation, over HTTP."""
        code = self.town.application.invitations.make(KEEPER, role, lab).code
        answer = self.post("/invitations/accept", json={"code": code, "name": name, "email": f"{name}@example.org"})
        assert answer.status_code == 201, answer.text
        self.tokens[name] = answer.json()["token"]
        self.town.people[name] = self.town.application.tokens.actor(self.tokens[name])


@pytest.fixture
def web(bare: Town) -> Web:
    """A town with an API; a steward, a builder, a designer, two operators and an agent have tokens."""
    bare.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    made = Web(bare)
    made.app = create_app(bare.application, per_s=1e6, burst=10**6)
    made.join("ste", Role.STEWARD)
    made.join("ada", Role.BUILDER)
    made.join("des", Role.DESIGNER)
    for lab in ("north", "south"):
        made.join(lab, Role.OPERATOR, lab)
    made.tokens["agent"] = made.post("/tokens", "north", json={"label": "box", "agent_of": "north"}).json()["token"]
    return made
