"""A coordinator as it is reached from here: address, TLS, version, clock, token, events that are held back."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from coordinator.checkup import Check, State
from coordinator.commands.tokens import token_for
from coordinator.settings import current
from core.errors import FabcommonsError

__all__ = ["look_there"]

_API: Final = "/api/v1"
_MOST_SKEW_S: Final = 30.0
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def look_there(
    coordinator: str | None, token: str | None, timeout_s: float, *, transport: httpx.BaseTransport | None = None
) -> Iterator[Check]:
    """Everything about the coordinator that is named; nothing where none is.

    Args:
        coordinator: an address, or None for that of the settings.
        token: to show, or None for that of settings or log-in.
        timeout_s: for each request.
        transport: stands in for the network.
    """
    try:
        settings = current("client")
        address = coordinator or settings.get("coordinator")
        shown = token or settings.get("token") or (token_for(address) if address else None)
    except FabcommonsError as error:
        yield Check("coordinator", State.WRONG, str(error), "mend the settings")
        return
    if address is None:
        yield Check("coordinator", State.NOTE, "none is named", "--coordinator URL, or FABCOMMONS_COORDINATOR")
        return
    base = str(address).rstrip("/")
    with httpx.Client(base_url=base + _API, timeout=timeout_s, transport=transport) as client:
        try:
            answer = client.get("/health")
            health = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, UnicodeError) as error:
            yield _unreachable(base, error)
            return
        if not isinstance(health, dict) or "last_event" not in health:
            found = f"what answers at {base} is no coordinator (status {answer.status_code})"
            yield Check("coordinator", State.WRONG, found, "is the address right, and the proxy in front of it?")
            return
        yield _version(base, str(health.get("version")))
        yield _encryption(base)
        yield _clock(answer, simulated=bool(health.get("simulated")))
        yield _token(client, shown)
        yield _events(client, timeout_s)


def _unreachable(base: str, error: Exception) -> Check:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            mend = "renew the certificate, or name the address that it is for"
            return Check("coordinator", State.WRONG, f"TLS to {base} fails: {cause}", mend)
        cause = cause.__cause__ or cause.__context__
    said = str(error) or type(error).__name__
    return Check("coordinator", State.WRONG, f"{base} cannot be reached: {said}", "is it running?")


def _version(base: str, theirs: str) -> Check:
    ours = version("fabcommons")
    if theirs != ours:
        return Check("coordinator", State.NOTE, f"{base} has version {theirs}, this is {ours}", "update the older one")
    return Check("coordinator", State.GOOD, f"{base} answers, version {theirs}")


def _encryption(base: str) -> Check:
    parts = urlsplit(base)
    if parts.scheme == "https":
        return Check("encryption", State.GOOD, "TLS, and the certificate is good")
    if parts.hostname in _LOCAL:
        return Check("encryption", State.GOOD, "none, within this computer")
    return Check("encryption", State.WRONG, "none: tokens are legible on the way", "a TLS proxy: docs/serving.md")


def _clock(answer: httpx.Response, *, simulated: bool) -> Check:
    if simulated:
        return Check("clock", State.NOTE, "the coordinator's time is simulated")
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return Check("clock", State.NOTE, "the answer does not say what time it is")
    skew_s = (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()
    if abs(skew_s) > _MOST_SKEW_S:
        return Check("clock", State.WRONG, f"differs from the coordinator's by {skew_s:.0f} s", "set it by NTP on both")
    return Check("clock", State.GOOD, "as the coordinator's")


def _token(client: httpx.Client, token: str | None) -> Check:
    if token is None:
        return Check("token", State.NOTE, "none; you may read what is public", "fabcommons login")
    try:
        answer = client.get("/me", headers={"Authorization": f"Bearer {token}"})
        me: Any = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return Check("token", State.WRONG, f"it could not be tried: {error}", "try again")
    if answer.status_code != 200 or not isinstance(me, dict):
        return Check("token", State.WRONG, "the coordinator does not take it", "fabcommons login")
    roles = ", ".join(sorted({str(each.get("role")) for each in me.get("grants", [])})) or "no role"
    return Check("token", State.GOOD, f"{me.get('id')}: {roles}")


def _events(client: httpx.Client, timeout_s: float) -> Check:
    """The first line comes at once, unless somebody between collects what is to be passed on."""
    mend = "turn response buffering off for /api/v1/events in the proxy"
    try:
        with client.stream("GET", "/events", headers={"Accept": "text/event-stream"}) as answer:
            if answer.status_code != 200:
                return Check("events", State.WRONG, f"status {answer.status_code}", mend)
            for _ in answer.iter_raw():
                return Check("events", State.GOOD, "come as they happen")
    except httpx.TimeoutException:
        return Check("events", State.WRONG, f"nothing came within {timeout_s:g} s", mend)
    except httpx.HTTPError as error:
        return Check("events", State.WRONG, f"the line is cut: {type(error).__name__}", mend)
    return Check("events", State.WRONG, "the stream ends at once", mend)
