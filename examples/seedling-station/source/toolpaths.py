"""G-code for GRBL 1.1 made from contours: a laser that cuts sheets and a router that mills plates.

Work coordinates start at X0 Y0 in the corner of the sheet; Z0 is the top of the plate. Words are those of the GRBL 1.1
command list: G0, G1, G2, G3, G21, G90, M3, M4, M5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from contours import Contour, Edge, rounded_rectangle

__all__ = ["LaserSetting", "MillSetting", "Pocket", "laser_program", "mill_program", "number"]


@dataclass(frozen=True, slots=True)
class LaserSetting:
    """How a laser cuts one sheet material.

    Attributes:
        power_s: beam power, 1 to 1000 for full.
        feed_mm_min: cutting speed.
        passes: how often it goes round.
        kerf_mm: width of the cut; the path is moved by half of it to the waste side.
    """

    power_s: int
    feed_mm_min: int
    passes: int
    kerf_mm: float


@dataclass(frozen=True, slots=True)
class MillSetting:
    """How a router mills one plate material with one end mill.

    Attributes:
        tool_mm: diameter of the end mill.
        spindle_rpm: revolutions a minute.
        feed_mm_min: speed sideways.
        plunge_mm_min: speed downwards.
        step_down_mm: deepest cut of one pass.
        step_over_mm: distance of neighbouring rings in a pocket.
        below_mm: how far a through cut goes into the board underneath.
        safe_z_mm: height of travel above the plate.
        tab_width_mm: length of the bridges that hold the part until it is sawn out.
        tab_height_mm: thickness of the bridges.
    """

    tool_mm: float
    spindle_rpm: int
    feed_mm_min: int
    plunge_mm_min: int
    step_down_mm: float
    step_over_mm: float
    below_mm: float = 0.2
    safe_z_mm: float = 5.0
    tab_width_mm: float = 6.0
    tab_height_mm: float = 1.5


@dataclass(frozen=True, slots=True)
class Pocket:
    """A rectangular recess with rounded corners, by its lower left corner, in mm."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    depth: float

    def contour(self, inset: float = 0.0) -> Contour:
        """Its border, moved inwards by `inset` mm."""
        size = self.width - 2 * inset, self.height - 2 * inset
        return rounded_rectangle(self.x + inset, self.y + inset, *size, max(0.0, self.radius - inset))

    def moved(self, dx_mm: float, dy_mm: float) -> Pocket:
        """The same recess elsewhere."""
        return Pocket(self.x + dx_mm, self.y + dy_mm, self.width, self.height, self.radius, self.depth)


def number(value: float) -> str:
    """A length or speed with up to three decimals and no needless zeros."""
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def _point(x: float, y: float) -> str:
    return f"X{number(x)} Y{number(y)}"


def _start(contour: Contour) -> str:
    return _point(contour.vertices[0].x, contour.vertices[0].y)


def _move(edge: Edge) -> str:
    target = _point(edge.end.x, edge.end.y)
    if not edge.is_arc:
        return f"G1 {target}"
    cx, cy = edge.centre
    word = "G3" if edge.sweep_rad > 0 else "G2"
    return f"{word} {target} I{number(cx - edge.start.x)} J{number(cy - edge.start.y)}"


def _trace(path: Contour, feed_mm_min: int) -> Iterator[str]:
    """Once round a contour from its first vertex."""
    first, *others = path.edges()
    yield f"{_move(first)} F{feed_mm_min}"
    yield from (_move(edge) for edge in others)


def laser_program(title: str, outline: Contour, holes: Sequence[Contour], setting: LaserSetting) -> str:
    """The cut of one sheet part: holes first, then the outline, the beam off between them.

    Args:
        title: a comment for the operator.
        outline: the nominal border, in sheet coordinates.
        holes: the nominal borders of what falls out.
        setting: power, speed and kerf.
    """
    half = setting.kerf_mm / 2
    lines = [f"; {title}", "G21", "G90", "M5"]
    for path in [*(hole.offset(-half) for hole in holes), outline.offset(half)]:
        lines += [f"G0 {_start(path)}", f"M4 S{setting.power_s}"]
        for _ in range(setting.passes):
            lines += _trace(path, setting.feed_mm_min)
        lines.append("M5")
    return "\n".join([*lines, "G0 X0 Y0", "M5", ""])


