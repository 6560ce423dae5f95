"""What a change takes back of a lot: the offer that nobody answered, the claim, the job that has not started."""

from __future__ import annotations

from sqlalchemy import select

from coordinator.builds import close_offer
from coordinator.life import give_back, withdraw
from coordinator.lots import live_job, open_offer
from coordinator.moves import advance
from coordinator.schema.builds import JobRow, JobState, LotRow, OfferState
from coordinator.schema.service import AttemptRow, AttemptState, ClaimRow, ClaimState
from coordinator.service.house import Change, View
from coordinator.service.work.claims import close_claim

__all__ = ["NOT_STARTED", "RUNS_ON", "FreedView", "freed_of", "take_back"]

NOT_STARTED = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED)
"""States of jobs that can be taken back."""
RUNS_ON = (JobState.RUNNING, JobState.FAILED, JobState.LOST_CONTACT)
"""States of jobs that have started and have no made or scrapped pieces yet: they come to their end."""


class FreedView(View):
    """Work that is taken back: an offer, a claim or a job."""

    kind: str
    id: str
    task: str
    pieces: int
    lab: str
    machine: str


def freed_of(lot: LotRow, claims: list[ClaimRow]) -> list[FreedView]:
    """What would be taken back of a lot.

    Args:
        lot: which.
        claims: the open ones of its build.
    """
    found: list[tuple[str, str, str, str]] = []
    offer, job = open_offer(lot), live_job(lot)
    if offer is not None:
        found.append(("offer", str(offer.id), offer.lab, offer.machine))
    found += [("claim", str(each.id), each.lab, each.machine) for each in claims if each.lot_id == lot.id]
    if job is not None and job.state in NOT_STARTED:
        found.append(("job", job.id, job.lab, job.machine))
    return [
        FreedView(kind=kind, id=name, task=lot.task.name, pieces=lot.pieces, lab=lab, machine=machine)
        for kind, name, lab, machine in found
    ]


def take_back(change: Change, lot: LotRow, why: str) -> None:
    """Withdraw what nobody has started of a lot; what has started is left as it is."""
    session = change.session
    offer, job = open_offer(lot), live_job(lot)
    if offer is not None:
        close_offer(session, offer, OfferState.WITHDRAWN, change.at, why, who=change.who)
    open_claims = select(ClaimRow).where(ClaimRow.lot_id == lot.id, ClaimRow.state == ClaimState.OPEN)
    for claim in session.scalars(open_claims).all():
        close_claim(change, claim, ClaimState.WITHDRAWN, why)
    if job is not None and job.state in NOT_STARTED:
        _withdraw(change, job, why)
    session.flush()


def _withdraw(change: Change, job: JobRow, why: str) -> None:
    """Withdraw a job; an agent that holds it and has not started it is refused when it asks to start."""
    if job.state is JobState.DISPATCHED:
        leased = select(AttemptRow).where(AttemptRow.job_id == job.id, AttemptRow.state == AttemptState.LEASED)
        for attempt in change.session.scalars(leased).all():
            advance(attempt, AttemptState.RELEASED, f"attempt {attempt.id}")
        give_back(change.session, job, change.at, who=change.who, why=why)
    withdraw(change.session, job, change.at, why, who=change.who)
