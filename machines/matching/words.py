"""The process as a word of its tree: the same or below is yes, above is unknown, beside is no.

A substitute that the tree cites stands beside and counts all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.trees import Substitute, Tree, materials, processes
from machines.lab import Machine
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.requirement import Requirement

__all__ = ["Work", "find_work", "labels"]


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
    tree, does = processes(), labels(processes(), machine.processes)
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
        known = labels(materials(), each.materials)
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


def labels(tree: Tree, words: Iterable[str]) -> str:
    """What words of a tree are called, as one enumeration."""
    return ", ".join(tree[word].label for word in words)
