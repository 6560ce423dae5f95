"""Doors at which a forge (GitHub, GitLab, Gitea, Forgejo) says that a design has changed; it is imported again then.

Only that something was said counts, and that it is signed: nothing of the message is read.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlalchemy import select

from coordinator.schema.account import ForgeRow
from coordinator.schema.network import PersonRow
from coordinator.service.access import Actor, Right
from coordinator.service.buckets import Buckets
from coordinator.service.designs.designs import Designs, DesignView
from coordinator.service.house import Call, House, View
from coordinator.service.membership.people import design_key, grant_of
from coordinator.service.refusals import TooManyError, UnauthenticatedError, UnknownError
from core.errors import InputError

__all__ = ["ForgeView", "Forges", "NewForge", "Signed"]


class ForgeView(View):
    """A door for the forge of a design."""

    id: int
    design_id: int
    made_by: str
    made_at: datetime
    ended_at: datetime | None


class NewForge(View):
    """A new door; path and secret are entered at the forge. The secret is not shown again."""

    forge: ForgeView
    path: str
    secret: str


class Signed(View):
    """What a forge says, and how it is signed: `signature` as GitHub, Gitea and Forgejo do, `token` as GitLab does."""

    body: bytes
    signature: str | None
    token: str | None

    def by(self, secret: str) -> bool:
        """Whether who has the secret has signed it."""
        digest = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        signed = _same(self.signature, f"sha256={digest}")
        return _same(self.token, secret) or signed


class Forges:
    """What tells of changes of designs."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs
        self._turns = Buckets(per_s=1 / 60, burst=2)

    def make(self, actor: Actor, design_id: int) -> NewForge:
        """Make a door for a design's forge.

        Raises:
            ForbiddenError: who asks does not maintain the design.
            UnknownError: there is no such design.
            InputError: the design came as an archive, so there is nowhere to fetch it from.
        """
        actor.require(Right.KEEP_DESIGN)
        with self._house.change(actor.id) as change:
            key = design_key(change.session, design_id)
            actor.require(Right.KEEP_DESIGN, design=key)
            if not key.startswith("https://"):
                hint = "import it from its git address"
                raise InputError(
                    "this design came as an archive: no forge has it", where=f"design {design_id}", hint=hint
                )
            secret = secrets.token_urlsafe(32)
            row = ForgeRow(
                design_id=design_id, secret=secret, made_at=self._house.real.now(), made_by=actor.id, ended_at=None
            )
            change.session.add(row)
            change.session.flush()
            change.record("forge.made", f"forge {row.id}", design=design_id)
            return NewForge(forge=_view(row), path=f"/api/v1/forges/{row.id}", secret=secret)

    def of(self, actor: Actor, design_id: int) -> list[ForgeView]:
        """The doors of a design, in all its versions.

        Raises:
            ForbiddenError: who asks does not maintain the design.
            UnknownError: there is no such design.
        """
        actor.require(Right.KEEP_DESIGN)
        with self._house.reading() as session:
            key = design_key(session, design_id)
            actor.require(Right.KEEP_DESIGN, design=key)
            rows = session.scalars(select(ForgeRow).order_by(ForgeRow.id))
            return [_view(row) for row in rows if design_key(session, row.design_id) == key]

    def end(self, actor: Actor, forge_id: int) -> ForgeView:
        """Close a door.

        Raises:
            ForbiddenError: who asks does not maintain the design.
            UnknownError: there is no such door.
        """
        actor.require(Right.KEEP_DESIGN)
        with self._house.change(actor.id) as change:
            row = change.session.get(ForgeRow, forge_id)
            if row is None:
                raise UnknownError(f"there is no forge {forge_id}")
            actor.require(Right.KEEP_DESIGN, design=design_key(change.session, row.design_id))
            if row.ended_at is None:
                row.ended_at = self._house.real.now()
                change.record("forge.ended", f"forge {row.id}", design=row.design_id)
            return _view(row)

    def hear(self, forge_id: int, said: Signed) -> Call:
        """Believe a forge, or not; returns on whose behalf the design is imported again.

        Raises:
            UnauthenticatedError: there is no such door, or this is not signed with its secret.
            TooManyError: it was told a moment ago.
            ForbiddenError: who made the door may not keep the design any more.
        """
        with self._house.reading() as session:
            row = session.get(ForgeRow, forge_id)
            signed = said.by(row.secret if row is not None else secrets.token_urlsafe(32))
            if row is None or row.ended_at is not None or not signed:
                raise UnauthenticatedError("this is not signed with the secret of a forge that is known here")
            wait_s = self._turns.take(str(forge_id), self._house.real.now().timestamp())
            if wait_s > 0:
                raise TooManyError("the design is imported once a minute at most", wait_s=wait_s)
            person = session.get_one(PersonRow, row.made_by)
            actor = Actor(person.id, frozenset(grant_of(each) for each in person.grants))
            actor.require(Right.KEEP_DESIGN, design=design_key(session, row.design_id))
            return Call(actor)

    def import_again(self, call: Call, forge_id: int) -> DesignView:
        """Import the design of a door from where it came.

        Raises:
            InputError: it cannot be fetched, or holds no design any more.
        """
        with self._house.reading() as session:
            location = design_key(session, session.get_one(ForgeRow, forge_id).design_id)
        return self._designs.fetch(call, location, None)


def _same(shown: str | None, expected: str) -> bool:
    return shown is not None and hmac.compare_digest(shown.encode("utf-8", "replace"), expected.encode())


def _view(row: ForgeRow) -> ForgeView:
    return ForgeView(
        id=row.id, design_id=row.design_id, made_by=row.made_by, made_at=row.made_at, ended_at=row.ended_at
    )
