"""Materials at hand, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Form", "Stock", "Unit"]


class Form(StrEnum):
    """What shape a material comes in: the forms of `core/crosswalks.yaml`."""

    BAR = "bar"
    BLOCK = "block"
    FABRIC = "fabric"
    FILAMENT = "filament"
    FILM = "film"
    LIQUID = "liquid"
    PANEL = "panel"
    PASTE = "paste"
    PELLET = "pellet"
    POWDER = "powder"
    PROFILE = "profile"
    RESIN = "resin"
    SHEET = "sheet"
    TUBE = "tube"
    WIRE = "wire"


class Unit(StrEnum):
    """What an amount of material is counted in."""

    KG = "kg"
    LITRE = "l"
    METRE = "m"
    SQUARE_METRE = "m2"
    PIECE = "piece"


@dataclass(frozen=True, slots=True)
class Stock:
    """Material at hand.

    Attributes:
        material: id of the material tree.
        form: what shape it comes in.
        amount: how much there is, in `unit`.
        colour: as people say, or None.
        thickness_mm: of a sheet, or the diameter of filament, wire or round bar; or None.
        size_mm: length and width of one sheet or panel, or None.
        unit_cost: of one unit, in the lab's currency; or None.
    """

    material: str
    form: Form
    amount: float
    unit: Unit
    colour: str | None = None
    thickness_mm: float | None = None
    size_mm: tuple[float, float] | None = None
    unit_cost: float | None = None

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"the amount of {self.material} is below zero")
        if (self.thickness_mm is not None and self.thickness_mm <= 0) or min(self.size_mm or (1,)) <= 0:
            raise ValueError(f"the {self.form} of {self.material} has a thickness and a size above zero")
        if self.unit_cost is not None and self.unit_cost < 0:
            raise ValueError(f"the cost of {self.material} is below zero")
