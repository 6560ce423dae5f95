"""The two ways to a Duet: its own web server (rr_...), or that of a small computer beside it (/machine/...).

Source: RepRapFirmware's wiki page of HTTP requests and the OpenAPI descriptions of RepRapFirmware 3.6 and of Duet
Software Framework 3.4. Not tried with a real one yet.
"""

from __future__ import annotations

import asyncio
import zlib
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from core.errors import DeviceError, InputError
from firmware_bridge.servers.answers import mapping, number
from firmware_bridge.servers.link import Answer, Link

__all__ = ["DuetLink", "SbcLink", "StandaloneLink"]

_UPLOAD_S = 600.0
_CODE_S = 120.0
_TRIES = 5
_BUSY_S = 0.2
_BAD_PASSWORD, _NO_SESSION_LEFT = 1, 2


class DuetLink(ABC):
    """Sessions and requests that both ways have.

    Args:
        link: to the address.
        password: of the machine; "" where it has none.
    """

    def __init__(self, link: Link, password: str) -> None:
        self._link, self._password = link, password
        self._session: dict[str, str] | None = None

    @abstractmethod
    async def connect(self) -> str | None:
        """Open a session.

        Returns:
            The name of the board, "" when it is not said, or None when nothing answers in this way.

        Raises:
            InputError: the password is refused.
            DeviceError: there is no session left.
        """

    @abstractmethod
    async def model(self, key: str) -> dict[str, Any]:
        """A part of the object model: "state", "job", "heat"."""

    @abstractmethod
    async def board(self) -> dict[str, Any]:
        """The main board, as the object model has it."""

    @abstractmethod
    async def code(self, line: str) -> str:
        """Send one line; the reply, where the way has one at once."""

    @abstractmethod
    async def upload(self, path: str, data: bytes) -> None:
        """Store a file under its path on the board."""

    @abstractmethod
    async def size(self, path: str) -> int | None:
        """How large a file is, or None when there is none."""

    @abstractmethod
    async def delete(self, path: str) -> None:
        """Delete a file; one that is not there is fine."""

    @abstractmethod
    async def disconnect(self) -> None:
        """Give the session back: a board has only a few."""

    async def _ask(self, method: str, path: str, *, expect: tuple[int, ...] = (), **request: Any) -> Answer:
        """Ask within a session, which ends after some seconds of silence; a board short of memory is asked again."""
        again = request.pop("headers", {})
        for _ in range(_TRIES):
            if self._session is None:
                await self.connect()
            headers = {**again, **(self._session or {})}
            answer = await self._link.ask(method, path, expect=(401, 503, *expect), headers=headers, **request)
            if answer.status == 401:
                self._session = None
            elif answer.status == 503:
                await asyncio.sleep(_BUSY_S)
            else:
                return answer
        raise DeviceError("the board has no session or no memory left for us", where=self._link.address)

    def _refused(self) -> InputError:
        hint = "check the machine's password (M551)"
        return InputError("the board refuses the password", where=self._link.address, hint=hint)

    async def close(self) -> None:
        """Give the session back and let go of the connection."""
        try:
            if self._session is not None:
                await self.disconnect()
        except (DeviceError, InputError):
            pass  # it ends by itself
        finally:
            await self._link.close()


