"""`fabcommons match`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rich.table import Table
from rich.text import Text

from coordinator.commands.output import console, print_json, say
from coordinator.plans.capability import Makeable, Unlocking, needs_of, survey, unlocking
from coordinator.plans.opening import open_all
from coordinator.plans.visiting import LABS_PEOPLE, Visit, terms_of
from core.errors import InputError, LimitError
from designs.source import open_design
from geometry.fit import fit
from machines.lab import Lab, Machine
from machines.library import Model, library
from machines.matching import Change, Match, Requirement, Terms, Verdict, elsewhere, largest, match
from machines.matching.documents import read_machines, read_needs
from machines.matching.size import laid_out
from machines.network import read_network

__all__ = ["design_by_labs", "lab_can_make", "need_by_machines"]

_MAX_PAIRS = 100_000
_MAX_DESIGNS = 1_000
_SHOWN = 5
_NO_TERMS: Mapping[str, Terms] = MappingProxyType({})
_STATES = {1: "yes", 0: "unknown", -1: "no"}


@dataclass(frozen=True)
class _Asked:
    """A requirement by name, with the answers of all machines in their order."""

    name: str
    need: Requirement
    answers: tuple[Match, ...]
    machines: tuple[Machine, ...]

    @classmethod
    def of(
        cls, name: str, need: Requirement, machines: Sequence[Machine], terms: Mapping[str, Terms] = _NO_TERMS
    ) -> _Asked:
        answers = tuple(match(need, machine, terms.get(machine.lab)) for machine in machines)
        return cls(name, need, answers, tuple(machines))

    @cached_property
    def able(self) -> list[Machine]:
        """The machines that are a sure yes."""
        pairs = zip(self.machines, self.answers, strict=True)
        return [machine for machine, answer in pairs if answer.verdict is Verdict.YES]

    @cached_property
    def by_id(self) -> dict[str, Machine]:
        """The machines by their ids."""
        return {machine.id: machine for machine in self.machines}

    def changes(self, answer: Match) -> tuple[Change, ...]:
        """What would make a yes on this machine, and the other machine that is one already."""
        open_question = answer.verdict is not Verdict.YES
        other = elsewhere(self.by_id[answer.machine], self.able) if open_question else None
        found = answer.changes if other is None else (*answer.changes, other)
        return tuple(sorted(found, key=lambda change: change.kind.order))

    def shown(self, *, every: bool) -> list[Match]:
        """Answers worth a line, the best first: machines of other processes only when nothing else is left."""
        order = [Verdict.YES, Verdict.UNKNOWN, Verdict.NO]
        ranked = sorted(self.answers, key=lambda answer: order.index(answer.verdict))
        near = [each for each in ranked if each.reasons[0].verdict is not Verdict.NO]
        return ranked if every else near

    @property
    def largest(self) -> str | None:
        """The roomiest machine for this work, where no machine is a sure yes and size is in the way; or None."""
        sizes = [reason for answer in self.answers for reason in answer.reasons if reason.aspect == "size"]
        too_small = bool(sizes) and all(reason.verdict is not Verdict.YES for reason in sizes)
        machine = largest(self.need, self.machines) if too_small and self.need.extents_mm is not None else None
        if machine is None or machine.envelope_mm is None:
            return None
        room = " x ".join(f"{length:g}" for length in machine.envelope_mm)
        here = f"the largest machine for it is {machine.id} in the lab {machine.lab}: {room} mm"
        larger = _large_enough(self.need)
        if larger is None:
            return f"{here}; no model of the library is large enough either: split it"
        size = " x ".join(f"{length:g}" for length in larger.envelope_mm or ())
        return f"{here}; split it, or find a lab with one as large as the {larger.title}: {size} mm"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "process": self.need.process,
            "material": self.need.material,
            "largest": self.largest,
            "matches": [
                {
                    "machine": answer.machine,
                    "lab": self.by_id[answer.machine].lab,
                    "verdict": str(answer.verdict),
                    "reason": answer.text,
                    "reasons": [
                        {"aspect": each.aspect, "verdict": str(each.verdict), "text": each.text}
                        | ({} if each.weighs else {"weighs": False})
                        for each in answer.reasons
                    ],
                    "changes": [{"kind": str(each.kind), "text": each.text} for each in self.changes(answer)],
                }
                for answer in self.answers
            ],
        }


def need_by_machines(need_file: Path, machines_file: Path, *, every: bool, as_json: bool) -> None:
    """Hold the needs of one file against the machines of another."""
    (machines, terms), needs = read_machines(machines_file), read_needs(need_file)
    _limit(len(needs), len(machines))
    _print([_Asked.of(each.name, each.requirement, machines, terms) for each in needs], every=every, as_json=as_json)


def _large_enough(need: Requirement) -> Model | None:
    """The model with the least room that takes the part's box at right angles and may do the work, or None."""
    if need.extents_mm is None:
        return None
    extents = laid_out(need)
    fitting = []
    for model in library():
        room = model.envelope_mm
        if room is not None and fit(extents, room, flat=need.cuts_a_sheet).orientation is not None:
            fitting.append((math.prod(room), model.id, model))
    for _, _, model in sorted(fitting, key=lambda each: each[:2]):
        if largest(need, [model.machine(model.id, "library")]) is not None:
            return model
    return None


