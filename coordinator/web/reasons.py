"""Why a job stands where it does, in the reader's words: beside each bar of the schedule, and on the job's own page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Path
from markupsafe import Markup

from coordinator.api.context import App, Who
from coordinator.service.reasons.places import PlaceCause, PlaceView
from coordinator.web.languages import Language, mark
from coordinator.web.page import Page, Shown
from coordinator.web.words import duration

__all__ = ["job", "reason_words"]

_WORTH_SAYING: Final = timedelta(minutes=10)
_TEXTS: Final = {
    PlaceCause.BEGUN: mark("It has begun."),
    PlaceCause.PART: mark("It waits for %(what)s, which is there %(until)s."),
    PlaceCause.MACHINE: mark("The machine makes %(what)s until %(until)s."),
    PlaceCause.SHIFT: mark("The lab opens %(until)s."),
    PlaceCause.PLANNED: mark("It starts as soon as it was planned."),
    PlaceCause.AGREED: mark("Nothing that is known keeps it from an earlier start: it was agreed for then."),
}
_WITHOUT_TIME: Final = (PlaceCause.BEGUN, PlaceCause.PLANNED, PlaceCause.AGREED)
_AND_WAY: Final = mark("%(time)s of that is the way between the labs.")
_AND_REST: Final = mark("Then come %(time)s for a set-up, or because it was agreed so.")
_TOO_LATE: Final = mark("That is after the planned start.")


def reason_words(place: PlaceView, moment: Callable[[datetime], str], spoken: Language) -> str:
    """Why a job stands where it does, in one to three sentences."""
    said = spoken.gettext(_TEXTS[place.cause])
    if place.until is None or place.cause in _WITHOUT_TIME:
        return said
    told = [said % {"what": place.what, "until": moment(place.until)}]
    if place.way_s:
        told.append(spoken.gettext(_AND_WAY) % {"time": duration(timedelta(seconds=place.way_s), spoken)})
    rest = place.start - place.until
    if rest >= _WORTH_SAYING:
        told.append(spoken.gettext(_AND_REST) % {"time": duration(rest, spoken)})
    elif rest <= -_WORTH_SAYING:
        told.append(spoken.gettext(_TOO_LATE))
    return " ".join(told)


def _on_a_page(place: PlaceView, moment: Callable[[datetime], Markup], spoken: Language) -> str:
    """The same where moments are elements of the page: in a sentence they are words."""
    return reason_words(place, lambda at: moment(at).striptags(), spoken)


def job(
    application: App, actor: Who, job_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
) -> Page:  # fmt: skip
    """One job: where it stands in time and why, and what leads further."""

    def show() -> Shown:
        found, place = application.jobs.one(job_id), application.places.one(job_id)
        with application.house.reading() as session:
            network = application.house.networks.of(session)
        zone = next((lab.zone for lab in network.labs if lab.id == found.lab), "UTC") if network else "UTC"
        return Shown("job", {"job": found, "place": place, "reason_words": _on_a_page}, ZoneInfo(zone))

    return Page(application, actor, show)
