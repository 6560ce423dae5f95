"""Steering a machine from its page: what it does now, and buttons that ask it to pause, go on, end or stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path
from fastapi.responses import RedirectResponse, Response
from pydantic import StringConstraints

from coordinator.api.common import MachineId
from coordinator.api.context import App, Who
from coordinator.schema.request import RequestKind
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.service.machinery.readings import Point, ReadingView
from coordinator.service.machinery.requests import ObjectView, RequestView
from coordinator.web.forms import Sent, back_to
from coordinator.web.page import Page, Shown

__all__ = ["Curve", "Steering", "ask_page", "curves_of", "router", "steering_of"]

router = APIRouter(include_in_schema=False)
WIDTH, HEIGHT = 240.0, 36.0
_LABEL: Final = r"^([A-Za-z0-9_][A-Za-z0-9_.-]{0,99})?$"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """The temperature of one heater over the last while, as points of a drawing of `WIDTH` by `HEIGHT`."""

    heater: str
    points: str
    lowest_c: float
    highest_c: float


@dataclass(frozen=True, slots=True)
class Steering:
    """What the page of a machine shows of its run.

    Attributes:
        job_id: that an agent runs there now, or None.
        state: of that run, as its agent last said.
        reading: what was last seen of the machine, or None.
        curves: of its temperatures.
        requests: the last ones.
        objects: on the plate that can be left out.
    """

    job_id: str | None
    state: str
    reading: ReadingView | None
    curves: Sequence[Curve]
    requests: Sequence[RequestView]
    objects: Sequence[ObjectView]


def steering_of(application: Application, machine_id: str) -> Steering:
    """What there is to steer on a machine."""
    reading = application.readings.of(machine_id)
    run = application.requests.run_on(machine_id)
    return Steering(
        run.job_id if run else None,
        run.state if run else "",
        reading,
        curves_of(reading.history) if reading else (),
        application.requests.of(machine_id=machine_id)[:_SHOWN],
        application.requests.objects(run.job_id) if run else (),
    )


def curves_of(history: Sequence[Point]) -> tuple[Curve, ...]:
    """The curves of all heaters of a history; a heater needs two points."""
    curves = []
    for heater in sorted({name for point in history for name in point.temperatures_c}):
        values = [(point.at.timestamp(), point.temperatures_c[heater]) for point in history
                  if heater in point.temperatures_c]  # fmt: skip
        if len(values) < 2:
            continue
        first, last = values[0][0], values[-1][0]
        low, high = min(value for _, value in values), max(value for _, value in values)
        points = " ".join(
            f"{WIDTH * (at - first) / max(1.0, last - first):.1f},{_height(value, low, high):.1f}"
            for at, value in values
        )
        curves.append(Curve(heater, points, low, high))
    return tuple(curves)


def _height(value: float, low: float, high: float) -> float:
    """From the top, with a margin; a change of less than 5 C is shown as small."""
    span = max(5.0, high - low)
    return 1.0 + (HEIGHT - 2.0) * (1.0 - (value - low) / span)


Name = Annotated[str, Path(max_length=40)]


def ask_page(application: App, actor: Who, machine_id: Name, kind: Annotated[str, Path(max_length=20)]) -> Page:
    """Where a person confirms what stops a machine, or moves it."""

    def show() -> Shown:
        found = application.labs.machine(actor, machine_id)
        facts = {
            "machine": found,
            "lab": application.labs.one(actor, found.lab),
            "kind": kind.replace("-", " "),
            "steering": steering_of(application, machine_id),
        }
        return Shown("ask", facts)

    return Page(application, actor, show)


class RequestSent(Sent):
    """What is asked of a machine; no object, or its label."""

    kind: RequestKind
    object: Annotated[str, StringConstraints(pattern=_LABEL)] = ""


@router.post("/machines/{machine_id}/requests", response_class=RedirectResponse, status_code=303)
def ask(application: App, actor: Who, machine_id: MachineId, sent: Annotated[RequestSent, Form()]) -> Response:
    """Ask something of a machine at work."""
    application.requests.ask(Call(actor), machine_id, sent.kind, object_label=sent.object or None, why=sent.why)
    return back_to(sent.back)
