"""Prints whose layers each take as long, whatever lies in them: a vat that is lit at once, a bed of powder.

The time is that of the layers, so it hangs on the height of what stands tallest and not on how many pieces stand
beside it. Makers publish the pace: LCD and DLP printers 2 to 3 s of light and 5 to 8 s of lifting a layer (20 mm/h at
0.05 mm), laser SLA 10 to 20 mm/h at 0.1 mm, laser sintering 10 mm/h at 0.11 mm, multi jet fusion 30 to 40 mm/h.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.trees import processes

__all__ = ["LayerPace", "layer_pace"]


@dataclass(frozen=True, slots=True)
class LayerPace:
    """How a process lays its layers.

    Attributes:
        layer_mm: thickness of one.
        layer_s: time of one.
        begin_s: warming, filling and first layers, once a run.
        lift_mm: what supports add to the height.
    """

    layer_mm: float
    layer_s: float
    begin_s: float
    lift_mm: float

    def duration_s(self, height_mm: float) -> float:
        """Of a run whose tallest piece is so high as it stands."""
        return self.begin_s + (height_mm + self.lift_mm) / self.layer_mm * self.layer_s

    @property
    def words(self) -> str:
        """For a basis."""
        return f"layers of {self.layer_mm:g} mm at {self.layer_s:g} s each, assumed for the process"


_PACES: Mapping[str, LayerPace] = MappingProxyType(
    {  # at the process or its nearest ancestor
        "vat_photopolymerization": LayerPace(0.05, 9, 300, 5),
        "sla": LayerPace(0.05, 15, 600, 5),
        "powder_bed_fusion": LayerPace(0.1, 40, 5400, 0),
        "sls": LayerPace(0.11, 40, 3600, 0),
        "mjf": LayerPace(0.08, 8, 3600, 0),
        "dmls": LayerPace(0.04, 45, 3600, 3),
        "binder_jetting": LayerPace(0.1, 25, 1200, 0),
        "material_jetting": LayerPace(0.027, 12, 600, 0),
    }
)


def layer_pace(process: str) -> LayerPace | None:
    """The pace of a process; None where layers take longer the more lies in them, as in filament prints."""
    return next((_PACES[each] for each in processes().ancestry(process) if each in _PACES), None)
