"""Who belongs to the network, decided together: people and labs are welcomed, or shut out.

Whoever is shut out loses roles, tokens and log-ins; the pseudonym in the log, and what the person did, stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commons.decisions import Rule
from coordinator.schema.account import SessionRow
from coordinator.schema.governance import ProposalRow
from coordinator.schema.network import AgentRow, GrantRow, LabRow, PersonRow, Role, TokenRow
from coordinator.service.access import Grant
from coordinator.service.governance.effects import Effect, Prepared, Terms, register
from coordinator.service.governance.proposals import Proposals, ProposalView, Voting
from coordinator.service.governance.scopes import NETWORK
from coordinator.service.house import Call, Change
from coordinator.service.machinery.labs import put_machines
from coordinator.service.membership.people import add_grant, check_grant, end_grant
from coordinator.service.planning.orders import want_plans
from coordinator.service.refusals import UnknownError
from core.errors import InputError, StateError
from machines.network import network_of

__all__ = ["EXCLUDE", "WELCOME", "Members"]

WELCOME: Final = "welcome"
EXCLUDE: Final = "exclude"
_WELCOMED: Final = Terms(least_hours=72, least_quorum_percent=10)
_EXCLUDED: Final = Terms(least_hours=168, least_quorum_percent=25, rules=frozenset({Rule.MAJORITY}))
_ROLES: Final = frozenset({Role.BUILDER, Role.DESIGNER, Role.OPERATOR, Role.STEWARD})


class Members:
    """Who is to belong to the network, as proposals."""

    def __init__(self, proposals: Proposals) -> None:
        self._proposals = proposals

    def welcome(
        self, call: Call, person: str, role: Role, lab: str, entry: Mapping[str, Any] | None, voting: Voting
    ) -> ProposalView:
        """Propose that a person gets a role; with the entry of a lab that is new, that the lab comes in.

        Raises:
            InputError, UnknownError, StateError: it cannot be proposed; see also `Proposals.open`.
        """
        sent = {"person": person, "role": role, "lab": lab, **({} if entry is None else {"entry": entry})}
        return self._proposals.open(call, WELCOME, None, sent, voting)

    def exclude(self, call: Call, person: str, lab: str, voting: Voting) -> ProposalView:
        """Propose that a person or a lab is shut out; one of the two is "".

        Raises:
            InputError, UnknownError, StateError: it cannot be proposed; see also `Proposals.open`.
        """
        return self._proposals.open(call, EXCLUDE, None, {"person": person, "lab": lab}, voting)


def _prepare_welcome(session: Session, scope: str, sent: Mapping[str, Any]) -> Prepared:
    """`person` and `role`, with `lab` for an operator; with `entry` (of a labs document) a lab comes in with them."""
    _require_network(scope)
    person = _person(session, sent.get("person"))
    try:
        role = Role(sent.get("role") or "")
    except ValueError:
        role = Role.VISITOR
    if role not in _ROLES:
        raise InputError("this role is not given by a proposal", where="role", hint=", ".join(sorted(_ROLES)))
    lab, entry = str(sent.get("lab") or ""), sent.get("entry")
    if entry is not None:
        _check_new(session, lab, entry, role)
        what = f"Welcome the lab {entry['name']} ({lab}), with {person.id} as its operator"
        return Prepared(what, {"person": person.id, "role": str(role), "lab": lab, "entry": entry}, _WELCOMED)
    check_grant(session, role, lab)
    if any((each.role, each.lab) == (role, lab) for each in person.grants):
        raise InputError(f"{person.id} is {role} already", where="person")
    what = f"Welcome {person.id} as {role}{f' of {lab}' if lab else ''}"
    return Prepared(what, {"person": person.id, "role": str(role), "lab": lab}, _WELCOMED)


def _welcome(change: Change, proposal: ProposalRow) -> str:
    document = proposal.document
    person, role = _person(change.session, document["person"]), Role(document["role"])
    if "entry" in document:
        _check_new(change.session, document["lab"], document["entry"], role)
        rank = len(change.session.scalars(select(LabRow.id)).all())
        row = LabRow(
            id=document["lab"], rank=rank, document=document["entry"], changed_at=change.at, changed_by=change.who
        )
        change.session.add(row)
        change.session.flush()
        change.record("lab.added", f"lab {row.id}", why=f"proposal {proposal.id}", machines=0)
    check_grant(change.session, role, document["lab"])
    add_grant(change, person, Grant(role, document["lab"]))
    return f"{person.id} is {role} now"


def _check_new(session: Session, lab: str, entry: Any, role: Role) -> None:
    """A lab that comes in has an entry and an operator; its machines it names itself."""
    if role is not Role.OPERATOR:
        raise InputError("a lab comes in with an operator", where="role")
    if not isinstance(entry, dict) or entry.get("id") != lab or "machines" in entry:
        hint = "its operator adds the machines"
        raise InputError("this is not the entry of that lab without its machines", where="entry", hint=hint)
    network_of({"labs": [entry]}, where="entry")
    if session.get(LabRow, lab) is not None:
        raise StateError("this lab is in the network already", where=lab)


def _prepare_exclude(session: Session, scope: str, sent: Mapping[str, Any]) -> Prepared:
    """`person` or `lab`."""
    _require_network(scope)
    who, lab = sent.get("person"), sent.get("lab")
    if bool(who) == bool(lab):
        raise InputError("a person or a lab is shut out, not both at once", where="person")
    if who:
        return Prepared(f"Shut {_person(session, who).id} out", {"person": who}, _EXCLUDED)
    return Prepared(f"Shut the lab {_lab(session, lab).id} out", {"lab": lab}, _EXCLUDED)


def _exclude(change: Change, proposal: ProposalRow) -> str:
    document = proposal.document
    return _exclude_lab(change, document["lab"]) if "lab" in document else _exclude_person(change, document["person"])


def _exclude_person(change: Change, person_id: str) -> str:
    person = _person(change.session, person_id)
    for each in list(person.grants):
        end_grant(change, person, each)
    _revoke(change, select(TokenRow).where(TokenRow.person_id == person_id))
    change.session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
    return f"{person_id} has no role here any more"


def _exclude_lab(change: Change, lab_id: str) -> str:
    row = _lab(change.session, lab_id)
    for grant in change.session.scalars(select(GrantRow).where(GrantRow.lab == lab_id)).all():
        end_grant(change, grant.person, grant)
    agents = select(AgentRow.id).where(AgentRow.lab == lab_id)
    _revoke(change, select(TokenRow).where(TokenRow.agent_id.in_(agents)))
    put_machines(change.session, row, [])
    row.changed_at, row.changed_by = change.at, change.who
    change.record("lab.changed", f"lab {lab_id}", machines=0)
    want_plans(change, f"{lab_id} has left the network")
    return f"{lab_id} has no machine, no operator and no agent here any more; its work is planned elsewhere"


def _revoke(change: Change, tokens: Any) -> None:
    for token in change.session.scalars(tokens):
        if token.revoked_at is None:
            token.revoked_at = change.at
            change.record("token.revoked", f"token {token.id}")


def _require_network(scope: str) -> None:
    if scope != NETWORK:
        raise InputError("who belongs here is a matter of the network, not of a design", where="design_id")


def _person(session: Session, person_id: Any) -> PersonRow:
    found = session.get(PersonRow, str(person_id or ""))
    if found is None:
        raise UnknownError(f"there is no person {str(person_id)[:60]!r}", where="person")
    if found.erased_at is not None:
        raise StateError("this person has left", where=found.id)
    return found


def _lab(session: Session, lab_id: Any) -> LabRow:
    found = session.get(LabRow, str(lab_id or ""))
    if found is None:
        raise UnknownError(f"there is no lab {str(lab_id)[:60]!r}", where="lab")
    return found


register(WELCOME, Effect(_prepare_welcome, _welcome))
register(EXCLUDE, Effect(_prepare_exclude, _exclude))
