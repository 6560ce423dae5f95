"""Does a part fit a machine's envelope, how many of it stand on one plate, and into how many pieces must it be cut?

If the part's bounding box fits, turned by right angles or in its plane, the part fits. If it does not, the part itself
may still fit turned freely: `geometry.turning` finds out on its hull. Without a hull, what holds for every part is that
it touches opposite faces of its box, so its greatest width is at least its longest extent, and nothing wider than the
envelope's diagonal fits in: only that proves "no".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # numpy and scipy are loaded only when a box does not fit
    from geometry.hull import Hull
    from geometry.turning import Rotation

__all__ = ["Fit", "FitVerdict", "Lengths", "cuts_to_fit", "fit", "pieces_per_plate"]

Lengths: TypeAlias = tuple[float, float, float]

_TOLERANCE_MM = 1e-3  # single-precision coordinates of a 250 mm part are good to about 2e-5 mm
_SIDES = ("shortest", "middle", "longest")
# As modelled, turned about z, then lying down: the order in which orientations are preferred.
_ORIENTATIONS: tuple[tuple[int, int, int], ...] = ((0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 0, 1), (1, 2, 0), (2, 1, 0))
_PLANES = ((0, 1, 2), (0, 2, 1), (1, 2, 0))  # two axes of a plane, and the one about which it turns; z first
_MAX_PIECES = 1000


class FitVerdict(StrEnum):
    """Whether a part fits."""

    YES = "yes"
    NO = "no"  # in no orientation at all
    UNKNOWN = "unknown"  # not at right angles, perhaps turned


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a part fits an envelope, and why.

    Attributes:
        verdict: yes, no or unknown.
        orientation: when right angles suffice, the part's axis (0 x, 1 y, 2 z) that lies along the envelope's x, y
            and z; else None.
        reason: a clause; for no and unknown it names the binding numbers.
        turn_deg: when it fits after one more turn about an axis of the envelope, by how many degrees; else 0.
        turn_axis: that axis of the envelope, 2 (z) unless only leaning it fits.
        rotation: when it fits turned freely, the rotation that does it; else None.
    """

    verdict: FitVerdict
    orientation: tuple[int, int, int] | None
    reason: str
    turn_deg: float = 0.0
    turn_axis: int = 2
    rotation: Rotation | None = None

    @property
    def as_modelled(self) -> bool:
        """Whether it fits without being turned."""
        return self.orientation == (0, 1, 2) and self.turn_deg == 0


def fit(
    extents_mm: Lengths,
    envelope_mm: Lengths,
    margin_mm: float = 0.0,
    *,
    hull: Callable[[], Hull | None] | None = None,
    flat: bool = False,
    square: bool = False,
) -> Fit:
    """Whether a part with these extents fits the envelope.

    Args:
        extents_mm: size of the part's bounding box along x, y, z.
        envelope_mm: size of the machine's working space along x, y, z.
        margin_mm: kept free on both sides along each axis; of a flat part along x and y only.
        hull: gives the part's hull, asked for only when the box does not fit; None or an answer of None is unknown.
        flat: the part is cut out of a sheet that lies in x and y: it is turned about z alone.
        square: nothing but right angles is possible, as on a lathe, where the part turns about its own axis.

    Raises:
        ValueError: a length is negative or no finite number.
    """
    _check(*extents_mm, *envelope_mm, margin_mm)
    room = _reduced(envelope_mm, margin_mm, flat=flat)
    found = _by_box(extents_mm, room, flat=flat, square=square)
    if found is not None:
        return found
    reason = _binding_words(extents_mm, room, margin_mm, flat=flat)
    if square:
        return Fit(FitVerdict.NO, None, f"{reason}, and only right angles are possible")
    if flat and extents_mm[2] > room[2] + _TOLERANCE_MM:
        return Fit(FitVerdict.NO, None, reason)
    count = 2 if flat else 3
    diagonal = math.hypot(*room[:count])
    if max(extents_mm[:count]) > diagonal + _TOLERANCE_MM:
        return Fit(FitVerdict.NO, None, f"{reason}, and {diagonal:.1f} mm from corner to corner")
    body = hull() if hull is not None and not flat else None
    return (
        Fit(FitVerdict.UNKNOWN, None, f"{reason}; it may fit turned") if body is None else _by_hull(body, room, reason)
    )


