"""How thick a sheet a machine cuts: as its lab states, else as is usual for a beam of its power."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.trees import materials, processes
from machines.lab import Machine
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.beams import PASSES, beam_of
from machines.matching.requirement import Requirement
from machines.matching.words import Work

__all__ = ["Span", "span_of", "thickness_reason"]

_TOLERANCE_MM = 1e-6


_FILM_MM = 0.5  # film is sheet thinner than this (`core/crosswalks.yaml`)


@dataclass(frozen=True, slots=True)
class Span:
    """Which thicknesses are cut.

    Attributes:
        least_mm, greatest_mm: between these it is yes.
        doubtful_mm: up to this it is unknown, beyond it is no.
        text: a clause with the figures.
        doubt: what is added to it where it is unknown.
    """

    least_mm: float
    greatest_mm: float
    doubtful_mm: float
    text: str
    doubt: str = ""

    def verdict(self, thickness_mm: float) -> Verdict:
        """Whether a sheet of this thickness is cut."""
        if not self.least_mm - _TOLERANCE_MM <= thickness_mm <= self.doubtful_mm + _TOLERANCE_MM:
            return Verdict.NO
        return Verdict.YES if thickness_mm <= self.greatest_mm + _TOLERANCE_MM else Verdict.UNKNOWN


def span_of(need: Requirement, machine: Machine, work: Work) -> Span | None:
    """What the machine cuts of the needed material, or None when that is not known."""
    if need.material is None or need.material not in materials():
        return None
    stated = _stated(need.material, machine)
    if stated is not None or not need.cuts_a_sheet:
        return stated
    if _only_film(need.material) and all("film" in (processes().fact(each, "forms") or ()) for each in work.processes):
        return Span(0.0, _FILM_MM, math.inf, f"film is thinner than {_FILM_MM:g} mm", ": ask the lab")
    for process in work.processes:
        beam = beam_of(process)
        usual = beam.usual(need.material, machine.power_w) if beam is not None and machine.power_w else None
        if usual is not None:
            text = (
                f"{machine.power_w:g} W cut {usual:.1f} mm of {materials()[need.material].label} in one pass as a rule"
            )
            most = PASSES * usual
            return Span(0.0, usual, most, text, f", up to {most:.1f} mm in several: ask the lab")
    return None


def _stated(material: str, machine: Machine) -> Span | None:
    """As the lab says: of this material or the nearest word above it, else of the materials below it, any of them."""
    tree = materials()
    spans = [machine.thickness_mm[word] for word in tree.ancestry(material) if word in machine.thickness_mm][:1]
    spans = spans or sorted(span for word, span in machine.thickness_mm.items() if tree.is_a(word, material))
    if not spans:
        return None
    least, greatest = spans[0]
    for start, end in spans:  # beyond a gap it is another grade's range, and unknown
        greatest = max(greatest, end) if start <= greatest else greatest
    most = max(end for _, end in spans)
    return Span(least, greatest, most, f"{machine.id} takes {least:g} to {most:g} mm", ", of which grade: ask the lab")


def _only_film(material: str) -> bool:
    return list(materials().fact(material, "forms") or ()) == ["film"]


def thickness_reason(need: Requirement, machine: Machine, work: Work) -> Reason | None:
    """Hold the thickness of the sheet against what is cut or bent; None where nobody need ask."""
    span = span_of(need, machine, work) if need.holds_thickness else None
    if span is None and not need.asks_thickness:
        return None
    thickness_mm = need.sheet_mm
    if thickness_mm is None:
        if span is not None and math.isinf(span.doubtful_mm):
            return Reason("thickness", Verdict.YES, span.text)
        change = Change(ChangeKind.ASK, "say how thick the sheet is")
        return Reason("thickness", Verdict.UNKNOWN, "the design states no sheet thickness", change)
    if span is None:
        return Reason("thickness", Verdict.UNKNOWN, f"{machine.id} states no thickness for this material")
    verdict = span.verdict(thickness_mm)
    what = "the sheet is" if need.thickness_mm is not None else "by its size the sheet is"
    doubt = span.doubt if verdict is Verdict.UNKNOWN else ""
    return Reason("thickness", verdict, f"{what} {thickness_mm:g} mm, {span.text}{doubt}")
