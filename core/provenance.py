"""Where a fact comes from, what is still to be asked, and what was found wrong.

Nothing is guessed in silence: what was read, derived or guessed says so, and what only the designer or the lab can know
is a `Question`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Origin", "Provenance", "Question", "Severity"]


class Origin(StrEnum):
    """How a fact came to be known."""

    READ = "read"  # stands so in a file
    DERIVED = "derived"  # follows from what was read (a mesh measured, a sum made)
    GUESSED = "guessed"  # a convention was applied; a person should confirm
    ANSWERED = "answered"  # a person said so


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact comes from.

    Attributes:
        origin: how it came to be known.
        rule: the rule that gave it, a short clause ("column QTY", "file name matches").
        file: path inside the design, or None.
        place: line, cell or key in that file ("12", "B7", "bom"), or None.
    """

    origin: Origin
    rule: str
    file: str | None = None
    place: str | None = None

    def __str__(self) -> str:
        spot = ":".join(part for part in (self.file, self.place) if part)
        return f"{self.origin} ({self.rule}{', ' + spot if spot else ''})"


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can know.

    Attributes:
        item: what it is about (a line's name, a file, the whole bill).
        question: one sentence that ends with a question mark.
        options: answers on offer, most likely first; empty when free.
        about: the field of the item that the answer fills ("quantity", "make", "files"), or None.
    """

    item: str
    question: str
    options: tuple[str, ...] = ()
    about: str | None = None


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # the thing cannot be used
    WARNING = "warning"  # usable, but probably not as meant
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong or odd in a design, at one place.

    Attributes:
        code: stable, kebab-case ("mesh-empty", "git-lfs-pointer").
        severity: how much it matters.
        message: one sentence.
        file: path inside the design, or None for the whole.
        fix: what to do, one sentence, or None.
        place: line, cell or key in that file ("12", "B7", "bom"), or None.
    """

    code: str
    severity: Severity
    message: str
    file: str | None = None
    fix: str | None = None
    place: str | None = None
