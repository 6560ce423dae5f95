"""What keeps one client from taking the coordinator from all others: sizes of bodies, rates of requests."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coordinator.api.problems import CODES, TOO_MANY, problem
from coordinator.service.buckets import Buckets
from core.errors import LimitError

__all__ = ["BodyLimit", "RateLimit"]


class BodyLimit:
    """Refuses bodies that are too large, by what they say and by what really comes."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, upload_bytes: int, uploads: re.Pattern[str]) -> None:
        """Args: most_bytes: of any body; upload_bytes: of a body to a path that `uploads` matches."""
        self._app = app
        self._most = most_bytes
        self._upload = upload_bytes
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._upload if self._uploads.fullmatch(scope["path"]) else self._most
        stated = HTTPConnection(scope).headers.get("content-length", "0")
        if not stated.isdecimal() or int(stated) > most:
            await _too_large(most)(scope, receive, send)
            return
        meter = _Meter(most, receive, send)
        try:
            await self._app(scope, meter.receive, meter.send)
        except LimitError:
            if meter.answered:
                raise
        if meter.over and not meter.answered:
            await _too_large(most)(scope, receive, send)


class _Meter:
    """Counts one body; what the app answers to one that is too large is not sent."""

    def __init__(self, most: int, receive: Receive, send: Send) -> None:
        self._most, self._receive, self._send = most, receive, send
        self._taken = 0
        self.answered = False

    @property
    def over(self) -> bool:
        """Whether more came than may."""
        return self._taken > self._most

    async def receive(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self.over:
            raise LimitError(f"the body is larger than {self._most:,} bytes")
        return message

    async def send(self, message: Message) -> None:
        if self.over and not self.answered:
            return  # the app takes the end of the body for an error of another kind
        self.answered = True
        await self._send(message)


class RateLimit:
    """A bucket of requests for each address, which fills at a steady rate."""

    def __init__(
        self, app: ASGIApp, *, per_s: float, burst: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: per_s: requests a second in the long run; burst: at once; monotonic: tells the time."""
        self._app = app
        self._buckets = Buckets(per_s=per_s, burst=burst)
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        if scope["type"] == "http":
            wait_s = self._buckets.take(_client(scope), self._monotonic())
            if wait_s > 0:
                headers = {"Retry-After": str(int(wait_s) + 1)}
                answer = problem(TOO_MANY, f"try again in {wait_s:.1f} s", headers=headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _client(scope: Scope) -> str:
    """By address: a token that is made up for each request gives no bucket of its own."""
    return str((scope.get("client") or ("unknown",))[0])


def _too_large(most: int) -> ASGIApp:
    return problem(CODES[LimitError], f"the body is larger than {most:,} bytes")
