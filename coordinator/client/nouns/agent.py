"""The part of the API under `agent`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    JobState,
    RequestKind,
    RequestView,
)

__all__ = [
    "Agent",
    "Asked",
    "AttemptState",
    "AttemptView",
    "DrivenView",
    "Progress",
    "RunOutcome",
    "Sight",
    "ToldRequestView",
    "WorkView",
]


AttemptState: TypeAlias = Literal["leased", "started", "ended", "released"]
"""Life of an attempt."""


RunOutcome: TypeAlias = Literal["finished", "failed", "lost contact"]
"""How a run ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What people ask; `waited_s` is how long the agent's question has waited."""

    waited_s: float
    requests: tuple[ToldRequestView, ...]


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
class Sight:
    """What is seen of one machine; "busy outside" where it does what was not sent from here, named by `outside`."""

    machine: str
    state: str
    temperatures_c: dict[str, Any]
    report: str = ""
    outside: str | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRequestView:
    """A request for the agent that is to carry it out, within `good_for_s` seconds from now or not at all.

    `any_pause` says that a machine that has paused by itself (M0, M600, no filament) may be resumed from afar.
    """

    id: int
    attempt_id: int
    fence: int
    machine: str
    kind: RequestKind
    object: str | None
    good_for_s: float
    any_pause: bool
    asked_by: str


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

    def hear_requests(self, *, known: Sequence[int] = (), wait_s: float = 0.0) -> Asked:
        """What people ask of the jobs that this agent runs, when there is something; waits for that for a while."""
        return self._one(Asked, "POST", "/agent/requests", body={"known": known, "wait_s": wait_s})

    def answer_request(self, request_id: int, done: bool, *, answer: str = "") -> RequestView:
        """Tell what came of a request. It may be told again."""
        return self._one(
            RequestView, "POST", f"/agent/requests/{segment(request_id)}/answer", body={"done": done, "answer": answer}
        )

    def note_readings(self, readings: Sequence[Sight]) -> None:
        """Tell what is seen of the lab's machines: what they do, how warm they are, what runs there from elsewhere."""
        self._caller.json("POST", "/agent/readings", body={"readings": readings})

    def show_picture(self, machine: str, picture: str) -> None:
        """Show what a camera sees of a machine; only the last picture is kept, in memory, for the members of the lab."""  # noqa: E501 (the words of the route)
        self._caller.json("POST", "/agent/pictures", body={"machine": machine, "picture": picture})

    def leave(self) -> None:
        """Tell that this agent ends: other agents of the lab may drive its machines at once."""
        self._caller.json("POST", "/agent/leave")

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
