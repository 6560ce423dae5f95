"""Entity tags: every JSON document that is read has one, and who has it already is told so (RFC 9110, 8.8 and 13.1)."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coordinator.service.house import fingerprint_of

__all__ = ["EntityTags", "etag_of"]

_REMEMBERED = 1000  # tags of bodies


def etag_of(fingerprint: str) -> str:
    """An entity tag as it stands in a header."""
    return f'"{fingerprint[:32]}"'


class EntityTags:
    """Adds a tag to each JSON answer to GET, and answers 304 when the client has that version."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tags: OrderedDict[bytes, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        wanted = Headers(scope=scope).get("if-none-match", "")
        start: Message | None = None
        body = b""

        async def tagged(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_json(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _send(start, body, self._tag(body), wanted, send)

        await self._app(scope, receive, tagged)

    def _tag(self, body: bytes) -> str:
        """The tag of what a body says, however it is written; what was tagged lately is not read again."""
        key = hashlib.sha256(body).digest()
        tag = self._tags.pop(key, None) or etag_of(fingerprint_of(json.loads(body)))
        self._tags[key] = tag
        if len(self._tags) > _REMEMBERED:
            self._tags.popitem(last=False)
        return tag


def _is_json(message: Message) -> bool:
    kind = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] == 200 and kind.partition(";")[0] == "application/json"


async def _send(start: Message, body: bytes, tag: str, wanted: str, send: Send) -> None:
    headers = MutableHeaders(raw=start["headers"])
    headers["ETag"] = tag
    headers["Cache-Control"] = "private, no-cache"  # who asks counts
    headers["Vary"] = "Authorization, Cookie"
    if wanted == "*" or tag in [each.strip().removeprefix("W/") for each in wanted.split(",")]:
        for name in ("content-length", "content-type"):
            del headers[name]
        await send({**start, "status": 304})
        await send({"type": "http.response.body", "body": b""})
    else:
        await send(start)
        await send({"type": "http.response.body", "body": body})
