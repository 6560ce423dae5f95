"""What servers push: put together, and done without where it is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, serve

from core.errors import InputError
from firmware_bridge.device import Outcome
from firmware_bridge.servers.appkey import ask_for_key, wait_for_key
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.link import server_url
from firmware_bridge.servers.moonraker import Moonraker
from firmware_bridge.servers.moonraker_push import MoonrakerFeed
from firmware_bridge.servers.octoprint import OctoPrint
from firmware_bridge.servers.octoprint_push import OctoPrintFeed
from firmware_bridge.servers.push import Feed, websocket_url
from firmware_bridge.servers.server import Condition, ServerState
from firmware_bridge.servers.timing import ServerTiming
from gcode.program import parse_program
from tests.firmware_bridge.servers.conftest import KEY, Server, free_port
from tests.firmware_bridge.servers.test_real_octoprint import moves

Talk = Callable[[ServerConnection], Awaitable[None]]


def heard(talk: Talk, make: Callable[[str], Feed], count: int) -> list[ServerState | None]:
    """What a feed tells of a server that talks so."""

    async def main() -> list[ServerState | None]:
        async with serve(talk, "127.0.0.1", 0) as server:
            feed = make(f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")
            feed.start()
            told = [await feed.next(20) for _ in range(count)]
            await feed.close()
            return told

    return asyncio.run(main())


def current(words: str, done: float, **more: Any) -> str:
    flags = {"printing": words == "Printing", "operational": True, "ready": words == "Operational"}
    job = {"job": {"file": {"path": "a.gcode"}}, "progress": {"completion": done, "printTimeLeft": 5}}
    return json.dumps({"current": {"state": {"text": words, "flags": flags}, **job, **more}})


def test_octoprint_is_subscribed_to_before_the_log_in_and_logged_in_again_on_demand() -> None:
    sessions = iter(["one", "two"])
    seen: list[dict[str, Any]] = []
    turn = asyncio.Event()

    async def session() -> tuple[str, str]:
        return "maker", next(sessions)

    async def talk(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"connected": {"version": "1.11.8"}}))
        seen.extend([json.loads(await socket.recv()) for _ in range(3)])
        await socket.send(current("Printing", 25, temps=[{"time": 1, "tool0": {"actual": 200, "target": 210}}]))
        await turn.wait()
        await socket.send(json.dumps({"reauthRequired": {"reason": "stale"}}))
        seen.append(json.loads(await socket.recv()))
        await socket.send("no JSON")
        await socket.send(json.dumps({"event": {"type": "ZChange"}}))
        await socket.send(current("Operational", 100))
        await socket.wait_closed()

    class Turning(OctoPrintFeed):
        async def next(self, limit_s: float) -> ServerState | None:
            state = await super().next(limit_s)
            turn.set()
            return state

    printing, idle = heard(talk, lambda address: Turning(address, session), 2)
    assert [next(iter(message)) for message in seen] == ["subscribe", "auth", "throttle", "auth"]
    assert [message["auth"] for message in seen if "auth" in message] == ["maker:one", "maker:two"]
    assert printing == ServerState(Condition.PRINTING, "Printing", "a.gcode", 0.25, 5.0, {"T": (200.0, 210.0)})
    assert idle is not None
    assert (idle.condition, idle.temperatures_c) == (Condition.IDLE, {"T": (200.0, 210.0)}), "heat is kept"


def test_moonraker_tells_what_has_changed_and_that_klipper_is_gone() -> None:
    turn = asyncio.Event()
    whole = {
        "webhooks": {"state": "ready", "state_message": ""},
        "print_stats": {"state": "printing", "filename": "a.gcode", "message": ""},
        "virtual_sdcard": {"progress": 0.1},
        "extruder": {"temperature": 190.0, "target": 200.0},
    }

    async def talk(socket: ServerConnection) -> None:
        identify, subscribe = [json.loads(await socket.recv()) for _ in range(2)]
        assert identify["params"]["api_key"] == "k"
        await socket.send(json.dumps({"id": identify["id"], "result": {"connection_id": 1}}))
        await socket.send(json.dumps({"id": subscribe["id"], "result": {"status": whole}}))
        await turn.wait()
        await socket.send(json.dumps({"method": "notify_proc_stat_update", "params": [{}]}))
        changed = {"virtual_sdcard": {"progress": 0.5}}
        await socket.send(json.dumps({"method": "notify_status_update", "params": [changed, 1.0]}))
        turn.clear()
        await turn.wait()
        await socket.send(json.dumps({"method": "notify_klippy_shutdown", "params": []}))
        await socket.wait_closed()

    class Turning(MoonrakerFeed):
        async def next(self, limit_s: float) -> ServerState | None:
            state = await super().next(limit_s)
            turn.set()
            return state

    first, second, gone = heard(talk, lambda address: Turning(address, "k"), 3)
    assert first is not None
    assert second is not None
    assert (first.done, second.done, second.file) == (0.1, 0.5, "a.gcode")
    assert second.temperatures_c == {"T": (190.0, 200.0)}
    assert gone is None


def test_a_server_that_refuses_is_silent_and_not_live() -> None:
    class Refused(Feed):
        async def _greet(self, socket: ClientConnection) -> None:
            raise AssertionError

        async def _read(self, message: dict[str, Any], socket: ClientConnection) -> ServerState | bool | None:
            raise AssertionError

    async def main() -> None:
        feed = Refused(f"ws://127.0.0.1:{free_port()}/")
        feed.start()
        assert await feed.next(20) is None
        assert not feed.live
        await feed.close()

    asyncio.run(main())


def test_addresses_with_a_path_are_one_printer_of_several() -> None:
    address = server_url("https://farm.example/octo2/")
    assert websocket_url(address, "/websocket") == "wss://farm.example/octo2/websocket"


class Counting(OctoPrint):
    """Counts how often the state is asked for."""

    asked = 0

    async def state(self) -> ServerState:
        self.asked += 1
        return await super().state()


@pytest.mark.timeout(300)
def test_a_real_octoprint_pushes(octoprint) -> None:
    async def main(server: Server) -> None:
        client = Counting(server.address, KEY)
        timing = ServerTiming(poll_s=0.1, start_s=20, away_s=60, end_s=20, ask_s=60)
        device = await ServerDevice.open(client, timing=timing)
        asked: list[int] = []  # how often the state had been asked for at each progress
        result = await device.run(moves(150), job_id="job-1", progress=lambda _: asked.append(client.asked))
        assert result.outcome is Outcome.FINISHED
        assert any(before == after for before, after in pairwise(asked[1:-1])), "some progress came unasked"
        await device.close()

    with octoprint(throttle=0.03) as server:
        asyncio.run(main(server))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("granted", [True, False])
def test_a_person_grants_a_key_in_a_real_octoprint(octoprint, granted: bool) -> None:
    async def decide(server: Server) -> None:
        """What the page does when the person presses one of its buttons."""
        admin = OctoPrint(server.address, KEY)._link
        async with asyncio.timeout(30):
            while not (pending := (await admin.ask("GET", "/api/plugin/appkeys")).body["pending"]):
                await asyncio.sleep(0.05)
        token = next(iter(pending))
        await admin.ask("POST", f"/plugin/appkeys/decision/{token}", json={"decision": granted})
        await admin.close()

    async def main(server: Server) -> None:
        asked = await ask_for_key(server.address)
        deciding = asyncio.ensure_future(decide(server))
        if granted:
            key = await wait_for_key(asked, limit_s=60)
            client = OctoPrint(server.address, key)
            assert (await client.identify()).firmware == "octoprint"
            await client.close()
        else:
            with pytest.raises(InputError, match="not granted"):
                await wait_for_key(asked, limit_s=60)
        await deciding

    with octoprint() as server:
        asyncio.run(main(server))


@pytest.mark.timeout(300)
def test_a_real_moonraker_pushes(moonraker) -> None:
    async def main(server: Server) -> None:
        client = Moonraker(server.address)
        device = await ServerDevice.open(client, timing=ServerTiming(poll_s=0.1, start_s=20, away_s=40, end_s=20))
        feed = client.feed()
        assert feed is not None
        feed.start()
        first = await feed.next(20)
        program = parse_program(b"G28\n" + b"G1 X10 F600\n" * 400 + b"M104 S0\n")
        result = await device.run(program, job_id="job-1", progress=lambda _: None)
        assert result.outcome is Outcome.FINISHED
        assert first is not None
        assert first.condition is Condition.IDLE
        assert feed.received > 3
        await feed.close()
        await device.close()

    with moonraker() as (server, _, _):
        asyncio.run(main(server))
