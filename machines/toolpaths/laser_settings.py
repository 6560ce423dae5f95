"""How fast and how strong a laser cuts: by material, thickness and the beam's power."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from core.errors import InputError
from core.trees import materials

__all__ = ["Beam", "LaserSettings", "laser_settings"]

_CUT_SHARE = 0.8  # of the beam's power: tubes last longer below their limit
_MM_AT_ONCE_BY_W = 0.1  # what one pass goes through: 4 mm with 40 W
_MOST_PASSES = 6
_SLOWEST_MM_MIN = 60.0  # slower only burns
_FASTEST_MM_MIN = 6000.0  # 100 mm/s: beyond it corners decide


@dataclass(frozen=True, slots=True)
class Beam:
    """How a line is followed.

    Attributes:
        power_share: of the machine's full power, above 0, at most 1.
        feed_mm_min: how fast.
        passes: how often.
    """

    power_share: float
    feed_mm_min: float
    passes: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.power_share <= 1:
            raise ValueError("the share of power is above 0 and at most 1")
        if not (math.isfinite(self.feed_mm_min) and self.feed_mm_min > 0):
            raise ValueError("a feed is above zero")
        if not 1 <= self.passes <= _MOST_PASSES:
            raise ValueError(f"a line is followed once to {_MOST_PASSES} times")


@dataclass(frozen=True, slots=True)
class LaserSettings:
    """What a sheet needs.

    Attributes:
        cut, engrave: how lines are followed.
        kerf_mm: width of the cut.
        basis: where the figures come from, one clause.
    """

    cut: Beam
    engrave: Beam
    kerf_mm: float
    basis: str

    def __post_init__(self) -> None:
        if not 0 <= self.kerf_mm <= 2:
            raise ValueError("a laser's kerf lies between 0 and 2 mm")


def laser_settings(
    material: str, thickness_mm: float, power_w: float, *, max_feed_mm_min: float | None = None
) -> LaserSettings:
    """First settings for a CO2 laser, from `laser_materials.yaml`.

    Args:
        material: id of the material tree.
        thickness_mm: of the sheet.
        power_w: of the beam.
        max_feed_mm_min: the machine's highest feed, or None.

    Raises:
        InputError: the table has no such material, it must not be cut, or the beam is too weak for the thickness.
    """
    if not (0 < thickness_mm <= 100 and 0 < power_w <= 10_000):
        raise InputError("a sheet is up to 100 mm thick, a beam has up to 10 kW, both more than nothing")
    row, word = _row(material)
    fastest = min(_FASTEST_MM_MIN, max_feed_mm_min or _FASTEST_MM_MIN)
    passes = math.ceil(thickness_mm / (_MM_AT_ONCE_BY_W * power_w))
    cut = _beam(float(row["cut_j_mm2"]) * thickness_mm / passes, power_w, _CUT_SHARE, fastest)
    if passes > _MOST_PASSES or cut is None:
        what = f"{thickness_mm:g} mm of {materials()[material].label} is too thick for a beam of {power_w:g} W"
        raise InputError(what, hint="take a stronger laser, a thinner sheet, or another process")
    engrave = _beam(float(row["engrave_j_mm"]), power_w, 0.25, fastest)
    if engrave is None:
        raise InputError(f"a beam of {power_w:g} W is too weak to engrave {materials()[material].label}")
    known = materials()[word].label
    basis = f"middle values for {known}, scaled to {power_w:g} W and {thickness_mm:g} mm: cut a test first"
    return LaserSettings(Beam(cut[0], cut[1], passes), Beam(*engrave), float(row["kerf_mm"]), basis)


def _beam(energy_j_mm: float, power_w: float, share: float, fastest_mm_min: float) -> tuple[float, float] | None:
    """Share of power and feed that give each mm this energy; None when it would be too slow."""
    feed_mm_min = 60 * power_w * share / energy_j_mm
    if feed_mm_min > fastest_mm_min:
        share, feed_mm_min = share * fastest_mm_min / feed_mm_min, fastest_mm_min
    if feed_mm_min < _SLOWEST_MM_MIN:
        return None
    return round(max(share, 0.01), 3), round(feed_mm_min)


def _row(material: str) -> tuple[Mapping[str, Any], str]:
    """The row of the material or its nearest ancestor that has one, and whose it is."""
    table = _table()
    if material not in materials():
        raise InputError(f"{material!r} is not a known material", hint="core/materials.yaml lists them")
    for word in materials().ancestry(material):
        if word in table:
            if "refused" in table[word]:
                label = materials()[word].label
                raise InputError(f"{label} must not be cut with a laser: it {table[word]['refused']}")
            return table[word], word
    known = ", ".join(sorted(word for word, row in table.items() if "refused" not in row))
    what = f"no laser settings are known for {materials()[material].label}"
    raise InputError(what, hint=f"{known} have some; state feed, power and kerf yourself for others")


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    text = files("machines.toolpaths").joinpath("laser_materials.yaml").read_text(encoding="utf-8")
    table: dict[str, Mapping[str, Any]] = yaml.safe_load(text)
    return table
