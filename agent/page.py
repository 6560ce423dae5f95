"""The agent's own page: what its machines do, also while the coordinator is away, and buttons that act on them.

Anybody who reaches the page may read it; whoever acts types the page's password into the form itself. There is no
cookie, so no other site can act through a browser that was here. It answers to its own names only, for a page of
another site could else reach it under a name of its own (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from agent.control import Act, Ask
from agent.page_text import EXPLAINED, STYLE_HASH, ask_text, overview_text, told_text
from agent.scene import Scene, scene_of
from agent.station import Station
from core.errors import FabcommonsError, InputError, StateError

__all__ = ["Page", "PageAddress", "serve_page"]

_LOG = logging.getLogger("fabcommons.agent")
_WHO = "the agent's page"
_MOST_BODY_BYTES = 4096
_MOST_AT_ONCE = 8
_PATIENCE_S = 10.0  # for a browser that says nothing
_ACT_S = 150.0  # homing takes its time
_WRONG_IN_A_MINUTE = 5
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class PageAddress:
    """Where the page listens.

    Attributes:
        host: a name or address of this computer.
        port: 0 is any that is free.
        names: further names by which browsers reach it.
    """

    host: str = "127.0.0.1"
    port: int = 8485
    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> PageAddress:
        """From ``HOST:PORT`` or ``PORT``.

        Raises:
            InputError: it is neither.
        """
        host, colon, port = text.rpartition(":")
        if not port.isdecimal() or int(port) > 65535 or (colon and not host):
            raise InputError(f"{text!r} is no address of a page", hint="write HOST:PORT, such as 127.0.0.1:8485")
        return cls(host.strip("[]") or "127.0.0.1", int(port))

    def knows(self, shown: str) -> bool:
        """Whether a browser that asks for this host means the page: by a number, or by a name of this computer."""
        try:
            name = (urlsplit(f"//{shown}").hostname or "").rstrip(".")
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            own = socket.gethostname().lower()
            return name in {"localhost", self.host.lower(), own, f"{own}.local", *self.names}
        return True  # a page of another site has a name


@dataclass
class Page:
    """What the page shows and does; knows no HTTP.

    Args:
        station: whose machines.
        loop: in which it works.
        password: of whoever acts.
    """

    station: Station
    loop: asyncio.AbstractEventLoop
    password: str
    _wrong: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if len(self.password) < 8:
            raise InputError("the page's password has 8 signs or more", hint="set FABCOMMONS_PAGE_PASSWORD")

    def scene(self) -> Scene:
        """What there is to see now."""
        return asyncio.run_coroutine_threadsafe(scene_of(self.station), self.loop).result(_PATIENCE_S)

    def act(self, machine: str, act: Act, password: str) -> str:
        """Do what a person asks; what came of it.

        Raises:
            StateError: the password is wrong, or it cannot be done now.
            FabcommonsError: the machine refuses.
        """
        self._refuse_stranger(password)
        control = self.station.steering.of(machine)
        if control is None:
            raise StateError("no job runs on it from here: use the machine's own switch", where=machine)
        asked = asyncio.run_coroutine_threadsafe(control.obey(Ask(act, _WHO, any_pause=True)), self.loop)
        try:
            return asked.result(_ACT_S)
        except TimeoutError:
            raise StateError("the machine has not answered yet: look at it", where=machine) from None

    def _refuse_stranger(self, password: str) -> None:
        """Compare in constant time; who guesses is slowed down."""
        with self._lock:
            now = time.monotonic()
            self._wrong = [each for each in self._wrong if now - each < 60.0]
            if len(self._wrong) >= _WRONG_IN_A_MINUTE:
                raise StateError("too many wrong passwords: wait a minute, or use the machine's own switch")
            if not hmac.compare_digest(password.encode(), self.password.encode()):
                self._wrong.append(now)
                raise StateError("the password is wrong: nothing was done")


class _Server(ThreadingHTTPServer):
    """A few requests at a time; more are let go."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, address: PageAddress, page: Page) -> None:
        self.address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self.shown, self.page = address, page
        self._free = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__((address.host, address.port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve it in a thread of its own, if there are not too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """As the standard server; the place is free afterwards."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 (signature is socketserver's)
        """A browser that went away is no news."""
        _LOG.debug("a request to the page broke off", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_S
    server_version = "fabcommons"
    sys_version = ""

    def do_GET(self) -> None:
        """The overview, or the question before an act."""
        if not self._is_meant():
            return
        path = urlsplit(self.path).path
        scene = self.server.page.scene()
        if path == "/":
            self._say(HTTPStatus.OK, overview_text(scene))
            return
        machine, act = _place(path)
        if act is None or machine not in {each.id for each in scene.machines}:
            self._say(HTTPStatus.NOT_FOUND, told_text("There is no such page", "Go back to the machines."))
            return
        self._say(HTTPStatus.OK, ask_text(machine, act))

    def do_POST(self) -> None:
        """Act, once the password is right."""
        if not self._is_meant():
            return
        machine, act = _place(urlsplit(self.path).path)
        fields = self._fields()
        if act is None or fields is None:
            self._say(HTTPStatus.NOT_FOUND, told_text("There is no such page", "Nothing was done."))
            return
        try:
            text = self.server.page.act(machine, act, fields.get("password", ""))
        except FabcommonsError as error:
            self._say(HTTPStatus.CONFLICT, told_text(f"{machine}: not done", str(error)))
        else:
            self._say(HTTPStatus.OK, told_text(f"{machine}: {EXPLAINED[act].words}", text))

    def _is_meant(self) -> bool:
        """Refuse who asks under a name that is not ours, and forms of other sites."""
        site = self.headers.get("Sec-Fetch-Site", "none")
        strange = self.command == "POST" and site not in ("same-origin", "none")
        if self.server.shown.knows(self.headers.get("Host", "")) and not strange:
            return True
        self.close_connection = True
        self._say(HTTPStatus.MISDIRECTED_REQUEST, told_text("This page has another address", "Nothing was done."))
        return False

    def _fields(self) -> Mapping[str, str] | None:
        """What the form sends, or None when it is none of ours."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_BODY_BYTES:
            self.close_connection = True
            return None
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        try:
            return {name: values[0] for name, values in parse_qs(body, max_num_fields=10).items()}
        except ValueError:
            return None

    def _say(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (signature is the standard library's)
        """Requests are no news."""


def _place(path: str) -> tuple[str, Act | None]:
    """The machine and the act of ``/MACHINE/ACT``; no act where it is no such address."""
    machine, _, word = path.strip("/").partition("/")
    known = {each.value.replace(" ", "-"): each for each in EXPLAINED}
    return machine, known.get(word)


def serve_page(page: Page, address: PageAddress) -> tuple[ThreadingHTTPServer, str]:
    """Serve the page in a thread until the server is shut down; the server, and where it listens.

    Raises:
        InputError: it cannot listen there.
    """
    try:
        server = _Server(address, page)
    except OSError as error:
        where = f"{address.host}:{address.port}"
        raise InputError(
            f"the page cannot listen there: {error.strerror}", where=where, hint="give another --page"
        ) from None
    threading.Thread(target=server.serve_forever, args=(0.1,), name="page", daemon=True).start()
    host = f"[{address.host}]" if ":" in address.host else address.host
    return server, f"http://{host}:{server.server_address[1]}/"
