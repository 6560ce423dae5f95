"""Process and material as words of the trees: the same or below is yes, above is unknown, beside is no.

A substitute that the process tree cites stands beside and counts all the same. What a process can do to a material at
all (a beam to metal, a nozzle to a plastic that melts hotter) is asked before what the lab lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.trees import Substitute, Tree, materials, processes
from machines.lab import Machine
from machines.library import library
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.beams import Beam, beam_of
from machines.matching.requirement import Requirement

__all__ = ["Work", "find_work", "material_reason", "offered_materials", "printable", "printed_by"]


@dataclass(frozen=True, slots=True)
class Work:
    """Whether a machine does the process, and as what.

    Attributes:
        reason: of the aspect process.
        processes: the machine's processes that would do it; empty for a no.
    """

    reason: Reason
    processes: tuple[str, ...]


def find_work(need: Requirement, machine: Machine) -> Work:
    """Hold the needed process against those of the machine."""
    tree, does = processes(), _labels(processes(), machine.processes)
    if need.process is None:
        text = f"the design names no process; {machine.id} does {does}"
        change = Change(ChangeKind.ASK, "say by which process it is made")
        return Work(Reason("process", Verdict.UNKNOWN, text, change), machine.processes)
    wanted = tree[need.process].label
    able = tuple(each for each in machine.processes if tree.is_a(each, need.process))
    if able:
        return Work(Reason("process", Verdict.YES, f"{machine.id} does {wanted}"), able)
    substitute = _substituted(need, machine)
    if substitute is not None and substitute.reason.verdict is Verdict.YES:
        return substitute
    broader = tuple(each for each in machine.processes if tree.is_a(need.process, each))
    if broader:
        text = f"{wanted} is needed, {machine.id} does only {does}: ask the lab"
        return Work(Reason("process", Verdict.UNKNOWN, text), broader)
    if substitute is not None:
        return substitute
    return Work(Reason("process", Verdict.NO, f"{wanted} is needed, {machine.id} does {does}"), ())


def _substituted(need: Requirement, machine: Machine) -> Work | None:
    """The best cited substitute that the machine does for this material: one that needs no consent comes first."""
    tree = processes()
    if need.process is None:
        return None
    found = [
        (each, tuple(word for word in machine.processes if tree.is_a(word, each.by)))
        for above in tree.ancestry(need.process)
        for each in tree[above].substitutes
    ]
    usable = [(each, words) for each, words in found if words and _holds(each, need.material) is not Verdict.NO]
    if not usable:
        return None
    each, words = min(usable, key=lambda pair: pair[0].ask or _holds(pair[0], need.material) is Verdict.UNKNOWN)
    wanted, by = tree[need.process].label, tree[each.by].label
    text = f"{machine.id} does {by}, which may stand in for {wanted}: {each.note} ({each.source})"
    if _holds(each, need.material) is Verdict.UNKNOWN:
        known = _labels(materials(), each.materials)
        named = "names no material" if need.material is None else f"names {need.material!r}, which is not a known word"
        return Work(Reason("process", Verdict.UNKNOWN, f"{text}; only for {known}, and the design {named}"), words)
    if each.ask:
        return Work(Reason("process", Verdict.UNKNOWN, f"{text}: ask whether that will do"), words)
    change = Change(ChangeKind.PROCESS, f"{by} instead of {wanted}: {each.note}")
    return Work(Reason("process", Verdict.YES, text, change), words)


def _holds(substitute: Substitute, material: str | None) -> Verdict:
    """Whether the substitute is meant for this material."""
    if not substitute.materials:
        return Verdict.YES
    if material is None or material not in materials():
        return Verdict.UNKNOWN
    return Verdict.YES if any(materials().is_a(material, each) for each in substitute.materials) else Verdict.NO


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
    """Hold the material against a list. A lab's own list is all that it works; a maker's names examples."""
    tree, offered = materials(), offered_materials(machine)
    wanted, listed = tree[need].label, _labels(tree, offered)
    if any(tree.is_a(each, need) for each in offered):
        return Reason("material", Verdict.YES, f"{machine.id} works {wanted}")
    by_maker = "materials" in machine.from_model
    derived = printable(need, machine) if "fdm" in work.processes and (by_maker or not offered) else None
    if derived is not None:
        return Reason("material", Verdict.YES, derived)
    beams = [beam for each in work.processes if (beam := beam_of(each)) is not None and beam.surely_cuts(need)]
    if beams and (by_maker or not offered):
        return Reason("material", Verdict.YES, f"{beams[0].label} cuts {wanted}")
    if not offered:
        return Reason("material", Verdict.UNKNOWN, f"{machine.id} states no materials")
    if any(tree.is_a(need, each) for each in offered):
        text = f"{wanted} is needed, {machine.id} works only {listed}: ask the lab"
        return Reason("material", Verdict.UNKNOWN, text)
    if by_maker:
        text = f"{wanted} is needed, the maker of {machine.id} names {listed}: ask the lab"
        return Reason("material", Verdict.UNKNOWN, text)
    return Reason("material", Verdict.NO, f"{wanted} is needed, {machine.id} works {listed}")


def printable(material: str, machine: Machine) -> str | None:
    """Why a filament printer prints the material, or one below it, though no list says so; None where that is open.

    Some plastics want nothing but a nozzle and a bed that are hot enough (`prints_c` and `bed_c` of the material tree).
    The others want an enclosure, a drive or a nozzle that temperatures do not tell.
    """
    nozzle_c, bed_c = machine.limits.nozzle_c, machine.limits.bed_c
    for node in materials():
        needed, bed = node.facts.get("prints_c"), node.facts.get("bed_c")
        if needed is None or not materials().is_a(node.id, material) or nozzle_c is None or nozzle_c < needed:
            continue
        if bed is not None and (bed_c is None or bed_c < bed):
            continue
        heated = f", its bed {bed_c:g} °C" if bed is not None else ""
        return f"{node.label} is printed at {needed:g} °C, the nozzle of {machine.id} reaches {nozzle_c:g} °C{heated}"
    return None


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
        return Reason("material", Verdict.NO, f"{does} works only {_labels(tree, only)}, and {wanted} is needed")
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


def _labels(tree: Tree, words: Iterable[str]) -> str:
    return ", ".join(tree[word].label for word in words)
