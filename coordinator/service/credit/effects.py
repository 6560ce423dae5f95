"""Limits of credit as a matter of proposals: one that has passed sets them as a steward would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from coordinator.schema.governance import ProposalRow
from coordinator.service.credit.accounts import MOST, account_in, require_on, set_limit
from coordinator.service.governance.effects import Effect, Prepared, Terms, register
from coordinator.service.house import Change
from core.errors import InputError

__all__ = ["CREDIT_LIMIT"]

CREDIT_LIMIT: Final = "credit-limit"
_TERMS: Final = Terms(least_hours=72, least_quorum_percent=10)


def _prepare(session: Session, scope: str, sent: Mapping[str, Any]) -> Prepared:
    """`account`, its id, and `limit` in hundredths."""
    if scope:
        raise InputError("limits of credit are a matter of the whole network", where="scope")
    require_on(session)
    account, limit = sent.get("account"), sent.get("limit")
    if not isinstance(account, int) or isinstance(account, bool):
        raise InputError("an account is named by its id", where="account")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= MOST:
        raise InputError(f"a limit is a whole number of hundredths from 0 to {MOST}", where="limit")
    row = account_in(session, account)
    what = f"Let the account of {row.holder} go {limit} hundredths below zero, instead of {row.credit_limit}"
    return Prepared(what, {"account": account, "limit": limit}, _TERMS)


def _take(change: Change, proposal: ProposalRow) -> str:
    require_on(change.session)
    document = proposal.document
    row = set_limit(change, document["account"], document["limit"], f"proposal {proposal.id}")
    return f"{row.holder} may go {row.credit_limit} hundredths below zero"


register(CREDIT_LIMIT, Effect(_prepare, _take))
