"""Addresses that strangers ask us to reach: only public ones, so that nobody reaches our own network through us.

A name is resolved here, every address that it has is looked at, and whoever then connects is told to use exactly these
and to follow no redirect: the name cannot mean another computer a moment later. Ranges by the IANA registries of
special-purpose addresses, as `ipaddress` knows them.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import InputError

__all__ = ["Place", "Resolve", "fetch_settings", "is_public", "outside_place"]

Resolve = Callable[[str], Sequence[str]]
"""From a name to its addresses."""
_PORT = 443
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_MAX_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads.

    Attributes:
        host, port: as the address has them.
        addresses: of the host, of which each was looked at.
    """

    host: str
    port: int
    addresses: tuple[str, ...]


def _resolved(name: str) -> Sequence[str]:
    return sorted({str(each[4][0]) for each in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})


def outside_place(address: str, *, local: bool = False, plain: bool = False, resolve: Resolve = _resolved) -> Place:
    """Look at an address that a stranger gave.

    Args:
        address: as it was given.
        local: whether addresses inside this network are allowed too.
        plain: whether ``http://`` and other ports than 443 are allowed too.
        resolve: looks names up.

    Raises:
        InputError: the address is not ``https://``, carries a name or a password, names a port, cannot be found, or
            leads into this network.
    """
    form = "write https://host/path"
    if len(address) > _MAX_CHARS or not address.isascii() or not address.isprintable() or " " in address:
        raise InputError("this is no address", hint=form)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InputError("this is no address", hint=form) from None
    where = f"{parts.scheme}://{host}"
    if parts.scheme not in (("https", "http") if plain else ("https",)) or not _NAME.fullmatch(host):
        raise InputError("this is no https:// address of a named host", hint=form)
    if parts.username is not None or parts.password is not None:
        raise InputError("the address carries a name or a password", where=where, hint="leave it out")
    if port not in (None, _PORT) and not plain:
        raise InputError(f"only port {_PORT} is used", where=where)
    try:
        addresses = resolve(host)
    except (OSError, UnicodeError):  # a label that is too long is no name of a host
        addresses = ()
    if not addresses:
        raise InputError("this host cannot be found", where=where)
    if not local and not all(is_public(each) for each in addresses):
        raise InputError("this address leads into a network that is not public", where=where)
    return Place(host, port or (_PORT if parts.scheme == "https" else 80), tuple(addresses))


def fetch_settings(address: str, *, local: bool = False, resolve: Resolve = _resolved) -> tuple[str, ...]:
    """The settings with which git may fetch a design from an address that a stranger gave.

    Args:
        address: of a git repository.
        local: whether addresses inside this network are allowed too.
        resolve: looks names up.

    Raises:
        InputError: as `outside_place`.
    """
    place = outside_place(address, local=local, resolve=resolve)
    pinned = ",".join(f"[{each}]" if ":" in each else each for each in place.addresses)
    return ("http.followRedirects=false", f"http.curloptResolve={place.host}:{place.port}:{pinned}")


def is_public(text: str) -> bool:
    """Whether an address, such as "192.0.2.1", is of a public computer.

    Raises:
        ValueError: it is no address.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inner is not None and not is_public(str(inner)):
        return False
    return address.is_global and not address.is_multicast
