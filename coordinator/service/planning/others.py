"""The work of other builds: time in which machines are not to be had, or work that makes way where that pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import Session

from coordinator.lots import live_job, lots_of, open_offer
from coordinator.plans.calendars import period_between
from coordinator.plans.posing import Promised
from coordinator.schema.builds import BuildRow, BuildState, JobRow, JobState, LotRow, OfferRow, OfferState
from coordinator.schema.pledge import JoinRow
from coordinator.schema.service import OrderRow
from machines.lab import Network

__all__ = ["MOST_POOLED", "MOST_RIVALS", "expected_end", "less_others", "pooled_with", "promises_of", "rivals_of"]

MOST_RIVALS: Final = 5
"""How many other builds are planned together with one that would be late."""
MOST_POOLED: Final = 8
"""How many builds of a campaign are planned as one, so that they share set-ups."""
_MOST_LOTS: Final = 250  # of all of them; beyond that a plan takes too long
_PRICE_S: Final = 4 * 3600.0  # by so much all must end earlier, for one accepted job that it is worth to move it
_OFFER_PRICE_S: Final = 1800.0
_BUSY: Final = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED, JobState.RUNNING)
_TO_COME: Final = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED)


def less_others(session: Session, network: Network, builds: Collection[int], now: datetime) -> Network:
    """The network with machines not to be had while they work for others than these builds."""
    others = or_(JobRow.build_id.not_in(list(builds)), LotRow.retired_at.is_not(None))
    query = select(JobRow).join(LotRow).where(others, JobRow.state.in_(_BUSY), JobRow.planned_end > now)
    taken: dict[str, list[tuple[datetime, datetime]]] = {}
    for job in session.scalars(query):
        taken.setdefault(job.machine, []).append((job.planned_start, job.planned_end))
    if not taken:
        return network
    why = "work for another build"
    labs = tuple(
        replace(
            lab,
            machines=tuple(
                replace(
                    each,
                    maintenance=(
                        *each.maintenance,
                        *(period_between(lab, start, end, why) for start, end in taken.get(each.id, ())),
                    ),
                )
                for each in lab.machines
            ),
        )
        for lab in network.labs
    )
    return replace(network, labs=labs)


def rivals_of(session: Session, build_id: int, machines: Collection[str]) -> list[int]:
    """Open builds with work on these machines that has not begun, the least urgent first, as many as can be planned.

    Args:
        session: to read with.
        build_id: of the build that would be late.
        machines: that could do its work.
    """
    on = list(machines)
    jobs = select(JobRow.build_id).where(JobRow.machine.in_(on), JobRow.state.in_(_TO_COME))
    offers = select(LotRow.build_id).join(OfferRow, OfferRow.lot_id == LotRow.id)
    offers = offers.where(OfferRow.machine.in_(on), OfferRow.state == OfferState.OFFERED)
    lots = select(func.count()).where(LotRow.build_id == OrderRow.build_id, LotRow.retired_at.is_(None))
    query = (
        select(OrderRow.build_id, lots.scalar_subquery())
        .join(BuildRow, BuildRow.id == OrderRow.build_id)
        .where(BuildRow.state == BuildState.OPEN, OrderRow.build_id != build_id)
        .where(OrderRow.build_id.in_(union(jobs, offers)))
        .order_by(OrderRow.due_at.is_not(None), OrderRow.due_at.desc(), OrderRow.build_id)
    )
    chosen: list[int] = []
    room = _MOST_LOTS
    for rival, count in session.execute(query):
        if len(chosen) < MOST_RIVALS and count <= room:
            chosen.append(rival)
            room -= count
    return chosen


def pooled_with(session: Session, build_id: int) -> list[int]:
    """The open builds that a campaign has ordered together with this one, so that set-ups are shared."""
    mine = select(JoinRow.campaign_id).where(JoinRow.build_id == build_id)
    query = (
        select(JoinRow.build_id)
        .join(BuildRow, BuildRow.id == JoinRow.build_id)
        .where(JoinRow.campaign_id.in_(mine), JoinRow.build_id != build_id, BuildRow.state == BuildState.OPEN)
        .distinct()
        .order_by(JoinRow.build_id)
        .limit(MOST_POOLED - 1)
    )
    return [each for each in session.scalars(query) if each is not None]


def promises_of(session: Session, build: BuildRow) -> dict[str, Promised]:
    """By lot, where work of a build stands that has not begun, and what it costs to move that."""
    found = {}
    for lot in lots_of(session, build):
        job, offer = live_job(lot), open_offer(lot)
        if job is not None:
            if job.state in _TO_COME:
                found[lot.key] = Promised(job.machine, job.planned_start, _PRICE_S)
        elif offer is not None:
            found[lot.key] = Promised(offer.machine, offer.planned_start, _OFFER_PRICE_S)
    return found


def expected_end(session: Session, build: BuildRow) -> datetime | None:
    """When the last run of a build is expected to end, as it is planned now; None where nothing of it is planned."""
    ends = []
    for lot in lots_of(session, build):
        standing = live_job(lot) or open_offer(lot)
        if standing is not None:
            ends.append(standing.planned_end)
    return max(ends, default=None)
