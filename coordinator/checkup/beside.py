"""What a coordinator leans on beside its database: a cluster, a store of files, a mail server, an OpenID provider."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from coordinator.checkup import Check, State
from core.errors import FabcommonsError, InputError

__all__ = ["look_beside"]

_OPENID: Final = "/.well-known/openid-configuration"
_SECRET: Final = "FABCOMMONS_OPENID_SECRET"  # noqa: S105 - the name of a variable


def look_beside(serving: Mapping[str, Any], timeout_s: float) -> Iterator[Check]:
    """Each thing that the settings of `serve` name; nothing of what is not named.

    Args:
        serving: settings by their keys.
        timeout_s: for each.
    """
    looks = {
        "compute_url": ("cluster", _cluster),
        "files_url": ("store of files", _store),
        "mail_url": ("mail server", _mail),
        "openid_issuer": ("log-in elsewhere", _provider),
        "public_url": ("public address", _public),
    }
    for key, (what, look) in looks.items():
        if serving.get(key):
            try:
                yield look(str(serving[key]), timeout_s)
            except InputError as error:  # the setting itself is none
                yield Check(what, State.WRONG, error.what, error.hint or f"mend {key} in the settings")


def _cluster(url: str, timeout_s: float) -> Check:
    kind, _, place = url.partition("://")
    try:
        host, port = urlsplit(f"//{place}").hostname, urlsplit(f"//{place}").port
    except ValueError:
        host = port = None
    if kind != "dask" or host is None or port is None:
        return Check("cluster", State.WRONG, "this is no address of a cluster", "write dask://host:8786")
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError as error:
        found = f"the scheduler at {host}:{port} cannot be reached: {error.strerror or type(error).__name__}"
        return Check("cluster", State.WRONG, found, "is it running? plans wait for it: docs/scaling.md")
    return Check("cluster", State.GOOD, f"something answers at {host}:{port}")


def _store(url: str, timeout_s: float) -> Check:
    """Asked in a thread, which is left behind: packages for stores try for minutes."""
    from coordinator.shared_files import SharedFiles

    found: list[Check] = []

    def ask() -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
                count = len(SharedFiles(Path(scratch), url).digests())
            found.append(Check("store of files", State.GOOD, f"{url} holds {count} files"))
        except FabcommonsError as error:
            found.append(Check("store of files", State.WRONG, error.what, error.hint or ""))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    if not found:
        mend = "is its address right, and reached from here?"
        return Check("store of files", State.WRONG, f"{url} does not answer within {timeout_s:g} s", mend)
    return found[0]


def _mail(url: str, timeout_s: float) -> Check:
    from coordinator.service.reaching.mail import MailServer

    server = MailServer.parse(url)
    place, mend = f"{server.host}:{server.port}", "look at FABCOMMONS_MAIL_URL and at the server's log"
    try:
        context = ssl.create_default_context()
        if server.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
        with connection:
            if server.scheme == "smtp":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError:
        return Check("mail server", State.WRONG, f"{place} does not take user and password", mend)
    except (smtplib.SMTPException, OSError) as error:
        return Check("mail server", State.WRONG, f"{place} cannot be used: {type(error).__name__}", mend)
    return Check("mail server", State.GOOD, f"{place} lets us in" if server.user else f"{place} answers")


def _provider(issuer: str, timeout_s: float) -> Check:
    what, mend = "log-in elsewhere", "is the address exactly as the provider names itself?"
    try:
        answer = httpx.get(issuer.rstrip("/") + _OPENID, timeout=timeout_s, follow_redirects=False)
        told = answer.raise_for_status().json().get("issuer")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
        return Check(what, State.WRONG, f"{issuer} does not describe itself: {type(error).__name__}", mend)
    if told != issuer:
        return Check(what, State.WRONG, f"{issuer} calls itself {str(told)[:100]}", mend)
    if not os.environ.get(_SECRET):
        return Check(what, State.NOTE, f"{issuer} answers; no secret is set", f"set {_SECRET}, unless it gave you none")
    return Check(what, State.GOOD, f"{issuer} answers")


def _public(url: str, timeout_s: float) -> Check:  # noqa: ARG001 (as the others)
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return Check("public address", State.WRONG, f"{url[:60]} is no address", "write https://fab.example")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1"):
        return Check("public address", State.NOTE, "not encrypted: browsers send cookies in the open", "use https://")
    return Check("public address", State.GOOD, url)
