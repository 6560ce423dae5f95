"""The seedling station: every part from one set of measures, in millimetres.

Two plywood sides stand with tabs in a plywood shelf on four printed feet and carry a milled lamp bar. Screws pull the
joints together through nuts that lie in T-shaped cuts. The shelf's long way is x, its front is y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, cos, pi, sin, tan

from contours import (
    Contour,
    Point,
    Vertex,
    chamfered_rectangle,
    circle,
    hexagon,
    polygon,
    rectangle,
    rounded_rectangle,
    slot,
)
from reliefs import Relief
from toolpaths import LaserSetting, MillSetting, Pocket

__all__ = ["Measures", "MilledPart", "PrintedPart", "SheetPart", "milled_parts", "printed_parts", "sheet_parts"]

PLYWOOD_CUT = LaserSetting(power_s=850, feed_mm_min=840, passes=1, kerf_mm=0.16)
ACRYLIC_CUT = LaserSetting(power_s=700, feed_mm_min=600, passes=1, kerf_mm=0.2)
PLYWOOD_MILLING = MillSetting(
    tool_mm=3.0, spindle_rpm=10000, feed_mm_min=1000, plunge_mm_min=300, step_down_mm=2.0, step_over_mm=1.3
)


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be changed; all in mm.

    Attributes:
        width: of the shelf and the lamp bar.
        depth: of the shelf.
        rise: from the shelf's top to the lamp bar's underside.
        plywood: thickness of shelf and sides.
        bar: thickness of the lamp bar.
        acrylic: thickness of the diffuser.
        side_inset: from the shelf's end to the middle of a side.
        play: between a tab and its slot, over all.
        screw_hole: for an M4 screw.
        nut_width: seat of an M4 nut across its flats.
        nut_height: seat of an M4 nut along its thread.
        screw_length: of the screws that join shelf, sides and bar.
    """

    width: float = 270.0
    depth: float = 170.0
    rise: float = 150.0
    plywood: float = 4.0
    bar: float = 9.0
    acrylic: float = 3.0
    side_inset: float = 15.0
    play: float = 0.2
    screw_hole: float = 4.4
    nut_width: float = 7.2
    nut_height: float = 3.4
    screw_length: float = 20.0

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is positive")
        if self.screw_length < self.bar + self.nut_height + 5:
            raise ValueError("the screws are long enough for lamp bar and nut")
        if self.width < 220 or self.depth < 130 or self.rise < 140:
            raise ValueError("the station is at least 220 mm wide, 130 mm deep and 140 mm from shelf to lamp")


