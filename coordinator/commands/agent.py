"""`fabcommons agent`. Needs the base install only."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

from agent.cameras import Camera, Cameras, cameras_of
from agent.client import Client, checked_address
from agent.devices import Bench
from agent.page import Page, PageAddress, serve_page
from agent.station import Station, StationFolder
from coordinator.commands.output import say, warn
from core.errors import InputError, StateError

__all__ = ["run"]

_INTERRUPTED = 130


def run(
    coordinator: str, token: str, root: Path, machines: frozenset[str], *,
    speed: float, plain_http: bool = False, page: PageAddress | None = None, page_password: str | None = None,
    cameras: Sequence[str] = (), camera_every_s: float = 10.0,
) -> int:  # fmt: skip
    """Drive machines until told to end: once ends after the jobs that run, twice ends these safely.

    Args:
        coordinator: its address.
        token: of the agent.
        root: where journals and programs are kept.
        machines: ids of those to drive; empty for all of the lab.
        speed: how many times faster than real virtual machines move.
        plain_http: whether the token may go over a network without encryption.
        page: where the agent's own page listens; None for the usual place, or any that is free.
        page_password: of who acts on that page; None for one that is kept in the folder.
        cameras: `MACHINE=URL` each, of single pictures.
        camera_every_s: seconds between two pictures of a camera.

    Returns:
        0 when it was drained, 130 when runs were ended.

    Raises:
        RefusedError: the coordinator does not let this agent in.
        StateError: another agent works in this folder.
        InputError: the folder, the address or the page cannot be used.
    """
    address = checked_address(coordinator, plain_http=plain_http)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("fabcommons.agent").setLevel(logging.INFO)
    folder = StationFolder(root)
    with _held(root):
        password = page_password or _kept_password(root)
        client, seen = Client(address, token), cameras_of(cameras)
        return asyncio.run(_run(client, folder, machines, speed, page, password, (seen, camera_every_s)))


async def _run(
    client: Client, folder: StationFolder, machines: frozenset[str], speed: float, page: PageAddress | None,
    password: str, cameras: tuple[Mapping[str, Camera], float],
) -> int:  # fmt: skip
    station = Station(client, folder, Bench(folder.machines, speed), machines)
    showing = asyncio.create_task(Cameras(client, *cameras).run())
    loop = asyncio.get_running_loop()
    server, where = _serve_page(Page(station, loop, password), page)
    say(f"the agent's own page: {where}")
    working = asyncio.create_task(station.run())

    def interrupt() -> None:
        if loop_state.pop("first", None):
            station.drain()
            waiting = "; ".join(station.busy)
            warn(f"takes no more jobs{f' and waits for {waiting}; again to end that' if waiting else ''}")
        else:
            warn("ends what runs, safely")
            working.cancel()

    loop_state = {"first": True}
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, interrupt)
    try:
        await working
    except asyncio.CancelledError:
        return _INTERRUPTED
    finally:
        showing.cancel()
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await client.close()
    return 0


def _serve_page(page: Page, wanted: PageAddress | None) -> tuple[ThreadingHTTPServer, str]:
    """Where it is wanted; else at the usual place, or, where another agent has that, at any that is free."""
    if wanted is not None:
        return serve_page(page, wanted)
    try:
        return serve_page(page, PageAddress())
    except InputError:
        return serve_page(page, PageAddress(port=0))


def _kept_password(root: Path) -> str:
    """The password of the page, made on first use; only the folder's owner may read it."""
    path = root / "page.password"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(9)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{password}\n")
        say(f"who acts on the agent's own page needs the password in {path}")
        return password
    except OSError as error:
        raise InputError(f"the page's password cannot be read: {error.strerror}", where=str(path)) from None


@contextmanager
def _held(root: Path) -> Iterator[None]:
    """Keep other agents out of the folder; the hold ends with this process, however that ends."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = (root / "agent.lock").open("a")
    except OSError as error:
        raise InputError(f"the folder cannot be used: {error.strerror}", where=str(root)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError("another agent works in this folder", where=str(root), hint="give another --dir") from None
        yield
