"""The schedule of all labs as a chart of bars with why each stands there, and the same as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Annotated, Any

from fastapi import Query
from markupsafe import Markup

from coordinator.api.context import App, Who
from coordinator.charts.gantt import Chart, gantt_chart
from coordinator.charts.gantt_bars import Bar, Row
from coordinator.charts.gantt_words import ChartWords
from coordinator.service.reasons.places import PlaceView
from coordinator.web.builds import plan_of
from coordinator.web.languages import Language, mark
from coordinator.web.names import process_name
from coordinator.web.page import Page, Shown
from coordinator.web.reasons import reason_words
from coordinator.web.trials import machines_to_try
from coordinator.web.words import date_words, moment

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
        places = application.places.of([bar.key for bar in bars])
        plan = plan_of(application, build) if build is not None else None
        facts = {
            "chart_in": partial(_chart, bars, rows, places, now, zone),
            "span": span,
            "spans": list(SPANS),
            "lab": lab or "",
            "build": build,
            "bound": _bound(plan.document) if plan is not None else None,
            "labs": application.labs.all(actor, limit=200).items,
            "machines": machines_to_try(application, actor),
        }
        return Shown("schedule", facts, zone)

    return Page(application, actor, show)


def _chart(
    bars: Sequence[Bar], rows: Sequence[Row], places: Mapping[str, PlaceView], now: datetime, zone: tzinfo,
    spoken: Language,
) -> dict[str, Any]:  # fmt: skip
    """The chart in a language. It escapes what strangers wrote by itself."""
    at = partial(moment, now=now, zone=zone, spoken=spoken)
    said = [
        replace(
            bar,
            process=process_name(bar.process, spoken),
            href=f"/jobs/{bar.key}",
            why=_why(places.get(bar.key), at, spoken),
        )
        for bar in bars
    ]
    here = now.astimezone(zone).date()
    words = ChartWords(spoken.gettext, spoken.ngettext, lambda local: date_words(local.date(), here, spoken))
    title = spoken.gettext(mark("Schedule"))
    chart = gantt_chart(title, said, generated=now, rows=rows, now=now, zone=zone, words=words)
    return {**{each: getattr(chart, each) for each in ("counts", "times", "idle")}, **_html(chart)}


def _why(place: PlaceView | None, at: Callable[[datetime], str], spoken: Language) -> str:
    return reason_words(place, at, spoken) if place is not None else ""


def _html(chart: Chart) -> dict[str, Markup]:
    return {name: Markup(getattr(chart, name)) for name in ("legend", "drawing", "table")}  # noqa: S704 - it escapes


def _bound(plan: Mapping[str, Any]) -> dict[str, Any]:
    """How long the plan takes, how long any plan would take at least, and how much of it that leaves open."""
    return {
        "takes": timedelta(seconds=plan["makespan_s"]),
        "least": timedelta(seconds=plan["lower_bound_s"]),
        "gap_percent": round(100 * plan["gap"]),
    }
