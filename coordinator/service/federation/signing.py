"""The keys of this network: made at first use, kept like other secrets of the store, one followed by another."""

from __future__ import annotations

import base64
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commons.federation.documents import Document, DocumentKind, Signer
from commons.federation.keys import handover
from coordinator.schema.federation import NetworkKeyRow, PublishedRow
from coordinator.service.house import Change

__all__ = ["key_in", "next_number", "publish_document", "rotate", "signer_in"]


def key_in(session: Session) -> str | None:
    """The public key that signs now, or None before the first use."""
    return session.scalar(select(NetworkKeyRow.public).where(NetworkKeyRow.retired_at.is_(None)))


def signer_in(change: Change, at: datetime) -> Signer:
    """What signs now; a key is made where there is none yet."""
    row = change.session.scalar(select(NetworkKeyRow).where(NetworkKeyRow.retired_at.is_(None)))
    if row is not None:
        return Signer(base64.urlsafe_b64decode(row.secret + "="))
    return _new_key(change, at)


def next_number(session: Session, at: datetime) -> int:
    """A number that is higher than all before.

    It is the time in milliseconds, or one more than the last: a store that was put back from a backup of last night
    goes on above the numbers that others have seen since.
    """
    last = session.scalar(select(func.max(PublishedRow.number))) or 0
    return max(last + 1, int(at.timestamp() * 1000))


def publish_document(change: Change, document: Document) -> None:
    """Keep a document of our own to be handed out; it takes the place of what was said of its subject before."""
    if document.kind is not DocumentKind.KEY:
        for old in change.session.scalars(select(PublishedRow).where(PublishedRow.subject == document.subject)):
            change.session.delete(old)
    row = PublishedRow(
        number=document.number, network=document.network, kind=str(document.kind), subject=document.subject,
        document=document.data.decode(), made_at=document.made_at,
    )  # fmt: skip
    change.session.add(row)
    change.session.flush()


def rotate(change: Change, at: datetime) -> Signer:
    """Go over to a new key, which the old one signs."""
    old = signer_in(change, at)
    row = change.session.scalars(select(NetworkKeyRow).where(NetworkKeyRow.retired_at.is_(None))).one()
    row.retired_at = at
    change.session.flush()
    new = _new_key(change, at)
    publish_document(change, handover(old, new, next_number(change.session, at), at))
    return new


def _new_key(change: Change, at: datetime) -> Signer:
    made = Signer.new()
    secret = base64.urlsafe_b64encode(made.secret).rstrip(b"=").decode()
    change.session.add(NetworkKeyRow(public=made.network, secret=secret, made_at=at, retired_at=None))
    change.session.flush()
    change.record("network.key-made", "network", key=made.network)
    return made
