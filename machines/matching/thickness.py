"""How thick a sheet a machine cuts: as its lab states, else as is usual for a beam of its power."""

from __future__ import annotations

from dataclasses import dataclass

from core.trees import materials
from machines.lab import Machine
from machines.matching.answer import Reason, Verdict
from machines.matching.beams import PASSES, beam_of
from machines.matching.requirement import Requirement
from machines.matching.words import Work

__all__ = ["Span", "span_of", "thickness_reason"]

_TOLERANCE_MM = 1e-6


@dataclass(frozen=True, slots=True)
class Span:
    """Which thicknesses are cut.

    Attributes:
        least_mm, greatest_mm: between these it is yes.
        doubtful_mm: up to this it is unknown, beyond it is no.
        text: a clause with the figures.
    """

    least_mm: float
    greatest_mm: float
    doubtful_mm: float
    text: str

    def verdict(self, thickness_mm: float) -> Verdict:
        """Whether a sheet of this thickness is cut."""
        if not self.least_mm - _TOLERANCE_MM <= thickness_mm <= self.doubtful_mm + _TOLERANCE_MM:
            return Verdict.NO
        return Verdict.YES if thickness_mm <= self.greatest_mm + _TOLERANCE_MM else Verdict.UNKNOWN


def span_of(need: Requirement, machine: Machine, work: Work) -> Span | None:
    """What the machine cuts of the needed material, or None when that is not known."""
    if need.material is None or need.material not in materials():
        return None
    for word in materials().ancestry(need.material):
        if word in machine.thickness_mm:
            least, greatest = machine.thickness_mm[word]
            return Span(least, greatest, greatest, f"{machine.id} cuts {least:g} to {greatest:g} mm")
    for process in work.processes:
        beam = beam_of(process)
        usual = beam.usual(need.material, machine.power_w) if beam is not None and machine.power_w else None
        if usual is not None:
            text = (
                f"{machine.power_w:g} W cut {usual:.1f} mm of {materials()[need.material].label} in one pass as a rule"
            )
            return Span(0.0, usual, PASSES * usual, text)
    return None


def thickness_reason(need: Requirement, machine: Machine, work: Work) -> Reason:
    """Hold the thickness of the sheet against what is cut."""
    if need.thickness_mm is None:
        return Reason("thickness", Verdict.UNKNOWN, "the design states no sheet thickness")
    span = span_of(need, machine, work)
    if span is None:
        return Reason("thickness", Verdict.UNKNOWN, f"{machine.id} states no thickness for this material")
    verdict = span.verdict(need.thickness_mm)
    doubt = f", up to {span.doubtful_mm:.1f} mm in several: ask the lab" if verdict is Verdict.UNKNOWN else ""
    return Reason("thickness", verdict, f"the sheet is {need.thickness_mm:g} mm, {span.text}{doubt}")
