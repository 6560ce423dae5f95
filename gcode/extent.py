"""Where a program goes and what it feeds, gathered move by move."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.errors import InputError
from gcode.modal import Move

__all__ = ["Bounds", "Extent", "Filament", "distinct_heights_mm"]

_HEIGHT_STEP_MM = 0.001


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in mm: X, Y, Z of its two corners."""

    minimum: tuple[float, float, float]
    maximum: tuple[float, float, float]

    def __post_init__(self) -> None:
        if any(low > high for low, high in zip(self.minimum, self.maximum, strict=True)):
            raise InputError(f"a box whose minimum {self.minimum} lies beyond its maximum {self.maximum}")

    @property
    def size_mm(self) -> tuple[float, float, float]:
        """Extents along X, Y, Z."""
        low, high = self.minimum, self.maximum
        return high[0] - low[0], high[1] - low[1], high[2] - low[2]


@dataclass(slots=True)
class _Box:
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, point: tuple[float, float, float, float]) -> None:
        if not self.low:
            self.low, self.high = list(point[:3]), list(point[:3])
            return
        for axis in range(3):
            value = point[axis]
            if value < self.low[axis]:
                self.low[axis] = value
            elif value > self.high[axis]:
                self.high[axis] = value

    def bounds(self) -> Bounds | None:
        if not self.low:
            return None
        return Bounds((self.low[0], self.low[1], self.low[2]), (self.high[0], self.high[1], self.high[2]))


@dataclass(slots=True)
class Filament:
    """What one tool was fed.

    Attributes:
        fed_mm: draw-backs subtracted.
        most_mm: the most that this ever was: what is used, as slicers count it; a last draw-back gives nothing back.
    """

    fed_mm: float = 0.0
    most_mm: float = 0.0


@dataclass(slots=True)
class Extent:
    """What is gathered from the moves.

    Attributes:
        every: of the ends of all moves.
        work: of moves that lay filament, or cut with power on.
        filament: of each tool.
        max_power: highest S while a spindle or laser is on.
        extrudes: whether filament was fed while an axis moved.
        plunges: whether a cut went down in Z.
        work_mm, travel_mm: lengths of the ways of both kinds.
        work_feed_mm_min, travel_feed_mm_min: highest programmed feeds.
        heights_mm: Z of level moves that lay filament, in steps of a micrometre.
    """

    every: _Box = field(default_factory=_Box)
    work: _Box = field(default_factory=_Box)
    filament: dict[int, Filament] = field(default_factory=dict)
    max_power: float | None = None
    extrudes: bool = False
    plunges: bool = False
    work_mm: float = 0.0
    travel_mm: float = 0.0
    work_feed_mm_min: float = 0.0
    travel_feed_mm_min: float = 0.0
    heights_mm: set[float] = field(default_factory=set)

    def add(self, move: Move, tool: int = 0) -> None:
        """Take a move made with a tool."""
        self.every.add(move.end)
        fed = move.extruded_mm
        in_space = move.start[:3] != move.end[:3]
        if fed:
            self.feed(tool, fed, fed)
        if move.power > 0:
            self.max_power = max(self.max_power or 0.0, move.power)
        lays = fed > 0 and in_space
        self.extrudes = self.extrudes or lays
        if lays or (move.power > 0 and not move.rapid):
            self._work(move, level=lays and move.start[2] == move.end[2])
        elif in_space:
            self.travel_mm += move.length_mm
            self.travel_feed_mm_min = max(self.travel_feed_mm_min, move.feed_mm_min)

    def feed(self, tool: int, fed_mm: float, most_mm: float) -> None:
        """Take that a tool was fed so much in all, and on the way so much at most."""
        filament = self.filament.setdefault(tool, Filament())
        filament.most_mm = max(filament.most_mm, filament.fed_mm + most_mm)
        filament.fed_mm += fed_mm

    def _work(self, move: Move, *, level: bool) -> None:
        self.work.add(move.start)
        self.work.add(move.end)
        self.plunges = self.plunges or (move.extruded_mm == 0 and move.end[2] < move.start[2])
        if move.start[:3] != move.end[:3]:
            self.work_mm += move.length_mm
        self.work_feed_mm_min = max(self.work_feed_mm_min, move.feed_mm_min)
        if level:
            self.heights_mm.add(move.end[2])


def distinct_heights_mm(heights_mm: set[float]) -> tuple[float, ...]:
    """Heights in rising order, those nearer than a micrometre taken as one."""
    return tuple(sorted({round(height / _HEIGHT_STEP_MM) * _HEIGHT_STEP_MM for height in heights_mm}))
