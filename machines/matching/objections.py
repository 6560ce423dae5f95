"""What speaks for sure against working a material on a machine, for those who name both themselves."""

from __future__ import annotations

from machines.machine import Machine
from machines.matching.answer import Verdict
from machines.matching.material import material_reason
from machines.matching.requirement import Requirement
from machines.matching.thickness import thickness_reason
from machines.matching.words import find_work

__all__ = ["objections", "open_question"]


def objections(process: str, material: str | None, thickness_mm: float | None, machine: Machine) -> tuple[str, ...]:
    """Clauses on why the machine does not work this material, or no sheet as thick; none where it may.

    Args:
        process: id of the process tree, one that the machine does.
        material: id of the material tree, or None.
        thickness_mm: of the sheet, or None.
        machine: where.
    """
    need = Requirement(process, material, thickness_mm=thickness_mm)
    work = find_work(need, machine)
    found = [material_reason(need, machine, work), thickness_reason(need, machine, work)]
    return tuple(each.text for each in found if each is not None and each.verdict is Verdict.NO)


def open_question(process: str, material: str | None, machine: Machine) -> str | None:
    """A clause on why it is not known whether the machine works this material, as `objections`; None where it is."""
    if material is None:
        return None
    need = Requirement(process, material)
    found = material_reason(need, machine, find_work(need, machine))
    return found.text if found is not None and found.verdict is Verdict.UNKNOWN else None
