"""The code of the network: a text on how people treat each other here, in versions, each by a proposal that passed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.governance import CodeRow, ProposalRow
from coordinator.service.governance.effects import Effect, Prepared, Terms, register
from coordinator.service.governance.scopes import NETWORK
from coordinator.service.house import Change, House, View
from coordinator.service.refusals import UnknownError
from core.errors import InputError

__all__ = ["CODE", "MOST_CHARS", "CodeView", "Codes"]

CODE: Final = "code"
MOST_CHARS: Final = 50_000
_TERMS: Final = Terms(least_hours=72, least_quorum_percent=10)


class CodeView(View):
    """A version of the code, and the proposal by which it holds."""

    number: int
    text: str
    sha256: str
    proposal_id: int
    adopted_at: datetime


class Codes:
    """What the network has agreed on."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(self) -> list[CodeView]:
        """Every version, the newest first; none while nothing was agreed on."""
        with self._house.reading() as session:
            rows = session.scalars(select(CodeRow).order_by(CodeRow.id)).all()
            return [_view(number, row) for number, row in enumerate(rows, start=1)][::-1]

    def now(self) -> CodeView:
        """The version that holds.

        Raises:
            UnknownError: the network has agreed on none.
        """
        versions = self.all()
        if not versions:
            raise UnknownError("the network has no code yet", hint="anybody with a role may propose one")
        return versions[0]


def _view(number: int, row: CodeRow) -> CodeView:
    return CodeView(
        number=number, text=row.text, sha256=row.sha256, proposal_id=row.proposal_id, adopted_at=row.adopted_at
    )


def _prepare(session: Session, scope: str, sent: Mapping[str, Any]) -> Prepared:
    if scope != NETWORK:
        raise InputError("a code is that of the network, not of a design", where="design_id")
    text = sent.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError("a code is a text", where="text")
    if len(text) > MOST_CHARS:
        raise InputError(f"a code that people read has {MOST_CHARS} characters at most", where="text")
    now = session.scalars(select(CodeRow).order_by(CodeRow.id.desc()).limit(1)).first()
    if now is not None and now.text == text:
        raise InputError("this is the code already", where="text")
    what = "Change the code of the network" if now is not None else "Give the network a code"
    return Prepared(what, {"text": text}, _TERMS)


def _take(change: Change, proposal: ProposalRow) -> str:
    text = proposal.document["text"]
    digest = hashlib.sha256(text.encode()).hexdigest()
    change.session.add(CodeRow(text=text, sha256=digest, proposal_id=proposal.id, adopted_at=change.at))
    change.record("network.code-adopted", "network", why=f"proposal {proposal.id}", sha256=digest)
    return "it is the code of the network from now on"


register(CODE, Effect(_prepare, _take))
