"""Can this machine do that? Yes, no or unknown, each with its reason in numbers and units.

What is not stated is unknown, never no. One no decides; else one unknown. A material that the design allows beside the
wanted one is tried when the wanted one is no sure yes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from core.trees import materials
from machines.lab import Machine
from machines.matching.answer import Change, ChangeKind, Match, Reason, Verdict
from machines.matching.detail import axes_reason, certificates_reason, feature_reason, tolerance_reason, training_reason
from machines.matching.material import material_reason
from machines.matching.requirement import Requirement
from machines.matching.size import plate_reason, size_reason
from machines.matching.terms import Terms
from machines.matching.thickness import thickness_reason
from machines.matching.words import Work, find_work

__all__ = ["RANK", "elsewhere", "largest", "match"]

RANK = {Verdict.NO: -1, Verdict.UNKNOWN: 0, Verdict.YES: 1}


def match(need: Requirement, machine: Machine, terms: Terms | None = None) -> Match:
    """Hold a requirement against a machine, in the best of the materials that the design allows.

    Args:
        need: what is asked for.
        machine: that might do it.
        terms: what its lab has and asks beside its machines; None where only the machine is to be judged.
    """
    wanted, *others = need.options
    answer = _match_one(wanted, machine, terms)
    for option in others:
        if answer.verdict is Verdict.YES:
            break
        other = _match_one(option, machine, terms)
        if RANK[other.verdict] > RANK[answer.verdict]:
            answer = _with_material(other, wanted.material, option.material)
    return answer


def elsewhere(machine: Machine, able: Sequence[Machine]) -> Change | None:
    """Another machine that takes the piece when this one does not: one of the same lab before others.

    Args:
        machine: the one that is no sure yes.
        able: the machines that are a yes.
    """
    best = min(able, key=lambda each: (each.lab != machine.lab, each.id), default=None)
    if best is None:
        return None
    place = "in this lab" if best.lab == machine.lab else f"in the lab {best.lab}"
    return Change(ChangeKind.ELSEWHERE, f"{best.id} {place} takes it")


def largest(need: Requirement, machines: Sequence[Machine]) -> Machine | None:
    """The machine with the most room among those that might do the work in the wanted material, or None."""
    wanted = need.options[0]
    able = []
    for machine in machines:
        work = find_work(wanted, machine)
        material = material_reason(wanted, machine, work)
        ruled_out = Verdict.NO in (work.reason.verdict, material.verdict if material is not None else None)
        if machine.envelope_mm is not None and not ruled_out:
            able.append((math.prod(machine.envelope_mm), machine))
    return max(able, key=lambda pair: pair[0])[1] if able else None


def _match_one(need: Requirement, machine: Machine, terms: Terms | None) -> Match:
    work = find_work(need, machine)
    if work.reason.verdict is Verdict.NO:
        return Match(machine.id, (work.reason,))
    found = [work.reason, material_reason(need, machine, work)]
    if need.shapes_a_part:
        found += _measures(need, machine, work)
    found += [certificates_reason(need, machine), training_reason(need, machine)]
    found += terms.reasons(need, machine, work) if terms is not None else ()
    return Match(machine.id, tuple(each for each in found if each is not None))


def _measures(need: Requirement, machine: Machine, work: Work) -> list[Reason | None]:
    return [
        thickness_reason(need, machine, work),
        size_reason(need, machine),
        axes_reason(need, machine),
        feature_reason(need, machine, work),
        tolerance_reason(need, machine),
        plate_reason(need, machine),
    ]


def _with_material(answer: Match, wanted: str | None, taken: str | None) -> Match:
    """The answer with the change of material told."""
    tree = materials()
    words = [tree[each].label if each is not None and each in tree else str(each) for each in (taken, wanted)]
    change = Change(ChangeKind.MATERIAL, f"make it of {words[0]} instead of {words[1]}, which the design allows")
    reasons = tuple(
        replace(each, change=change, text=f"{each.text} ({change.text})") if each.aspect == "material" else each
        for each in answer.reasons
    )
    return replace(answer, reasons=reasons, instead=taken)