@dataclass(frozen=True, slots=True)
class PrintedPart:
    """A part for a filament printer.

    Attributes:
        name: stem of its files.
        title: as in the bill.
        solid: its shape, as it lies on the bed.
        pieces: how many one program makes.
    """

    name: str
    title: str
    solid: Relief
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A part for a laser.

    Attributes:
        name: stem of its files.
        title: as in the bill.
        material: of the sheet.
        thickness: of the sheet, in mm.
        outline: its border.
        holes: borders of what falls out.
        setting: how it is cut.
    """

    name: str
    title: str
    material: str
    thickness: float
    outline: Contour
    holes: tuple[Contour, ...]
    setting: LaserSetting


@dataclass(frozen=True, slots=True)
class MilledPart:
    """A part for a router.

    Attributes:
        name: stem of its files.
        title: as in the bill.
        material: of the plate.
        thickness: of the plate, in mm.
        outline: its border.
        holes: borders of what is milled right through.
        pockets: recesses from above.
        setting: how it is milled.
    """

    name: str
    title: str
    material: str
    thickness: float
    outline: Contour
    holes: tuple[Contour, ...]
    pockets: tuple[Pocket, ...]
    setting: MillSetting


# Measures that several parts share, in mm.
SIDE_MARGIN = 5.0  # between the shelf's edge and a side's edge, front and back
SHELF_TABS = ((0.19, 24.0), (0.66, 24.0))  # a side's lower tabs: begin as a share of its lower edge, length
BAR_DEPTH = 50.0
BAR_TABS = ((-14.0, 8.0), (14.0, 8.0))  # a side's upper tabs: middle, seen from the side's middle, and length
FOOT = 36.0
FOOT_SCREW = 11.0  # from the foot's front to its screw
STOP = (44.0, 20.0)  # the tray stop's pad
WALL = 1.65  # of printed parts: two lines from each side
BOX_SCREWS = 44.0  # between the two screws of the switch box
BOX_LEVEL = 34.0  # of the switch box's middle above the shelf
DIFFUSER_GAP = 2.0  # between a side and the diffuser
DIFFUSER_SCREW = (5.0, 8.0)  # from the diffuser's edges to a screw


def sheet_parts(m: Measures) -> tuple[SheetPart, ...]:
    """Shelf, side and diffuser."""
    return (
        SheetPart("shelf", "Shelf", "plywood", m.plywood, *shelf(m), PLYWOOD_CUT),
        SheetPart("side_panel", "Side panel", "plywood", m.plywood, *side_panel(m), PLYWOOD_CUT),
        SheetPart("diffuser", "Diffuser", "acrylic", m.acrylic, *diffuser(m), ACRYLIC_CUT),
    )


def milled_parts(m: Measures) -> tuple[MilledPart, ...]:
    """The lamp bar."""
    return (MilledPart("lamp_bar", "Lamp bar", "plywood", m.bar, *lamp_bar(m), PLYWOOD_MILLING),)


def printed_parts(m: Measures) -> tuple[PrintedPart, ...]:
    """Foot, tray stop, switch box and cable clip."""
    return (
        PrintedPart("foot", "Foot", foot(m)),
        PrintedPart("tray_stop", "Tray stop", tray_stop(m)),
        PrintedPart("switch_box", "Switch box", switch_box()),
        PrintedPart("cable_clip", "Cable clip", cable_clip(m), pieces=4),
    )


def shelf(m: Measures) -> tuple[Contour, tuple[Contour, ...]]:
    """The plate that carries the tray: slots for the sides, holes for their screws and for the feet."""
    span = m.depth - 2 * SIDE_MARGIN
    width, play = m.plywood + m.play, m.play
    columns = (m.side_inset, m.width - m.side_inset)
    slots = [
        rectangle(x - width / 2, SIDE_MARGIN + begin * span - play / 2, width, length + play)
        for x in columns
        for begin, length in SHELF_TABS
    ]
    screws = [circle(x, m.depth / 2, m.screw_hole) for x in columns]
    feet = [
        circle(x, y, m.screw_hole)
        for x in (m.side_inset + 25.0, m.width - m.side_inset - 25.0)
        for y in (FOOT_SCREW, m.depth - FOOT_SCREW)  # the front ones also hold the tray stops
    ]
    return rounded_rectangle(0, 0, m.width, m.depth, 8.0), (*slots, *screws, *feet)


def side_panel(m: Measures) -> tuple[Contour, tuple[Contour, ...]]:
    """An upright that narrows towards the lamp bar, tabs and a nut seat on both ends, a window, the box's holes."""
    span, top = m.depth - 2 * SIDE_MARGIN, m.rise
    middle, shoulder = span / 2, BAR_DEPTH / 2 + 5.0
    lower = [_tab(begin * span, length, 0.0, -m.plywood) for begin, length in SHELF_TABS]
    upper = [_tab(middle + at + length / 2, -length, top, top + m.bar) for at, length in reversed(BAR_TABS)]
    lower_seat = [(middle + x, y) for x, y in _nut_seat(m, m.screw_length - m.plywood)]
    upper_seat = [(middle - x, top - y) for x, y in _nut_seat(m, m.screw_length - m.bar)]
    outline = polygon(
        [
            *((0.0, 0.0), *lower[0], *lower_seat, *lower[1], (span, 0.0)),
            *((span, 40.0), (middle + shoulder, top)),
            *(*upper[0], *upper_seat, *upper[1]),
            *((middle - shoulder, top), (0.0, 40.0)),
        ]
    )
    window = circle(middle, 88.0, 62.0)
    screws = [circle(middle + way * BOX_SCREWS / 2, BOX_LEVEL, m.screw_hole) for way in (-1, 1)]
    return outline, (window, *screws, circle(middle, BOX_LEVEL, 8.0))


def _tab(begin: float, length: float, base: float, tip: float) -> list[Point]:
    """A tab on a level edge; a negative length runs to the left."""
    return [(begin, base), (begin, tip), (begin + length, tip), (begin + length, base)]


def _nut_seat(m: Measures, reach: float) -> list[Point]:
    """A T-shaped cut for a screw that reaches `reach` mm into an edge and its nut: (along the edge, depth)."""
    half, wide = m.screw_hole / 2, m.nut_width / 2
    near = reach - m.nut_height - 3.0
    far = near + m.nut_height
    left = [(-half, 0.0), (-half, near), (-wide, near), (-wide, far), (-half, far), (-half, reach + 1.0)]
    return [*left, *((-x, y) for x, y in reversed(left))]


def diffuser(m: Measures) -> tuple[Contour, tuple[Contour, ...]]:
    """The clear or opal plate under the light."""
    width, depth = m.width - 2 * _diffuser_start(m), BAR_DEPTH - 4.0
    dx, dy = DIFFUSER_SCREW
    screws = [circle(x, y, m.screw_hole) for x in (dx, width - dx) for y in (dy, depth - dy)]
    return rounded_rectangle(0, 0, width, depth, 3.0), tuple(screws)


