"""Webhooks: each event once it has happened, in order, signed, and never into our own network; what forges may say."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.server
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from coordinator.api.messenger import Messenger
from coordinator.schema.builds import DesignRow
from coordinator.schema.network import Role
from coordinator.service.reaching.outside import Place, outside_place
from core.errors import InputError

from .conftest import Web
from .test_documents import API as MANUAL
from .test_http import problem

ADDRESS = "https://example.org:443/fab?x=1"
PUBLIC = "93.184.215.14"


@dataclass
class Receiver:
    """Somebody's server: takes messages, or answers with the statuses that it was told to."""

    statuses: list[int] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 204
        return httpx.Response(status, headers={"location": "http://127.0.0.1/"} if status == 302 else {})

    @property
    def events(self) -> list[int]:
        return [json.loads(each.content)["id"] for each in self.requests]


def resolver(*addresses: str) -> Callable[..., Place]:
    return partial(outside_place, resolve=lambda _: addresses)


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is that of a public computer; nothing is asked of a name server."""
    monkeypatch.setattr("coordinator.service.reaching.hooks.outside_place", resolver(PUBLIC))


def messenger(web: Web, receiver: Any, look: Callable[..., Place] | None = None) -> Messenger:
    def fail(error: BaseException) -> None:
        raise error

    return Messenger(
        web.town.application, failed=fail, look=look or resolver(PUBLIC),
        transport=lambda: httpx.MockTransport(receiver),
    )  # fmt: skip


def hooked(web: Web, who: str = "ada", *kinds: str) -> dict[str, Any]:
    answer = web.post("/hooks", who, json={"url": ADDRESS, "kinds": list(kinds)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def verifier(now: Callable[[], float]) -> Callable[..., bool]:
    """The example of the manual, as it stands there."""
    code = re.search(r"```python\n(.*?)```", MANUAL, re.S)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102 - our own manual
    names["time"] = SimpleNamespace(time=now)
    return names["is_ours"]  # type: ignore[no-any-return]


def test_an_address_is_told_of_each_event_once_in_order_and_can_verify_it(web: Web) -> None:
    made, receiver = hooked(web), Receiver()
    before = made["hook"]["told"]
    sender = messenger(web, receiver)
    web.town.order()
    while sender.send_due():
        pass
    newest = web.town.application.log.newest()
    assert receiver.events == list(range(before + 1, newest + 1))
    assert web.get("/hooks", "ada").json()[0]["told"] == newest
    is_ours = verifier(lambda: web.town.real.now().timestamp())
    for each in receiver.requests:
        assert is_ours(made["secret"], dict(each.headers), each.content)
        assert not is_ours("whsec_" + "A" * 32, dict(each.headers), each.content)
        assert not is_ours(made["secret"], dict(each.headers), each.content + b" ")
    last = receiver.requests[-1]
    assert not is_ours(made["secret"], {**last.headers, "webhook-id": "msg_1_1"}, last.content)
    web.town.real.move(minutes=6)
    assert not is_ours(made["secret"], dict(last.headers), last.content), "an old message is sent again by a stranger"
    assert made["secret"] not in web.get("/hooks", "ada").text
    assert web.get("/hooks", "des").json() == []


def test_only_the_kinds_that_were_asked_for_come(web: Web) -> None:
    hooked(web, "ada", "invitation.")
    receiver = Receiver()
    sender = messenger(web, receiver)
    web.join("eve", Role.BUILDER)
    web.town.order()
    sender.send_due()
    assert [json.loads(each.content)["kind"] for each in receiver.requests] == ["invitation.made"]


def test_what_was_not_taken_comes_again_after_a_while_and_not_for_ever(web: Web) -> None:
    hooked(web, "ada", "invitation.")
    receiver = Receiver(statuses=[204, 500])
    sender = messenger(web, receiver)
    for _ in range(3):
        web.post("/invitations", "ste", json={"role": "builder"})
    sender.send_due()
    first, second = receiver.events
    assert "500" in web.get("/hooks", "ada").json()[0]["last_answer"]
    assert "fabcommons_webhooks_failing 1" in web.get("/metrics").text.splitlines()
    sender.send_due()
    assert receiver.events == [first, second], "not before its time"
    web.town.real.move(seconds=5)
    sender.send_due()
    assert receiver.events == [first, second, second, second + 1]
    ids = [each.headers["webhook-id"] for each in receiver.requests]
    assert ids[1] == ids[2]
    web.post("/invitations", "ste", json={"role": "builder"})
    receiver.statuses = [503] * 99
    waits = []
    while web.get("/hooks", "ada").json()[0]["ended_at"] is None:
        count = len(receiver.requests)
        sender.send_due()
        waits.append(len(receiver.requests) - count)
        web.town.real.move(hours=6)
    assert waits == [1] * 14
    sender.send_due()
    assert len(receiver.requests) == 4 + 14


@pytest.mark.parametrize(
    "address",
    ["http://example.org/x", "https://10.0.0.1/", "https://localhost/", "https://user:pw@example.org/",
     "https://example.org:22/", "https://[::1]/", "ftp://example.org/", "https://2130706433/", "x" * 3000],
)  # fmt: skip
def test_an_address_inside_is_refused(web: Web, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.service.reaching.hooks.outside_place", outside_place)
    problem(web.post("/hooks", "ada", json={"url": address}), 422, "input")


def test_a_name_that_has_moved_inside_is_not_followed(web: Web) -> None:
    """The name server says another address once the webhook is made: nothing is sent there."""
    hooked(web)
    receiver = Receiver()
    for inside in ("127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "fd00::1"):
        messenger(web, receiver, resolver(PUBLIC, inside)).send_due()
        web.town.real.move(hours=6)
        assert "not public" in web.get("/hooks", "ada").json()[0]["last_answer"], inside
    assert receiver.requests == []


def test_it_goes_to_the_address_that_was_looked_at_and_follows_no_redirect(web: Web) -> None:
    hooked(web)
    receiver = Receiver(statuses=[302])
    messenger(web, receiver).send_due()
    assert len(receiver.requests) == 1
    sent = receiver.requests[0]
    assert (sent.url.host, sent.url.path, sent.url.query) == (PUBLIC, "/fab", b"x=1")
    assert sent.headers["host"] == "example.org:443"
    assert sent.extensions["sni_hostname"] == "example.org", "the certificate is the name's"
    assert web.get("/hooks", "ada").json()[0]["last_answer"] == "it answered 302"


def test_who_answers_late_holds_up_nobody(web: Web) -> None:
    """The first webhook answers only when the second has been told."""
    hooked(web, "des", "invitation.")
    hooked(web, "ada", "invitation.")
    web.post("/invitations", "ste", json={"role": "builder"})
    told, other = Receiver(), asyncio.Event()

    async def receive(request: httpx.Request) -> httpx.Response:
        if request.headers["webhook-id"].startswith("msg_1_"):
            await other.wait()
        else:
            other.set()
        return told(request)

    messenger(web, receive).send_due()
    assert [each.headers["webhook-id"][:6] for each in told.requests] == ["msg_2_", "msg_1_"]


def test_who_never_answers_is_left_alone_for_a_while(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked(web, "ada", "hook.")
    monkeypatch.setattr("coordinator.api.messenger._DEADLINE_S", 0.05)

    async def receive(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    sender = messenger(web, receive)
    assert sender.send_due() == 0
    assert "no answer" in web.get("/hooks", "ada").json()[0]["last_answer"]
    assert web.town.application.hooks.due() == []


def test_a_person_has_ten_at_most_and_takes_them_along(web: Web) -> None:
    ids = [hooked(web)["hook"]["id"] for _ in range(10)]
    problem(web.post("/hooks", "ada", json={"url": ADDRESS}), 413, "too-large")
    problem(web.call("DELETE", f"/hooks/{ids[0]}", "des"), 404, "unknown")
    assert web.call("DELETE", f"/hooks/{ids[0]}", "ada").json()["ended_at"]
    assert web.post("/hooks", "ada", json={"url": ADDRESS}).status_code == 201
    web.call("DELETE", f"/people/{web.town.people['ada'].id}", "ste")
    receiver = Receiver()
    messenger(web, receiver).send_due()
    assert receiver.requests == []


def test_it_reaches_a_real_server_inside_where_that_is_allowed(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    house = web.town.application.house
    object.__setattr__(house, "settings", replace(house.settings, local_hooks=True))
    monkeypatch.setattr("coordinator.service.reaching.hooks.outside_place", outside_place)
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/fab"
            assert web.post("/hooks", "ada", json={"url": address}).status_code == 201
            assert Messenger(web.town.application, failed=lambda error: None).send_due() == 1
        finally:
            server.shutdown()
            thread.join()
    assert json.loads(taken[0])["kind"] == "hook.made"


# -- what a forge says


@pytest.fixture
def forge(web: Web, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A design that came from a forge, with a door for it; imports are counted."""
    design = web.town.upload()
    with web.town.application.house.store.transaction() as session:
        session.get_one(DesignRow, design.id).location = "https://example.org/lamp.git"
    made = web.post(f"/designs/{design.id}/forges", "ste").json()
    imports: list[tuple[str, str]] = []
    monkeypatch.setattr(
        web.town.application.designs, "fetch", lambda call, url, _: imports.append((call.actor.id, url))
    )
    return {**made, "imports": imports, "design": design.id}


