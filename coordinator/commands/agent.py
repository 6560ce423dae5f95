"""`fabcommons agent`. Needs the base install only."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.client import Client, checked_address
from agent.devices import Bench
from agent.station import Station, StationFolder
from coordinator.commands.output import warn
from core.errors import InputError, StateError

__all__ = ["run"]

_INTERRUPTED = 130


def run(
    coordinator: str, token: str, root: Path, machines: frozenset[str], *, speed: float, plain_http: bool = False
) -> int:
    """Drive machines until told to end: once ends after the jobs that run, twice ends these safely.

    Args:
        coordinator: its address.
        token: of the agent.
        root: where journals and programs are kept.
        machines: ids of those to drive; empty for all of the lab.
        speed: how many times faster than real virtual machines move.
        plain_http: whether the token may go over a network without encryption.

    Returns:
        0 when it was drained, 130 when runs were ended.

    Raises:
        RefusedError: the coordinator does not let this agent in.
        StateError: another agent works in this folder.
        InputError: the folder or the address cannot be used.
    """
    address = checked_address(coordinator, plain_http=plain_http)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("fabcommons.agent").setLevel(logging.INFO)
    folder = StationFolder(root)
    with _held(root):
        return asyncio.run(_run(address, token, folder, machines, speed))


async def _run(address: str, token: str, folder: StationFolder, machines: frozenset[str], speed: float) -> int:
    client = Client(address, token)
    station = Station(client, folder, Bench(folder.machines, speed), machines)
    working = asyncio.create_task(station.run())
    loop = asyncio.get_running_loop()

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
        await client.close()
    return 0


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
