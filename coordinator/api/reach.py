"""The way to other networks: HTTPS to public addresses, each looked at and then used exactly, within bounds.

As with webhooks the name is resolved anew each time, and the connection goes to the address that was looked at. No
redirect is followed.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Final
from urllib.parse import urlsplit

import httpx

from coordinator.service.reaching.outside import Place, outside_place
from core.errors import LimitError, StateError

__all__ = ["HttpReach"]

_SILENCE_S: Final = 10.0
_READ_S: Final = 30.0
_FETCH_S: Final = 600.0
_CHUNK: Final = 2**16


class HttpReach:
    """Asks coordinators elsewhere."""

    def __init__(
        self,
        *,
        local: bool = False,
        look: Callable[..., Place] = outside_place,
        transport: Callable[[], httpx.BaseTransport] = httpx.HTTPTransport,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """What is not given is as in use.

        Args:
            local: whether addresses inside this network may be asked, without TLS too.
            look: at an address.
            transport: makes the way out.
            monotonic: tells the time.
        """
        self._local = local
        self._look = look
        self._transport = transport
        self._monotonic = monotonic

    def check(self, url: str) -> None:
        """Look at an address.

        Raises:
            InputError: it is not public, or not https://.
        """
        self._place(url)

    def read(self, url: str, most_bytes: int) -> bytes:
        """What is at an address.

        Raises:
            InputError: it may not be asked.
            StateError: it does not answer as it should.
            LimitError: it is larger than that.
        """
        found = io.BytesIO()
        self._copy(url, most_bytes, found, _READ_S)
        return found.getvalue()

    def fetch(self, url: str, most_bytes: int, into: IO[bytes]) -> None:
        """The same, written into an open file."""
        self._copy(url, most_bytes, into, _FETCH_S)

    def _copy(self, url: str, most_bytes: int, into: IO[bytes], within_s: float) -> None:
        end_s, size = self._monotonic() + within_s, 0
        with self._answer(url) as answer:
            for chunk in answer.iter_raw(_CHUNK):
                size += len(chunk)
                if size > most_bytes:
                    raise LimitError(f"what it answers is larger than {most_bytes:,} bytes", where=_shown(url))
                if self._monotonic() > end_s:
                    raise StateError(f"it takes longer than {within_s:.0f} s", where=_shown(url))
                into.write(chunk)

    @contextmanager
    def _answer(self, url: str) -> Iterator[httpx.Response]:
        place, parts = self._place(url), urlsplit(url)
        pinned = f"[{place.addresses[0]}]" if ":" in place.addresses[0] else place.addresses[0]
        target = parts._replace(netloc=f"{pinned}:{place.port}", fragment="").geturl()
        headers = {"host": parts.netloc, "user-agent": "fabcommons", "accept-encoding": "identity"}
        sni = {"sni_hostname": place.host}
        try:
            with (
                httpx.Client(transport=self._transport(), trust_env=False, timeout=_SILENCE_S) as client,
                client.stream("GET", target, headers=headers, extensions=sni) as answer,
            ):
                if answer.status_code != 200:
                    raise StateError(f"it answers {answer.status_code}", where=_shown(url))
                yield answer
        except httpx.HTTPError as error:  # an error's text may tell of our own network
            raise StateError(f"it cannot be reached: {type(error).__name__}", where=_shown(url)) from None

    def _place(self, url: str) -> Place:
        return self._look(url, local=self._local, plain=self._local)


def _shown(url: str) -> str:
    return url.partition("?")[0][:300]
