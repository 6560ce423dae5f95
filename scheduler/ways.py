"""What lies between two pieces of work: the way from lab to lab, and the set-up from family to family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from scheduler.rules import require

__all__ = ["SetUps", "Transport"]


@dataclass(frozen=True, slots=True)
class Transport:
    """How long it takes from lab to lab.

    Attributes:
        seconds: by pair of lab ids (from, to). One direction stands for both unless both are given.
        default_s: for pairs that are not given; None when every pair must be.
    """

    seconds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    default_s: int | None = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", MappingProxyType(dict(self.seconds)))
        for (here, there), duration_s in self.seconds.items():
            where = f"transport {here} -> {there}"
            require(here != there, "a lab needs no transport to itself", where)
            require(duration_s >= 0, f"a transport of {duration_s} s is negative", where)
        require(
            self.default_s is None or self.default_s >= 0, f"a default of {self.default_s} s is negative", "transport"
        )

    def between(self, here: str, there: str) -> int:
        """Seconds from one lab to another; 0 inside a lab.

        Raises:
            KeyError: the pair is not given and there is no default.
        """
        if here == there:
            return 0
        given = self.seconds.get((here, there), self.seconds.get((there, here), self.default_s))
        if given is None:
            raise KeyError((here, there))
        return given


@dataclass(frozen=True, slots=True)
class SetUps:
    """How long a machine is set up between runs of different families.

    Attributes:
        seconds: by pair of families (from, to). One direction stands for both unless both are given.
        default_s: for pairs that are not given. Within a family nothing is to be set up, nor for work without one,
            which leaves a machine set to what it was.
    """

    seconds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    default_s: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", MappingProxyType(dict(self.seconds)))
        require(self.default_s >= 0, f"a default of {self.default_s} s is negative", "set_ups")
        for (one, other), duration_s in self.seconds.items():
            where = f"set-up {one} -> {other}"
            require(bool(one and other) and one != other, "a set-up is between two different families", where)
            require(duration_s >= 0, f"a set-up of {duration_s} s is negative", where)

    def between(self, one: str, other: str) -> int:
        """Seconds of set-up from one family to another."""
        if one == other or not one or not other:
            return 0
        return self.seconds.get((one, other), self.seconds.get((other, one), self.default_s))
