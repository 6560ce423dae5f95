"""The network on one page: a map of labs, their hours to spare, and what everybody lacks.

The map is drawn on the server: an outline of the land (Natural Earth, 1:110 million, public domain, thinned to a
quarter of a degree), equirectangular and true to scale at the middle of what is shown. No tiles, no other host.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from coordinator.api.context import App, Who
from coordinator.service.machinery.atlas import PlaceView
from coordinator.web.page import Page, Shown

__all__ = ["Chart", "Dot", "charted", "network"]

_WIDE, _HIGH = 1000.0, 560.0
_LEAST_DEGREES: Final = 12.0  # of latitude: closer in the outline has no shape
_MARGIN: Final = 1.25
_DOT: Final = 13.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A lab on the map, in the units of the drawing."""

    place: PlaceView
    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A map to be drawn.

    Attributes:
        dots: labs that say where they are.
        placement: of the outline, whose units are degrees: an SVG transform.
        wide, high: of the drawing.
    """

    dots: tuple[Dot, ...]
    placement: str
    wide: float = _WIDE
    high: float = _HIGH


def network(application: App, actor: Who) -> Page:
    """All labs, on a map and in a table."""

    def show() -> Shown:
        places = application.atlas.places()
        facts = {"places": places, "chart": charted(places), "land": land(), "lacks": application.atlas.lacks()}
        return Shown("network", facts)

    return Page(application, actor, show)


@cache
def land() -> str:
    """The outline, as an SVG path in degrees: longitude to the right, latitude upside down."""
    return (files("coordinator.web") / "land.txt").read_text(encoding="ascii").strip()


def charted(places: Sequence[PlaceView]) -> Chart | None:
    """The map that shows all places, or None where no lab says where it is."""
    known = [(at, each) for at, each in enumerate(places, start=1) if each.latitude is not None]
    if not known:
        return None
    east = [float(each.longitude or 0) for _, each in known]
    north = [float(each.latitude or 0) for _, each in known]
    middle = (min(north) + max(north)) / 2
    squeeze = max(0.2, math.cos(math.radians(middle)))
    tall = max(
        _LEAST_DEGREES, (max(north) - min(north)) * _MARGIN, (max(east) - min(east)) * squeeze * _MARGIN * _HIGH / _WIDE
    )
    scale = _HIGH / tall
    across = scale * squeeze
    left = _WIDE / 2 - (min(east) + max(east)) / 2 * across
    top = _HIGH / 2 + middle * scale
    dots: list[Dot] = []
    for (number, place), x, y in zip(known, east, north, strict=True):
        dots.append(_apart(Dot(place, number, left + x * across, top - y * scale), dots))
    return Chart(tuple(dots), f"translate({left:.1f} {top:.1f}) scale({across:.3f} {scale:.3f})")


def _apart(dot: Dot, others: Sequence[Dot]) -> Dot:
    """Beside dots that stand at the same place: along a spiral until there is room."""
    x, y, turn = dot.x, dot.y, 0
    while any(math.hypot(x - each.x, y - each.y) < 2 * _DOT for each in others) and turn < 400:
        turn += 1
        away = 2 * _DOT * (0.5 + turn / 12)
        x, y = dot.x + away * math.cos(turn / 2), dot.y + away * math.sin(turn / 2)
    inside = (min(max(each, _DOT), most - _DOT) for each, most in ((x, _WIDE), (y, _HIGH)))
    x, y = (round(each, 1) for each in inside)
    return Dot(dot.place, dot.number, x, y)
