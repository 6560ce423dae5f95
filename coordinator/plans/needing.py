"""What an offered run needs on its machine: a spool, a sheet, a nozzle; as far as plan and program tell."""

from __future__ import annotations

from collections.abc import Iterator

from coordinator.ledger import MOST, PER_UNIT
from coordinator.plans.programs import PartProgram
from coordinator.plans.supplies import Supply, fed_kg
from coordinator.plans.work import Candidate
from coordinator.schema.stock import NeedRow, NeedUnit, Place, StockKind
from core.trees import processes
from gcode.facts import Kind
from gcode.slicer import SlicerNotes
from machines.lab import Machine, Unit
from machines.matching.supply import FILAMENT_MM

__all__ = ["needs_of", "program_needs"]


def needs_of(candidate: Candidate) -> list[NeedRow]:
    """What a lot needs on the machine that was chosen for it, one row a slot; not yet of any offer."""
    takes, program = candidate.takes, candidate.program
    if program is not None and program.facts.kind is Kind.FILAMENT:
        return program_needs(program, None if takes is None else takes.material)
    if takes is None:
        return []
    if takes.unit is Unit.KG and _prints(candidate.machine):
        amount = _amount(1000 * takes.amount)
        return [_need(StockKind.SPOOL, takes.material, amount, NeedUnit.GRAM, "estimate")]
    unit = {Unit.PIECE: NeedUnit.PIECE, Unit.SQUARE_METRE: NeedUnit.SQUARE_METRE}.get(takes.unit)
    return [] if unit is None else [_sheet(takes, unit)]


def program_needs(program: PartProgram, material: str | None) -> list[NeedRow]:
    """What a filament program needs: of each tool that it feeds a spool, and its nozzle.

    Args:
        program: what is to run.
        material: id of the material tree, or None where it is not known.
    """
    notes = program.notes
    found = list(_spools(program, material, notes)) if material is not None else []
    if notes.nozzle_mm is not None:
        nozzle = _need(StockKind.TOOL, None, None, NeedUnit.PIECE, "program")
        nozzle.diameter_mm = notes.nozzle_mm
        found.append(nozzle)
    return found


def _spools(program: PartProgram, material: str, notes: SlicerNotes) -> Iterator[NeedRow]:
    by_tool = program.facts.filament_by_tool_mm or ((0, program.facts.filament_mm),)
    for tool, length_mm in by_tool:
        mass_kg = fed_kg(material, length_mm, notes.diameter_mm or FILAMENT_MM)
        amount = None if mass_kg is None else _amount(1000 * mass_kg)
        yield _need(StockKind.SPOOL, material, amount, NeedUnit.GRAM, "program", slot=tool)


def _sheet(takes: Supply, unit: NeedUnit) -> NeedRow:
    need = _need(StockKind.SHEET, takes.material, _amount(takes.amount), unit, "estimate")
    need.thickness_mm = takes.thickness_mm
    return need


def _need(
    kind: StockKind, material: str | None, amount: int | None, unit: NeedUnit, basis: str, slot: int = 0
) -> NeedRow:
    place = Place.TOOL if kind is StockKind.TOOL else Place.MATERIAL
    return NeedRow(place=place, slot=slot, kind=kind, material=material, amount=amount, unit=unit, basis=basis)


def _amount(quantity: float) -> int | None:
    """As the book counts; what no item could ever hold is a mistake of the design and counts as not known."""
    return round(PER_UNIT * quantity) if 0 <= quantity <= MOST else None


def _prints(machine: Machine) -> bool:
    tree = processes()
    return all(each in tree and tree.is_a(each, "fdm") for each in machine.processes)
