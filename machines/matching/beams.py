"""What a laser cuts and how thick, by its kind and power (`beams.yaml`, shown in `docs/matching.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, TypeVar

import yaml

from core.trees import materials, processes

__all__ = ["PASSES", "Beam", "beam_of", "beams"]

PASSES = 2.0  # so many times the usual thickness may go in several passes

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Beam:
    """One kind of laser; the keys of its tables are ids of the material tree.

    Attributes:
        process: id of the process that such a machine does.
        label: how a sentence names it.
        sources: where the figures come from.
        never: why nobody cuts it with this beam.
        poor: why it is cut only by a lab that says so itself.
        ask: what has to be known first.
        least_power_w: the power below which it is only marked, and why.
        usual_mm: power in W to usual thickness in mm.
        cuts: what else every such machine cuts that is strong enough; how thick is not known.
    """

    process: str
    label: str
    sources: tuple[str, ...]
    never: Mapping[str, str] = field(default_factory=dict)
    poor: Mapping[str, str] = field(default_factory=dict)
    ask: Mapping[str, str] = field(default_factory=dict)
    least_power_w: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    usual_mm: Mapping[str, Mapping[float, float]] = field(default_factory=dict)
    cuts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        tables = (self.never, self.poor, self.ask, self.least_power_w, self.usual_mm)
        for word in (word for table in tables for word in table):
            if word not in materials():
                raise ValueError(f"{self.process}: {word} is no word of the material tree")
        for word, by_power in self.usual_mm.items():
            if list(by_power.values()) != sorted(by_power.values()) or list(by_power) != sorted(by_power):
                raise ValueError(f"{self.process}: more power cuts no thinner {word}")

    @staticmethod
    def nearest(table: Mapping[str, _T], material: str) -> _T | None:
        """What a table says of a material or its nearest ancestor, or None."""
        return next((table[word] for word in materials().ancestry(material) if word in table), None)

    def surely_cuts(self, material: str) -> bool:
        """Whether the tables say that it cuts this material, or one below it, at some thickness."""
        tree = materials()
        return any(tree.is_a(material, word) or tree.is_a(word, material) for word in (*self.usual_mm, *self.cuts))

    def usual(self, material: str, power_w: float) -> float | None:
        """The greatest thickness in mm that is usually cut in one pass, or None when no figure is known."""
        by_power = self.nearest(self.usual_mm, material)
        if not by_power:
            return None
        powers = list(by_power)
        if power_w <= powers[0]:
            return by_power[powers[0]] * power_w / powers[0]
        for low, high in pairwise(powers):
            if power_w <= high:
                share = (power_w - low) / (high - low)
                return by_power[low] + share * (by_power[high] - by_power[low])
        return by_power[powers[-1]] * power_w / powers[-1]


@cache
def beams() -> Mapping[str, Beam]:
    """The kinds of lasers by name."""
    document = yaml.safe_load(files("machines.matching").joinpath("beams.yaml").read_text(encoding="utf-8"))
    return {name: _beam(body) for name, body in document.items()}


@cache
def beam_of(process: str) -> Beam | None:
    """The kind of laser that does this process, the general one when it could be any, or None when it is no laser."""
    for name in ("co2", "diode", "fibre", "any"):
        beam = beams()[name]
        if processes().is_a(process, beam.process):
            return beam
    return None


def _beam(body: dict[str, Any]) -> Beam:
    powers = {word: (float(power), why) for word, (power, why) in body.pop("least_power_w", {}).items()}
    cuts = tuple(body.pop("cuts", ()))
    return Beam(sources=tuple(body.pop("sources")), least_power_w=powers, cuts=cuts, **body)
