"""What a task asks of a machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.tolerances import ToleranceClass
from core.trees import processes

if TYPE_CHECKING:  # numpy is not needed to ask
    from geometry.hull import Hull

__all__ = ["Requirement"]

_SHAPING = ("additive", "forming_from_melt", "forming", "cutting")
_SIZED = ("embroidery",)  # other work that has to fit its machine
_FLAT_RATIO = 3.0  # a piece so many times as wide as thick is no strip cut out of a thicker sheet
_SHEET_TOLERANCE = 0.1  # of its thickness: sheets are sold so
_FLAT = ("embroidery", "pcb_milling")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a task asks of a machine; None is not stated.

    Attributes:
        process: id of the process tree, or None when the design does not say.
        material: id of the material tree, other text as written, or None.
        extents_mm: x, y, z of one piece as measured, or None when it could not be; a sheet's z is its thickness, or 0.
        thickness_mm: of the sheet, or None.
        why_unmeasured: why `extents_mm` is None, one clause.
        alternatives: ids of other materials that the design allows, best first.
        tolerance_mm: plus or minus, the tightest of the piece.
        tolerance: a class instead ("IT9"), or None.
        axes: how many axes a mill must have, or None.
        feature_mm: the thinnest wall of a print, the narrowest slot or inner corner of a cut.
        quantity: pieces.
        certificates: what machine or lab must be certified for.
        skills: what the person who would run the machine is trained for, or None when the lab finds one.
        material_mm3: volume of material that one piece takes, or None; a print is no solid.
        hull: gives the piece's hull, asked for only when its bounding box does not fit; or None.
    """

    process: str | None
    material: str | None = None
    extents_mm: tuple[float, float, float] | None = None
    thickness_mm: float | None = None
    why_unmeasured: str | None = None
    alternatives: tuple[str, ...] = ()
    tolerance_mm: float | None = None
    tolerance: ToleranceClass | None = None
    axes: int | None = None
    feature_mm: float | None = None
    quantity: int = 1
    certificates: tuple[str, ...] = ()
    skills: tuple[str, ...] | None = None
    material_mm3: float | None = None
    hull: Callable[[], Hull | None] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.process is not None and self.process not in processes():
            raise ValueError(f"{self.process!r} is no word of the process tree")
        if self.extents_mm is not None and not all(math.isfinite(each) and each >= 0 for each in self.extents_mm):
            raise ValueError("extents are finite and not negative")
        for name in ("thickness_mm", "tolerance_mm", "feature_mm", "material_mm3"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} is finite and above zero")
        if self.quantity < 1:
            raise ValueError("at least one piece is asked for")
        if self.tolerance is not None and self.tolerance_mm is not None:
            raise ValueError("the tolerance is stated once, in millimetres or as a class")

    @property
    def shapes_a_part(self) -> bool:
        """Whether a piece with a size comes out (not so for joining, checking and the like)."""
        return self.process is None or self.process in _SIZED or processes().ancestry(self.process)[-1] in _SHAPING

    @property
    def cuts_a_sheet(self) -> bool:
        """Whether the piece is cut out of a sheet."""
        return self.process is not None and (
            processes().is_a(self.process, "sheet_cutting") or self.process == "cnc_routing"
        )

    @property
    def sheet_mm(self) -> float | None:
        """How thick the sheet is: as stated, else as a piece that is plainly flat; None where neither tells."""
        if self.thickness_mm is not None or self.extents_mm is None or not self.cuts_a_sheet:
            return self.thickness_mm
        least, middle, _ = sorted(self.extents_mm)
        return least if least > 0 and middle >= _FLAT_RATIO * least else None

    @property
    def is_no_flat_piece(self) -> bool:
        """Whether what was measured is thicker than the sheet out of which it is cut: bent afterwards, perhaps."""
        if self.thickness_mm is None or self.extents_mm is None or not self.cuts_a_sheet:
            return False
        return min(self.extents_mm) > (1 + _SHEET_TOLERANCE) * self.thickness_mm

    @property
    def lies_flat(self) -> bool:
        """Whether the piece lies in x and y of the machine and turns about z alone."""
        return self.cuts_a_sheet or self.process in _FLAT

    @property
    def asks_thickness(self) -> bool:
        """Whether a machine that does not say how thick it goes has to be asked: not where a block is worked."""
        return self.cuts_a_sheet or (self._may_be_too_thick and processes().is_a(str(self.process), "forming"))

    @property
    def holds_thickness(self) -> bool:
        """Whether the thickness is held against what a machine says; no engraving goes through its sheet."""
        return self.cuts_a_sheet or self._may_be_too_thick

    @property
    def _may_be_too_thick(self) -> bool:
        return self.process not in (None, "laser_engraving") and self.thickness_mm is not None and self.shapes_a_part

    @property
    def tolerances_mm(self) -> tuple[float, float] | None:
        """What the piece may be off, plus or minus: the tightest and the loosest that the design may mean; or None."""
        if self.tolerance is not None:
            return self.tolerance.span_mm(max(self.extents_mm) if self.extents_mm is not None else None)
        return None if self.tolerance_mm is None else (self.tolerance_mm, self.tolerance_mm)

    @property
    def turns_about_its_axis(self) -> bool:
        """Whether the piece turns about its own axis while it is made, and lies no other way."""
        return self.process is not None and processes().is_a(self.process, "turning")

    @property
    def is_a_drawing(self) -> bool:
        """Whether what was measured has no height, though no sheet gives it one."""
        return self.extents_mm is not None and not self.lies_flat and min(self.extents_mm) == 0

    @property
    def options(self) -> tuple[Requirement, ...]:
        """The same requirement in each material that the design allows, the wanted one first, without alternatives."""
        wanted = dict.fromkeys((self.material, *self.alternatives)) if self.material else {self.material: None}
        return tuple(replace(self, material=each, alternatives=()) for each in wanted)
