"""What this network says to others: chosen by its stewards, signed when it changes, handed out in order.

Designs are published from the first, since everybody may read them here anyway; offers, plans and attestations only
once a steward has said so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commons.federation.documents import DocumentKind
from commons.federation.keys import words_of
from coordinator.schema.account import NetworkRow
from coordinator.schema.federation import PublishedRow, PublishingRow
from coordinator.schema.network_fork import NetworkForkRow
from coordinator.service.access import Right
from coordinator.service.federation.facts import Attesting, Said, public_facts
from coordinator.service.federation.signing import key_in, next_number, publish_document, rotate, signer_in
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.choices import choices_in
from coordinator.service.paging import MOST, Page
from core.errors import InputError

__all__ = ["PUBLISHABLE", "DocumentView", "OriginView", "OwnView", "Publishing"]

PUBLISHABLE: Final = (DocumentKind.DESIGN, DocumentKind.OFFER, DocumentKind.PLAN, DocumentKind.ATTESTATION)
_FIRST_KINDS: Final = (DocumentKind.DESIGN,)
_MOST_PAGE_BYTES: Final = 4 * 2**20


class OriginView(View):
    """A network that this one began as a fork of, as its export of that moment has it."""

    name: str
    key: str | None
    written_at: datetime
    forked_at: datetime


class OwnView(View):
    """This network among others; `words` are the fingerprint of its key, to be read out, null before the first use.

    `forked_from` is the network that it began as a fork of, null for one that is none.
    """

    name: str
    forked_from: OriginView | None
    key: str | None
    words: str | None
    kinds: list[DocumentKind]
    documents: int
    newest: int


class DocumentView(View):
    """A signed document, as `commons.federation.documents` has it."""

    version: str
    network: str
    kind: DocumentKind
    subject: str
    number: int
    made_at: str
    body: dict[str, Any] | None
    signature: str


class Publishing:
    """What we say."""

    def __init__(self, house: House, attesting: Attesting) -> None:
        """Args: house: what it stands on; attesting: says what was observed."""
        self._house = house
        self._attesting = attesting

    def own(self) -> OwnView:
        """This network as others see it."""
        with self._house.reading() as session:
            return _own(session)

    def choose(self, call: Call, kinds: Sequence[DocumentKind]) -> OwnView:
        """Choose what is published; what is no longer chosen is withdrawn at once.

        Raises:
            ForbiddenError: who asks is no steward.
            InputError: it is no kind that can be chosen.
        """
        call.actor.require(Right.KEEP_NEIGHBOURS)
        if not set(kinds) <= set(PUBLISHABLE):
            raise InputError("this cannot be chosen", hint=f"choose of {', '.join(PUBLISHABLE)}")

        def work(change: Change) -> OwnView:
            row = change.session.get(PublishingRow, 1) or PublishingRow(id=1)
            row.kinds = sorted({str(each) for each in kinds})
            change.session.add(row)
            change.record("network.chose-published", "network", kinds=row.kinds)
            self._publish(change)
            return _own(change.session)

        return self._house.perform(call, OwnView, work)

    def publish(self, call: Call) -> OwnView:
        """Sign now what has changed, instead of within a minute.

        Raises:
            ForbiddenError: who asks is no steward.
        """
        call.actor.require(Right.KEEP_NEIGHBOURS)

        def work(change: Change) -> OwnView:
            self._publish(change)
            return _own(change.session)

        return self._house.perform(call, OwnView, work)

    def rotate(self, call: Call) -> OwnView:
        """Sign with a new key from now on; the old key says so, and everything is said again by the new one.

        Raises:
            ForbiddenError: who asks is no steward.
        """
        call.actor.require(Right.KEEP_NEIGHBOURS)

        def work(change: Change) -> OwnView:
            new = rotate(change, self._house.real.now())
            change.record("network.key-changed", "network", key=new.network)
            self._publish(change)
            return _own(change.session)

        return self._house.perform(call, OwnView, work)

    def keep_up(self) -> int:
        """Sign what has changed, if anything has; returns how many documents."""
        with self._house.reading() as session:
            signed = key_in(session) is not None and not _to_say(session, *self._facts(session))
        if signed:
            return 0
        with self._house.change("coordinator") as change:
            return self._publish(change)

    def documents(self, after: int, limit: int) -> Page[DocumentView]:
        """Documents behind a number, in order; a page is 4 MiB at most."""
        limit = min(limit, MOST)
        query = select(PublishedRow).where(PublishedRow.number > after).order_by(PublishedRow.number).limit(limit + 1)
        with self._house.reading() as session:
            shown: list[PublishedRow] = []
            size, more = 0, False
            for row in session.scalars(query):
                size += len(row.document)
                more = len(shown) == limit or (size > _MOST_PAGE_BYTES and bool(shown))
                if more:
                    break
                shown.append(row)
            items = [DocumentView.model_validate_json(row.document) for row in shown]
            return Page(items=items, next=str(shown[-1].number) if more else None)

    def _facts(self, session: Session) -> tuple[str | None, Said]:
        said = public_facts(session, self._house.files, kinds_in(session), self._attesting)
        return key_in(session), said

    def _publish(self, change: Change) -> int:
        at = self._house.real.now()
        signer = signer_in(change, at)
        said = self._facts(change.session)[1]
        wanted = _to_say(change.session, signer.network, said)
        for kind, subject, body in wanted:
            publish_document(change, signer.sign(kind, subject, next_number(change.session, at), at, body))
        if wanted:
            change.record("network.published", "network", documents=len(wanted))
        return len(wanted)


def kinds_in(session: Session) -> list[DocumentKind]:
    """What the stewards have chosen to be published."""
    row = session.get(PublishingRow, 1)
    return list(_FIRST_KINDS) if row is None else [DocumentKind(each) for each in row.kinds]


def _to_say(session: Session, key: str | None, said: Said) -> list[tuple[DocumentKind, str, dict[str, Any] | None]]:
    """What differs from what was said last, by this key: new, changed, and withdrawn."""
    known = {}
    for row in session.scalars(select(PublishedRow).where(PublishedRow.kind != str(DocumentKind.KEY))):
        body = json.loads(row.document)["body"]
        known[DocumentKind(row.kind), row.subject] = (row.network, body)
    changed = [
        (kind, subject, body) for (kind, subject), body in said.items() if known.get((kind, subject)) != (key, body)
    ]
    gone = [
        (kind, subject, None)
        for (kind, subject), last in known.items()
        if (kind, subject) not in said and last != (key, None)
    ]
    return [*changed, *gone]


def _own(session: Session) -> OwnView:
    key, chosen = key_in(session), choices_in(session.get(NetworkRow, 1))
    count, newest = session.execute(select(func.count(PublishedRow.number), func.max(PublishedRow.number))).one()
    return OwnView(
        name=chosen.name, key=key, words=None if key is None else words_of(key), kinds=kinds_in(session),
        documents=count, newest=newest or 0, forked_from=_origin(session),
    )  # fmt: skip


def _origin(session: Session) -> OriginView | None:
    row = session.scalars(select(NetworkForkRow).order_by(NetworkForkRow.id.desc()).limit(1)).first()
    if row is None:
        return None
    return OriginView(name=row.name, key=row.key, written_at=row.written_at, forked_at=row.forked_at)
