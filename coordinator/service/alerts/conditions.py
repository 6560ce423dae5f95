"""What is to be told though no event tells of it: it is so because time has passed, or because nobody has acted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.schema.builds import BuildRow, BuildState, JobRow, JobState, OfferRow, OfferState, TaskRow, TaskState
from coordinator.schema.governance import ProposalRow, ProposalState
from coordinator.schema.network import AgentRow, MachineRow, TokenRow
from coordinator.schema.pledge import CampaignRow, GoalRow, GoalState
from coordinator.schema.request import RequestKind, RequestRow, RequestState
from coordinator.schema.service import ProgressRow
from coordinator.service.alerts.facts import Facts, facts_of, moment_in
from coordinator.service.alerts.rules import Topic
from coordinator.service.house import House
from coordinator.service.licensing.asking import Asker
from machines.lab import Confirmation

__all__ = ["NOUNS", "Condition", "conditions_in"]

NOUNS: Final = frozenset({"offer", "bought", "lab", "run", "voting", "joining", "pledging"})
"""Of the subjects of conditions; no event with a rule has such a one."""

_ENDING: Final = timedelta(hours=4)
_LATE: Final = timedelta(days=1)  # what is said to come on a day may come in its evening
_AT_REST: Final = "paused"
_SILENT: Final = timedelta(minutes=5)
_LAST_PART: Final = 4  # of the time that a proposal is open: in the last one who has said nothing is reminded
_LAST_DAY: Final = timedelta(days=1)
_NEAR: Final = timedelta(days=2)  # the date of a campaign


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is so now.

    Attributes:
        topic: of it.
        subject: what it is about.
        until: the moment that belongs to it.
    """

    topic: Topic
    subject: str
    until: datetime | None

    def facts(self, session: Session, house: House) -> Facts:
        """What there is to say of it; of an offer also what its licence asks, where nobody has settled that."""
        found = facts_of(session, self.subject, {})
        if self.topic is Topic.OFFER:
            found = found.saying(licence=_licence_asks(session, house, int(self.subject.removeprefix("offer "))))
        return found if self.until is None else found.saying(until=moment_in(session, found.lab, self.until))


def conditions_in(session: Session, house: House) -> Iterator[Condition]:
    """Everything that is so now."""
    now, real = house.clock.now(), house.real.now()
    offered = select(OfferRow.id, OfferRow.expires_at).where(OfferRow.state == OfferState.OFFERED)
    for offer_id, expires_at in session.execute(offered):
        yield Condition(Topic.OFFER, f"offer {offer_id}", expires_at)
        if expires_at is not None and expires_at - now < _ENDING:
            yield Condition(Topic.OFFER_ENDING, f"offer {offer_id}", expires_at)
    late = (
        select(TaskRow.id, TaskRow.arrives_at)
        .join(BuildRow, BuildRow.id == TaskRow.build_id)
        .where(TaskRow.state == TaskState.ORDERED, TaskRow.arrives_at < now - _LATE, BuildRow.state == BuildState.OPEN)
    )
    for task_id, arrives_at in session.execute(late):
        yield Condition(Topic.PURCHASE_LATE, f"bought {task_id}", arrives_at)
    yield from _silent(session, now, real)
    yield from _paused(session)
    yield from _ending(session, now)


def _ending(session: Session, now: datetime) -> Iterator[Condition]:
    """What people decide or gather for until a date that is near."""
    opened = select(ProposalRow.id, ProposalRow.opened_at, ProposalRow.closes_at)
    for row_id, opened_at, closes_at in session.execute(opened.where(ProposalRow.state == ProposalState.OPEN)):
        if now < closes_at <= now + min(_LAST_DAY, (closes_at - opened_at) / _LAST_PART):
            yield Condition(Topic.PROPOSAL_ENDING, f"voting {row_id}", closes_at)
    campaigns = select(CampaignRow.id, CampaignRow.until).where(CampaignRow.state == GoalState.PLEDGING)
    goals = select(GoalRow.build_id, GoalRow.until).where(GoalRow.state == GoalState.PLEDGING)
    for noun, query in (("joining", campaigns), ("pledging", goals)):
        for row_id, until in session.execute(query):
            if now < until <= now + _NEAR:
                yield Condition(Topic.CAMPAIGN, f"{noun} {row_id}", until)


def _silent(session: Session, now: datetime, real: datetime) -> Iterator[Condition]:
    """Labs none of whose agents was heard of for a while, though a job is theirs to run."""
    working = select(JobRow.lab).where(JobRow.state.in_((JobState.DISPATCHED, JobState.RUNNING)))
    due = select(JobRow.lab).where(
        JobRow.state == JobState.SCHEDULED, JobRow.planned_start <= now, JobRow.program_sha256.is_not(None)
    )
    wanted = set(session.scalars(working.union(due)))
    heard = (
        select(AgentRow.lab, func.max(func.coalesce(AgentRow.seen_at, AgentRow.made_at)))
        .join(TokenRow, TokenRow.agent_id == AgentRow.id)
        .where(TokenRow.revoked_at.is_(None), AgentRow.lab.in_(wanted))
        .group_by(AgentRow.lab)
    )
    for lab, seen_at in session.execute(heard):
        if real - seen_at > _SILENT:
            yield Condition(Topic.AGENT_SILENT, f"lab {lab}", seen_at)


def _paused(session: Session) -> Iterator[Condition]:
    """Runs that rest though nobody asked for it here: the program or somebody at the machine did, or a door is open."""
    rows = session.execute(
        select(JobRow.id, MachineRow.document, ProgressRow.lines_done, ProgressRow.lines_total)
        .join(ProgressRow, ProgressRow.job_id == JobRow.id)
        .join(MachineRow, MachineRow.id == JobRow.machine)
        .where(JobRow.state == JobState.RUNNING, ProgressRow.state == _AT_REST)
    ).all()
    for job_id, entry, done, total in rows:
        asked = select(RequestRow.kind).where(RequestRow.job_id == job_id, RequestRow.state == RequestState.DONE)
        if session.scalar(asked.order_by(RequestRow.id.desc()).limit(1)) is RequestKind.PAUSE:
            continue
        early = Confirmation.FIRST_LAYER in (entry.get("confirm") or ()) and 2 * done < total
        yield Condition(Topic.FIRST_LAYER if early else Topic.MACHINE_WAITS, f"run {job_id}", None)


def _licence_asks(session: Session, house: House, offer_id: int) -> str:
    """What a lab is to settle before it accepts; "" where nothing is open."""
    offer = session.get_one(OfferRow, offer_id)
    asked = Asker(session, house.networks.of(session)).of_lot(offer.lot, offer.lab)
    return "" if asked.is_settled else f"Say how its licence is settled: {asked.advice.sentence}"
