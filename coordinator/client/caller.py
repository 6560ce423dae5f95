"""Requests to a coordinator: sent again when that is safe, answered with values or with our own errors.

A request is sent again when it reads, when it has an idempotency key (then it happens once, however often it comes), or
when it never reached anybody; after 429, 502, 503 and 504, and after lost connections. The pauses double, with some
chance in them, so that many clients do not come back at one moment; what the coordinator asks to wait counts first.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import httpx

from coordinator.client.problems import AwayError, error_of, retry_after_s
from coordinator.client.values import plain
from core.errors import FabcommonsError

__all__ = ["API", "Caller", "Patience", "new_key"]

API: Final = "/api/v1"
_AGAIN: Final = frozenset({429, 502, 503, 504})
_SAFE: Final = frozenset({"GET", "HEAD"})
_MOST_TAGS = 256
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)  # importing a design takes a while


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is sent, and how long the pauses between are.

    Attributes:
        tries: at most, the first included.
        first_s: the first pause; each is twice as long as the one before.
        longest_s: no pause is longer, whatever the coordinator asks for; then the error is told.
    """

    tries: int = 5
    first_s: float = 0.5
    longest_s: float = 30.0

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError("a request is sent at least once")
        if not 0 <= self.first_s <= self.longest_s:
            raise ValueError("the first pause is not negative, and not above the longest")

    def pause_s(self, failures: int, asked_s: float | None, chance: float) -> float | None:
        """How long to wait after so many failures; None where it is of no use to go on.

        Args:
            failures: 1 or more.
            asked_s: by the coordinator, or None.
            chance: from 0 to 1.
        """
        if failures >= self.tries or (asked_s is not None and asked_s > self.longest_s):
            return None
        own_s = min(self.longest_s, self.first_s * 2.0 ** (failures - 1)) * (0.5 + chance / 2)
        return max(own_s, asked_s or 0.0)


def new_key(key: str | None) -> str:
    """An idempotency key: the caller's own, or one that nobody else has."""
    return key if key is not None else uuid.uuid4().hex


class Caller:
    """One client's requests; not for several threads at once.

    Args:
        address: of the coordinator, such as "https://fab.example".
        token: shown with each request; None for a visitor.
        transport: stands in for the network.
        patience: how often and how long it tries.
        pause: waits so many seconds.
        origin: the page's origin (RFC 6454) that a change in a session must come from; None without a session.
    """

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        patience: Patience | None = None,
        pause: Callable[[float], None] = time.sleep,
        origin: str | None = None,
    ) -> None:
        headers = {"User-Agent": f"fabcommons/{version('fabcommons')}"}
        if origin is not None:
            headers["Origin"] = origin
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self.address = address
        self.patience = patience or Patience()
        self.pause = pause
        self._http = httpx.Client(
            base_url=address + API, headers=headers, timeout=_TIMEOUT, transport=transport, follow_redirects=False
        )
        self._tagged: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Any:
        """What is answered, as JSON; None where the answer is empty. What was read before and still holds is not sent.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: below `/api/v1`.
            query: values that are None are left out.
            body: JSON, or values of our own; None for none.
            key: an idempotency key, where the request takes one.
            headers: further ones; those that are None are left out.

        Raises:
            FabcommonsError: the coordinator refuses; of the kind that its rooms raise.
            AwayError: it cannot be reached.
        """
        request = self._request(query, headers, key)
        if body is not None:
            request["json"] = plain(body)
        known = self._tagged.get(_name(path, request["params"])) if method == "GET" else None
        if known is not None:
            request["headers"].setdefault("If-None-Match", known[0])
        answer = self.send(method, path, keyed=key is not None, **request)
        if answer.status_code == 304 and known is not None:
            return known[1]
        if answer.status_code == 204 or not answer.content:
            return None
        document = _json(answer)
        if method == "GET":
            self._remember(_name(path, request["params"]), answer, document)
        return document

    def bytes(self, path: str, *, query: Mapping[str, Any] | None = None) -> bytes:
        """What is answered to a GET, as it comes."""
        return self.send("GET", path, **self._request(query)).content

    def text(self, path: str, *, query: Mapping[str, Any] | None = None) -> str:
        """What is answered to a GET, as text."""
        return self.send("GET", path, **self._request(query)).text

    def tag(self, path: str) -> str | None:
        """The entity tag of what was last read at a path, for `If-Match`; None where nothing was."""
        known = self._tagged.get(_name(path, {}))
        return known[0] if known is not None else None

    def send(self, method: str, path: str, *, keyed: bool = False, **request: Any) -> httpx.Response:
        """Send a request, again where that is safe; the answer is a success or 304, and read.

        Args:
            method: of HTTP.
            path: below `/api/v1`.
            keyed: whether it may be sent twice although it changes something.
            request: as httpx takes it.

        Raises:
            FabcommonsError: the coordinator refuses.
            AwayError: it cannot be reached.
        """
        safe, failures = method in _SAFE or keyed, 0
        while True:
            failures += 1
            asked_s: float | None = None
            try:
                answer = self._http.request(method, path, **request)
            except httpx.HTTPError as failed:
                error: FabcommonsError = self._away(failed)
                again = safe or isinstance(failed, httpx.ConnectError | httpx.ConnectTimeout)
            else:
                if answer.is_success or answer.status_code == 304:
                    return answer
                error, asked_s = error_of(answer), retry_after_s(answer)
                again = _passes(answer) and (safe or answer.status_code == 429)
            pause_s = self.patience.pause_s(failures, asked_s, random.random()) if again else None  # noqa: S311 (no secret)
            if pause_s is None:
                raise error
            self.pause(pause_s)

    @contextmanager
    def stream(self, method: str, path: str, **request: Any) -> Iterator[httpx.Response]:
        """An answer that is read while it comes; sent once.

        Raises:
            FabcommonsError: the coordinator refuses.
            AwayError: it cannot be reached, or is lost while the answer comes.
        """
        try:
            with self._http.stream(method, path, **request) as answer:
                if not answer.is_success:
                    answer.read()
                    raise error_of(answer)
                yield answer
        except httpx.HTTPError as failed:
            raise self._away(failed) from None

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    @staticmethod
    def _request(
        query: Mapping[str, Any] | None, headers: Mapping[str, str | None] | None = None, key: str | None = None
    ) -> dict[str, Any]:
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        if key is not None:
            sent["Idempotency-Key"] = key
        asked = {name: plain(value) for name, value in (query or {}).items() if value is not None}
        return {"params": asked, "headers": sent}

    def _remember(self, name: str, answer: httpx.Response, document: Any) -> None:
        tag = answer.headers.get("etag")
        if tag is not None:
            self._tagged.pop(name, None)
            self._tagged[name] = (tag, document)
            if len(self._tagged) > _MOST_TAGS:
                self._tagged.popitem(last=False)

    def _away(self, failed: httpx.HTTPError) -> AwayError:
        said = str(failed) or type(failed).__name__
        hint = "is it running, and the address right? fabcommons doctor says more"
        return AwayError(f"the coordinator cannot be reached: {said}", where=self.address, hint=hint)


def _passes(answer: httpx.Response) -> bool:
    """Whether the trouble may be gone in a moment; a program that is missing will still be missing."""
    return answer.status_code in _AGAIN and b'"missing-tool"' not in answer.content


def _name(path: str, query: Mapping[str, Any]) -> str:
    return f"{path}?{httpx.QueryParams(query)}"


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise AwayError("what answers is no coordinator", where=str(answer.request.url)) from None
