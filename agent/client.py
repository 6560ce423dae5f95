"""The way from a lab to its coordinator: HTTPS calls that the agent makes; it is never called itself."""

from __future__ import annotations

import base64
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from agent.devices import MachineAddress
from agent.protocol import Request, Standing, Work, read_machines, read_requests, read_standings, read_work
from agent.runner import Report
from core.errors import FabcommonsError, InputError, StateError
from core.pictures import Picture

__all__ = ["AwayError", "Client", "Heard", "RefusedError", "Sight", "StaleLeaseError", "checked_address"]

_API = "/api/v1"
_TIMEOUT_S = 15.0
_MOST_PROGRAM_BYTES = 500_000_000
_OUTCOMES = {"finished": "finished", "failed": "failed", "lost contact": "lost contact"}


class AwayError(FabcommonsError):
    """The coordinator cannot be reached or does not answer as one; try again later."""


class RefusedError(FabcommonsError):
    """The coordinator does not let this agent in; trying again is of no use."""


class StaleLeaseError(StateError):
    """The lease is no longer this agent's own."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a job is, as it is told."""

    attempt_id: int
    fence: int
    lines_done: int
    lines_total: int
    state: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of a machine, as it is told.

    Attributes:
        machine: its id.
        state: what it does; "busy outside" where that was not sent from here.
        report: what it says of itself, or "".
        temperatures_c: by heater, actual and target.
        outside: what runs there that was not sent from here, or None.
        left_s: the seconds that are left of that, where they are known.
    """

    machine: str
    state: str
    report: str = ""
    temperatures_c: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    outside: str | None = None
    left_s: float | None = None


def checked_address(text: str, *, plain_http: bool = False) -> str:
    """The coordinator's address, fit to send a token to.

    Args:
        text: such as ``https://fab.example``.
        plain_http: whether the token may go over a network without encryption.

    Raises:
        InputError: it is none, or the token would be legible on the way.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise InputError(f"{text!r} is no address of a coordinator", hint="write https://host or http://127.0.0.1:8484")
    if parts.scheme == "http" and not plain_http and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        hint = "use https, or say --plain-http in a network that you trust"
        raise InputError("the token would be legible on the way", where=text, hint=hint)
    return text.rstrip("/")


