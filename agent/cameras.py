"""Cameras beside machines: the agent takes their pictures in the lab's own network and hands on the last of each.

Where a camera is stays with the agent: the coordinator is told the picture, never the address, which may have a
password in it. Nothing is kept here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from core.errors import FabcommonsError, InputError, LimitError
from core.pictures import MOST_PICTURE_BYTES, Picture, bare_picture

__all__ = ["Camera", "Cameras", "Showing", "cameras_of"]

_LOG = logging.getLogger("fabcommons.agent")
_TIMEOUT_S: Final = 10.0


class Showing(Protocol):
    """Who is shown pictures."""

    async def show(self, machine: str, picture: Picture) -> None:
        """The newest picture of a machine."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of a machine.

    Attributes:
        machine: id of the machine that it looks at.
        url: gives one picture at each request.
    """

    machine: str
    url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{self.url!r} is no address of a camera", where="--camera", hint="http://HOST/PATH")


def cameras_of(texts: Iterable[str]) -> dict[str, Camera]:
    """Cameras by machine, out of options `MACHINE=URL`.

    Raises:
        InputError: one is written in another way, or a machine has two.
    """
    found: dict[str, Camera] = {}
    for text in texts:
        machine, equals, url = text.partition("=")
        if not equals or not machine:
            raise InputError(f"{text!r} names no camera", where="--camera", hint="MACHINE=http://HOST/PATH")
        if machine in found:
            raise InputError(f"{machine} has two cameras", where="--camera")
        found[machine] = Camera(machine, url)
    return found


class Cameras:
    """All cameras of one agent.

    Args:
        client: is shown the pictures.
        cameras: by machine.
        every_s: seconds between two pictures of a camera.
        transport: stands in for the network in tests.
    """

    def __init__(
        self, client: Showing, cameras: Mapping[str, Camera], every_s: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._client, self._cameras, self._every_s = client, cameras, every_s
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False, transport=transport, trust_env=False)
        self._told: dict[str, str] = {}

    async def run(self) -> None:
        """Show pictures until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for camera in self._cameras.values():
                    group.create_task(self._watch(camera))
        finally:
            await self._http.aclose()

    async def take(self, camera: Camera) -> Picture:
        """One picture, without its metadata.

        Raises:
            InputError: the camera does not answer, or with no JPEG or PNG.
            LimitError: it answers with too much.
        """
        content = bytearray()
        try:
            async with asyncio.timeout(_TIMEOUT_S), self._http.stream("GET", camera.url) as answer:
                if answer.status_code != 200:
                    raise InputError(f"the camera answers with status {answer.status_code}", where=camera.machine)
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > MOST_PICTURE_BYTES:
                        raise LimitError(
                            f"the camera sends more than {MOST_PICTURE_BYTES:,} bytes", where=camera.machine,
                            hint="give the address of single pictures, and have them smaller",
                        )  # fmt: skip
        except (httpx.HTTPError, TimeoutError) as error:
            raise InputError(f"the camera does not answer: {type(error).__name__}", where=camera.machine) from None
        return bare_picture(bytes(content))

    async def _watch(self, camera: Camera) -> None:
        """Show what a camera sees again and again; what is wrong is told once, until it is something else."""
        while True:
            try:
                await self._client.show(camera.machine, await self.take(camera))
                self._told.pop(camera.machine, None)
            except FabcommonsError as error:
                if self._told.get(camera.machine) != str(error):
                    self._told[camera.machine] = str(error)
                    _LOG.warning("camera of %s: %s", camera.machine, error)
            await asyncio.sleep(self._every_s)
