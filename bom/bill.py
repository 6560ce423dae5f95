"""The values at this room's door: a bill of materials and its lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bom.quickly import quickly_made
from core.part_settings import NO_SETTINGS, PartSettings
from core.provenance import Finding, Provenance, Question
from core.trees import processes

__all__ = ["Assembly", "Bill", "BillLine", "Excluded", "Make", "Status"]


class Make(StrEnum):
    """Whether a thing is made or bought."""

    FABRICATE = "fabricate"
    PURCHASE = "purchase"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Whether a thing belongs to the product."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    ALTERNATE = "alternate"  # stands in for another line
    CHOOSE = "choose"  # one of several


@quickly_made
@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill.

    Attributes:
        key: stable, readable and unique in its bill.
        name: as the designer wrote it.
        quantity: for one product, in `unit`; None when unknown; 0 is an option not taken.
        unit: "piece", "m", "g", "set", ...
        make: made, bought or not known.
        make_reason: why, a short clause.
        status: whether the product needs it.
        process: id of the process tree, or None.
        material: id of the material tree, the text as written, or None.
        thickness_mm: of a sheet part, or None.
        alternatives: ids of other materials that the designer allows, the best first.
        tolerance_mm: the tightest that is demanded, plus or minus, or None.
        feature_mm: the thinnest wall or smallest feature, where it is stated, or None.
        files: repository paths of the part's files, best first.
        assembly: name of the sub-assembly that holds it, or None for the product itself.
        uses: assembly -> quantity, when the list splits one line over several assemblies; their sum is `quantity`.
        notes: whatever else the designer wrote.
        supplier: as written, or None.
        steps: ids of the processes that follow the first one on the same piece, in order ("grinding", "inspection").
        tool: whether it is a jig or tool that is made once to build products, and goes into none of them.
        provenance: field name -> where it comes from.
        links: web addresses that the list gives for it.
        price: what the list says under titles of prices, as written, or None.
        settings: how it is to be printed, as far as that is said.
    """

    key: str
    name: str
    quantity: float | None
    unit: str = "piece"
    make: Make = Make.UNKNOWN
    make_reason: str = ""
    status: Status = Status.REQUIRED
    process: str | None = None
    material: str | None = None
    thickness_mm: float | None = None
    alternatives: tuple[str, ...] = ()
    tolerance_mm: float | None = None
    feature_mm: float | None = None
    files: tuple[str, ...] = ()
    assembly: str | None = None
    uses: Mapping[str, float] = field(default_factory=dict)
    notes: str | None = None
    supplier: str | None = None
    steps: tuple[str, ...] = ()
    tool: bool = False
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    price: str | None = None
    settings: PartSettings = NO_SETTINGS

    def __post_init__(self) -> None:
        if not self.key or not self.name.strip():
            raise ValueError("a line has a key and a name")
        if self.quantity is not None and not 0 <= self.quantity < math.inf:
            raise ValueError(f"{self.key}: a quantity is a number from 0 up, not {self.quantity}")
        for each in (self.process, *self.steps) if self.process is not None or self.steps else ():
            if each is not None and each not in processes():
                raise ValueError(f"{self.key}: {each} is not in the process tree")
        if self.thickness_mm is not None and not 0 < self.thickness_mm < 1000:
            raise ValueError(f"{self.key}: a thickness lies between 0 and 1000 mm, not {self.thickness_mm}")
        for value in (self.tolerance_mm, self.feature_mm):
            if value is not None and not 0 < value < 1000:
                raise ValueError(f"{self.key}: a tolerance and a feature lie between 0 and 1000 mm, not {value}")


@dataclass(frozen=True, slots=True)
class Assembly:
    """A sub-assembly that the bill names.

    Attributes:
        name: as the designer wrote it; unique in its bill.
        quantity: how many of it one product holds.
        parent: the assembly that holds it, or None for the product itself.
    """

    name: str
    quantity: float = 1.0
    parent: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("an assembly has a name")
        if not (math.isfinite(self.quantity) and self.quantity > 0):
            raise ValueError(f"{self.name}: an assembly's quantity is above 0, not {self.quantity}")
        if self.parent == self.name:
            raise ValueError(f"{self.name}: an assembly does not hold itself")


@dataclass(frozen=True, slots=True)
class Excluded:
    """Something the list names that is no part of the product.

    Attributes:
        name: as written.
        why: a short clause.
        provenance: where it stands.
    """

    name: str
    why: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Bill:
    """What one product is made of.

    Attributes:
        design: the design's name.
        lines: in the order of the list.
        assemblies: the sub-assemblies that are named.
        excluded: what the list names and the product does not hold.
        questions: what only a person can know.
        findings: what is odd.
        sources: the files that were read, repository paths.
    """

    design: str
    lines: tuple[BillLine, ...] = ()
    assemblies: tuple[Assembly, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for what, names in (
            ("line", [line.key for line in self.lines]),
            ("assembly", [each.name for each in self.assemblies]),
        ):
            twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
            if twice:
                raise ValueError(f"a {what} stands twice: {', '.join(sorted(twice))}")

    @property
    def told_by(self) -> str:
        """What states the lines, in sentences: the list's path, or the names of files where there is no list."""
        return self.sources[0] if self.sources else "the names of the part files"

    def line(self, key: str) -> BillLine | None:
        """The line of this key, or None."""
        return next((each for each in self.lines if each.key == key), None)
