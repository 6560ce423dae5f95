"""A print profile: all that decides how a filament printer makes a part, as one value.

The same object drives the slicer (`PrintProfile.prusa_ini`) and the estimator, so that both speak of the same print.
Lengths are millimetres, speeds mm/s, accelerations mm/s2, temperatures degrees Celsius.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum

__all__ = [
    "Accelerations",
    "Adhesion",
    "Axes",
    "Cooling",
    "Filament",
    "InfillPattern",
    "PrintProfile",
    "Retraction",
    "Speeds",
    "Supports",
    "Widths",
]


class InfillPattern(StrEnum):
    """How the inside is filled; the words are PrusaSlicer's."""

    RECTILINEAR = "rectilinear"
    GRID = "grid"
    TRIANGLES = "triangles"
    CUBIC = "cubic"
    GYROID = "gyroid"


def _numbers(value: Widths) -> tuple[float, ...]:
    return tuple(getattr(value, each.name) for each in fields(value))


def _four_above_zero(values: Sequence[float]) -> bool:
    return len(values) == 4 and all(math.isfinite(value) and value > 0 for value in values)


def _all_above_zero(value: object, what: str) -> None:
    numbers = [getattr(value, each.name) for each in fields(value)]  # type: ignore[arg-type]
    if not all(math.isfinite(number) and number > 0 for number in numbers):
        raise ValueError(f"{what} are above zero")


@dataclass(frozen=True, slots=True)
class Widths:
    """Width of a printed line by role, mm."""

    external_wall_mm: float
    inner_wall_mm: float
    solid_mm: float
    top_mm: float
    sparse_mm: float
    first_layer_mm: float
    support_mm: float

    def __post_init__(self) -> None:
        _all_above_zero(self, "line widths")


@dataclass(frozen=True, slots=True)
class Speeds:
    """Highest speed by role, mm/s; flow, cooling and acceleration may hold it lower."""

    external_wall_mm_s: float
    inner_wall_mm_s: float
    small_wall_mm_s: float
    solid_mm_s: float
    top_mm_s: float
    sparse_mm_s: float
    bridge_mm_s: float
    gap_mm_s: float
    support_mm_s: float
    support_interface_mm_s: float
    first_layer_mm_s: float
    travel_mm_s: float

    def __post_init__(self) -> None:
        _all_above_zero(self, "speeds")


@dataclass(frozen=True, slots=True)
class Accelerations:
    """Acceleration that the program asks for by role, mm/s2 (M204)."""

    wall_mm_s2: float
    infill_mm_s2: float
    bridge_mm_s2: float
    first_layer_mm_s2: float
    other_mm_s2: float
    travel_mm_s2: float

    def __post_init__(self) -> None:
        _all_above_zero(self, "accelerations")


@dataclass(frozen=True, slots=True)
class Axes:
    """What the axes X, Y, Z, E can do: M203, M201 and M205 of Marlin.

    Attributes:
        speed_mm_s: highest speed of X, Y, Z, E.
        acceleration_mm_s2: highest acceleration of X, Y, Z, E.
        jerk_mm_s: speed that X, Y, Z, E may change at once in a corner.
    """

    speed_mm_s: tuple[float, float, float, float]
    acceleration_mm_s2: tuple[float, float, float, float]
    jerk_mm_s: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        for values in (self.speed_mm_s, self.acceleration_mm_s2, self.jerk_mm_s):
            if not _four_above_zero(values):
                raise ValueError("limits of the axes are four numbers above zero")


@dataclass(frozen=True, slots=True)
class Cooling:
    """How a layer is kept from being printed upon while it is soft.

    Attributes:
        layer_time_s: layers that would be faster are slowed down to this.
        least_speed_mm_s: but no line below this speed.
        fan_min_percent, fan_max_percent: of the part fan; the greater on layers that need cooling.
        fan_from_layer: the fan is off on the layers before.
    """

    layer_time_s: float
    least_speed_mm_s: float
    fan_min_percent: int = 100
    fan_max_percent: int = 100
    fan_from_layer: int = 1

    def __post_init__(self) -> None:
        if not (self.layer_time_s >= 0 and self.least_speed_mm_s > 0):
            raise ValueError("layer time is not below zero and the least speed above zero")
        if not 0 <= self.fan_min_percent <= self.fan_max_percent <= 100 or self.fan_from_layer < 0:
            raise ValueError("the fan runs between 0 and 100 percent from a layer on")


@dataclass(frozen=True, slots=True)
class Retraction:
    """How filament is drawn back before a travel.

    Attributes:
        length_mm: of filament; 0 is none.
        speed_mm_s: back and forth.
        before_travel_mm: shorter travels do not retract.
        lift_mm: the nozzle rises by this.
    """

    length_mm: float
    speed_mm_s: float
    before_travel_mm: float
    lift_mm: float = 0.0

    def __post_init__(self) -> None:
        if min(self.length_mm, self.before_travel_mm, self.lift_mm) < 0 or not self.speed_mm_s > 0:
            raise ValueError("retraction lengths are not below zero and its speed above zero")


