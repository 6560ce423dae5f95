"""The schedule of all labs as a chart of bars, and the same as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from markupsafe import Markup

from coordinator.api.context import App, Who
from coordinator.gantt import Chart, gantt_chart
from coordinator.web.languages import mark
from coordinator.web.page import Page, Shown
from coordinator.web.trials import machines_to_try

__all__ = ["schedule"]

SPANS = {
    mark("day"): timedelta(days=1),
    mark("week"): timedelta(days=7),
    mark("month"): timedelta(days=31),
    mark("all"): None,
}


def schedule(
    application: App, actor: Who,
    span: Annotated[str, Query(pattern="^(day|week|month|all)$")] = "week",
    lab: Annotated[str | None, Query(max_length=40)] = None,
    build: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
) -> Page:  # fmt: skip
    """Jobs of a window around now: a day, a week, a month, or all."""

    def show() -> Shown:
        now = application.house.clock.now()
        length = SPANS[span]
        window = None if length is None else (now - length / 4, now + length)
        bars, rows, zone = application.timetable.between(window, lab=lab or None, build_id=build)
        chart = gantt_chart("The schedule", bars, generated=now, rows=rows, now=now, zone=zone)
        facts = {
            "chart": chart,
            "drawing": _html(chart),
            "span": span,
            "spans": list(SPANS),
            "lab": lab or "",
            "build": build,
            "labs": application.labs.all(actor, limit=200).items,
            "machines": machines_to_try(application, actor),
        }
        return Shown("schedule", facts, zone)

    return Page(application, actor, show)


def _html(chart: Chart) -> dict[str, Markup]:
    """The chart escapes what strangers wrote by itself."""
    return {name: Markup(getattr(chart, name)) for name in ("legend", "drawing", "table")}  # noqa: S704 - as said above