def signature(secret: str, body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_a_forge_that_signs_has_the_design_imported_again(web: Web, forge: dict[str, Any]) -> None:
    path, body = forge["path"].removeprefix("/api/v1"), b'{"ref": "refs/heads/main"}'
    assert web.post(path, content=body, headers=signature(forge["secret"], body)).status_code == 202
    assert web.post(path, content=b"{}", headers={"X-Gitlab-Token": forge["secret"]}).status_code == 202
    assert forge["imports"] == [(web.town.people["ste"].id, "https://example.org/lamp.git")] * 2
    problem(web.post(path, content=body, headers=signature(forge["secret"], body)), 429, "too-many")
    web.town.real.move(minutes=2)
    assert web.call("DELETE", f"/forges/{forge['forge']['id']}", "ste").json()["ended_at"]
    problem(web.post(path, content=body, headers=signature(forge["secret"], body)), 401, "unauthenticated")
    assert forge["secret"] not in web.get(f"/designs/{forge['design']}/forges", "ste").text


def test_a_forged_webhook_is_not_believed(web: Web, forge: dict[str, Any]) -> None:
    path, body = forge["path"].removeprefix("/api/v1"), b'{"ref": "refs/heads/main"}'
    good = signature(forge["secret"], body)
    forgeries: list[tuple[str, bytes, dict[str, str]]] = [
        (path, body, {}),
        (path, body, {"X-Hub-Signature-256": "sha256=" + "0" * 64}),
        (path, body, {"X-Hub-Signature-256": good["X-Hub-Signature-256"].removeprefix("sha256=")}),
        (path, body, {"X-Hub-Signature-256": "sha256="}),
        (path, body + b" ", good),
        (path, body, signature("", body)),
        (path, body, {"X-Gitlab-Token": ""}),
        (path, body, {"X-Gitlab-Token": "\u00e9" * 10}),
        (path, body, {"X-Hub-Signature": "sha1=" + hmac.new(forge["secret"].encode(), body, hashlib.sha1).hexdigest()}),
        ("/forges/99", body, good),
    ]
    answers = []
    for where, content, headers in forgeries:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = web.post(where, content=content, headers=raw)
        problem(answer, 401, "unauthenticated")
        answers.append(answer.text)
    assert len(set(answers)) == 1, "nothing tells a door that there is from one that there is not"
    assert forge["imports"] == []


def test_a_forge_speaks_for_who_made_the_door_no_longer_than_they_may(web: Web, forge: dict[str, Any]) -> None:
    ste = web.town.people["ste"].id
    web.join("new", Role.STEWARD)
    web.post(f"/people/{ste}/roles/withdraw", "new", json={"role": "steward"})
    path, body = forge["path"].removeprefix("/api/v1"), b"{}"
    problem(web.post(path, content=body, headers=signature(forge["secret"], body)), 403, "forbidden")
    assert forge["imports"] == []


def test_an_upload_has_no_forge(web: Web) -> None:
    design = web.town.upload()
    problem(web.post(f"/designs/{design.id}/forges", "ste"), 422, "input")
    problem(web.post(f"/designs/{design.id}/forges", "ada"), 403, "forbidden")


def test_a_name_too_long_for_a_name_server_is_refused() -> None:
    with pytest.raises(InputError):
        outside_place("https://" + "a" * 70 + ".example/")
