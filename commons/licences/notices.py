"""What goes with a product: the lines of a label, and whether a licence asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from commons.licences.expressions import identifiers
from commons.licences.table import Duty, find_licence

__all__ = ["Notices", "notices"]

_UNLICENSED: Final = "none stated: all rights reserved, ask the designer"
_FOR_LABELS: Final = (Duty.SOURCE_LOCATION, Duty.SOURCE, Duty.CREDIT, Duty.NOTICES)


@dataclass(frozen=True, slots=True)
class Notices:
    """What a label says of licence and source.

    Attributes:
        licence: in one line.
        source: where the design lies, in one line.
        asked_by: the clauses that ask for it, such as "CERN-OHL-S-2.0, 4"; none where it is a courtesy.
    """

    licence: str
    source: str
    asked_by: tuple[str, ...]

    @property
    def is_stated(self) -> bool:
        """Whether the design states a licence."""
        return self.licence != _UNLICENSED

    @property
    def lines(self) -> tuple[str, str]:
        """As a label carries them."""
        return f"Licence: {self.licence}", f"Source: {self.source}"


def notices(expression: str | None, source: str) -> Notices:
    """The notices of a product.

    Args:
        expression: SPDX expression of the design, or None.
        source: where its source lies.
    """
    asked = []
    for each in identifiers(expression):
        licence = find_licence(each)
        for duty in _FOR_LABELS if licence is not None else ():
            term = licence.asks(duty) if licence is not None else None
            if term is not None:
                asked.append(f"{each}, {term.clause}")
    return Notices(expression or _UNLICENSED, source, tuple(dict.fromkeys(asked)))
