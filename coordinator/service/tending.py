"""What happens by itself: offers expire, leases run out, old answers are forgotten, a simulated clock leaps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from coordinator.schema.builds import BuildRow, BuildState, JobRow, JobState
from coordinator.schema.service import AnswerRow, OrderRow
from coordinator.service.application import Application
from coordinator.service.clock import SimulatedClock
from coordinator.service.holds import Hold
from coordinator.service.runs.queue import Queue
from coordinator.service.turns import take_turns

__all__ = ["Tending"]

_EVERY_S = 0.5
_ENDING_S = 10.0
_HOLD_S = 20.0  # a planner or keeper that is killed is replaced after that
_ANSWERS_KEPT = timedelta(days=2)
_AT_WORK = (JobState.DISPATCHED, JobState.RUNNING)


class Tending:
    """Two threads beside the service: one plans, one keeps time.

    A database that is away is waited for. Any other error in one of them ends the process that serves.
    """

    def __init__(self, application: Application, *, failed: Callable[[BaseException], None]) -> None:
        """Args: application: what is tended; failed: told what ended a thread."""
        self._application = application
        self._queue = Queue(application.house.networks)
        self._planning = Hold(application.house, "planner", _HOLD_S)
        self._keeping = Hold(application.house, "keeper", _HOLD_S)
        self._threads = [
            threading.Thread(
                target=take_turns, args=each, kwargs={"every_s": _EVERY_S, "failed": failed}, name=name, daemon=True
            )
            for name, each in (
                ("planner", (application.house, self._planning, self.plan)),
                ("keeper", (application.house, self._keeping, self._look_after)),
            )
        ]

    def start(self) -> None:
        """Begin."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """End after what goes on; returns when both threads have ended, or after a while."""
        self._application.house.closing.set()
        self._application.house.bell.ring()
        for each in self._threads:
            each.join(timeout=_ENDING_S)
        if not self._threads[0].is_alive():
            self._application.close()

    def plan(self) -> bool:
        """Plan one build; True when there was one."""
        return self._application.planner.plan_next() is not None

    def keep(self) -> bool:
        """Close what has run out; True when there was something."""
        house = self._application.house
        closed = self._application.offers.expire() + self._application.attempts.sweep()
        closed += self._application.requests.sweep() + self._application.held.sweep() + self._application.upkeep.sweep()
        closed += self._application.proposals.decide_due()
        closed += self._application.pledges.sweep() + self._application.campaigns.sweep()
        closed += self._application.fund.sweep()
        self._application.uploads.sweep()
        if closed == 0 and isinstance(house.clock, SimulatedClock):
            self._leap(house.clock)
        with house.reading() as session:
            old = session.scalar(select(AnswerRow.key).where(AnswerRow.answered_at < self._answers_from()).limit(1))
        if old is not None:
            with house.store.transaction() as session:
                session.execute(delete(AnswerRow).where(AnswerRow.answered_at < self._answers_from()))
        return closed > 0

    def _look_after(self) -> bool:
        """Keep, and hold the planner's right for it: a plan may take longer than the right lasts."""
        self._planning.renew()
        return self.keep()

    def _answers_from(self) -> datetime:
        return self._application.house.real.now() - _ANSWERS_KEPT

    def _leap(self, clock: SimulatedClock) -> None:
        """Pass over hours in which nothing can happen: nobody works, no plan is due, and the next job is known."""
        with self._application.house.reading() as session:
            working = session.scalar(select(JobRow.id).where(JobRow.state.in_(_AT_WORK)).limit(1))
            planning = (
                select(OrderRow.build_id)
                .join(BuildRow, BuildRow.id == OrderRow.build_id)
                .where(OrderRow.plan_wanted > OrderRow.plan_made, BuildRow.state == BuildState.OPEN)
            )
            if working is not None or session.scalar(planning.limit(1)) is not None:
                return
            moment = self._queue.next_moment(session, clock.now())
        if moment is not None:
            clock.leap(moment)
