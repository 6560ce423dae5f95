"""What a list says, line by line, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bom.bill import Assembly
from bom.quantity import UNKNOWN, Quantity
from bom.quickly import quickly_made
from core.provenance import Finding, Origin, Question

__all__ = ["Entry", "Reading"]

_CIRCUIT_ROLES = frozenset({"value", "footprint"})


@quickly_made
@dataclass(frozen=True, slots=True)
class Entry:
    """One line as written.

    Attributes:
        name: the thing's name, free of mark-up and of its amount.
        quantity: as stated.
        file: the list's path in the design.
        place: line or cell in that file.
        rule: how the amount was read ("column QTY").
        origin: whether the amount was read or guessed.
        section: titles above the line, outermost first.
        cells: role of a column -> its text (`bom/words.yaml`, headers).
        links: paths and URLs the line holds.
        price: what its columns of prices say, under their titles; nothing is reckoned with it.
        remarks: text in brackets and after the name.
        assembly: name of the sub-assembly, or None.
        uses: assembly -> quantity, when the list splits the line.
        variants: variant of the product -> amount, when the list states one for each.
        assembly_untitled: whether nothing but the columns' places or sums says that these are sub-assemblies.
        length_column: whether the line's table states lengths.
    """

    name: str
    quantity: Quantity = UNKNOWN
    file: str = ""
    place: str = ""
    rule: str = ""
    origin: Origin = Origin.READ
    section: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    assembly: str | None = None
    uses: Mapping[str, float] = field(default_factory=dict)
    variants: Mapping[str, Quantity] = field(default_factory=dict)
    assembly_untitled: bool = False
    length_column: bool = False
    price: str = ""

    def cell(self, role: str) -> str:
        """The text of this role, or an empty text."""
        return self.cells.get(role, "")

    @property
    def text(self) -> str:
        """Everything the line says."""
        return " ".join((self.name, *self.remarks, *self.cells.values()))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave.

    Attributes:
        file: its path in the design.
        form: "table", "list", "nopscadlib", "matrix", "gitbuilding", ...
        entries: its lines.
        assemblies: the sub-assemblies it names.
        questions, findings: what reading it raised.
        titled: whether a title announces a bill.
    """

    file: str
    form: str
    entries: tuple[Entry, ...] = ()
    assemblies: tuple[Assembly, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    titled: bool = False

    @property
    def counted(self) -> int:
        """How many lines state an amount."""
        return sum(entry.quantity.value is not None for entry in self.entries)

    @property
    def is_circuit(self) -> bool:
        """Whether most lines are components of a circuit board.

        They have designators, and values or footprints, or a quarter of the designators is of resistors or capacitors.
        """
        marked = [each for each in self.entries if each.cell("designator")]
        passive = sum(each.cell("designator")[0] in "RC" for each in marked)
        valued = sum(bool(each.cells.keys() & _CIRCUIT_ROLES) for each in marked)
        return len(marked) * 2 > len(self.entries) and (valued * 2 > len(marked) or passive * 4 >= len(marked))

    def within(self, assembly: str) -> Reading:
        """The same, with every line that has no assembly put into this one."""
        entries = tuple(replace(each, assembly=each.assembly or assembly) for each in self.entries)
        return replace(self, entries=entries)
