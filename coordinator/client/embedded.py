"""The application of a folder in this process: the same routes, without a socket.

This is the one module of the client that needs the coordinator's packages.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from starlette.types import ASGIApp, Message

from coordinator.api.app import create_app
from coordinator.api.server import Serving, house_of
from coordinator.schema.service import OrderRow
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import House

__all__ = ["AppTransport", "opened"]

_START_S = 600.0


@contextmanager
def opened(folder: Path, database_url: str | None = None, files_url: str | None = None) -> Iterator[FastAPI]:
    """The app of a folder, which is made where there is none; its application is `app.state.application`.

    Raises:
        StateError: another process works in the folder; ask that one, by its address.
        InputError: the folder or the database's address cannot be used.
    """
    with house_of(Serving(folder, database_url=database_url, files_url=files_url)) as house:
        application = Application(house)
        try:
            # who shows no token holds the folder in hand, and so is its keeper
            yield create_app(application, per_s=1e6, burst=10**6, visitor=KEEPER)
            _plan(application)
        finally:
            _end(house)
            application.close()


def _plan(application: Application) -> None:
    """Plan what was asked for meanwhile: nobody else does that in a folder that nobody serves."""
    wanted = select(OrderRow.build_id).where(OrderRow.plan_wanted > OrderRow.plan_made).limit(1)
    with application.house.looking() as session:
        waits = session.scalar(wanted) is not None
    while waits and application.planner.plan_next() is not None:
        pass


def _end(house: House) -> None:
    house.closing.set()
    house.bell.ring()


class AppTransport(httpx.BaseTransport):
    """Carries requests to an ASGI app on an event loop of its own; answers can be read while they come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded", daemon=True)
        self._thread.start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx asks."""
        exchange = _Exchange(self._app, request, request.read())
        running = asyncio.run_coroutine_threadsafe(exchange.run(self._loop), self._loop)
        first = exchange.told.get(timeout=_START_S)
        if isinstance(first, BaseException):
            running.result()
            raise first
        return httpx.Response(first["status"], headers=first["headers"], stream=_Body(exchange))

    def close(self) -> None:
        """End the loop; once is enough."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(timeout=10.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10.0)
        self._loop.close()

    async def _finish(self) -> None:
        others = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class _Exchange:
    """One request and its answer, message by message."""

    def __init__(self, app: ASGIApp, request: httpx.Request, body: bytes) -> None:
        self.told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._app = app
        self._body: bytes | None = body
        self._left: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        url = request.url
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port or 80),
            "client": ("127.0.0.1", 0),
            "root_path": "",
        }

    async def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the app answer; what it raises is told to who waits."""
        self._loop, self._left = loop, asyncio.Event()
        try:
            await self._app(self._scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - the edge of a thread: who waits for the answer must hear of it
            self.told.put(error)
        finally:
            self.told.put(None)

    def leave(self) -> None:
        """Say that nobody reads any more."""
        if self._loop is not None and self._left is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._left.set)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        assert self._left is not None  # noqa: S101 - set before the app runs
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.told.put(message)


class _Body(httpx.SyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while (message := self._exchange.told.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            if message["type"] == "http.response.body":
                yield message.get("body", b"")
                if not message.get("more_body", False):
                    return

    def close(self) -> None:
        self._exchange.leave()
