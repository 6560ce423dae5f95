"""What OctoPrint says of its state, asked or unasked.

Source: OctoPrint's published REST and push APIs; its SockJS endpoint takes plain WebSockets, tried with 1.11.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection

from core.errors import DeviceError
from firmware_bridge.servers.answers import mapping, number, text
from firmware_bridge.servers.push import Feed, websocket_url
from firmware_bridge.servers.server import Condition, ServerState

__all__ = ["OctoPrintFeed", "state_of"]

# Flags of `state` in the order in which they decide; several may be up at once.
_FLAGS = (
    ("cancelling", Condition.ENDING),
    ("finishing", Condition.ENDING),
    ("paused", Condition.PAUSED),
    ("pausing", Condition.PAUSED),
    ("resuming", Condition.PRINTING),
    ("printing", Condition.PRINTING),
    ("error", Condition.ERROR),
    ("closedOrError", Condition.OFFLINE),
    ("ready", Condition.IDLE),
    ("operational", Condition.IDLE),
)
_THROTTLE = 2  # times half a second between two states
_SUBSCRIPTION = {"state": {"logs": False, "messages": False}, "plugins": False, "events": False}


def state_of(words: str, printer: dict[str, Any], job: dict[str, Any], heat: dict[str, Any]) -> ServerState:
    """The state out of the answers' parts.

    Args:
        words: OctoPrint's own.
        printer: with its `flags`.
        job: with `job` and `progress`.
        heat: by heater, `actual` and `target`.
    """
    file, progress = mapping(mapping(job.get("job")).get("file")), mapping(job.get("progress"))
    completion = number(progress, "completion")
    return ServerState(
        _condition(mapping(printer.get("flags"))),
        words,
        text(file, "path") or text(file, "name") or None,
        None if completion is None else min(1.0, max(0.0, completion / 100)),
        number(progress, "printTimeLeft"),
        _temperatures(heat),
    )


class OctoPrintFeed(Feed):
    """States as OctoPrint pushes them.

    Args:
        address: of the server.
        session: asks for the name and session with which to log in.
    """

    def __init__(self, address: str, session: Callable[[], Awaitable[tuple[str, str]]]) -> None:
        super().__init__(websocket_url(address, "/sockjs/websocket"))
        self._session = session
        self._heat: dict[str, Any] = {}

    async def _greet(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"subscribe": _SUBSCRIPTION}))
        await self._log_in(socket)
        await socket.send(json.dumps({"throttle": _THROTTLE}))

    async def _log_in(self, socket: ClientConnection) -> None:
        name, session = await self._session()
        if not session:
            raise DeviceError("the server gives no session for its push channel", where=self._url)
        await socket.send(json.dumps({"auth": f"{name}:{session}"}))

    async def _read(self, message: dict[str, Any], socket: ClientConnection) -> ServerState | bool | None:
        if "reauthRequired" in message:
            await self._log_in(socket)
            return False
        told = mapping(message.get("current"))
        state = mapping(told.get("state"))
        if not state:
            return False
        temperatures = told.get("temps")
        if isinstance(temperatures, list) and temperatures:  # none come with every push
            self._heat = {name: value for name, value in mapping(temperatures[-1]).items() if name != "time"}
        return state_of(text(state, "text"), state, told, self._heat)


def _condition(flags: dict[str, Any]) -> Condition:
    return next((condition for flag, condition in _FLAGS if flags.get(flag) is True), Condition.OFFLINE)


def _temperatures(told: dict[str, Any]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for name, values in told.items():
        heater = "B" if name == "bed" else "C" if name == "chamber" else name.replace("tool", "T").replace("T0", "T")
        actual = number(mapping(values), "actual")
        if actual is not None:
            found[heater] = (actual, number(mapping(values), "target") or 0.0)
    return found
