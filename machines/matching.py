"""Can this machine do that? Yes, no or unknown, each with its reason in numbers and units.

Rules (directed, three-valued): a capability that is the needed word or stands below it is a yes; one above it is
unknown (ask); anything else is no. What is not stated is unknown, never no. One no decides; else one unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.trees import Tree, materials, processes
from geometry.fit import Fit, FitVerdict, fit
from machines.lab import Machine

__all__ = ["Match", "Reason", "Requirement", "Verdict", "match"]


class Verdict(StrEnum):
    """An answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a task asks of a machine.

    Attributes:
        process: id of the process tree, or None when the design does not say.
        material: id of the material tree, other text as written, or None.
        extents_mm: x, y, z of one piece as measured, or None when it could not be; a sheet's z is its thickness, or 0.
        thickness_mm: of the sheet, or None.
        why_unmeasured: why `extents_mm` is None, one clause.
    """

    process: str | None
    material: str | None = None
    extents_mm: tuple[float, float, float] | None = None
    thickness_mm: float | None = None
    why_unmeasured: str | None = None

    @property
    def shapes_a_part(self) -> bool:
        """Whether a piece with a size comes out (not so for joining, checking and the like)."""
        return self.process is None or processes().ancestry(self.process)[-1] in ("additive", "forming", "cutting")

    @property
    def cuts_a_sheet(self) -> bool:
        """Whether the piece is cut out of a sheet."""
        return self.process is not None and (
            processes().is_a(self.process, "sheet_cutting") or self.process == "cnc_routing"
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """One aspect of an answer: process, material, thickness or size."""

    aspect: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The answer for one requirement and one machine."""

    machine: str
    reasons: tuple[Reason, ...]

    @property
    def verdict(self) -> Verdict:
        """No if any aspect says no, else unknown if any is unknown, else yes."""
        verdicts = {reason.verdict for reason in self.reasons}
        for each in (Verdict.NO, Verdict.UNKNOWN):
            if each in verdicts:
                return each
        return Verdict.YES

    @property
    def text(self) -> str:
        """The sentences of the aspects that decide."""
        return "; ".join(reason.text for reason in self.reasons if reason.verdict is self.verdict)


def match(need: Requirement, machine: Machine) -> Match:
    """Hold a requirement against a machine."""
    reasons = [_process(need, machine)]
    if need.shapes_a_part and reasons[0].verdict is not Verdict.NO:
        reasons.append(_material(need, machine))
        if need.cuts_a_sheet:
            reasons.append(_thickness(need, machine))
        reasons.append(_size(need, machine))
    return Match(machine.id, tuple(reasons))


def _satisfies(tree: Tree, need: str, offered: Iterable[str]) -> Verdict:
    verdict = Verdict.NO
    for each in offered:
        if tree.is_a(each, need):
            return Verdict.YES
        if tree.is_a(need, each):
            verdict = Verdict.UNKNOWN
    return verdict


def _process(need: Requirement, machine: Machine) -> Reason:
    if need.process is None:
        offered = _labels(processes(), machine.processes)
        return Reason("process", Verdict.UNKNOWN, f"the design names no process; {machine.id} does {offered}")
    return _word("process", processes(), need.process, machine.processes, f"{machine.id} does")


def _material(need: Requirement, machine: Machine) -> Reason:
    if need.material is None:
        return Reason("material", Verdict.UNKNOWN, "the design names no material")
    if not machine.materials:
        return Reason("material", Verdict.UNKNOWN, f"{machine.id} states no materials")
    if need.material not in materials():
        return Reason("material", Verdict.UNKNOWN, f"the material {need.material!r} is not a known word")
    return _word("material", materials(), need.material, machine.materials, f"{machine.id} works")


def _word(aspect: str, tree: Tree, need: str, offered: tuple[str, ...], subject: str) -> Reason:
    """Hold one needed word against the offered ones; `subject` begins the sentence: "printer-1 does"."""
    wanted, verdict = tree[need].label, _satisfies(tree, need, offered)
    if verdict is Verdict.YES:
        return Reason(aspect, verdict, f"{subject} {wanted}")
    only, ask = ("only ", ": ask the lab") if verdict is Verdict.UNKNOWN else ("", "")
    return Reason(aspect, verdict, f"{wanted} is needed, {subject} {only}{_labels(tree, offered)}{ask}")


def _labels(tree: Tree, words: tuple[str, ...]) -> str:
    return ", ".join(tree[word].label for word in words)


def _thickness(need: Requirement, machine: Machine) -> Reason:
    if need.thickness_mm is None:
        return Reason("thickness", Verdict.UNKNOWN, "the design states no sheet thickness")
    spans = [
        span
        for word, span in machine.thickness_mm.items()
        if need.material in materials() and need.material is not None and materials().is_a(need.material, word)
    ]
    if not spans:
        return Reason("thickness", Verdict.UNKNOWN, f"{machine.id} states no thickness for this material")
    least, greatest = spans[0]
    inside = least <= need.thickness_mm <= greatest
    text = f"the sheet is {need.thickness_mm:g} mm, {machine.id} cuts {least:g} to {greatest:g} mm"
    return Reason("thickness", Verdict.YES if inside else Verdict.NO, text)


def _size(need: Requirement, machine: Machine) -> Reason:
    if need.extents_mm is None:
        return Reason("size", Verdict.UNKNOWN, f"the part's size is unknown: {need.why_unmeasured or 'no part file'}")
    if machine.envelope_mm is None:
        return Reason("size", Verdict.UNKNOWN, f"{machine.id} states no envelope")
    answer: Fit = fit(need.extents_mm, machine.envelope_mm)
    verdict = {FitVerdict.YES: Verdict.YES, FitVerdict.NO: Verdict.NO, FitVerdict.UNKNOWN: Verdict.UNKNOWN}[
        answer.verdict
    ]
    return Reason("size", verdict, f"{machine.id}: {answer.reason}")
