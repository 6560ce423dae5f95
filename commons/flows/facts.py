"""What happened in a workshop, as a coordinator knows it; all names are IRIs, such as lab:north."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commons.flows.events import Measure

__all__ = [
    "Bought",
    "Cited",
    "Consumed",
    "Counted",
    "Delivered",
    "Dropped",
    "Fact",
    "Judged",
    "Lost",
    "Made",
    "Paid",
    "Picked",
    "Worked",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """What all facts have.

    Attributes:
        id: of what happened, an IRI; events get its name with a word behind ``#``.
        at: when it was over.
    """

    id: str
    at: datetime

    def __post_init__(self) -> None:
        if "#" in self.id:
            raise ValueError("a fact's name has no #: its events have")


@dataclass(frozen=True, slots=True)
class Made(Fact):
    """A job that a machine ran to its end.

    Attributes:
        lab, machine: that made it.
        build: that it was for, as the agent who receives.
        part: what was made.
        pieces: how many; 0 where all failed.
        stock: that the pieces were added to.
        duration_s: of the machine's time, whole seconds; None where nobody measured it.
        material, material_stock: what was used up, and which stock it came out of; None where it is not known.
        material_g: how much of it; None where it is not known.
        fulfils: the offer that was accepted.
    """

    lab: str
    machine: str
    build: str
    part: str
    pieces: int
    stock: str
    duration_s: int | None = None
    material: str | None = None
    material_stock: str | None = None
    material_g: Decimal | None = None
    fulfils: str | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.pieces < 0:
            raise ValueError("a job makes no fewer than no pieces")
        if self.material_g is not None and self.material is None:
            raise ValueError("who knows how many grams knows of what")


@dataclass(frozen=True, slots=True)
class Judged(Fact):
    """Pieces that were looked at: accepted, or scrapped.

    Attributes:
        by: who looked.
        lab: whose pieces they are.
        part, pieces, stock: as above.
        good: whether they were accepted; what is scrapped leaves the stock.
        minutes: that looking took; None where nobody counted them.
    """

    by: str
    lab: str
    part: str
    pieces: int
    stock: str
    good: bool
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Worked(Fact):
    """Work by hand.

    Attributes:
        who: worked.
        build: that it was for.
        kind: of contribution: "making", "care", "design", "translation".
        minutes: above zero.
    """

    who: str
    build: str
    kind: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Cited(Fact):
    """A design that was made from.

    Attributes:
        designer: who is to be credited.
        design: that was used.
        build: that used it.
        copies: how many were made from it.
    """

    designer: str
    design: str
    build: str
    copies: int


@dataclass(frozen=True, slots=True)
class Picked(Fact):
    """A shipment that left.

    Attributes:
        carrier: who takes it; None where nobody is named.
        sender: who hands it over.
        part, pieces: what is in it; what is not counted in pieces as a measure.
        stock: that it comes out of.
    """

    carrier: str | None
    sender: str
    part: str
    pieces: int | Measure
    stock: str


@dataclass(frozen=True, slots=True)
class Dropped(Fact):
    """A shipment that arrived.

    Attributes:
        carrier: who brings it; None where nobody is named.
        receiver: who takes it.
        part, pieces: what is in it; what is not counted in pieces as a measure.
        stock: that they are added to.
        minutes: of work that the way took; None where nobody counted them.
    """

    carrier: str | None
    receiver: str
    part: str
    pieces: int | Measure
    stock: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Bought(Fact):
    """Something that was bought.

    Attributes:
        buyer, vendor: who; no vendor where nobody said which.
        item: what kind of thing.
        quantity: how much.
        stock: that it was added to.
        price: in a currency, such as 12.50 EUR; None where it is not known.
    """

    buyer: str
    vendor: str | None
    item: str
    quantity: Measure
    stock: str
    price: Measure | None = None


@dataclass(frozen=True, slots=True)
class Paid(Fact):
    """Money that was given for what is no thing of its own, such as carriage.

    Attributes:
        payer, payee: who; no payee where nobody said whom.
        money: in a currency, such as 3.90 EUR.
    """

    payer: str
    payee: str | None
    money: Measure


@dataclass(frozen=True, slots=True)
class Delivered(Fact):
    """A product that is with whom it was ordered by: theirs from now on.

    Attributes:
        maker: who hands it over.
        user: who ordered it.
        part, pieces: what is handed over.
        stock: that it comes out of.
    """

    maker: str
    user: str
    part: str
    pieces: int
    stock: str


@dataclass(frozen=True, slots=True)
class Consumed(Fact):
    """Material that was used up.

    Attributes:
        lab: whose it was.
        build: that it was used for.
        material: what kind of thing.
        quantity: how much.
        stock: that it came out of.
    """

    lab: str
    build: str
    material: str
    quantity: Measure
    stock: str


@dataclass(frozen=True, slots=True)
class Counted(Fact):
    """A stock that turned out to be larger or smaller than the book had it, or came into the book.

    Attributes:
        owner: whose stock it is.
        thing: what kind of thing.
        change: how much more there is; below zero, how much less.
        stock: that was counted.
    """

    owner: str
    thing: str
    change: Measure
    stock: str

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if not self.change.value:
            raise ValueError("a stock that is as the book has it is no fact")


@dataclass(frozen=True, slots=True)
class Lost(Fact):
    """Something that left and never came: it is owned no more, and lay at hand nowhere.

    Attributes:
        owner: whose it was.
        part, pieces: what; what is not counted in pieces as a measure.
        stock: that it belonged to.
    """

    owner: str
    part: str
    pieces: int | Measure
    stock: str
