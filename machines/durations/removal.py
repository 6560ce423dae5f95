"""How fast cutting tools and beams go through material.

A tool is held back by what its edge bears (depth and feed by diameter) and by what the spindle gives: power = specific
cutting energy x volume a second. Figures are middle values for small machines: specific energies as textbooks give them
(DeGarmo, "Materials and Processes in Manufacturing"), feeds and depths as makers of 3 to 8 mm cutters do. They are good
to a factor of two, and no settings to run a machine by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import InputError
from core.trees import materials
from machines.toolpaths.laser_settings import laser_settings

__all__ = ["Pace", "beam_pace", "blade_pace", "removal_mm3_s", "tool_pace"]

_SPINDLE_SHARE = 0.5  # of a spindle's rated power reaches the chips
_TOOL_MM, _POWER_W = 6.0, 500.0  # where a machine states none
_BEAM_W, _SHEET = 60.0, "plywood"
_TWICE = 2.0


@dataclass(frozen=True, slots=True)
class _Cut:
    """A material under a rotating tool.

    Attributes:
        depth: of one pass, by the tool's diameter.
        feed_mm_s: of a 6 mm tool.
        energy_j_mm3: specific cutting energy.
    """

    depth: float
    feed_mm_s: float
    energy_j_mm3: float


_CUTS: Mapping[str, _Cut] = MappingProxyType(
    {
        "wood": _Cut(1.0, 35.0, 0.08),
        "paper": _Cut(1.0, 40.0, 0.03),
        "plastic": _Cut(0.6, 25.0, 0.15),
        "polyurethane_foam": _Cut(2.0, 60.0, 0.01),
        "polystyrene_foam": _Cut(2.0, 60.0, 0.01),
        "aluminium": _Cut(0.25, 14.0, 0.7),
        "brass": _Cut(0.2, 12.0, 1.3),
        "copper": _Cut(0.15, 10.0, 1.8),
        "steel": _Cut(0.08, 6.0, 2.7),
        "stainless_steel": _Cut(0.06, 5.0, 3.5),
        "metal": _Cut(0.1, 8.0, 2.5),
        "composite": _Cut(0.3, 12.0, 0.5),
        "fr4": _Cut(0.3, 12.0, 0.5),
    }
)
_PLAIN = _Cut(0.5, 20.0, 0.3)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a contour is followed.

    Attributes:
        speed_mm_s: along the contour.
        passes: how often.
        pierce_s: to begin a contour, the way to it included.
        spread: half the width of the 90 % interval, as a share.
        basis: one clause.
    """

    speed_mm_s: float
    passes: int
    pierce_s: float
    spread: float
    basis: str

    def __post_init__(self) -> None:
        if not (self.speed_mm_s > 0 and self.passes >= 1 and self.pierce_s >= 0 and 0 <= self.spread < 1):
            raise ValueError("a contour is followed at some speed, at least once, and no interval reaches zero")


def _cut(material: str | None) -> tuple[_Cut, str]:
    """Figures for a material or its nearest ancestor that has some, and their name."""
    if material is not None and material in materials():
        for each in materials().ancestry(material):
            if each in _CUTS:
                return _CUTS[each], materials()[each].label
    return _PLAIN, "a material of middle hardness"


def tool_pace(material: str | None, thickness_mm: float, tool_mm: float | None, power_w: float | None) -> Pace:
    """How a router follows a contour through a sheet.

    Args:
        material: id of the material tree, or None.
        thickness_mm: of the sheet.
        tool_mm: diameter.
        power_w: of the spindle.
    """
    cut, word = _cut(material)
    tool = tool_mm or _TOOL_MM
    passes = max(1, math.ceil(thickness_mm / (cut.depth * tool)))
    depth = thickness_mm / passes
    by_power = _SPINDLE_SHARE * (power_w or _POWER_W) / (cut.energy_j_mm3 * tool * depth)
    speed = min(cut.feed_mm_s * min(_TWICE, tool / _TOOL_MM), by_power)
    assumed = [] if tool_mm else [f"a tool of {_TOOL_MM:g} mm"]
    assumed += [] if power_w else [f"{_POWER_W:g} W"]
    basis = f"{speed:.0f} mm/s in {_passes(passes)} for {word}"
    if assumed:
        basis += f", {' and '.join(assumed)} assumed"
    return Pace(speed, passes, 3.0 * passes, 0.45, basis)


def removal_mm3_s(material: str | None, tool_mm: float | None, power_w: float | None) -> tuple[float, str]:
    """Volume that milling takes away in a second, roughing and finishing together, and the basis."""
    cut, word = _cut(material)
    tool = tool_mm or _TOOL_MM
    width = 0.5 * tool  # of the tool is engaged
    by_tool = cut.depth * tool * width * cut.feed_mm_s * min(_TWICE, tool / _TOOL_MM)
    by_power = _SPINDLE_SHARE * (power_w or _POWER_W) / cut.energy_j_mm3
    rate = 0.5 * min(by_tool, by_power)  # as long again for finishing and ways in the air
    return rate, f"{rate:.0f} mm3/s for {word}"


def beam_pace(material: str | None, thickness_mm: float, power_w: float | None) -> Pace | None:
    """How a laser follows a contour, or None where it is not known that it can."""
    power = power_w or _BEAM_W
    try:
        settings = laser_settings(material or _SHEET, thickness_mm, power)
    except InputError:
        return None
    assumed = [] if material else [materials()[_SHEET].label]
    assumed += [] if power_w else [f"{power:g} W"]
    cut = settings.cut
    basis = f"{cut.feed_mm_min / 60:.0f} mm/s in {_passes(cut.passes)} by the table of laser settings"
    if assumed:
        basis += f", {' and '.join(assumed)} assumed"
    return Pace(cut.feed_mm_min / 60, cut.passes, 0.6 * cut.passes + 0.4, 0.4, basis)


def _passes(count: int) -> str:
    return "1 pass" if count == 1 else f"{count} passes"


_BLADES: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {  # speed of a sheet of 1 mm, seconds to begin a contour, name
        "knife_cutting": (120.0, 0.6, "a drag knife"),
        "plasma_cutting": (90.0, 2.0, "plasma"),
        "waterjet_cutting": (15.0, 5.0, "a water jet"),
        "wire_edm": (0.8, 60.0, "a wire"),
        "hot_wire_cutting": (8.0, 2.0, "a hot wire"),
    }
)


def blade_pace(process: str, ancestry: tuple[str, ...], thickness_mm: float) -> Pace | None:
    """How knife, plasma, water jet or wire follow a contour; slower in proportion to the thickness above 1 mm."""
    for each in (process, *ancestry):
        if each in _BLADES:
            speed, begin, word = _BLADES[each]
            at = speed if each in {"knife_cutting", "hot_wire_cutting"} else speed / max(1.0, thickness_mm)
            return Pace(at, 1, begin, 0.45, f"{at:.3g} mm/s, a middle value for {word}")
    return None
