"""The part of the API under `labs`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    JobState,
    RequestKind,
    RequestView,
)

__all__ = [
    "AgentView",
    "LabView",
    "Labs",
    "LabsStored",
    "MachineView",
    "ObjectView",
    "PlaceCause",
    "PlaceView",
    "Point",
    "ReadingView",
]


PlaceCause: TypeAlias = Literal["begun", "part", "machine", "shift", "planned", "agreed"]
"""What keeps a job from an earlier start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """A program beside the machines of a lab; `seen_at` is when it last asked for work, in real time."""

    id: str
    lab: str
    name: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabView:
    """A lab. `entry` is its entry of a labs document (docs/labs.md); private facts only for those who may see them."""

    id: str
    name: str
    changed_at: datetime
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabsStored:
    """What was stored of a labs document."""

    labs: tuple[str, ...]
    machines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineView:
    """A machine.

    `entry` is its entry of a labs document; how it is reached only for those who may see it. `cleared_at` is when a
    person last said that it is clear and loaded; a virtual machine always is.
    """

    id: str
    lab: str
    cleared_at: datetime | None
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectView:
    """One object of a plate."""

    label: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """Why a job stands where it does.

    `cause` is the last thing that it waits for, `what` the task that is meant, if one is, and `until` when that is
    over; `way_s` is how much of it things are on their way. `part`, `part_at`, `before`, `before_at` and `opens_at` are
    all that could have kept it, null where nothing of the kind does. `terms` says why it is this machine.
    """

    job_id: str
    build_id: int
    task: str
    pieces: int
    lab: str
    machine: str
    state: JobState
    start: datetime
    end: datetime
    cause: PlaceCause
    what: str | None
    until: datetime | None
    way_s: int
    part: str | None
    part_at: datetime | None
    before: str | None
    before_at: datetime | None
    opens_at: datetime | None
    planned_at: datetime
    due_at: datetime | None
    terms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Temperatures of one moment, C by heater."""

    at: datetime
    temperatures_c: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """What a machine was last seen doing, at `at`; `temperatures_c` is actual and target by heater ("T", "B")."""

    machine: str
    at: datetime
    state: str
    report: str
    temperatures_c: dict[str, tuple[float, float]]
    outside: str | None
    left_s: float | None
    history: tuple[Point, ...]


class Labs(Calls):
    """The part of the API under `labs`."""

    def list_labs(self) -> Iterator[LabView]:
        """Every lab; private facts only of your own."""
        return self._pages(LabView, "/labs", {}, 200)

    def store_labs(self, document: Mapping[str, Any], *, key: str | None = None) -> LabsStored:
        """Store a whole labs document (docs/labs.md): its labs, machines and ways; others stay as they are.

        `document`: The body of the request.
        """
        return self._one(LabsStored, "POST", "/labs", body=document, key=new_key(key))

    def read_lab(self, lab_id: str) -> LabView:
        """One lab."""
        return self._one(LabView, "GET", f"/labs/{segment(lab_id)}")

    def store_lab(
        self, lab_id: str, document: Mapping[str, Any], *, if_match: str | None = None, key: str | None = None
    ) -> LabView:
        """Store one lab's entry of a labs document, machines and all; a machine that it no longer names is gone.

        `document`: The body of the request.
        `if_match`: The ETag that you read: write only over that.
        """
        return self._one(
            LabView, "PUT", f"/labs/{segment(lab_id)}", body=document, headers={"If-Match": if_match}, key=new_key(key)
        )

    def list_agents(self, lab_id: str) -> tuple[AgentView, ...]:
        """The agents of a lab, for those who may see its private facts."""
        found: tuple[AgentView, ...] = self._any(tuple[AgentView, ...], "GET", f"/labs/{segment(lab_id)}/agents")
        return found

    def list_machines(self, *, lab: str | None = None) -> Iterator[MachineView]:
        """Machines, of one lab or all."""
        return self._pages(MachineView, "/machines", {"lab": lab}, 200)

    def read_machine(self, machine_id: str) -> MachineView:
        """One machine."""
        return self._one(MachineView, "GET", f"/machines/{segment(machine_id)}")

    def clear_machine(self, machine_id: str, *, key: str | None = None) -> MachineView:
        """Say that a machine is clear, loaded and watched: its next job may start."""
        return self._one(MachineView, "POST", f"/machines/{segment(machine_id)}/clear", key=new_key(key))

    def ask_machine(
        self, machine_id: str, kind: RequestKind, *, object_: str | None = None, why: str = "", key: str | None = None
    ) -> RequestView:
        """Ask a machine at work to pause, go on, end or stop; good for seconds, and no replacement for its own switch."""  # noqa: E501 (the words of the route)
        return self._one(
            RequestView,
            "POST",
            f"/machines/{segment(machine_id)}/requests",
            body={"kind": kind, "object": object_, "why": why},
            key=new_key(key),
        )

    def list_machine_requests(self, machine_id: str) -> tuple[RequestView, ...]:
        """What was last asked of a machine, and what came of it."""
        found: tuple[RequestView, ...] = self._any(
            tuple[RequestView, ...], "GET", f"/machines/{segment(machine_id)}/requests"
        )
        return found

    def read_reading(self, machine_id: str) -> ReadingView | None:
        """What a machine was last seen doing, with its temperatures of the last while; null where it was never seen."""
        found: ReadingView | None = self._any(ReadingView | None, "GET", f"/machines/{segment(machine_id)}/reading")
        return found

    def read_machine_picture(self, machine_id: str) -> bytes:
        """What the camera of a machine saw last, for members of its lab; the header `Age` says how many seconds ago."""
        return self._caller.bytes(f"/machines/{segment(machine_id)}/picture")

    def explain_job(self, job_id: str) -> PlaceView:
        """Why a job is planned for its moment: what it waits for, its machine's other work, its lab's hours."""
        return self._one(PlaceView, "GET", f"/jobs/{segment(job_id)}/place")

    def list_job_requests(self, job_id: str) -> tuple[RequestView, ...]:
        """What was asked of the machine while it ran this job."""
        found: tuple[RequestView, ...] = self._any(tuple[RequestView, ...], "GET", f"/jobs/{segment(job_id)}/requests")
        return found

    def list_objects(self, job_id: str) -> tuple[ObjectView, ...]:
        """The objects on the plate of a job that its machine can leave out; none where it cannot."""
        found: tuple[ObjectView, ...] = self._any(tuple[ObjectView, ...], "GET", f"/jobs/{segment(job_id)}/objects")
        return found
