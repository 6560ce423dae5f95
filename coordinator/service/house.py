"""What the whole application stands on: the store, the files, two clocks, the settings, and how a change is made.

A change is one transaction: the rows, the events that say who did it and why, and, where the request came with an
idempotency key, the answer. Asked again with the same key, the answer comes from there, and nothing happens twice.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from coordinator.computing import Computer, Here
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.schema.service import AnswerRow
from coordinator.service.access import Actor
from coordinator.service.bell import Bell
from coordinator.service.machinery.networks import Networks
from coordinator.service.membership.openid import OpenIdClient
from coordinator.service.reaching.mail import MailServer
from coordinator.service.refusals import ReusedKeyError
from coordinator.store import Store
from core.clock import Clock

__all__ = ["Call", "Change", "House", "Settings", "View", "fingerprint_of"]


class View(BaseModel):
    """A fact as the outside sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content; a view that says the same has the same."""
        return fingerprint_of(self.model_dump(mode="json"))


def fingerprint_of(document: Any) -> str:
    """SHA-256 of JSON values, however they are written."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


V = TypeVar("V", bound=View)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this coordinator works.

    Attributes:
        offer_hours: how long an offer waits for an answer, on the network's clock.
        lease_s: how long an agent may be silent, real seconds.
        plan_seconds: how long the solver looks for a better plan of one build.
        invitation_hours: how long an invitation is good, real hours.
        session_hours: how long a browser stays logged in, real hours.
        simulated: the network's clock is a fast one and all driven machines are virtual.
        local_designs: whether designs may be fetched from addresses inside this network.
        local_hooks: whether webhooks and alerts may go to addresses inside this network, without TLS and at any port.
        local_neighbours: whether other networks may be asked at addresses inside this network, without TLS too.
        mail: the server through which alerts go by mail, or None.
        openid: with whom people may log in beside their passwords, or None.
        public_url: under which browsers reach the coordinator, such as "https://fab.example", or None.
    """

    offer_hours: float = 48.0
    lease_s: float = 60.0
    plan_seconds: float = 3.0
    invitation_hours: float = 168.0
    session_hours: float = 168.0
    simulated: bool = False
    local_designs: bool = False
    local_hooks: bool = False
    local_neighbours: bool = False
    mail: MailServer | None = None
    openid: OpenIdClient | None = None
    public_url: str | None = None

    def __post_init__(self) -> None:
        for name in ("offer_hours", "lease_s", "plan_seconds", "invitation_hours", "session_hours"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is above zero")


@dataclass(frozen=True, slots=True)
class Call:
    """A request to change something.

    Attributes:
        actor: who asks.
        key: an idempotency key, or None.
        request: what is asked, in bytes; with the same key only the same is answered again.
    """

    actor: Actor
    key: str | None = None
    request: bytes = b""

    @property
    def digest(self) -> str:
        """SHA-256 of what is asked."""
        return hashlib.sha256(self.request).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """One transaction of one actor.

    Attributes:
        session: everything in it happens, or nothing does.
        at: now, on the network's clock.
        who: the actor's id.
    """

    session: Session
    at: datetime
    who: str

    def record(self, kind: str, subject: str, why: str = "", **data: Any) -> None:
        """Append an event of this actor; see `coordinator.events.record`."""
        record(self.session, self.at, kind, subject, who=self.who, why=why, **data)


@dataclass(frozen=True, slots=True)
class House:
    """What every part of the application is given.

    Attributes:
        store, files: what is remembered.
        clock: the network's; planned and made things are dated by it.
        real: the computer's; leases and tokens run out by it. The two differ where the network's clock is a fast one.
        settings: how this coordinator works.
        bell: rings after each change.
        networks: the labs as they were last read.
        computer: does what takes long.
        closing: set when the process is about to end: who waits for something stops waiting.
    """

    store: Store
    files: FileStore
    clock: Clock
    real: Clock
    settings: Settings = field(default_factory=Settings)
    bell: Bell = field(default_factory=Bell)
    closing: threading.Event = field(default_factory=threading.Event)
    networks: Networks = field(default_factory=Networks)
    computer: Computer = field(default_factory=Here)

    @contextmanager
    def change(self, who: str) -> Iterator[Change]:
        """A transaction; the bell rings when it has happened."""
        with self.store.transaction() as session:
            yield Change(session, self.clock.now(), who)
        self.bell.ring()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment."""
        with self.store.reading() as session:
            yield session

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A session in which each statement sees its own moment: for a look before a change that looks again."""
        with self.store.looking() as session:
            yield session

    def perform(self, call: Call, kind: type[V], work: Callable[[Change], V]) -> V:
        """Make a change once for each idempotency key, and give the same answer each time.

        Args:
            call: who asks for what.
            kind: of the answer.
            work: makes the change.

        Raises:
            ReusedKeyError: the key was used for another request.
        """
        with self.change(call.actor.id) as change:
            if call.key is None:
                return work(change)
            known = change.session.get(AnswerRow, (call.actor.id, call.key))
            if known is not None:
                if known.request_sha256 != call.digest:
                    raise ReusedKeyError("this idempotency key was used for another request", where=call.key)
                return kind.model_validate(known.answer)
            answer = work(change)
            kept = AnswerRow(
                actor=call.actor.id,
                key=call.key,
                request_sha256=call.digest,
                answer=answer.model_dump(mode="json"),
                answered_at=self.real.now(),
            )
            change.session.add(kept)
            return answer

    def leased_until(self) -> datetime:
        """Until when a lease given now is good."""
        return self.real.now() + timedelta(seconds=self.settings.lease_s)
