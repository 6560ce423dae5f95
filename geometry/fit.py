"""Does a part fit a machine's envelope, and how many of it stand on one plate?

Only the part's bounding box is known here. If the box fits, turned by right angles, the part fits. If it does not, the
part itself may still fit turned by other angles: a rod that is modelled along a diagonal needs less room than its box.
What holds for every part is that it touches opposite faces of its box, so its greatest width is at least its longest
extent, and nothing wider than the envelope's diagonal fits in: only that proves "no".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import TypeAlias

__all__ = ["Fit", "FitVerdict", "Lengths", "fit", "pieces_per_plate"]

Lengths: TypeAlias = tuple[float, float, float]

_TOLERANCE_MM = 1e-3  # single-precision coordinates of a 250 mm part are good to about 2e-5 mm
_SIDES = ("shortest", "middle", "longest")
# As modelled, turned about z, then lying down: the order in which orientations are preferred.
_ORIENTATIONS = ((0, 1, 2), (1, 0, 2), *(each for each in permutations(range(3)) if each[2] != 2))


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
        orientation: for yes, the part's axis (0 x, 1 y, 2 z) that lies along the envelope's x, y and z; else None.
        reason: a clause; for no and unknown it names the binding numbers.
    """

    verdict: FitVerdict
    orientation: tuple[int, int, int] | None
    reason: str


def fit(extents_mm: Lengths, envelope_mm: Lengths, margin_mm: float = 0.0) -> Fit:
    """Whether a part with these extents fits the envelope.

    Args:
        extents_mm: size of the part's bounding box along x, y, z.
        envelope_mm: size of the machine's working space along x, y, z.
        margin_mm: kept free on both sides along each axis.

    Raises:
        ValueError: a length is negative or no finite number.
    """
    _check(*extents_mm, *envelope_mm, margin_mm)
    room = _reduced(envelope_mm, margin_mm)
    for x, y, z in _ORIENTATIONS:
        turned = (extents_mm[x], extents_mm[y], extents_mm[z])
        if all(part <= free + _TOLERANCE_MM for part, free in zip(turned, room, strict=True)):
            return Fit(FitVerdict.YES, (x, y, z), _turn_words((x, y, z)))
    reason = _binding_words(extents_mm, room, margin_mm)
    diagonal = math.hypot(*room)
    if max(extents_mm) > diagonal + _TOLERANCE_MM:
        return Fit(FitVerdict.NO, None, f"{reason}, and {diagonal:.1f} mm from corner to corner")
    return Fit(FitVerdict.UNKNOWN, None, f"{reason}; it may fit turned")


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


def _reduced(envelope: Lengths, margin: float) -> Lengths:
    x, y, z = (max(0.0, length - 2 * margin) for length in envelope)
    return x, y, z


def _check(*lengths: float) -> None:
    if not all(math.isfinite(length) and length >= 0 for length in lengths):
        raise ValueError("lengths are finite and not negative")


def _turn_words(orientation: tuple[int, int, int]) -> str:
    if orientation == (0, 1, 2):
        return "fits as modelled"
    if orientation == (1, 0, 2):
        return "fits turned by 90 degrees about z"
    return f"fits lying with its {'xyz'[orientation[2]]} axis upright"


def _binding_words(extents: Lengths, room: Lengths, margin: float) -> str:
    """The longest side of the part that is longer than the envelope's side of the same rank.

    A box fits another at right angles if and only if, both sorted, no side is longer than its counterpart.
    """
    ranked = zip(_SIDES, sorted(extents), sorted(room), strict=True)
    side, part, free = [each for each in ranked if each[1] > each[2] + _TOLERANCE_MM][-1]
    rest = f" inside margins of {margin:.1f} mm" if margin else ""
    return f"{part:.1f} mm on the {side} side, the envelope has {free:.1f} mm{rest}"
