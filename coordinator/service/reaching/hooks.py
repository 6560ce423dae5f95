"""Webhooks: addresses that are told of events out of the log, in order, each as often as it takes.

Messages are signed as Standard Webhooks 1.0.0 says (`webhook-id`, `webhook-timestamp`, `webhook-signature`; HMAC-SHA256
over "id.timestamp.body"), so that libraries for many languages can verify them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.schema.account import HookRow
from coordinator.schema.builds import EventRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Change, House, View
from coordinator.service.log import EventView, event_view
from coordinator.service.reaching.outside import outside_place
from coordinator.service.refusals import UnknownError
from core.errors import LimitError

__all__ = ["HookView", "Hooks", "Message", "NewHook", "Parcel"]

_MOST = 10
_BATCH = 100
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 6 * 3600.0
_PATIENCE = 14  # failures in a row: about two days


class HookView(View):
    """A webhook. `told` is the last event that it took; it ends where it fails for two days."""

    id: int
    url: str
    kinds: list[str]
    told: int
    failures: int
    last_answer: str
    made_at: datetime
    ended_at: datetime | None


class NewHook(View):
    """A new webhook; the secret, with which messages are verified, is not shown again."""

    hook: HookView
    secret: str


@dataclass(frozen=True, slots=True)
class Message:
    """One event, ready to be sent: its id is the same whenever it is sent."""

    id: str
    event_id: int
    body: bytes

    def headers(self, secret: str, now: datetime) -> dict[str, str]:
        """What goes with it, signed now."""
        moment = str(int(now.timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = hmac.new(key, f"{self.id}.{moment}.".encode() + self.body, hashlib.sha256).digest()
        return {
            "content-type": "application/json",
            "webhook-id": self.id,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a webhook is to be told next.

    Attributes:
        hook_id, url, secret: of the webhook.
        messages: in order.
        seen: the id of the last event that was looked at for it, whether it is among the messages or not.
    """

    hook_id: int
    url: str
    secret: str
    messages: tuple[Message, ...]
    seen: int


class Hooks:
    """Who is told."""

    def __init__(self, house: House) -> None:
        self._house = house

    def make(self, actor: Actor, url: str, kinds: Sequence[str]) -> NewHook:
        """Have an address told of what happens from now on.

        Args:
            actor: a person.
            url: a public ``https://`` address.
            kinds: of events, or how they begin ("job." is all of jobs); none for all.

        Raises:
            ForbiddenError: who asks takes no part in anything.
            InputError: the address is not public.
            LimitError: who asks has ten already.
        """
        actor.require(Right.LISTEN)
        local = self._house.settings.local_hooks
        outside_place(url, local=local, plain=local)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        with self._house.change(actor.id) as change:
            mine = select(func.count()).where(HookRow.person_id == actor.id, HookRow.ended_at.is_(None))
            if (change.session.scalar(mine) or 0) >= _MOST:
                raise LimitError(f"{_MOST} webhooks are the most that one person has", hint="remove one")
            now = self._house.real.now()
            row = HookRow(
                person_id=actor.id, url=url, kinds=sorted(set(kinds)), secret=secret, told=_newest(change.session),
                failures=0, next_at=now, last_answer="", made_at=now, ended_at=None,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("hook.made", f"hook {row.id}")
            return NewHook(hook=_view(row), secret=secret)

    def mine(self, actor: Actor) -> list[HookView]:
        """The webhooks of who asks."""
        actor.require(Right.LISTEN)
        with self._house.reading() as session:
            rows = session.scalars(select(HookRow).where(HookRow.person_id == actor.id).order_by(HookRow.id))
            return [_view(row) for row in rows]

    def end(self, actor: Actor, hook_id: int) -> HookView:
        """Tell an address nothing more.

        Raises:
            UnknownError: who asks has no such webhook, and is no steward.
        """
        actor.require(Right.LISTEN)
        with self._house.change(actor.id) as change:
            row = change.session.get(HookRow, hook_id)
            if row is None or not (row.person_id == actor.id or actor.may(Right.KEEP_PEOPLE)):
                raise UnknownError(f"there is no webhook {hook_id} among yours")
            if row.ended_at is None:
                self._end(change, row, "")
            return _view(row)

    def due(self) -> list[Parcel]:
        """What is to be sent now, a part for each webhook that waits for something."""
        with self._house.reading() as session:
            waiting = select(HookRow).where(
                HookRow.ended_at.is_(None), HookRow.next_at <= self._house.real.now(), HookRow.told < _newest(session)
            )
            parcels = [_parcel(session, row) for row in session.scalars(waiting.order_by(HookRow.id))]
        return [each for each in parcels if each is not None]

    def took(self, parcel: Parcel, told: int) -> None:
        """Note that an address took all messages up to an event."""
        with self._house.store.transaction() as session:
            row = session.get_one(HookRow, parcel.hook_id)
            if told > row.told:
                row.told, row.failures, row.last_answer = told, 0, "taken"

    def failed(self, parcel: Parcel, answer: str, told: int) -> None:
        """Note that an address did not take a message; it is sent again after a while, or, after two days, never.

        Args:
            parcel: of which it is.
            answer: what went wrong.
            told: the id of the last event that it did take, or 0.
        """
        with self._house.change("coordinator") as change:
            row = change.session.get_one(HookRow, parcel.hook_id)
            if row.ended_at is not None:
                return
            row.failures = 1 if told > row.told else row.failures + 1
            row.told, row.last_answer = max(row.told, told), answer[:200]
            wait_s = min(_FIRST_WAIT_S * 4 ** (row.failures - 1), _LONGEST_WAIT_S)
            row.next_at = self._house.real.now() + timedelta(seconds=wait_s)
            if row.failures >= _PATIENCE:
                self._end(change, row, "it has not answered well for days")

    def _end(self, change: Change, row: HookRow, why: str) -> None:
        row.ended_at = self._house.real.now()
        change.record("hook.ended", f"hook {row.id}", why)


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(EventRow.id))) or 0


def _parcel(session: Session, row: HookRow) -> Parcel | None:
    """What comes next; None where there are only a few events behind it that nobody wants, which costs no write."""
    events = session.scalars(select(EventRow).where(EventRow.id > row.told).order_by(EventRow.id).limit(_BATCH)).all()
    wanted = [event_view(each) for each in events if _wants(row, each.kind)]
    if not wanted and len(events) < _BATCH:
        return None
    messages = tuple(_message(row.id, each) for each in wanted)
    return Parcel(row.id, row.url, row.secret, messages, events[-1].id)


def _wants(row: HookRow, kind: str) -> bool:
    return not row.kinds or any(kind.startswith(each) for each in row.kinds)


def _message(hook_id: int, event: EventView) -> Message:
    return Message(f"msg_{hook_id}_{event.id}", event.id, event.model_dump_json().encode())


def _view(row: HookRow) -> HookView:
    return HookView(
        id=row.id,
        url=row.url,
        kinds=row.kinds,
        told=row.told,
        failures=row.failures,
        last_answer=row.last_answer,
        made_at=row.made_at,
        ended_at=row.ended_at,
    )
