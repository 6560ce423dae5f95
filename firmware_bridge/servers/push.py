"""What a print server tells unasked, over WebSocket.

A push is news, never the truth: whoever follows a print asks over HTTP when a push says that something has changed,
and from time to time. A server that refuses a WebSocket, or falls silent on it, is asked as if there were none.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidURI, WebSocketException

from core.errors import FabcommonsError
from firmware_bridge.servers.answers import mapping
from firmware_bridge.servers.server import ServerState

__all__ = ["Feed", "websocket_url"]

_MAX_MESSAGE_BYTES = 8_000_000
_OPEN_S = 5.0
_AGAIN_S = 15.0


def websocket_url(address: str, path: str) -> str:
    """The address of a WebSocket on a server: http becomes ws, https wss."""
    return "ws" + address.removeprefix("http") + path


class Feed(ABC):
    """States as a server pushes them, in the background, from `start` to `close`.

    Args:
        url: of the WebSocket.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._task: asyncio.Task[None] | None = None
        self._news: asyncio.Queue[ServerState | None] = asyncio.Queue()
        self.live = False
        self.received = 0

    @abstractmethod
    async def _greet(self, socket: ClientConnection) -> None:
        """Log in and subscribe.

        Raises:
            FabcommonsError: the server refuses.
        """

    @abstractmethod
    async def _read(self, message: dict[str, Any], socket: ClientConnection) -> ServerState | bool | None:
        """The state that a message tells, None when it says that something has changed, False when neither."""

    def start(self) -> None:
        """Begin to listen."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())

    async def next(self, limit_s: float) -> ServerState | None:
        """The newest state once there is one; None on silence, or when the server has to be asked."""
        try:
            state = await asyncio.wait_for(self._news.get(), limit_s)
            while not self._news.empty():
                state = self._news.get_nowait()
        except TimeoutError:
            return None
        return state

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            await asyncio.sleep(0)  # a connection that was cut short is let go of in the next turn

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError, WebSocketException, InvalidURI, FabcommonsError):
                async with connect(self._url, open_timeout=_OPEN_S, max_size=_MAX_MESSAGE_BYTES, proxy=None) as socket:
                    await self._greet(socket)
                    await self._follow(socket)
            self.live = False
            self._news.put_nowait(None)
            await asyncio.sleep(_AGAIN_S)

    async def _follow(self, socket: ClientConnection) -> None:
        async for text in socket:
            try:
                message = mapping(json.loads(text))
            except ValueError:
                continue
            told = await self._read(message, socket)
            if told is not False:
                self.live = isinstance(told, ServerState)
                self.received += 1
                self._news.put_nowait(told if isinstance(told, ServerState) else None)
