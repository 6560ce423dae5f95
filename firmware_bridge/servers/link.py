"""HTTP to one print server: addresses, keys, time limits, and errors in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from core.errors import DeviceError, InputError

__all__ = ["Link", "ServerAwayError", "quoted", "server_url"]

_MAX_ANSWER_BYTES = 8_000_000
_ANSWER_S = 10.0


class ServerAwayError(DeviceError):
    """The server cannot be reached or did not answer in time: whether it took the request is unknown."""


def server_url(text: str) -> str:
    """An address as people write it, as a URL without a slash at its end.

    Raises:
        InputError: it is no http address, or carries a password.
    """
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"{text!r} is no address of a print server", hint="write http://printer.local or https://...")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("the address of a print server holds host, port and path only", hint="give the key apart")
    return url.rstrip("/")


def quoted(path: str) -> str:
    """A path inside a URL."""
    return quote(path, safe="/")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, with a status below 400 or one that was expected."""

    status: int
    body: Any


class Link:
    """Requests to one server.

    Args:
        address: see `server_url`.
        headers: sent with every request (keys).
        auth: of httpx, for digest.
        key_statuses: with which the server refuses a key.
        transport: of httpx; tests pass one of their own.
    """

    def __init__(
        self,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        key_statuses: tuple[int, ...] = (401, 403),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = server_url(address)
        self._key_statuses = key_statuses
        # No proxy and no redirect: a key is sent to the address that a person wrote and nowhere else.
        self._client = httpx.AsyncClient(
            base_url=self.address,
            headers=dict(headers or {}),
            auth=auth,
            transport=transport,
            timeout=_ANSWER_S,
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(
        self, method: str, path: str, *, expect: tuple[int, ...] = (), limit_s: float = _ANSWER_S, **request: Any
    ) -> Answer:
        """Send one request.

        Args:
            method: of HTTP.
            path: below the address.
            expect: statuses of 400 and more that are an answer like others.
            limit_s: until the server counts as away.
            **request: `json`, `files`, `data`, `params`, `content` and `headers` as httpx takes them.

        Raises:
            ServerAwayError: no answer came.
            InputError: the key was refused.
            DeviceError: the server answered with an error, or with something that is no answer.
        """
        try:
            async with self._client.stream(method, path, timeout=limit_s, **request) as response:
                body = await _read(response)
        except httpx.TimeoutException:
            raise ServerAwayError(f"no answer within {limit_s:g} s", where=self.address) from None
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            raise ServerAwayError(f"cannot be reached: {why}", where=self.address) from None
        status = response.status_code
        if status in expect or status < 300:
            return Answer(status, body)
        if status in self._key_statuses:
            hint = "check the key, and that it may print"
            raise InputError(f"the server refuses the key ({status}): {_words(body)}", where=self.address, hint=hint)
        if status < 400:
            raise DeviceError("the server answers with a redirect", where=self.address, hint="give its final address")
        raise DeviceError(f"{method} {path} was refused with {status}: {_words(body)}", where=self.address)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _read(response: httpx.Response) -> Any:
    """The body as JSON, or as text where it is none."""
    data = bytearray()
    async for part in response.aiter_bytes():
        data += part
        if len(data) > _MAX_ANSWER_BYTES:
            raise DeviceError(f"the answer is larger than {_MAX_ANSWER_BYTES // 1_000_000} MB", where=str(response.url))
    if "json" in response.headers.get("content-type", ""):
        try:
            return httpx.Response(200, content=bytes(data)).json()
        except ValueError:
            raise DeviceError("the answer is no JSON", where=str(response.url)) from None
    return data.decode("utf-8", "replace")


def _words(body: Any) -> str:
    """The error in a body, in one short line."""
    if isinstance(body, dict):
        inner = body.get("error", body.get("message", body))
        body = inner.get("message", inner) if isinstance(inner, dict) else inner
    return " ".join(str(body).split())[:200] or "no reason given"