class Client:
    """Calls of one agent.

    Args:
        address: of the coordinator, as `checked_address` returns it.
        token: of the agent.
        transport: stands in for the network in tests.
    """

    def __init__(self, address: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "fabcommons-agent"}
        self.heard_at: float | None = None  # when it last answered, seconds since the epoch
        self._http = httpx.AsyncClient(
            base_url=address + _API, headers=headers, timeout=_TIMEOUT_S, transport=transport, follow_redirects=False
        )

    async def machines(self) -> tuple[MachineAddress, ...]:
        """The machines that this agent drives.

        Raises:
            AwayError: the coordinator is away.
            RefusedError: it does not let this agent in.
            InputError: its answer cannot be read. (All three as for every call.)
        """
        return read_machines(await self._call("GET", "/agent/machines"))

    async def open_attempts(self) -> tuple[Standing, ...]:
        """What the coordinator holds for begun and not ended."""
        return read_standings(await self._call("GET", "/agent/attempts"))

    async def take(self, machines: Sequence[str], wait_s: float) -> Work | None:
        """The next job for one of these idle machines, under a lease; None when none came within `wait_s` seconds."""
        body = {"machines": list(machines), "wait_s": wait_s}
        answer = await self._call("POST", "/agent/work", body, timeout_s=_TIMEOUT_S + wait_s)
        return None if answer is None else read_work(answer)

    async def start(self, attempt_id: int, fence: int) -> None:
        """Ask to start; may be asked again. Only once this has returned may the machine hear of the job.

        Raises:
            StaleLeaseError: the job is no longer this agent's.
        """
        await self._call("POST", f"/agent/attempts/{attempt_id}/start", {"fence": fence})

    async def release(self, attempt_id: int, fence: int, why: str) -> None:
        """Give a job back that was not started.

        Raises:
            StaleLeaseError: the job is no longer this agent's.
        """
        await self._call("POST", f"/agent/attempts/{attempt_id}/release", {"fence": fence, "why": why[:500]})

    async def progress(self, heard: Sequence[Heard]) -> tuple[Standing, ...]:
        """Tell how far jobs are, which extends their leases."""
        names = ("attempt_id", "fence", "lines_done", "lines_total", "state")
        body = {"attempts": [{name: getattr(each, name) for name in names} for each in heard]}
        return read_standings(await self._call("POST", "/agent/attempts/progress", body))

    async def requests(self, known: Sequence[int], wait_s: float, sent_s: float) -> tuple[Request, ...]:
        """What people ask of running jobs, when there is something, or after a while.

        Args:
            known: ids of requests that were heard before.
            wait_s: how long to wait for one.
            sent_s: now, on the clock on which requests end to be good.
        """
        body = {"known": list(known), "wait_s": wait_s}
        answer = await self._call("POST", "/agent/requests", body, timeout_s=_TIMEOUT_S + wait_s)
        return read_requests(answer, sent_s)

    async def answer(self, request_id: int, *, done: bool, text: str) -> None:
        """Tell what came of a request; may be told again.

        Raises:
            StaleLeaseError: it is not this agent's, or something else was told before.
        """
        body = {"done": done, "answer": _legible(text)}
        await self._call("POST", f"/agent/requests/{request_id}/answer", body)

    async def see(self, sights: Sequence[Sight]) -> None:
        """Tell what is seen of machines, all together."""
        await self._call("POST", "/agent/readings", {"readings": [_sight(each) for each in sights]})

    async def show(self, machine: str, picture: Picture) -> None:
        """Show what a camera sees of a machine; only the last is kept."""
        body = {"machine": machine, "picture": base64.b64encode(picture.content).decode("ascii")}
        await self._call("POST", "/agent/pictures", body)

    async def leave(self) -> None:
        """Tell that this agent ends: others may drive its machines at once."""
        await self._call("POST", "/agent/leave", {})

    async def end(self, attempt_id: int, fence: int, report: Report, ended_ago_s: float) -> None:
        """Tell how a run ended; may be told again.

        Raises:
            StaleLeaseError: a person has ruled meanwhile; what is told was noted.
        """
        body = {
            "fence": fence,
            "outcome": _OUTCOMES[str(report.step)],
            "lines": report.lines,
            "message": _legible(report.message),
            "ended_ago_s": max(0.0, ended_ago_s),
        }
        await self._call("POST", f"/agent/attempts/{attempt_id}/end", body)

    async def fetch(self, digest: str, folder: Path) -> Path:
        """A program by its SHA-256, from the folder or from the coordinator.

        Raises:
            InputError: what comes is not what the hash says, or is too large.
        """
        target = folder / digest
        if target.is_file():
            return target
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                found = await self._download(digest, file.write)
                file.flush()
                os.fsync(file.fileno())
            if found != digest:
                raise InputError("the program that came is not the one that was ordered", where=digest)
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        return target

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _download(self, digest: str, write: Any) -> str:
        hashed, size = sha256(), 0
        try:
            async with self._http.stream("GET", f"/files/{digest}") as answer:
                if answer.status_code != 200:
                    await answer.aread()
                    raise _problem(answer)
                async for chunk in answer.aiter_bytes():
                    size += len(chunk)
                    if size > _MOST_PROGRAM_BYTES:
                        raise InputError("the program is larger than any", where=digest)
                    hashed.update(chunk)
                    write(chunk)
        except httpx.HTTPError as error:
            raise AwayError(f"the coordinator cannot be reached: {type(error).__name__}") from None
        return hashed.hexdigest()

    async def _call(self, method: str, path: str, body: Any = None, *, timeout_s: float = _TIMEOUT_S) -> Any:
        try:
            answer = await self._http.request(method, path, json=body, timeout=timeout_s)
        except httpx.HTTPError as error:
            raise AwayError(f"the coordinator cannot be reached: {type(error).__name__}") from None
        self.heard_at = time.time()
        if answer.status_code == 204:
            return None
        if answer.status_code not in (200, 201):
            raise _problem(answer)
        try:
            return answer.json()
        except ValueError:
            raise AwayError("what answers is no coordinator") from None


def _problem(answer: httpx.Response) -> FabcommonsError:
    """The error that an answer tells of."""
    try:
        document = answer.json()
        code, detail = str(document["code"]), str(document["detail"])
    except (ValueError, KeyError, TypeError):
        return AwayError(f"what answers is no coordinator (status {answer.status_code})")
    if code in ("unauthenticated", "forbidden"):
        return RefusedError(detail, hint="make another token: fabcommons token make --agent-of LAB")
    if code in ("stale", "unknown"):
        return StaleLeaseError(detail)
    if answer.status_code >= 500 or code == "too-many":
        return AwayError(detail)
    return InputError(detail, where="the coordinator")


def _sight(sight: Sight) -> dict[str, Any]:
    """As JSON values that any coordinator takes."""
    heat = {name[:10]: list(pair) for name, pair in list(sight.temperatures_c.items())[:20]}
    outside = None if sight.outside is None else _legible(sight.outside)[:200]
    told = {"machine": sight.machine, "state": sight.state, "report": _legible(sight.report)[:200]}
    return {**told, "temperatures_c": heat, "outside": outside, "left_s": sight.left_s}


def _legible(text: str) -> str:
    """One line that any coordinator takes."""
    return "".join(each if each.isprintable() else " " for each in text)[:500]
