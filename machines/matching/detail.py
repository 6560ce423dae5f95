"""Fine print: smallest feature, tolerance, certificates, training."""

from __future__ import annotations

import math

from core.trees import normal_form, processes
from machines.lab import Machine
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.requirement import Requirement
from machines.matching.words import Work

__all__ = ["axes_reason", "certificates_reason", "feature_reason", "tolerance_reason", "tools_of", "training_reason"]

_SOLD_NOZZLES_MM = (0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2)
_TOLERANCE_MM = 1e-9


def tools_of(machine: Machine, work: Work) -> tuple[tuple[float, ...], str]:
    """Diameters of what makes the features of this work, the fitted one first, and what it is called."""
    if any(processes().is_a(each, "material_extrusion") for each in work.processes):
        return machine.nozzles_mm, "nozzle"
    if any(processes().is_a(each, "laser_cutting") for each in work.processes):
        return machine.tools_mm, "beam"
    return machine.tools_mm, "tool"


def feature_reason(need: Requirement, machine: Machine, work: Work) -> Reason | None:
    """Hold the smallest feature against nozzles or tools: none is made finer than the tool that makes it."""
    if need.feature_mm is None or not need.shapes_a_part:
        return None
    diameters, tool = tools_of(machine, work)
    if not diameters:
        return Reason(
            "feature", Verdict.UNKNOWN, f"{machine.id} states no {tool} for a feature of {need.feature_mm:g} mm"
        )
    fine_enough = [each for each in diameters if each <= need.feature_mm + _TOLERANCE_MM]
    if not fine_enough:
        text = (
            f"the smallest feature is {need.feature_mm:g} mm, the finest {tool} of {machine.id} {min(diameters):g} mm"
        )
        return Reason("feature", Verdict.NO, text, _finer(need.feature_mm, tool))
    if diameters[0] in fine_enough:
        text = f"the smallest feature is {need.feature_mm:g} mm, the {tool} of {machine.id} {diameters[0]:g} mm"
        return Reason("feature", Verdict.YES, text)
    chosen = max(fine_enough)
    text = f"the smallest feature is {need.feature_mm:g} mm, {machine.id} has a {tool} of {chosen:g} mm at hand"
    return Reason("feature", Verdict.YES, text, Change(ChangeKind.TOOL, f"fit the {tool} of {chosen:g} mm"))


def _finer(feature_mm: float, tool: str) -> Change | None:
    if tool == "beam":
        return None
    if tool == "nozzle":
        sold = [each for each in _SOLD_NOZZLES_MM if each <= feature_mm + _TOLERANCE_MM]
        return Change(ChangeKind.TOOL, f"buy a nozzle of {max(sold):g} mm") if sold else None
    return Change(ChangeKind.TOOL, f"buy a tool of at most {feature_mm:g} mm")


def tolerance_reason(need: Requirement, machine: Machine) -> Reason | None:
    """Hold the tightest tolerance against what the machine holds.

    A class without its nominal size is a span: what the machine holds may be tight enough for all lengths of the
    piece, for none, or for some, which is unknown.
    """
    span = need.tolerances_mm
    if span is None or not need.shapes_a_part:
        return None
    needed = _tolerance_words(need, *span)
    if machine.tolerance_mm is None:
        return Reason("tolerance", Verdict.UNKNOWN, f"{needed} is needed, {machine.id} states no tolerance")
    text = f"{needed} is needed, {machine.id} holds ±{machine.tolerance_mm:g} mm"
    if machine.tolerance_mm <= span[0] + _TOLERANCE_MM:
        return Reason("tolerance", Verdict.YES, text)
    if machine.tolerance_mm > span[1] + _TOLERANCE_MM:
        return Reason("tolerance", Verdict.NO, text)
    return Reason("tolerance", Verdict.UNKNOWN, f"{text}: of which length is not said")


def _tolerance_words(need: Requirement, tightest_mm: float, loosest_mm: float) -> str:
    if need.tolerance is None:
        return f"±{tightest_mm:g} mm"
    if tightest_mm == loosest_mm:
        return f"{need.tolerance.text}, ±{tightest_mm:g} mm,"
    most = f" to ±{loosest_mm:g}" if math.isfinite(loosest_mm) else ""
    return f"{need.tolerance.text}, ±{tightest_mm:g}{most} mm by the length,"


def axes_reason(need: Requirement, machine: Machine) -> Reason | None:
    """Hold how many axes the work needs against how many move."""
    if need.axes is None or not need.shapes_a_part:
        return None
    if machine.axes is None:
        text = f"{need.axes} axes are needed, {machine.id} does not say how many it has"
        return Reason("axes", Verdict.UNKNOWN, text)
    verdict = Verdict.YES if machine.axes >= need.axes else Verdict.NO
    return Reason("axes", verdict, f"{need.axes} axes are needed, {machine.id} has {machine.axes}")


def certificates_reason(need: Requirement, machine: Machine) -> Reason | None:
    """Whether machine or lab state all certificates; what they do not state is unknown."""
    if not need.certificates:
        return None
    stated = {normal_form(each) for each in machine.certificates}
    missing = [each for each in need.certificates if normal_form(each) not in stated]
    if missing:
        text = f"{', '.join(missing)} is needed, {machine.id} does not state it"
        return Reason("certificates", Verdict.UNKNOWN, text)
    return Reason("certificates", Verdict.YES, f"{machine.id} is certified: {', '.join(need.certificates)}")


def training_reason(need: Requirement, machine: Machine) -> Reason | None:
    """Whether the person who would run it has the training that the machine demands."""
    if need.skills is None or machine.training is None:
        return None
    trained = normal_form(machine.training) in {normal_form(each) for each in need.skills}
    if trained:
        return Reason("training", Verdict.YES, f"trained for {machine.training}")
    text = f"{machine.id} demands training: {machine.training}"
    return Reason("training", Verdict.NO, text, Change(ChangeKind.ASK, f"somebody trained runs it: {machine.training}"))
