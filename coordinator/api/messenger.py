"""Sends webhooks: a thread with an event loop of its own, so that each address has a deadline and none holds up others.

Each time, the name is resolved anew and looked at, and the connection goes to the address that was looked at, with the
name for TLS and in `Host`: it cannot lead into our own network, whatever its owner's name server says next.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

import httpx

from coordinator.service.application import Application
from coordinator.service.holds import Hold
from coordinator.service.reaching.hooks import Message, Parcel
from coordinator.service.reaching.outside import Place, outside_place
from coordinator.service.turns import take_turns
from core.errors import FabcommonsError

__all__ = ["Messenger"]

_EVERY_S: Final = 1.0
_DEADLINE_S: Final = 10.0
_TURN_S: Final = 20.0  # one address that is slow must not keep others waiting for long
_HOLD_S: Final = 60.0
_AT_ONCE: Final = 20
_ENDING_S: Final = 12.0
Transport = Callable[[], httpx.AsyncBaseTransport]


class Messenger:
    """Tells webhooks what happens. An error of its own ends the process that serves, a database away does not."""

    def __init__(
        self,
        application: Application,
        *,
        failed: Callable[[BaseException], None],
        look: Callable[..., Place] = outside_place,
        transport: Transport = httpx.AsyncHTTPTransport,
    ) -> None:
        """Args: application: whose; failed: told what ended it; look: at an address; transport: makes the way out."""
        self._application = application
        self._look = look
        self._transport = transport
        self._hold = Hold(application.house, "messenger", _HOLD_S)
        self._thread = threading.Thread(
            target=take_turns,
            args=(application.house, self._hold, self.send_due),
            kwargs={"every_s": _EVERY_S, "failed": failed},
            name="messenger",
            daemon=True,
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what goes on."""
        self._application.house.closing.set()
        self._application.house.bell.ring()
        self._thread.join(timeout=_ENDING_S)

    def send_due(self) -> int:
        """Send what is to be sent now; returns how many messages were taken."""
        parcels = self._application.hooks.due()
        return asyncio.run(self._send_all(parcels)) if parcels else 0

    async def _send_all(self, parcels: Iterable[Parcel]) -> int:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def send(parcel: Parcel) -> int:
            async with turns:
                return await self._send(parcel)

        return sum(await asyncio.gather(*map(send, parcels)))

    async def _send(self, parcel: Parcel) -> int:
        """Send the messages of one webhook, in order, up to the first that is not taken."""
        hooks, count, told = self._application.hooks, 0, 0
        end_s = asyncio.get_running_loop().time() + _TURN_S
        for message in parcel.messages:
            if self._application.house.closing.is_set() or asyncio.get_running_loop().time() > end_s:
                break
            problem = await self._post(parcel, message)
            if problem is not None:
                await asyncio.to_thread(hooks.failed, parcel, problem, told)
                return count
            count, told = count + 1, message.event_id
        else:
            told = parcel.seen
        if told:
            await asyncio.to_thread(hooks.took, parcel, told)
        return count

    async def _post(self, parcel: Parcel, message: Message) -> str | None:
        """Send one message; returns what went wrong, or None where it was taken."""
        try:
            async with asyncio.timeout(_DEADLINE_S):
                status = await self._status(parcel, message)
        except TimeoutError:
            return f"no answer in {_DEADLINE_S:.0f} s"
        except httpx.HTTPError as error:
            return f"it cannot be reached: {type(error).__name__}"  # an error's text may tell of our own network
        except FabcommonsError as error:
            return str(error)
        return None if 200 <= status < 300 else f"it answered {status}"

    async def _status(self, parcel: Parcel, message: Message) -> int:
        local = self._application.house.settings.local_hooks
        place = await asyncio.to_thread(self._look, parcel.url, local=local, plain=local)
        parts = urlsplit(parcel.url)
        pinned = f"[{place.addresses[0]}]" if ":" in place.addresses[0] else place.addresses[0]
        target = parts._replace(netloc=f"{pinned}:{place.port}", fragment="").geturl()
        headers = {
            **message.headers(parcel.secret, self._application.house.real.now()),
            "host": parts.netloc,
            "user-agent": "fabcommons",
        }
        async with (
            httpx.AsyncClient(transport=self._transport(), trust_env=False, timeout=_DEADLINE_S) as client,
            client.stream(
                "POST", target, content=message.body, headers=headers, extensions={"sni_hostname": place.host}
            ) as answer,
        ):
            return answer.status_code  # what else it says is not read