def design_by_labs(
    location: str, labs: Path, revision: str | None, answers: Path | None = None, visit: Visit = LABS_PEOPLE, *,
    quantity: int = 1, every: bool, as_json: bool,
) -> None:  # fmt: skip
    """Hold every task of a design against every machine of the labs, and what the labs have and ask."""
    with open_all(location, revision, labs, quantity, answers) as opened:
        needs = needs_of(opened.design, opened.graph)
        machines = opened.network.machines
        _limit(len(needs), len(machines))
        terms = terms_of(opened.network, visit.visitor(opened.network, labs))
        asked = [_Asked.of(task.name, need, machines, terms) for task, need in needs]
    _print(asked, every=every, as_json=as_json)


def lab_can_make(
    lab_id: str, labs: Path, locations: Sequence[str], visit: Visit = LABS_PEOPLE, *, as_json: bool
) -> None:
    """What a lab can make of some designs, and which one more machine would unlock most."""
    network = read_network(labs)
    lab = next((each for each in network.labs if each.id == lab_id), None)
    if lab is None:
        known = ", ".join(each.id for each in network.labs[:8])
        raise InputError(f"there is no lab {lab_id!r}", where=str(labs), hint=f"known are {known}")
    others = [machine for each in network.labs if each.id != lab_id for machine in each.machines]
    others += [model.machine(model.id, "library") for model in library()]
    terms = Terms(lab, visit.visitor(network, labs))
    found, unread = [], {}
    for location in _designs(locations):
        try:
            with open_design(location) as design:
                found.append(survey(design, lab.machines, others, terms))
        except InputError as error:
            unread[location] = str(error)
    best = unlocking(found, others)[:_SHOWN]
    if as_json:
        print_json(_lab_document(lab, found, best, unread))
    else:
        _print_lab(lab, found, best, unread)


def _limit(needs: int, machines: int) -> None:
    if needs * machines > _MAX_PAIRS:
        what = f"{needs:,} needs and {machines:,} machines are more than {_MAX_PAIRS:,} answers with reasons"
        raise LimitError(what, hint="ask in parts, or use machines.matching.arrays.match_all")


def _designs(locations: Iterable[str]) -> list[str]:
    """The designs; a folder that holds nothing but folders is a catalogue of them."""
    found: list[str] = []
    for location in locations:
        path = Path(location)
        inside = sorted(each for each in path.iterdir() if not each.name.startswith(".")) if path.is_dir() else []
        catalogue = bool(inside) and all(each.is_dir() for each in inside)
        found += [str(each) for each in inside] if catalogue else [location]
    if len(found) > _MAX_DESIGNS:
        raise LimitError(f"more than {_MAX_DESIGNS:,} designs", hint="ask in parts")
    return found


