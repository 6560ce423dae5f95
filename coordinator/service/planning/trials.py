"""What would change: builds planned as they stand and as they would stand, one beside the other; nothing is stored."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coordinator.first_articles import with_first_articles
from coordinator.lots import firm_work
from coordinator.plans.calendars import period_between
from coordinator.plans.planning import BuildPlan, plan_build
from coordinator.plans.substitutes import Substitutes
from coordinator.plans.work import Firm, form_lots
from coordinator.schema.builds import BuildRow
from coordinator.schema.service import OrderRow
from coordinator.service.access import Actor
from coordinator.service.changes.recipes import Recipe, Terms, opened_recipe
from coordinator.service.changes.substitutions import substitutes_in
from coordinator.service.designs.designs import Designs
from coordinator.service.house import House
from coordinator.service.machinery.standing import as_it_stands
from coordinator.service.planning.others import less_others, rivals_of
from coordinator.service.planning.trial_views import MovedView, TrialBuildView, TrialView
from coordinator.service.refusals import UnauthenticatedError, UnknownError
from coordinator.service.work.claims import open_claims
from core.errors import InputError, PlanError, StateError
from machines.lab import Network

__all__ = ["MOST_HOURS", "Trials"]

MOST_HOURS: Final = 24 * 28
_LIMIT_S: Final = 120.0
_SECONDS: Final = 1.0  # how long the solver looks for better, for each of two plans of a build
_MOST_TOLD: Final = 20
_NOTICED: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A build as it is now, with all that a plan of it takes."""

    build_id: int
    design: str
    terms: Terms
    lead_days: float
    due: datetime | None
    firm: Firm
    substitutes: Substitutes
    network: Network

    @classmethod
    def of(cls, session: Session, build_id: int, network: Network, now: datetime) -> _Standing:
        build, order = session.get_one(BuildRow, build_id), session.get_one(OrderRow, build_id)
        firm = with_first_articles(session, build, network, firm_work(session, build, now))
        claimed = {claim.lot.key: claim.machine for claim in open_claims(session, build_id)}
        free = less_others(session, as_it_stands(session, network, now, {build_id}), {build_id}, now)
        return cls(
            build_id, build.design.name, Terms.of(session, build), order.lead_days, order.due_at,
            replace(firm, machines={**firm.machines, **claimed}), substitutes_in(session, build_id), free,
        )  # fmt: skip


class Trials:
    """What would be, without doing it. One at a time: it takes the computer for seconds."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs
        self._busy = threading.Lock()

    def stopped(self, actor: Actor, machine_id: str, hours: float) -> TrialView:
        """What would change if a machine stopped now for some hours: each build is planned twice, by itself.

        Args:
            actor: who asks.
            machine_id: that would stop.
            hours: for how long, up to `MOST_HOURS`.

        Raises:
            UnauthenticatedError: who asks is nobody here.
            UnknownError: there is no such machine.
            InputError: the hours are none.
            StateError: another trial is being worked out.
        """
        if not actor.known:
            raise UnauthenticatedError("trying out a plan is for people of the network", hint="log in")
        if not 0 < hours <= MOST_HOURS:
            raise InputError(f"a machine is tried out to stop for up to {MOST_HOURS} hours", where="hours")
        now = self._house.clock.now()
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            if network is None or network.find(machine_id) is None:
                raise UnknownError(f"there is no machine {machine_id[:60]!r}")
            builds = [_Standing.of(session, each, network, now) for each in rivals_of(session, 0, {machine_id})]
        if not self._busy.acquire(blocking=False):
            raise StateError("another trial is being worked out", hint="try again in a minute")
        try:
            until = now + timedelta(hours=hours)
            return TrialView(
                machine=machine_id, hours=hours, builds=[self._tried(each, machine_id, now, until) for each in builds]
            )
        finally:
            self._busy.release()

    def _tried(self, build: _Standing, machine_id: str, now: datetime, until: datetime) -> TrialBuildView:
        with ExitStack() as stack:
            recipe = opened_recipe(stack, self._designs, build.terms)
            try:
                before = self._plan(build, recipe, build.network, now)
                after = self._plan(build, recipe, _without(build.network, machine_id, now, until), now)
            except PlanError as error:
                return TrialBuildView(
                    build_id=build.build_id, design=build.design, end=None, new_end=None, moved=[], more_moved=0,
                    why=str(error),
                )  # fmt: skip
        moved = _moved(before, after)
        return TrialBuildView(
            build_id=build.build_id, design=build.design, end=before.end, new_end=after.end,
            moved=moved[:_MOST_TOLD], more_moved=max(0, len(moved) - _MOST_TOLD),
        )  # fmt: skip

    def _plan(self, build: _Standing, recipe: Recipe, network: Network, now: datetime) -> BuildPlan:
        workload = form_lots(recipe.design, recipe.graph, network, build.firm, substitutes=build.substitutes)
        return self._house.computer.run(
            _LIMIT_S, plan_build, workload, recipe.graph, network, now,
            lead_days=build.lead_days, seconds=_SECONDS, firm=build.firm, due=build.due,
        )  # fmt: skip


def _without(network: Network, machine_id: str, now: datetime, until: datetime) -> Network:
    """The network with a machine that is down from now on."""
    labs = []
    for lab in network.labs:
        down = period_between(lab, now, until, "it has stopped")
        machines = tuple(
            replace(each, maintenance=(*each.maintenance, down)) if each.id == machine_id else each
            for each in lab.machines
        )
        labs.append(replace(lab, machines=machines))
    return replace(network, labs=tuple(labs))


def _moved(before: BuildPlan, after: BuildPlan) -> list[MovedView]:
    """Lots that stand elsewhere, or at another time by `_NOTICED` or more, in the order of their new start."""
    there = {lot.id for lot in after.workload.lots}
    moved = []
    for lot in before.workload.lots:
        if lot.id not in there:
            continue
        old, new = before.placement(lot.id), after.placement(lot.id)
        start, new_start = before.moment(old.start_s), after.moment(new.start_s)
        if old.machine != new.machine or abs(new_start - start) >= _NOTICED:
            moved.append(
                MovedView(
                    task=lot.task.name, machine=old.machine, start=start, new_machine=new.machine, new_start=new_start
                )
            )
    return sorted(moved, key=lambda each: each.new_start)