@dataclass(frozen=True, slots=True)
class Adhesion:
    """What is printed around the part on the first layer.

    Attributes:
        skirt_loops: lines around all pieces.
        skirt_distance_mm: from the part (or its brim).
        brim_mm: width of a brim that touches the part; 0 is none.
    """

    skirt_loops: int = 1
    skirt_distance_mm: float = 2.0
    brim_mm: float = 0.0

    def __post_init__(self) -> None:
        if self.skirt_loops < 0 or self.skirt_distance_mm < 0 or self.brim_mm < 0:
            raise ValueError("skirt and brim are not below zero")


@dataclass(frozen=True, slots=True)
class Supports:
    """What holds overhangs up.

    Attributes:
        enabled: whether supports are printed at all.
        threshold_deg: surfaces whose slope from the horizontal is less than this are supported.
        spacing_mm: between lines of support.
        gap_mm: free space between support and part, upwards.
        xy_gap_mm: free space beside the part.
        interface_layers: dense layers under the part.
        interface_spacing_mm: between lines of those.
        plate_only: supports stand on the plate alone, never on the part.
    """

    enabled: bool = False
    threshold_deg: float = 45.0
    spacing_mm: float = 2.0
    gap_mm: float = 0.2
    xy_gap_mm: float = 0.3
    interface_layers: int = 2
    interface_spacing_mm: float = 0.2
    plate_only: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.threshold_deg < 90:
            raise ValueError("the threshold of supports lies between 0 and 90 degrees")
        if not self.spacing_mm > 0 or self.interface_layers < 0:
            raise ValueError("supports have a spacing above zero and no negative number of interface layers")
        if min(self.gap_mm, self.xy_gap_mm, self.interface_spacing_mm) < 0:
            raise ValueError("the gaps of supports are not below zero")


@dataclass(frozen=True, slots=True)
class Filament:
    """What is printed with.

    Attributes:
        material: id of the material tree.
        diameter_mm: of the filament.
        density_g_cm3: for grams.
        nozzle_c, first_layer_nozzle_c, bed_c, first_layer_bed_c: temperatures.
        flow_max_mm3_s: what the hot end melts in this material.
    """

    material: str
    density_g_cm3: float
    nozzle_c: float
    first_layer_nozzle_c: float
    bed_c: float
    first_layer_bed_c: float
    flow_max_mm3_s: float
    diameter_mm: float = 1.75

    def __post_init__(self) -> None:
        if not min(self.diameter_mm, self.density_g_cm3, self.flow_max_mm3_s) > 0:
            raise ValueError("diameter, density and flow of a filament are above zero")
        if not all(0 <= each <= 500 for each in (self.nozzle_c, self.first_layer_nozzle_c)):
            raise ValueError("a nozzle is between 0 and 500 degrees warm")
        if not all(0 <= each <= 200 for each in (self.bed_c, self.first_layer_bed_c)):
            raise ValueError("a bed is between 0 and 200 degrees warm")

    @property
    def section_mm2(self) -> float:
        """Cross-section of the filament."""
        return math.pi * self.diameter_mm**2 / 4


@dataclass(frozen=True, slots=True)
class PrintProfile:
    """All that decides how a part is printed.

    Attributes:
        name: for people.
        envelope_mm: x, y, z of the printer.
        nozzle_mm: diameter.
        layer_mm, first_layer_mm: heights.
        walls: lines around each contour.
        top_layers, bottom_layers: solid layers.
        infill_density: share of the inside that is filled, 0 to 1.
        infill_pattern: how.
        fill_angle_deg: of the first infill line to the x axis; the next layer is turned by 90 degrees.
    """

    name: str
    envelope_mm: tuple[float, float, float]
    nozzle_mm: float
    layer_mm: float
    first_layer_mm: float
    walls: int
    top_layers: int
    bottom_layers: int
    infill_density: float
    infill_pattern: InfillPattern
    widths: Widths
    speeds: Speeds
    accelerations: Accelerations
    axes: Axes
    cooling: Cooling
    retraction: Retraction
    filament: Filament
    adhesion: Adhesion = field(default_factory=Adhesion)
    supports: Supports = field(default_factory=Supports)
    fill_angle_deg: float = 45.0

    def __post_init__(self) -> None:
        if not self.name.isprintable():
            raise ValueError("a profile's name is one printable line")
        if not all(math.isfinite(each) and each > 0 for each in self.envelope_mm):
            raise ValueError("an envelope is three lengths above zero")
        if not 0.05 <= self.nozzle_mm <= 3:
            raise ValueError("a nozzle measures between 0.05 and 3 mm")
        for height in (self.layer_mm, self.first_layer_mm):
            if not 0.01 <= height <= self.nozzle_mm:
                raise ValueError("a layer is at least 0.01 mm and at most as high as the nozzle is wide")
        if not 0 <= self.infill_density <= 1:
            raise ValueError("the infill's density lies between 0 and 1")
        if self.walls < 1 or self.top_layers < 0 or self.bottom_layers < 0:
            raise ValueError("a print has at least one wall and no negative number of layers")
        if min(_numbers(self.widths)) <= self.layer_mm * 0.5:
            raise ValueError("a line is wider than half the layer's height")

    def prusa_ini(self) -> str:
        """The complete configuration for PrusaSlicer; `post_process` is empty and nothing is left to its defaults."""
        from machines.printing.prusa_ini import prusa_ini

        return prusa_ini(self)