def _diffuser_start(m: Measures) -> float:
    return m.side_inset + m.plywood / 2 + DIFFUSER_GAP


def lamp_bar(m: Measures) -> tuple[Contour, tuple[Contour, ...], tuple[Pocket, ...]]:
    """The bar between the sides, its underside up: slots and screw holes, a recess for the light, a cable hole."""
    middle, width = BAR_DEPTH / 2, m.plywood + m.play
    columns = (m.side_inset, m.width - m.side_inset)
    slots = [slot(x, middle + at, length + m.play + width, width) for x in columns for at, length in BAR_TABS]
    screws = [circle(x, middle, m.screw_hole) for x in columns]
    start, (dx, dy) = _diffuser_start(m), DIFFUSER_SCREW
    plate = [
        circle(x, y, m.screw_hole) for x in (start + dx, m.width - start - dx) for y in (2.0 + dy, BAR_DEPTH - 2.0 - dy)
    ]
    recess = Pocket(start + dx + 6.0, 10.0, m.width - 2 * (start + dx + 6.0), BAR_DEPTH - 20.0, 3.0, 4.0)
    cable = circle(recess.x + 10.0, middle, 6.0)
    return rounded_rectangle(0, 0, m.width, BAR_DEPTH, 6.0), (*slots, *screws, *plate, cable), (recess,)


def foot(m: Measures) -> Relief:
    """A hollow foot; it is printed on the face that meets the shelf, the nut's seat opens upwards."""
    at = (FOOT / 2, FOOT_SCREW)
    outline = chamfered_rectangle(0, 0, FOOT, FOOT, 6.0)
    bore = Relief(circle(*at, m.screw_hole), 0.0)
    seat = Relief(hexagon(*at, m.nut_width), 8.0, (bore,))
    pillar = Relief(hexagon(*at, m.nut_width + 2 * WALL), 18.0, (seat,))
    return Relief(outline, 18.0, (Relief(outline.offset(-WALL), 3.0, (pillar,)),))


def tray_stop(m: Measures) -> Relief:
    """A pad under a front foot's screw with a low wall that keeps the tray from sliding off."""
    width, depth = STOP
    wall = Relief(chamfered_rectangle(3.0, 15.0, width - 6.0, 2 * WALL, 1.0), 16.0)
    bore = Relief(circle(width / 2, 9.0, m.screw_hole), 0.0)
    return Relief(chamfered_rectangle(0, 0, width, depth, 4.0), 4.0, (wall, bore))


def switch_box() -> Relief:
    """A box for the push switch and the power socket; its open side lies on a side panel."""
    width, depth, height, floor = 60.0, 36.0, 21.0, 1.8
    middle = depth / 2
    outline = chamfered_rectangle(0, 0, width, depth, 6.0)
    pillars = [
        Relief(hexagon(x, middle, 3.6 + 2 * WALL), height, (Relief(hexagon(x, middle, 3.6), 4.2),))
        for x in ((width - BOX_SCREWS) / 2, (width + BOX_SCREWS) / 2)
    ]
    switch, socket = Relief(circle(23.0, middle, 12.4), 0.0), Relief(circle(41.0, middle, 8.3), 0.0)
    return Relief(outline, height, (Relief(outline.offset(-WALL), floor, (*pillars, switch, socket)),))


def cable_clip(m: Measures) -> Relief:
    """A fork that holds on to the edge of a side panel, with an open ring for the cable on its back."""
    grip = (m.plywood - 0.1) / 2
    back, arm, tip = 2.5, WALL, 13.0
    inner, outer = 2.6, 2.6 + WALL  # radii of the ring
    away, opening = 3.0, 0.7  # the ring's middle left of the fork, half its gap in radians
    meet = acos(away / outer)  # where the ring meets the fork
    gap = pi - opening
    ring = [
        _on_ring(outer, meet, away, tan((gap - meet) / 4)),
        _on_ring(outer, gap, away, 0.0),
        _on_ring(inner, gap, away, -tan(gap / 2)),
        _on_ring(inner, -gap, away, 0.0),
        _on_ring(outer, -gap, away, tan((gap - meet) / 4)),
        _on_ring(outer, -meet, away, 0.0),
    ]
    fork = [(0.0, -grip - arm), (tip, -grip - arm), (tip, -grip), (back, -grip)]
    corners = [Vertex(x, y) for x, y in fork]
    mirrored = [Vertex(x, -y) for x, y in reversed(fork)]
    return Relief(Contour((*corners, *mirrored, *ring)).moved(away + outer * cos(opening), outer), 7.2)


def _on_ring(radius: float, angle: float, away: float, bulge: float) -> Vertex:
    return Vertex(radius * cos(angle) - away, radius * sin(angle), bulge)
