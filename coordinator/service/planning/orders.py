"""What says that a build wants a new plan. The planner does the rest, by itself and one at a time."""

from __future__ import annotations

from sqlalchemy import select

from coordinator.schema.builds import BuildRow, BuildState, JobRow, JobState, LotRow, OfferRow, OfferState
from coordinator.schema.service import OrderRow
from coordinator.service.house import Change

__all__ = ["want_plan", "want_plans", "want_plans_on"]


def want_plan(change: Change, build_id: int, why: str) -> None:
    """Ask for a new plan of a build; does nothing for a build that no service ordered."""
    order = change.session.get(OrderRow, build_id)
    if order is not None:
        order.plan_wanted, order.plan_why = order.plan_wanted + 1, why


def want_plans(change: Change, why: str) -> None:
    """Ask for new plans of all builds that are not finished."""
    query = select(OrderRow.build_id).join(BuildRow, BuildRow.id == OrderRow.build_id)
    for build_id in change.session.scalars(query.where(BuildRow.state == BuildState.OPEN)).all():
        want_plan(change, build_id, why)


def want_plans_on(change: Change, machine: str, why: str) -> None:
    """Ask for new plans of the builds of which something is offered to a machine, or to be started there."""
    offered = select(LotRow.build_id).join(OfferRow, OfferRow.lot_id == LotRow.id)
    offered = offered.where(OfferRow.machine == machine, OfferRow.state == OfferState.OFFERED)
    to_come = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED)
    accepted = select(JobRow.build_id).where(JobRow.machine == machine, JobRow.state.in_(to_come))
    for build_id in sorted(set(change.session.scalars(offered)) | set(change.session.scalars(accepted))):
        want_plan(change, build_id, why)
