"""What Moonraker says of Klipper's state, asked or unasked.

Source: Moonraker's published API (JSON-RPC 2.0 over WebSocket), tried with 0.11.
"""

from __future__ import annotations

import json
from typing import Any

from websockets.asyncio.client import ClientConnection

from core.errors import DeviceError
from firmware_bridge.servers.answers import mapping, number, text
from firmware_bridge.servers.push import Feed, websocket_url
from firmware_bridge.servers.server import Condition, ServerState

__all__ = ["OBJECTS", "MoonrakerFeed", "state_of"]

OBJECTS = ("webhooks", "print_stats", "virtual_sdcard", "extruder", "extruder1", "heater_bed")
"""Of Klipper, whose states are asked for."""
_CONDITIONS = {
    "printing": Condition.PRINTING,
    "paused": Condition.PAUSED,
    "standby": Condition.IDLE,
    "complete": Condition.IDLE,
    "cancelled": Condition.IDLE,
    "error": Condition.IDLE,  # that print failed; the machine takes the next one
}
_IDENTIFY, _SUBSCRIBE = 1, 2
_ENDED = {"notify_klippy_shutdown", "notify_klippy_disconnected"}


def state_of(told: dict[str, Any]) -> ServerState:
    """The state out of Klipper's objects; its own state goes before that of the print, which is stale after a stop."""
    hooks, stats, card = (mapping(told.get(name)) for name in ("webhooks", "print_stats", "virtual_sdcard"))
    if text(hooks, "state") != "ready":
        starting = text(hooks, "state") == "startup"
        return ServerState(Condition.OFFLINE if starting else Condition.ERROR, _line(text(hooks, "state_message")))
    words = text(stats, "state")
    return ServerState(
        _CONDITIONS.get(words, Condition.ERROR),
        _line(f"{words} {text(stats, 'message')}"),
        text(stats, "filename") or None,
        number(card, "progress"),
        None,
        _temperatures(told),
    )


class MoonrakerFeed(Feed):
    """States as Moonraker pushes them: what has changed of each object, which is put together here.

    Args:
        address: of the server.
        key: an API key, or "".
    """

    def __init__(self, address: str, key: str) -> None:
        super().__init__(websocket_url(address, "/websocket"))
        self._key = key
        self._objects: dict[str, Any] = {}

    async def _greet(self, socket: ClientConnection) -> None:
        who = {"client_name": "fabcommons", "version": "1", "type": "other", "url": "https://fabcommons.invalid"}
        await _send(
            socket, _IDENTIFY, "server.connection.identify", who | ({"api_key": self._key} if self._key else {})
        )
        await self._subscribe(socket)

    async def _subscribe(self, socket: ClientConnection) -> None:
        self._objects = {}
        await _send(socket, _SUBSCRIBE, "printer.objects.subscribe", {"objects": dict.fromkeys(OBJECTS)})

    async def _read(self, message: dict[str, Any], socket: ClientConnection) -> ServerState | bool | None:
        method = text(message, "method")
        if message.get("id") == _SUBSCRIBE:
            return self._merge(mapping(mapping(message.get("result")).get("status")))
        if message.get("id") == _IDENTIFY and "error" in message:
            raise DeviceError("the server refuses us on its push channel", where=self._url)
        if method == "notify_klippy_ready":
            await self._subscribe(socket)
            return None
        if method in _ENDED:
            self._objects = {}
            return None
        if method == "notify_status_update":
            changed = message.get("params")
            return self._merge(mapping(changed[0]) if isinstance(changed, list) and changed else {})
        return False

    def _merge(self, changed: dict[str, Any]) -> ServerState | None:
        for name, values in changed.items():
            self._objects[name] = {**mapping(self._objects.get(name)), **mapping(values)}
        return state_of(self._objects) if "webhooks" in self._objects else None


async def _send(socket: ClientConnection, number_: int, method: str, params: dict[str, Any]) -> None:
    await socket.send(json.dumps({"jsonrpc": "2.0", "id": number_, "method": method, "params": params}))


def _temperatures(told: dict[str, Any]) -> dict[str, tuple[float, float]]:
    names = {"extruder": "T", "extruder1": "T1", "heater_bed": "B"}
    found: dict[str, tuple[float, float]] = {}
    for name, heater in names.items():
        values = mapping(told.get(name))
        actual = number(values, "temperature")
        if actual is not None:
            found[heater] = (actual, number(values, "target") or 0.0)
    return found


def _line(words: str) -> str:
    return " ".join(words.split())[:200]
