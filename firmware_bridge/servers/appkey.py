"""A key from OctoPrint that a person grants in its page, instead of copying one.

Source: OctoPrint's bundled Application Keys plug-in, tried with 1.11.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import httpx

from core.errors import DeviceError, InputError
from firmware_bridge.servers.answers import mapping, text
from firmware_bridge.servers.link import Link

__all__ = ["Asked", "ask_for_key", "wait_for_key"]

_APP = "fabcommons"
_POLL_S = 1.0  # a request that nobody asks about for 5 s is forgotten
_PENDING, _DENIED = 202, 404


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a key.

    Attributes:
        link: to the server; `wait_for_key` closes it.
        token: of the request.
    """

    link: Link
    token: str


async def ask_for_key(
    address: str, *, user: str | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> Asked:
    """Ask for a key; a dialog then shows in OctoPrint's page.

    Args:
        address: of the server, as people write it.
        user: who may grant it; None: whoever is logged in.
        transport: of httpx; tests pass one of their own.

    Raises:
        DeviceError: the server cannot be reached, or has no such plug-in.
    """
    link = Link(address, key_statuses=(), transport=transport)
    try:
        if (await link.ask("GET", "/plugin/appkeys/probe", expect=(404,))).status != 204:
            hint = "switch its plug-in Application Keys on, or copy a key from its settings"
            raise DeviceError("the server grants no application keys", where=link.address, hint=hint)
        wanted = {"app": _APP} | ({"user": user} if user else {})
        answer = await link.ask("POST", "/plugin/appkeys/request", json=wanted)
        token = text(mapping(answer.body), "app_token")
        if not token:
            raise DeviceError("the server's answer holds no token", where=link.address)
    except BaseException:
        await link.close()
        raise
    return Asked(link, token)


async def wait_for_key(asked: Asked, *, limit_s: float = 120.0) -> str:
    """The key, once a person has granted it.

    Raises:
        InputError: the person refused, or nobody answered in time.
        DeviceError: the server cannot be reached any more.
    """
    link, end = asked.link, time.monotonic() + limit_s
    try:
        while time.monotonic() < end:
            answer = await link.ask("GET", f"/plugin/appkeys/request/{asked.token}", expect=(_DENIED,))
            if answer.status == _DENIED:
                raise InputError("the key was not granted", where=link.address)
            key = text(mapping(answer.body), "api_key")
            if answer.status != _PENDING and key:
                return key
            await asyncio.sleep(_POLL_S)
        raise InputError(f"nobody granted the key within {limit_s:g} s", where=link.address)
    finally:
        await link.close()
