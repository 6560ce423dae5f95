"""`fabcommons machine publish|watch`: machines' states over an MQTT broker. Needs the extra `mqtt`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import suppress
from typing import Any

from coordinator.commands.device import Target
from coordinator.commands.output import console, say, warn
from coordinator.make.pace import RealPace
from core.errors import InputError
from firmware_bridge.mqtt import Broker, MachineState, publish, watch

__all__ = ["follow", "tell"]

_USER, _PASSWORD = "FABCOMMONS_MQTT_USER", "FABCOMMONS_MQTT_PASSWORD"


def broker_of(url: str) -> Broker:
    """The broker; user and password come from the environment.

    Raises:
        InputError: the address is none.
    """
    return Broker.parse(url, user=os.environ.get(_USER, ""), password=os.environ.get(_PASSWORD, ""))


def tell(url: str, lab: str, machine: str, target: Target, *, every_s: float) -> None:
    """Tell a machine's state to a broker until Ctrl-C.

    Raises:
        DeviceError: the machine or the broker cannot be reached, or the broker is lost.
        InputError: the address or an id is none.
    """

    async def main() -> None:
        ended = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, ended.set)
        device = await target.open()
        try:
            warn(f"telling {url} what {machine} does; Ctrl-C ends it")
            await publish(broker, lab, machine, device, RealPace(), every_s=every_s, ended=_set(ended))
        finally:
            await device.close()

    broker = broker_of(url)
    asyncio.run(main())


async def _set(event: asyncio.Event) -> None:
    await event.wait()


def follow(url: str, *, count: int | None, as_json: bool) -> None:
    """Print the states that come over a broker, as they come.

    Args:
        url: of the broker.
        count: so many states, then it ends; None: until Ctrl-C.
        as_json: one JSON object a line.

    Raises:
        DeviceError: the broker cannot be reached, or is lost.
    """

    async def main() -> None:
        left = asyncio.Semaphore(0)

        def seen(state: MachineState) -> None:
            _show(state, as_json=as_json)
            left.release()

        def odd(error: InputError) -> None:
            warn(f"left out: {error}")

        watching = asyncio.ensure_future(watch(broker_of(url), seen, odd))
        enough = asyncio.ensure_future(_times(left, count))
        await asyncio.wait([watching, enough], return_when=asyncio.FIRST_COMPLETED)
        enough.cancel()
        if watching.done():
            watching.result()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    asyncio.run(main())


async def _times(left: asyncio.Semaphore, count: int | None) -> None:
    while count is None or count > 0:
        await left.acquire()
        count = None if count is None else count - 1


def _show(state: MachineState, *, as_json: bool) -> None:
    status = state.status
    if as_json:
        console.file.write(_line(state) + "\n")
        console.file.flush()
        return
    temperatures = status.temperatures_c if status else {}
    heat = ", ".join(f"{name} {pair[0]:g} of {pair[1]:g} C" for name, pair in temperatures.items())
    done = (
        f", {status.progress.lines_done} of {status.progress.lines_total} lines" if status and status.progress else ""
    )
    words = "unknown" if status is None else f"{status.state}{done}"
    say(f"{state.lab} {state.machine}: {words}{': ' + heat if heat else ''}")


def _line(state: MachineState) -> str:
    status = state.status
    told: dict[str, Any] = {"lab": state.lab, "machine": state.machine, "state": str(status.state) if status else None}
    told["at"] = state.at.isoformat() if state.at else None
    told["temperatures_c"] = {name: list(pair) for name, pair in status.temperatures_c.items()} if status else {}
    done = status.progress if status else None
    told["progress"] = None if done is None else {"lines_done": done.lines_done, "lines_total": done.lines_total}
    return json.dumps(told)
