"""Why instructions wait for a person."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Hold"]


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason; a person looks, and rules.

    Attributes:
        code: stable, kebab-case ("mesh-leaks", "time-differs").
        reason: one sentence without a full stop, with numbers and units.
    """

    code: str
    reason: str

    def __post_init__(self) -> None:
        if not self.code or not self.reason:
            raise ValueError("a hold names its code and its reason")