def _by_box(extents: Lengths, room: Lengths, *, flat: bool, square: bool) -> Fit | None:
    """The first way in which the bounding box fits: at right angles, then turned further in its plane."""
    orientations = _ORIENTATIONS[:2] if flat else _ORIENTATIONS
    for way in orientations:
        if all(extents[axis] <= free + _TOLERANCE_MM for axis, free in zip(way, room, strict=True)):
            return Fit(FitVerdict.YES, way, _turn_words(way))
    for first, second, axis in () if square else _PLANES[:1] if flat else _PLANES:
        for way in orientations:
            if extents[way[axis]] > room[axis] + _TOLERANCE_MM:
                continue
            angle = _diagonal_deg(extents[way[first]], extents[way[second]], room[first], room[second])
            if angle is not None:
                return Fit(FitVerdict.YES, way, _turn_words(way, angle, axis), angle, axis)
    return None


def _by_hull(body: Hull, room: Lengths, reason: str) -> Fit:
    from geometry.turning import too_large, too_wide, turn_into

    proof = too_large(body, room)
    turned = turn_into(body, room) if proof is None else None
    if turned is not None:
        x, y, z = turned.extents_mm
        words = f"fits turned freely, {x:.1f} x {y:.1f} x {z:.1f} mm then"
        return Fit(FitVerdict.YES, None, words, rotation=turned.rotation)
    proof = proof or too_wide(body, room)
    if proof is not None:
        return Fit(FitVerdict.NO, None, f"{reason}; {proof}: it fits in no orientation")
    return Fit(FitVerdict.UNKNOWN, None, f"{reason}; no orientation was found in which it fits, and none is ruled out")


def _diagonal_deg(x: float, y: float, width: float, depth: float) -> float | None:
    """The angle by which a rectangle x by y must be turned to lie within width by depth, or None.

    Turned by t it is x cos t + y sin t wide. With R the rectangle's diagonal and p its angle that is R cos(t - p),
    which falls below the width at t = p + acos(width / R); the depth there decides, for it only grows before that.
    """
    across, slope = math.hypot(x, y), math.atan2(y, x)
    if across <= width:
        return None  # turning is not what it wants for
    turn = slope + math.acos(width / across)
    if turn > math.pi / 2 or x * math.sin(turn) + y * math.cos(turn) > depth + _TOLERANCE_MM:
        return None
    return math.degrees(turn)


def cuts_to_fit(
    extents_mm: Lengths, envelope_mm: Lengths, margin_mm: float = 0.0, *, flat: bool = False
) -> tuple[int, int, int] | None:
    """Into how many pieces along its x, y and z a part must be cut so that each piece's box fits: the fewest in all.

    Args:
        extents_mm: size of the part's bounding box along x, y, z.
        envelope_mm: size of the machine's working space along x, y, z.
        margin_mm: kept free, as `fit` does it.
        flat: the part is cut out of a sheet that lies in x and y.

    Returns:
        The pieces along each axis, or None when there is no room at all or more than 1,000 were needed.

    Raises:
        ValueError: a length is negative or no finite number.
    """
    _check(*extents_mm, *envelope_mm, margin_mm)
    room = _reduced(envelope_mm, margin_mm, flat=flat)
    if min(room) <= 0:
        return None
    best: tuple[int, int, int] | None = None
    for way in _ORIENTATIONS[:2] if flat else _ORIENTATIONS:
        pieces = [1, 1, 1]
        for axis, free in zip(way, room, strict=True):
            pieces[axis] = max(1, math.ceil((extents_mm[axis] - _TOLERANCE_MM) / free))
        if best is None or math.prod(pieces) < math.prod(best):
            best = (pieces[0], pieces[1], pieces[2])
    return best if best is not None and math.prod(best) <= _MAX_PIECES else None


