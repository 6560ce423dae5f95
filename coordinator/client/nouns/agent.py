"""The part of the API under `agent`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import JobState

__all__ = ["Agent", "AttemptState", "AttemptView", "DrivenView", "Progress", "RunOutcome", "WorkView"]


AttemptState: TypeAlias = Literal["leased", "started", "ended", "released"]
"""Life of an attempt."""


RunOutcome: TypeAlias = Literal["finished", "failed", "lost contact"]
"""How a run ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """An attempt as the coordinator knows it; `job_state` is what has become of the job."""

    attempt_id: int
    fence: int
    job_id: str
    machine: str
    state: AttemptState
    job_state: JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenView:
    """A machine as its agent needs it.

    `port` is "virtual" for a virtual twin; a key is only named, never told. `after_alarm` says whether a machine that
    an alarm has locked waits for a person ("ask") or is homed ("home").
    """

    id: str
    name: str
    driver: str
    port: str | None
    baud: int
    address: str | None
    key_variable: str | None
    after_alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one job is."""

    attempt_id: int
    fence: int
    lines_done: int
    lines_total: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """A job for an agent, under a lease.

    `policy` is what the machine may be asked for at most; `first_layer` says that a person is to look at that.
    """

    attempt_id: int
    fence: int
    job_id: str
    machine: str
    what: str
    pieces: int
    program_sha256: str
    program: str
    policy: dict[str, Any]
    first_layer: bool
    lease_s: float


class Agent(Calls):
    """The part of the API under `agent`."""

    def list_driven_machines(self) -> tuple[DrivenView, ...]:
        """The machines that this agent drives, and how they are reached."""
        found: tuple[DrivenView, ...] = self._any(tuple[DrivenView, ...], "GET", "/agent/machines")
        return found

    def list_open_attempts(self) -> tuple[AttemptView, ...]:
        """The attempts of this agent that have no end."""
        found: tuple[AttemptView, ...] = self._any(tuple[AttemptView, ...], "GET", "/agent/attempts")
        return found

    def take_work(self, machines: Sequence[str], *, wait_s: float = 0.0) -> WorkView | None:
        """Take the next job that may start, under a lease; waits for one for a while."""
        found: WorkView | None = self._any(
            WorkView | None, "POST", "/agent/work", body={"machines": machines, "wait_s": wait_s}
        )
        return found

    def note_progress(self, attempts: Sequence[Progress]) -> tuple[AttemptView, ...]:
        """Tell how far jobs are, which extends their leases; the answer tells what has become of each."""
        found: tuple[AttemptView, ...] = self._any(
            tuple[AttemptView, ...], "POST", "/agent/attempts/progress", body={"attempts": attempts}
        )
        return found

    def start_run(self, attempt_id: int, fence: int) -> AttemptView:
        """Ask to start: only once this has answered may the machine move. It may be asked again."""
        return self._one(AttemptView, "POST", f"/agent/attempts/{segment(attempt_id)}/start", body={"fence": fence})

    def end_run(
        self,
        attempt_id: int,
        fence: int,
        outcome: RunOutcome,
        message: str,
        *,
        lines: int | None = None,
        ended_ago_s: float = 0.0,
    ) -> AttemptView:
        """Tell how a run ended. It may be told again."""
        return self._one(
            AttemptView,
            "POST",
            f"/agent/attempts/{segment(attempt_id)}/end",
            body={"fence": fence, "outcome": outcome, "message": message, "lines": lines, "ended_ago_s": ended_ago_s},
        )

    def give_back(self, attempt_id: int, fence: int, *, why: str = "") -> AttemptView:
        """Give a job back that was not started."""
        return self._one(
            AttemptView, "POST", f"/agent/attempts/{segment(attempt_id)}/release", body={"fence": fence, "why": why}
        )
