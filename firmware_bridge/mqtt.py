"""Machines' states over an MQTT broker, out and in: an edge, needing the extra `mqtt`.

A machine's state is a retained message under `PREFIX/LAB/MACHINE/status`, so that whoever subscribes knows it at once.
The broker itself says "unknown" in its place when the publisher goes without a word (MQTT's last will). What comes in
is from strangers: it is limited in size and checked, and never makes anything move.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiomqtt

from core.clock import Clock
from core.errors import DeviceError, FabcommonsError, InputError
from firmware_bridge.device import Device, Progress, RunState, Status

__all__ = ["VERSION", "Broker", "MachineState", "publish", "read_state", "watch"]

VERSION = "fabcommons-status/1"
_PREFIX = "fabcommons"
_MAX_BYTES = 16_384
_MAX_HEATERS = 32
_MOST_WAITING = 1000
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the messages go.

    Attributes:
        host, port: of the broker.
        tls: whether the connection is encrypted.
        user, password: for the broker; empty where it wants none.
    """

    host: str
    port: int = 1883
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str, *, user: str = "", password: str = "") -> Broker:
        """Read an address such as `mqtt://broker.local` or `mqtts://broker.local:8883`.

        Raises:
            InputError: it is none, or carries a password.
        """
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            raise InputError(f"{url!r} is no address of a broker", hint="write mqtt://broker.local or mqtts://...")
        if parts.username or parts.password:
            raise InputError("the address of a broker holds host and port only", hint="give user and password apart")
        try:
            port = parts.port or _PORTS[parts.scheme]
        except ValueError:
            raise InputError(f"{url!r} has no port that can be", hint="a number from 1 to 65535") from None
        return cls(parts.hostname, port, parts.scheme == "mqtts", user, password)

    @asynccontextmanager
    async def connect(self, will: aiomqtt.Will | None = None) -> AsyncIterator[aiomqtt.Client]:
        """A connection.

        Raises:
            DeviceError: the broker cannot be reached, refuses us, or is lost.
        """
        try:
            async with aiomqtt.Client(
                self.host,
                self.port,
                username=self.user or None,
                password=self.password or None,
                tls_params=aiomqtt.TLSParameters() if self.tls else None,
                will=will,
                max_queued_incoming_messages=_MOST_WAITING,
            ) as client:
                yield client
        except aiomqtt.MqttError as error:
            raise DeviceError(f"the broker is lost: {error}", where=f"{self.host}:{self.port}") from None


@dataclass(frozen=True, slots=True)
class MachineState:
    """What a message says of a machine.

    Attributes:
        lab, machine: ids.
        status: None when it is not known (its publisher is gone).
        at: the moment by the publisher's clock, or None.
    """

    lab: str
    machine: str
    status: Status | None
    at: datetime | None = None


def topic_of(lab: str, machine: str) -> str:
    """The topic of a machine's state.

    Raises:
        InputError: an id is none; `+`, `#` and `/` would mean other things to a broker.
    """
    for each in (lab, machine):
        if not _ID.fullmatch(each):
            raise InputError(f"{each!r} is no id of a lab or machine")
    return f"{_PREFIX}/{lab}/{machine}/status"


def _document(status: Status, at: datetime) -> bytes:
    progress = status.progress
    done = None if progress is None else {"lines_done": progress.lines_done, "lines_total": progress.lines_total}
    heat = {name: list(pair) for name, pair in status.temperatures_c.items()}
    told = {"version": VERSION, "state": status.state, "progress": done, "temperatures_c": heat, "at": at.isoformat()}
    return json.dumps(told, separators=(",", ":")).encode()


def read_state(topic: str, payload: bytes) -> MachineState:
    """A message as a state.

    Raises:
        InputError: it is none of ours, too large, or says something impossible.
    """
    found = re.fullmatch(rf"{_PREFIX}/({_ID.pattern})/({_ID.pattern})/status", topic)
    if found is None:
        raise InputError("is no topic of a machine's state", where=topic[:100])
    if len(payload) > _MAX_BYTES:
        raise InputError(f"{len(payload):,} bytes are more than a state has", where=topic)
    try:
        told = json.loads(payload)
        if told["version"] != VERSION:
            raise ValueError("another version")
        at = None if told.get("at") is None else datetime.fromisoformat(told["at"])
        status = None if told["state"] == _UNKNOWN else _status(told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
        raise InputError(f"the message says nothing that can be: {error}", where=topic) from None
    return MachineState(found[1], found[2], status, at)


def _status(told: dict[str, Any]) -> Status:
    state, progress, heat = RunState(told["state"]), told.get("progress"), told.get("temperatures_c") or {}
    if len(heat) > _MAX_HEATERS:
        raise ValueError("more heaters than a machine has")
    temperatures = {str(name)[:20]: (_number(pair[0]), _number(pair[1])) for name, pair in heat.items()}
    done = None if progress is None else Progress(int(progress["lines_done"]), int(progress["lines_total"]), state)
    return Status(state, done, temperatures)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a temperature that is none")
    return number


async def publish(
    broker: Broker, lab: str, machine: str, device: Device, clock: Clock, *, every_s: float, ended: Awaitable[None]
) -> None:
    """Tell a machine's state until `ended`; then, and when the link breaks, it is unknown.

    Args:
        broker: where.
        lab: id of the lab.
        machine: its id.
        device: the machine, which somebody else may drive at the same time.
        clock: for the moment of each state.
        every_s: between two states.
        ended: is waited for.

    Raises:
        DeviceError: the broker is lost.
        InputError: an id is none.
    """
    topic = topic_of(lab, machine)
    unknown = json.dumps({"version": VERSION, "state": _UNKNOWN}).encode()
    ending = asyncio.ensure_future(ended)
    try:
        async with broker.connect(aiomqtt.Will(topic, unknown, qos=1, retain=True)) as client:
            while not ending.done():
                try:
                    payload = _document(await device.status(), clock.now())
                except FabcommonsError:
                    payload = unknown  # the machine is away; the broker is not
                await client.publish(topic, payload, qos=1, retain=True)
                await asyncio.wait([ending], timeout=every_s)
            await client.publish(topic, unknown, qos=1, retain=True)
    finally:
        ending.cancel()


async def watch(broker: Broker, seen: Callable[[MachineState], None], odd: Callable[[InputError], None]) -> None:
    """Take the states of all machines, until cancelled.

    Args:
        broker: where they are told.
        seen: called with each.
        odd: called with what is no state.

    Raises:
        DeviceError: the broker is lost.
    """
    async with broker.connect() as client:
        await client.subscribe(f"{_PREFIX}/+/+/status", qos=1)
        async for message in client.messages:
            try:
                state = read_state(str(message.topic), message.payload)
            except InputError as error:
                odd(error)
            else:
                seen(state)
