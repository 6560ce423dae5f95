"""Addresses that strangers ask us to fetch from: only public ones, so that nobody reaches our own network through us.

A name is resolved here, every address that it has is looked at, and git is told to use exactly these and to follow no
redirect: the name cannot mean another computer a moment later. Ranges by the IANA registries of special-purpose
addresses, as `ipaddress` knows them.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from core.errors import InputError

__all__ = ["Resolve", "fetch_settings"]

Resolve = Callable[[str], Sequence[str]]
"""From a name to its addresses."""
_PORT = 443
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_MAX_CHARS = 2000


def _resolved(name: str) -> Sequence[str]:
    return sorted({str(each[4][0]) for each in socket.getaddrinfo(name, _PORT, type=socket.SOCK_STREAM)})


def fetch_settings(address: str, *, local: bool = False, resolve: Resolve = _resolved) -> tuple[str, ...]:
    """The settings with which git may fetch from an address that a stranger gave.

    Args:
        address: of a git repository.
        local: whether addresses inside this network are allowed too.
        resolve: looks names up.

    Raises:
        InputError: the address is not ``https://``, carries a name or a password, names a port, cannot be found, or
            leads into this network.
    """
    if len(address) > _MAX_CHARS or not address.isascii() or not address.isprintable() or " " in address:
        raise InputError("this is no address of a git repository", hint="write https://host/path")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InputError("this is no address of a git repository", hint="write https://host/path") from None
    where = f"https://{host}"
    if parts.scheme != "https" or not _NAME.fullmatch(host):
        raise InputError("designs are fetched from https:// addresses only", hint="or upload the design as a zip")
    if parts.username is not None or parts.password is not None:
        raise InputError("the address carries a name or a password", where=where, hint="leave it out")
    if port not in (None, _PORT):
        raise InputError(f"designs are fetched from port {_PORT} only", where=where)
    try:
        addresses = resolve(host)
    except OSError:
        addresses = ()
    if not addresses:
        raise InputError("this host cannot be found", where=where)
    if not local and not all(_is_public(each) for each in addresses):
        raise InputError("this address leads into a network that is not public", where=where, hint="upload a zip")
    pinned = ",".join(f"[{each}]" if ":" in each else each for each in addresses)
    return ("http.followRedirects=false", f"http.curloptResolve={host}:{_PORT}:{pinned}")


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inner is not None and not _is_public(str(inner)):
        return False
    return address.is_global and not address.is_multicast