def mill_program(
    title: str,
    thickness_mm: float,
    outline: Contour,
    holes: Sequence[Contour],
    pockets: Sequence[Pocket],
    setting: MillSetting,
) -> str:
    """The milling of one plate: pockets, holes, and last the outline with bridges, each moved by the tool's radius.

    Args:
        title: a comment for the operator.
        thickness_mm: of the plate.
        outline: the nominal border, in sheet coordinates.
        holes: nominal borders of what is milled right through.
        pockets: recesses.
        setting: tool and speeds.
    """
    radius = setting.tool_mm / 2
    bottom = -(thickness_mm + setting.below_mm)
    lift = f"G0 Z{number(setting.safe_z_mm)}"
    lines = [f"; {title}", "G21", "G90", lift, f"M3 S{setting.spindle_rpm}"]
    for pocket in pockets:
        lines += _clear(pocket, setting)
    for hole in holes:
        lines += [*_around(hole.offset(-radius), bottom, setting), lift]
    bridges_mm = setting.tab_height_mm - thickness_mm
    lines += [*_around(outline.offset(radius), bottom, setting, bridges_mm), lift]
    return "\n".join([*lines, "G0 X0 Y0", "M5", ""])


def _levels(bottom: float, step: float) -> Iterator[float]:
    """Equal passes down to the bottom, none deeper than the step."""
    count = -int(bottom // step)
    return (bottom * (k + 1) / count for k in range(count))


def _clear(pocket: Pocket, setting: MillSetting) -> Iterator[str]:
    """Mill a recess, in rings from its middle outwards."""
    narrow = min(pocket.width, pocket.height) / 2
    insets = [setting.tool_mm / 2]
    while insets[-1] + setting.step_over_mm < narrow - 0.1:
        insets.append(insets[-1] + setting.step_over_mm)
    rings = [pocket.contour(inset) for inset in reversed(insets)]
    for level in _levels(-pocket.depth, setting.step_down_mm):
        yield f"G0 {_start(rings[0])}"
        yield f"G1 Z{number(level)} F{setting.plunge_mm_min}"
        for ring in rings:
            yield f"G1 {_start(ring)} F{setting.feed_mm_min}"
            yield from _trace(ring, setting.feed_mm_min)
        yield f"G0 Z{number(setting.safe_z_mm)}"


def _around(path: Contour, bottom: float, setting: MillSetting, bridges_mm: float = 0.0) -> Iterator[str]:
    """Round a contour in passes; the straight edges keep a bridge in their middle up to `bridges_mm` (0 for none)."""
    yield f"G0 {_start(path)}"
    for level in _levels(bottom, setting.step_down_mm):
        yield f"G1 Z{number(level)} F{setting.plunge_mm_min}"
        if level >= bridges_mm or bridges_mm == 0:
            yield from _trace(path, setting.feed_mm_min)
            continue
        for edge in path.edges():
            yield from _bridge(edge, level, bridges_mm, setting)
            yield f"{_move(edge)} F{setting.feed_mm_min}"


def _bridge(edge: Edge, level: float, top: float, setting: MillSetting) -> Iterator[str]:
    """Over the middle of a straight edge that is long enough, the tool rises to leave a bridge."""
    dx, dy = edge.chord
    length = hypot(dx, dy)
    width = setting.tab_width_mm + setting.tool_mm
    if edge.is_arc or length < 3 * width:
        return
    half = width / length / 2
    for share, height in ((0.5 - half, top), (0.5 + half, level)):
        yield f"G1 {_point(edge.start.x + dx * share, edge.start.y + dy * share)} F{setting.feed_mm_min}"
        yield f"G1 Z{number(height)} F{setting.plunge_mm_min}"
