"""The material: what a process can do to it at all, what the lab lists, and what physics settles without a list.

What a process can do to a material (a beam to metal, a nozzle to a plastic that melts hotter) is asked before the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from core.trees import Node, materials, processes
from machines.lab import Machine
from machines.library import library
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.beams import Beam, beam_of
from machines.matching.requirement import Requirement
from machines.matching.words import Work, labels

__all__ = ["material_reason", "offered_materials", "printable", "printed_by"]


def offered_materials(machine: Machine) -> tuple[str, ...]:
    """What the machine is said to work: its list, and the materials for which it states a thickness."""
    return tuple(dict.fromkeys((*machine.materials, *machine.thickness_mm)))


def material_reason(need: Requirement, machine: Machine, work: Work) -> Reason | None:
    """Hold the material against what the process can work and what the lab lists; None when nobody need ask."""
    named = need.material if need.material is not None and need.material in materials() else None
    listing = need.shapes_a_part or bool(offered_materials(machine))
    if not need.shapes_a_part and (named is None or not (listing or any(_only(each) for each in work.processes))):
        return None
    if need.material is None:
        change = Change(ChangeKind.ASK, "say of which material it is made")
        return Reason("material", Verdict.UNKNOWN, "the design names no material", change)
    if named is None:
        text = f"the material {need.material!r} is not a known word"
        return Reason("material", Verdict.UNKNOWN, text, Change(ChangeKind.ASK, f"say what {need.material!r} is"))
    obstacle = _impossible(named, machine, work)
    listed = _listed(named, machine, work) if listing else None
    if obstacle is not None and (obstacle.verdict is Verdict.NO or listed is None or listed.verdict is not Verdict.NO):
        return obstacle
    return listed or Reason("material", Verdict.YES, f"{materials()[named].label} can be worked so")


def _listed(need: str, machine: Machine, work: Work) -> Reason:
    """Hold the material against a list. A lab's own list is all that it works; what else names materials has examples.

    Examples are what the maker of a model names, and materials of which the lab tells the thickness only.
    """
    tree, offered = materials(), offered_materials(machine)
    wanted, listed = tree[need].label, labels(tree, offered)
    if any(tree.is_a(each, need) for each in offered):
        return Reason("material", Verdict.YES, f"{machine.id} works {wanted}")
    examples = not machine.materials or "materials" in machine.from_model
    derived = _settled(need, machine, work) if examples else None
    if derived is not None:
        return Reason("material", Verdict.YES, derived)
    if not offered:
        return Reason("material", Verdict.UNKNOWN, f"{machine.id} states no materials")
    if any(tree.is_a(need, each) for each in offered):
        text = f"{wanted} is needed, {machine.id} works only {listed}: ask the lab"
        return Reason("material", Verdict.UNKNOWN, text)
    if examples:
        who = f"the maker of {machine.id}" if machine.materials else machine.id
        return Reason("material", Verdict.UNKNOWN, f"{wanted} is needed, {who} names {listed}: ask the lab")
    return Reason("material", Verdict.NO, f"{wanted} is needed, {machine.id} works {listed}")


def _settled(need: str, machine: Machine, work: Work) -> str | None:
    """Why physics alone says that the machine works the material, as a clause; None where it does not say."""
    beams = [beam for each in work.processes if (beam := beam_of(each)) is not None and beam.surely_cuts(need)]
    if beams:
        return f"{beams[0].label} cuts {materials()[need].label}"
    return printable(need, machine) if "fdm" in work.processes else None


def printable(material: str, machine: Machine) -> str | None:
    """Why a filament printer prints the material, or one below it, though no list says so; None where that is open.

    Some plastics want nothing but a nozzle and a bed that are hot enough (`prints_c` and `bed_c` of the material tree).
    The others want an enclosure, a drive or a nozzle that temperatures do not tell.
    """
    nozzle_c, bed_c = machine.limits.nozzle_c, machine.limits.bed_c
    for node, needed, bed in _undemanding():
        if not materials().is_a(node.id, material) or nozzle_c is None or nozzle_c < needed:
            continue
        if bed is not None and (bed_c is None or bed_c < bed):
            continue
        heated = f", its bed {bed_c:g} °C" if bed is not None else ""
        return f"{node.label} is printed at {needed:g} °C, the nozzle of {machine.id} reaches {nozzle_c:g} °C{heated}"
    return None


@cache
def _undemanding() -> tuple[tuple[Node, float, float | None], ...]:
    """The materials for which temperatures are all that counts, with those of nozzle and bed."""
    stated = [(node, node.facts.get("prints_c"), node.facts.get("bed_c")) for node in materials()]
    return tuple((node, nozzle_c, bed_c) for node, nozzle_c, bed_c in stated if nozzle_c is not None)


def _impossible(material: str, machine: Machine, work: Work) -> Reason | None:
    """Why none of the processes works this material on this machine, or what has to be known first."""
    reasons = [_obstacle(material, machine, each) for each in work.processes]
    open_ways = [each for each in reasons if each is None or each.verdict is not Verdict.NO]
    if not reasons or None in reasons:
        return None
    return open_ways[0] if open_ways else reasons[0]


def _obstacle(material: str, machine: Machine, process: str) -> Reason | None:
    tree, wanted, does = materials(), materials()[material].label, processes()[process].label
    only, comes_as = _only(process), tree.fact(material, "forms")
    takes = _takes(process, machine)
    if only and not any(tree.is_a(material, each) or tree.is_a(each, material) for each in only):
        return Reason("material", Verdict.NO, f"{does} works only {labels(tree, only)}, and {wanted} is needed")
    if takes and comes_as and not set(takes) & set(comes_as):
        text = f"{does} starts from {_or(takes)}, and {wanted} comes as {_or(comes_as)}"
        return Reason("material", Verdict.NO, text)
    hottest, needed = machine.limits.nozzle_c, tree.fact(material, "nozzle_c")
    if process == "fdm" and hottest is not None and needed is not None and hottest < needed:
        text = f"{wanted} is printed at {needed:g} °C and more, the nozzle of {machine.id} reaches {hottest:g} °C"
        return Reason("material", Verdict.NO, text)
    beam = beam_of(process)
    return _beam_obstacle(material, machine, beam) if beam is not None else None


def printed_by(process: str | None, material: str | None) -> str | None:
    """The process, or the narrower one that is meant when the material leaves no other: "3D printing" in resin."""
    tree, forms = processes(), set(_forms_of(material))
    if process is None or process == "fdm" or not tree.is_a("fdm", process) or not forms or "filament" in forms:
        return process
    by_form = {"resin": "vat_photopolymerization", "powder": "powder_bed_fusion"}
    return next((narrower for form, narrower in by_form.items() if form in forms), process)


def _forms_of(material: str | None) -> tuple[str, ...]:
    return tuple(materials().fact(material, "forms") or ()) if material is not None and material in materials() else ()


def _takes(process: str, machine: Machine) -> tuple[str, ...]:
    """The forms from which the process starts on this machine; empty is any."""
    model = library()[machine.model] if machine.model is not None else None
    if process == "fdm" and model is not None and "filament_mm" in model.facts:
        return ("filament",)
    return tuple(processes().fact(process, "forms") or ())


def _beam_obstacle(material: str, machine: Machine, beam: Beam) -> Reason | None:
    tree, wanted = materials(), materials()[material].label
    if (why := beam.nearest(beam.never, material)) is not None:
        return Reason("material", Verdict.NO, f"{beam.label} never cuts {wanted}: {why}")
    listed = any(tree.is_a(each, material) for each in offered_materials(machine))
    if (why := beam.nearest(beam.poor, material)) is not None and not listed:
        return Reason("material", Verdict.NO, f"{beam.label} does not cut {wanted} well: {why}")
    if (why := beam.nearest(beam.ask, material)) is not None and not listed:
        return Reason("material", Verdict.UNKNOWN, f"{beam.label} and {wanted}: {why}?")
    power = beam.nearest(beam.least_power_w, material)
    if power is None or (listed and machine.power_w is None):
        return None
    if machine.power_w is None:
        text = f"{beam.label} cuts {wanted} from {power[0]:g} W only, and {machine.id} states no power: {power[1]}"
        return Reason("material", Verdict.UNKNOWN, text)
    if machine.power_w < power[0]:
        text = f"{beam.label} of {machine.power_w:g} W does not cut {wanted} at all, {power[0]:g} W would: {power[1]}"
        return Reason("material", Verdict.NO, text)
    return None


def _only(process: str) -> tuple[str, ...]:
    return tuple(processes().fact(process, "only") or ())


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
