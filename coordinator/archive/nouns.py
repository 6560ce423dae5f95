"""Which tables an archive holds, and how private each is. A table that no list names counts as secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["CARE", "Care", "Scope", "care_of"]


class Care(StrEnum):
    """How much care a table asks for."""

    OPEN = "open"  # in every archive
    PERSONAL = "personal"  # says who people are
    SECRET = "secret"  # noqa: S105 (a word, no password): hashes and keys that let people and programs in
    PASSING = "passing"  # of no use elsewhere: answers that are kept for two days
    NEVER = "never"  # belongs to running processes


_OPEN = (
    "agents attempts builds checks claims designs events grants imports jobs labs lots machines network offers orders"
    " people pieces plans progress runs task_edges tasks ways"
)
CARE: Final = {
    **dict.fromkeys(_OPEN.split(), Care.OPEN),
    "personal_data": Care.PERSONAL,
    **dict.fromkeys(("accounts", "forges", "hooks", "invitations", "resets", "sessions", "tokens"), Care.SECRET),
    "answers": Care.PASSING,
    "holds": Care.NEVER,
}
"""By table."""


def care_of(table: str) -> Care:
    """How much care a table asks for; what is not known is secret."""
    return CARE.get(table, Care.SECRET)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an archive is to hold beside what is open."""

    personal: bool = False
    secret: bool = False
    passing: bool = False

    def holds(self, table: str) -> bool:
        """Whether a table belongs in."""
        care = care_of(table)
        wanted = {Care.PERSONAL: self.personal, Care.SECRET: self.secret, Care.PASSING: self.passing}
        return care is Care.OPEN or wanted.get(care, False)

    def left_out(self, tables: Iterable[str]) -> list[str]:
        """Those that do not."""
        return sorted(each for each in tables if not self.holds(each))
