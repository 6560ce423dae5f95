"""Who runs the machines: the labs' own people, or a visitor where labs allow it; and what each lab's terms are then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from machines.lab import Network
from machines.matching import Terms, Visitor

__all__ = ["LABS_PEOPLE", "Visit", "terms_of"]


@dataclass(frozen=True, slots=True)
class Visit:
    """What the command line says about who runs the machines.

    Attributes:
        in_person: whether the one who asks runs them; so it is too when any of the others is said.
        member_of: ids of labs.
        trained: skills held.
    """

    in_person: bool = False
    member_of: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()

    def visitor(self, network: Network, labs: Path) -> Visitor | None:
        """The visitor, or None when the labs' own people run the machines.

        Raises:
            InputError: a lab is named that the file does not know.
        """
        if not (self.in_person or self.member_of or self.trained):
            return None
        known = {lab.id for lab in network.labs}
        if strange := [each for each in self.member_of if each not in known]:
            hint = f"known are {', '.join(sorted(known)[:8])}"
            raise InputError(f"--member-of: there is no lab {strange[0]!r}", where=str(labs), hint=hint)
        return Visitor(frozenset(self.member_of), frozenset(self.trained))


LABS_PEOPLE = Visit()
"""The labs' own people run the machines."""


def terms_of(network: Network, visitor: Visitor | None = None) -> Mapping[str, Terms]:
    """The terms of each lab, by its id."""
    return {lab.id: Terms(lab, visitor) for lab in network.labs}