def pieces_per_plate(extents_mm: Lengths, envelope_mm: Lengths, spacing_mm: float) -> int:
    """How many copies stand on one plate in a grid, as modelled or turned by 90 degrees about z.

    Args:
        extents_mm: size of the part's bounding box along x, y, z.
        envelope_mm: size of the machine's working space along x, y, z.
        spacing_mm: kept free between neighbours.

    Returns:
        The larger count of the two grids; 0 when the part does not stand on the plate so.

    Raises:
        ValueError: a length is negative or no finite number, or part and spacing have no footprint.
    """
    _check(*extents_mm, *envelope_mm, spacing_mm)
    (x, y, z), (width, depth, height) = extents_mm, envelope_mm
    if z > height + _TOLERANCE_MM:
        return 0
    return max(
        _in_row(x, width, spacing_mm) * _in_row(y, depth, spacing_mm),
        _in_row(y, width, spacing_mm) * _in_row(x, depth, spacing_mm),
    )


def _in_row(length: float, room: float, spacing: float) -> int:
    pitch = length + spacing
    if pitch <= 0:
        raise ValueError("a part without footprint needs a spacing to be counted")
    return math.floor((room + spacing + _TOLERANCE_MM) / pitch)


def _reduced(envelope: Lengths, margin: float, *, flat: bool) -> Lengths:
    x, y, z = (max(0.0, length - 2 * margin) for length in envelope)
    return (x, y, envelope[2]) if flat else (x, y, z)


def _check(*lengths: float) -> None:
    if not all(math.isfinite(length) and length >= 0 for length in lengths):
        raise ValueError("lengths are finite and not negative")


def _turn_words(orientation: tuple[int, int, int], turn_deg: float = 0.0, axis: int = 2) -> str:
    upright = "xyz"[orientation[2]]
    if turn_deg and axis != 2:
        about = f"about the envelope's {'xyz'[axis]}"
        return f"fits with its {upright} axis upright, leaning by {turn_deg:.0f} degrees {about}"
    if turn_deg:
        first = "" if upright == "z" else f" with its {upright} axis upright,"
        return f"fits{first} turned by {turn_deg + (90 if orientation[:2] == (1, 0) else 0):.0f} degrees about z"
    if orientation == (0, 1, 2):
        return "fits as modelled"
    if orientation == (1, 0, 2):
        return "fits turned by 90 degrees about z"
    return f"fits with its {upright} axis upright"


def _binding_words(extents: Lengths, room: Lengths, margin: float, *, flat: bool) -> str:
    """The longest side of the part that is longer than the envelope's side of the same rank.

    A box fits another at right angles if and only if, both sorted, no side is longer than its counterpart.
    """
    if flat and extents[2] > room[2] + _TOLERANCE_MM:
        return f"{extents[2]:.1f} mm thick, the envelope is {room[2]:.1f} mm high"
    count = 2 if flat else 3
    ranked = zip(_SIDES[3 - count :], sorted(extents[:count]), sorted(room[:count]), strict=True)
    side, part, free = [each for each in ranked if each[1] > each[2] + _TOLERANCE_MM][-1]
    rest = f" inside margins of {margin:.1f} mm" if margin else ""
    words = f"{part:.1f} mm on the {side} side, the envelope has {free:.1f} mm{rest}"
    return words if flat else words + _lying_words(extents, room)


def _lying_words(extents: Lengths, room: Lengths) -> str:
    """That the part lies on no face of its box, where even the smallest one is too long for the plate."""
    short, middle, _ = sorted(extents)
    across = math.hypot(room[0], room[1])
    if middle <= across + _TOLERANCE_MM:
        return ""
    face = f"{middle:.1f} x {short:.1f} mm"
    return f"; even its smallest face, {face}, is longer than the plate's diagonal, {across:.1f} mm"