class StandaloneLink(DuetLink):
    """A board with its own web server."""

    async def connect(self) -> str | None:
        """See `DuetLink.connect`."""
        params = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", "sessionKey": "yes"}
        if self._password:
            params["password"] = self._password
        answer = await self._link.ask("GET", "/rr_connect", params=params, expect=(404, 405))
        told = mapping(answer.body)
        error = number(told, "err")
        if answer.status != 200 or error is None:
            return None
        if error == _BAD_PASSWORD:
            raise self._refused()
        if error == _NO_SESSION_LEFT:
            hint = "close other browser windows that show it"
            raise DeviceError("the board has no session left", where=self._link.address, hint=hint)
        key = told.get("sessionKey")
        self._session = {"X-Session-Key": str(key)} if key else {}
        return str(told.get("boardType") or "")

    async def model(self, key: str) -> dict[str, Any]:
        """See `DuetLink.model`."""
        return mapping(await self._part(key))

    async def board(self) -> dict[str, Any]:
        """See `DuetLink.board`."""
        return _first(await self._part("boards"))

    async def _part(self, key: str) -> Any:
        answer = await self._ask("GET", "/rr_model", params={"key": key, "flags": "d99vn"})
        return mapping(answer.body).get("result")

    async def code(self, line: str) -> str:
        """See `DuetLink.code`; the reply to `rr_gcode` says only that there was room for the line."""
        await self._ask("GET", "/rr_gcode", params={"gcode": line}, limit_s=_CODE_S)
        return ""

    async def upload(self, path: str, data: bytes) -> None:
        """See `DuetLink.upload`; the board checks the CRC."""
        params = {"name": path, "crc32": f"{zlib.crc32(data):08x}"}
        answer = await self._ask("POST", "/rr_upload", params=params, content=data, limit_s=_UPLOAD_S)
        if number(mapping(answer.body), "err") != 0:
            raise DeviceError("the board could not store the file", where=self._link.address, hint="is its card full?")

    async def size(self, path: str) -> int | None:
        """See `DuetLink.size`."""
        told = mapping((await self._ask("GET", "/rr_fileinfo", params={"name": path}, expect=(404,))).body)
        found = number(told, "size")
        return int(found) if found is not None and number(told, "err") == 0 else None

    async def delete(self, path: str) -> None:
        """See `DuetLink.delete`."""
        await self._ask("GET", "/rr_delete", params={"name": path}, expect=(404,))

    async def disconnect(self) -> None:
        """See `DuetLink.disconnect`."""
        await self._link.ask("GET", "/rr_disconnect", headers=self._session, expect=(401,))


class SbcLink(DuetLink):
    """A board behind a small computer with Duet Software Framework."""

    async def connect(self) -> str | None:
        """See `DuetLink.connect`."""
        params = {"password": self._password} if self._password else {}
        answer = await self._link.ask("GET", "/machine/connect", params=params, expect=(403, 404, 405))
        if answer.status == 403:
            raise self._refused()
        key = mapping(answer.body).get("sessionKey")
        if answer.status != 200 or not isinstance(key, str):
            return None
        self._session = {"X-Session-Key": key}
        return ""

    async def model(self, key: str) -> dict[str, Any]:
        """See `DuetLink.model`; this way tells it whole."""
        return mapping((await self._whole()).get(key))

    async def board(self) -> dict[str, Any]:
        """See `DuetLink.board`."""
        return _first((await self._whole()).get("boards"))

    async def _whole(self) -> dict[str, Any]:
        answer = await self._ask("GET", "/machine/model", expect=(404,))
        if answer.status == 404:  # before 3.4
            answer = await self._ask("GET", "/machine/status")
        return mapping(answer.body)

    async def code(self, line: str) -> str:
        """See `DuetLink.code`."""
        answer = await self._ask("POST", "/machine/code", content=line.encode("ascii"), limit_s=_CODE_S)
        return str(answer.body).strip()

    async def upload(self, path: str, data: bytes) -> None:
        """See `DuetLink.upload`."""
        await self._ask("PUT", f"/machine/file/{quote(path, safe='')}", content=data, limit_s=_UPLOAD_S)

    async def size(self, path: str) -> int | None:
        """See `DuetLink.size`."""
        answer = await self._ask("GET", f"/machine/fileinfo/{quote(path, safe='')}", expect=(404,))
        found = number(mapping(answer.body), "size")
        return None if answer.status == 404 or found is None else int(found)

    async def delete(self, path: str) -> None:
        """See `DuetLink.delete`."""
        await self._ask("DELETE", f"/machine/file/{quote(path, safe='')}", expect=(404,))

    async def disconnect(self) -> None:
        """See `DuetLink.disconnect`."""
        await self._link.ask("GET", "/machine/disconnect", headers=self._session, expect=(401, 403))


def _first(boards: Any) -> dict[str, Any]:
    return mapping(boards[0]) if isinstance(boards, list) and boards else {}
