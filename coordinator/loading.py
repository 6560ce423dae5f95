"""Whether what is loaded on a machine is what a run needs, in words that an operator can act on."""

from __future__ import annotations

from coordinator.ledger import PER_UNIT, in_words
from coordinator.schema.stock import NeedRow, NeedUnit, StockKind, StockRow
from core.trees import materials

__all__ = ["amount_taken", "is_right", "objection"]

_SHEET_TOLERANCE = 0.1  # of its thickness: sheets are sold so
_SAME_MM = 0.005


def objection(need: NeedRow, item: StockRow | None) -> str | None:
    """What is to be loaded, and why; None where all is well.

    Args:
        need: of the run, for one slot.
        item: what is in the slot.
    """
    at = f" in slot {need.slot}" if need.slot else ""
    wanted = _wanted(need, item)
    if item is None:
        return f"load {wanted}{at}; nothing is loaded"
    wrong = _wrong(need, item)
    if wrong is not None:
        return f"load {wanted}{at}; {wrong}"
    taken = amount_taken(need, item)
    if taken is not None and taken > item.left:
        left = in_words(item.left, item.kind)
        return f"load {wanted}{at}; " + (
            f"the spool has {left}" if item.kind is StockKind.SPOOL else f"there are {left}"
        )
    return None


def is_right(need: NeedRow, item: StockRow) -> bool:
    """Whether an item is of the sort that the run needs, however much is left of it."""
    return _wrong(need, item) is None


def amount_taken(need: NeedRow, item: StockRow) -> int | None:
    """What the run takes of the item, as the book counts it; None where that is not known."""
    if need.amount is None or need.kind is StockKind.TOOL:
        return None
    if need.unit is not NeedUnit.SQUARE_METRE:
        return need.amount
    if item.length_mm is None or item.width_mm is None:
        return None
    return round(need.amount * 1e6 / (item.length_mm * item.width_mm))


def _wanted(need: NeedRow, item: StockRow | None) -> str:
    if need.kind is StockKind.TOOL:
        return f"a tool of {need.diameter_mm:g} mm"
    name = _label(need.material) or str(need.material)
    thick = f" of {need.thickness_mm:g} mm" if need.thickness_mm is not None else ""
    taken = amount_taken(need, item) if item is not None else None
    if taken is None and need.unit is not NeedUnit.SQUARE_METRE:
        taken = need.amount
    if taken is not None:
        return f"{in_words(_rounded_up(taken), need.kind)} of {name}{thick}"
    return f"a {need.kind} of {name}{thick}"


def _rounded_up(amount: int) -> int:
    """Whole grams, or whole sheets: nobody weighs out less, and part of a sheet is cut from a whole one."""
    return -(-amount // PER_UNIT) * PER_UNIT


def _wrong(need: NeedRow, item: StockRow) -> str | None:
    """What is loaded instead, or None where it is of the right sort; what is not stated may be right."""
    if item.kind is not need.kind:
        return f"{item.name} is a {item.kind}"
    tree = materials()
    if need.material is not None and not (item.material in tree and tree.is_a(str(item.material), need.material)):
        return f"{_label(item.material) or item.name} is loaded"
    if _differ(item.thickness_mm, need.thickness_mm, _SHEET_TOLERANCE * (need.thickness_mm or 0.0)):
        return f"sheets of {item.thickness_mm:g} mm are loaded"
    if _differ(item.diameter_mm, need.diameter_mm, _SAME_MM):
        return f"one of {item.diameter_mm:g} mm is fitted"
    return None


def _differ(there_mm: float | None, wanted_mm: float | None, by_mm: float) -> bool:
    return there_mm is not None and wanted_mm is not None and abs(there_mm - wanted_mm) > by_mm


def _label(material: str | None) -> str | None:
    """What people call a material, where the tree knows it."""
    return materials()[material].label if material is not None and material in materials() else None
