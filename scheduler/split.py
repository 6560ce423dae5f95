"""How the pieces of a task may be divided into lots."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.rules import require

__all__ = ["MOST_LOTS", "MOST_PIECES", "Split"]

MOST_PIECES = 1_000_000
MOST_LOTS = 1000  # that a task has to have at least


@dataclass(frozen=True, slots=True)
class Split:
    """The pieces of a task may be made in several lots, each a run of its own on any of its machines.

    Attributes:
        smallest: pieces of a lot at least.
        largest: pieces of a lot at most; None for no such limit.
    """

    smallest: int = 1
    largest: int | None = None

    def __post_init__(self) -> None:
        require(1 <= self.smallest <= MOST_PIECES, f"a smallest lot of {self.smallest} is not from 1 to 1e6", "split")
        require(
            self.largest is None or self.smallest <= self.largest <= MOST_PIECES,
            f"a largest lot of {self.largest} is smaller than the smallest one of {self.smallest}, or over 1e6",
            "split",
        )

    def most(self, pieces: int) -> int:
        """Pieces of the largest lot that so many pieces may have."""
        return min(self.largest or pieces, pieces)

    def fewest_lots(self, pieces: int) -> int:
        """As few lots as so many pieces can be made in."""
        return -(-pieces // self.most(pieces))

    def most_lots(self, pieces: int) -> int:
        """As many lots as so many pieces can be made in; less than `fewest_lots` where they cannot be divided."""
        return pieces // self.smallest