def _print(asked: Sequence[_Asked], *, every: bool, as_json: bool) -> None:
    if as_json:
        print_json({"format": "match/1", "needs": [each.document() for each in asked]})
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("part", "machine", "can", "why", "nearest change"):
        table.add_column(heading, overflow="fold")
    for each in asked:
        shown = each.shown(every=every)
        for place, answer in enumerate(shown):
            change = next((change.text for change in each.changes(answer)), "")
            cells = (each.name if place == 0 else "", answer.machine, str(answer.verdict), _why(answer), change)
            table.add_row(*(Text(cell) for cell in cells))
        if each.largest is not None:
            table.add_row(*(Text(cell) for cell in ("", "", "", each.largest, "")))
        if not shown:
            table.add_row(*(Text(cell) for cell in (each.name, "", "no", _nobody(each), "")))
    console.print(table)
    best = [max((answer.verdict for answer in each.answers), key=_rank, default=Verdict.NO) for each in asked]
    counts = ", ".join(f"{best.count(verdict)} {verdict}" for verdict in (Verdict.YES, Verdict.UNKNOWN, Verdict.NO))
    say(f"{len(asked)} asked, by the best machine: {counts}")


def _why(answer: Match) -> str:
    """What decides; of a yes only what is not in the words already: thickness, size, number of pieces and the like."""
    if answer.verdict is not Verdict.YES:
        return answer.text
    told = [each.text for each in answer.reasons if each.aspect not in ("process", "material")]
    return "; ".join(told or [answer.reasons[0].text])


def _rank(verdict: Verdict) -> int:
    return [Verdict.NO, Verdict.UNKNOWN, Verdict.YES].index(verdict)


def _nobody(asked: _Asked) -> str:
    first = asked.answers[0].text if len(asked.answers) == 1 else "no machine does this work"
    return first if asked.answers else "there is no machine"


def _lab_document(
    lab: Lab, found: Sequence[Makeable], best: Sequence[Unlocking], unread: dict[str, str]
) -> dict[str, Any]:
    return {
        "format": "makeable/1",
        "lab": lab.id,
        "designs": [
            {"design": each.design, "can": _STATES[each.rank], "lacking": each.lacking, "to_be_asked": each.doubtful}
            for each in found
        ],
        "one_more_machine": [
            {
                "machine": each.machine.id,
                "name": each.machine.name,
                "from": each.machine.lab,
                "unlocks": each.surely,
                "might_unlock": each.perhaps,
                "alike": [machine.id for machine in each.alike],
            }
            for each in best
        ],
        "not_read": unread,
    }


def _print_lab(lab: Lab, found: Sequence[Makeable], best: Sequence[Unlocking], unread: dict[str, str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("design", f"{lab.id} can", "lacks", "has to be asked"):
        table.add_column(heading, overflow="fold")
    for each in sorted(found, key=lambda each: (-each.rank, each.design)):
        cells = (each.design, _STATES[each.rank], _some(each.lacking), _some(each.doubtful))
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    counts = ", ".join(f"{sum(each.rank == rank for each in found)} {_STATES[rank]}" for rank in _STATES)
    say(f"{len(found)} designs: {counts}")
    for more in best:
        place = "of the library" if more.machine.lab == "library" else f"as the lab {more.machine.lab} has"
        sure, maybe = len(more.surely), len(more.perhaps)
        names = _some((*more.surely, *more.perhaps))
        same = f"; {len(more.alike)} other machines would do the same" if more.alike else ""
        told = f"{more.machine.name} ({more.machine.id}) {place}: {sure} more, {maybe} perhaps: {names}"
        say(f"one more machine: {told}{same}")
    for location, why in unread.items():
        say(f"not read: {location}: {why}")


def _some(names: Sequence[str]) -> str:
    shown = "; ".join(names[:3])
    return f"{shown}; and {len(names) - 3} more" if len(names) > 3 else shown
