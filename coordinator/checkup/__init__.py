"""What `fabcommons doctor` looks at: each thing is good, worth a note, or wrong; and how it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Check", "State"]


class State(StrEnum):
    """How something is."""

    GOOD = "good"
    NOTE = "note"  # missing or odd, and nothing that everybody needs
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        what: it is, two or three words.
        state: how it is.
        found: what there is, one clause.
        mend: what to do, or "".
    """

    what: str
    state: State
    found: str
    mend: str = ""

    @property
    def document(self) -> dict[str, str]:
        """As JSON."""
        return {"what": self.what, "state": str(self.state), "found": self.found, "mend": self.mend}
