"""States over a broker: what is told and taken, and a real broker (amqtt, from an environment of its own)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("aiomqtt", reason="the extra mqtt is not installed")

from hypothesis import given
from hypothesis import strategies as st

from core.errors import DeviceError, InputError
from firmware_bridge.device import Progress, RunState, Status
from firmware_bridge.mqtt import VERSION, Broker, MachineState, publish, read_state, watch
from firmware_bridge.twin.process import TwinProcess
from tests.firmware_bridge.servers.conftest import free_port, program_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TOPIC = "fabcommons/north/printer/status"


class Noon:
    def now(self) -> datetime:
        return NOON


class Printer:
    """A device that prints; as much of it as is asked."""

    away = False

    async def status(self) -> Status:
        if self.away:
            raise DeviceError("cannot be reached")
        return Status(RunState.RUNNING, Progress(3, 10, RunState.RUNNING), {"T": (200.5, 210.0)})


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps).map(str.encode)
)
def test_what_is_no_state_is_refused_and_nothing_else_happens(payload: bytes) -> None:
    with pytest.raises(InputError):
        read_state(TOPIC, payload)


@pytest.mark.parametrize(
    ("topic", "document"),
    [
        ("fabcommons/north/status", {}),
        ("fabcommons/north/Big Printer/status", {}),
        (TOPIC, {"version": "fabcommons-status/9", "state": "idle"}),
        (TOPIC, {"version": VERSION, "state": "dancing"}),
        (TOPIC, {"version": VERSION, "state": "idle", "temperatures_c": {"T": ["nan", 1]}}),
        (TOPIC, {"version": VERSION, "state": "idle", "progress": {"lines_done": 5, "lines_total": 2}}),
        (TOPIC, {"version": VERSION, "state": "idle", "temperatures_c": {str(n): [1, 1] for n in range(99)}}),
        (TOPIC, {"version": VERSION, "state": "idle", "x": "x" * 20_000}),
    ],
)
def test_impossible_states_are_refused(topic: str, document: object) -> None:
    with pytest.raises(InputError):
        read_state(topic, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("broker.local", Broker("broker.local")),
        ("mqtt://10.0.0.1:1884", Broker("10.0.0.1", 1884)),
        ("mqtts://b", Broker("b", 8883, tls=True)),
    ],
)
def test_addresses_of_brokers(url: str, broker: Broker) -> None:
    assert Broker.parse(url) == broker


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://u:p@x", "mqtt://x:99999", "mqtt://x/y"])
def test_what_is_no_address_of_a_broker(url: str) -> None:
    with pytest.raises(InputError):
        Broker.parse(url)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real broker of this test."""
    program, port = program_of("amqtt", "amqtt"), free_port()
    settings = tmp_path / "amqtt.yaml"
    settings.write_text(
        f"listeners: {{default: {{type: tcp, bind: '127.0.0.1:{port}'}}}}\n"
        "plugins: {amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}}\n"
    )
    with (tmp_path / "amqtt.log").open("wb") as log:
        process = subprocess.Popen([str(program), "-c", str(settings)], stdout=log, stderr=log, cwd=tmp_path)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (tmp_path / "amqtt.log").read_text()
            time.sleep(0.1)
        yield Broker("127.0.0.1", port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.timeout(180)
def test_a_state_goes_over_a_real_broker_and_ends_unknown(broker: Broker) -> None:
    async def main() -> list[MachineState]:
        printer, ended, news = Printer(), asyncio.Event(), asyncio.Queue[MachineState]()
        watching = asyncio.ensure_future(watch(broker, news.put_nowait, lambda _: None))
        telling = asyncio.ensure_future(
            publish(broker, "north", "printer", printer, Noon(), every_s=0.05, ended=_set(ended))  # type: ignore[arg-type]
        )
        async with asyncio.timeout(60):
            first = await news.get()
            printer.away = True
            while (second := await news.get()).status is not None:
                pass
            printer.away = False
            while (third := await news.get()).status is None:
                pass
            ended.set()
            await telling
            while (last := await news.get()).status is not None:
                pass
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return [first, second, third, last]

    first, second, third, last = asyncio.run(main())
    assert (first.lab, first.machine, first.at) == ("north", "printer", NOON)
    assert first.status == Status(RunState.RUNNING, Progress(3, 10, RunState.RUNNING), {"T": (200.5, 210.0)})
    assert third.status == first.status
    assert second.status is None
    assert last.status is None


def test_a_broker_that_is_away_is_said() -> None:
    with pytest.raises(DeviceError, match="the broker is lost"):
        asyncio.run(watch(Broker("127.0.0.1", free_port()), lambda _: None, lambda _: None))


async def _set(event: asyncio.Event) -> None:
    await event.wait()


@pytest.mark.timeout(180)
def test_the_commands_tell_and_show(broker: Broker, twin: Callable[..., tuple[TwinProcess, Path]]) -> None:
    machine, _ = twin("marlin")
    url = f"mqtt://{broker.host}:{broker.port}"
    command = [sys.executable, "-m", "coordinator", "machine"]
    which = [
        "--lab",
        "north",
        "--machine",
        "p-1",
        "--port",
        str(machine.link),
        "--firmware",
        "marlin",
        "--every",
        "0.2",
    ]
    telling = subprocess.Popen(
        [*command, "publish", "--broker", url, "--every", "0.2", *which], stderr=subprocess.PIPE, text=True
    )
    try:
        watching = [*command, "watch", "--broker", url, "--count", "2", "--json"]
        shown = subprocess.run(watching, capture_output=True, text=True, timeout=120, check=True)
        first = json.loads(shown.stdout.splitlines()[0])
        assert (first["lab"], first["machine"], first["state"]) == ("north", "p-1", "idle")
        assert first["temperatures_c"]["T"]
    finally:
        telling.send_signal(signal.SIGINT)
        _, errors = telling.communicate(timeout=60)
    assert telling.returncode == 0, errors
