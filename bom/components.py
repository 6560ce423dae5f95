"""Components of circuits, from whatever program drew them, to lines: one for each value, footprint and order number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bom.entry import Entry
from bom.quantity import Quantity
from bom.words import headers
from core.trees import normal_form

__all__ = ["Component", "component_lines"]

_TOLD = frozenset({"supplier", "supplier_number", "link", "notes"})


@dataclass(frozen=True, slots=True)
class Component:
    """One component.

    Attributes:
        designator: "R1".
        value: "10k", or whatever the drawing says.
        footprint: of its body on the board.
        fitted: whether it is put onto the board.
        fields: further facts, name and text.
    """

    designator: str
    value: str
    footprint: str
    fitted: bool = True
    fields: tuple[tuple[str, str], ...] = field(default=())

    @property
    def facts(self) -> dict[str, str]:
        """Order number, supplier and other facts that fields state, by role."""
        known = ((headers().get(normal_form(name)), text) for name, text in self.fields)
        facts = {found[0]: text for found, text in known if found is not None and text not in {"", "~"}}
        return {role: text for role, text in facts.items() if role in _TOLD}


def component_lines(components: Iterable[Component], file: str) -> Iterator[Entry]:
    """One line for each value, footprint and order number; power symbols and flags (#PWR01) are no components."""
    groups: dict[tuple[str, str, bool, str], dict[str, Component]] = {}
    for each in components:
        if each.designator and not each.designator.startswith("#"):
            order = each.facts.get("supplier_number", "")
            key = (each.value, each.footprint, each.fitted, order)
            groups.setdefault(key, {})[each.designator] = each
    for (value, footprint, fitted, _), members in groups.items():
        marks = ", ".join(sorted(members, key=_mark_order))
        name = value if value not in {"", "~"} else footprint.rpartition(":")[2] or marks
        cells = {"designator": marks, "value": value, "footprint": footprint} | next(iter(members.values())).facts
        if not fitted:
            cells["not_fitted"] = "DNP"
        yield Entry(name, Quantity(float(len(members)), text=marks), file, marks, "designators counted", cells=cells)


def _mark_order(mark: str) -> tuple[str, int]:
    """Sorts R2 before R10."""
    letters = mark.rstrip("0123456789")
    number = mark[len(letters) :]
    return letters, int(number[:9]) if number else 0
