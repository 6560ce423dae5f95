"""The library of machine models: what makers publish about well-known machines, found by the names that people use.

One YAML file a kind stands in `machines/models/`. A figure that the maker does not publish is left out: unknown. An
entry's `source` names the publication. `docs/models.md` lists all of them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from core.errors import InputError
from core.packaged import packaged_yaml
from machines.machine import Connection, Driver, Machine, MachineLimits, Motion

__all__ = ["FACTS", "FIRMWARES", "Library", "Model", "compact", "library"]

FIRMWARES = frozenset({
    "marlin", "klipper", "grbl", "grblhal", "smoothieware", "reprapfirmware", "prusa_buddy", "linuxcnc", "mach3",
    "ruida", "proprietary",
})  # fmt: skip
FACTS = {  # what an entry may say beyond a machine's own attributes
    "filament_mm": "diameter of the filament",
    "chamber_c": "highest temperature of the heated chamber",
    "pixel_um": "size of a pixel on the plate",
    "layer_um": "least and greatest layer height, micrometres",
    "wavelength_nm": "of the beam",
    "spindle_rpm": "least and greatest speed of the spindle",
    "cutting_width_mm": "widest material or cut",
    "force_g": "highest down force of the blade, grams",
    "hoop_mm": "largest embroidery, length and width",
    "needles": "how many needles",
    "stitches_min": "greatest number of stitches a minute",
    "swing_mm": "greatest diameter over the bed of a lathe",
    "between_centres_mm": "greatest length between the centres of a lathe",
    "extruders": "how many materials or tools in one run",
    "note": "what the figures mean",
}
_MOST_SUGGESTIONS = 6


def compact(text: str) -> str:
    """The text as names of models are compared: case folded, without blanks and signs; a plus stays, as a word."""
    return re.sub(r"[\W_]+", "", text.casefold().replace("+", "plus"))


@dataclass(frozen=True, slots=True)
class Model:
    """A machine as its maker sells it; what is not published is None or empty.

    Attributes:
        id: small letters, digits and hyphens; unique.
        maker: the company.
        name: as the maker calls the model, without the company.
        kind: the YAML file it stands in ("filament_printers").
        processes, materials: ids of the trees.
        source: where the figures are published.
        aliases: other names; each names this model alone.
        shared: names that several sizes or versions go by: who uses one is asked which.
        envelope_mm: x, y, z of the working space.
        bed_mm: working area, length and width, where no height is published.
        feed_through: "x" or "y", the axis along which longer sheets go through the machine.
        reach_mm: by axis, the least and greatest coordinate to which its firmware lets the tool go.
        nozzles_mm: diameters, the fitted one first.
        tools_mm: diameters of tools or of the beam.
        thickness_mm: by material, the least and greatest thickness.
        power_w: of the beam or the spindle.
        axes: how many axes move.
        limits, motion: as published.
        firmware: one of `FIRMWARES`, or None.
        facts: whatever else is published; the keys are those of `FACTS`.
    """

    id: str
    maker: str
    name: str
    kind: str
    processes: tuple[str, ...]
    source: str
    aliases: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    envelope_mm: tuple[float, float, float] | None = None
    bed_mm: tuple[float, float] | None = None
    feed_through: str | None = None
    reach_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    nozzles_mm: tuple[float, ...] = ()
    tools_mm: tuple[float, ...] = ()
    thickness_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    power_w: float | None = None
    axes: int | None = None
    limits: MachineLimits = field(default_factory=MachineLimits)
    motion: Motion = field(default_factory=Motion)
    firmware: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.id and self.maker and self.name and self.source and self.processes):
            raise ValueError(f"model {self.id}: id, maker, name, source and processes are stated")
        if self.firmware is not None and self.firmware not in FIRMWARES:
            raise ValueError(f"model {self.id}: firmware {self.firmware!r} is not a known word")
        if strange := set(self.facts) - set(FACTS):
            raise ValueError(f"model {self.id}: {sorted(strange)[0]!r} is not a known fact")

    @property
    def title(self) -> str:
        """Maker and model."""
        return f"{self.maker} {self.name}"

    @property
    def driver(self) -> Driver | None:
        """The protocol that its firmware speaks over a serial line, where fabcommons speaks it too."""
        return Driver(self.firmware) if self.firmware in (Driver.MARLIN, Driver.GRBL) else None

    def machine(self, machine_id: str, lab: str, connection: Connection | None = None) -> Machine:
        """A machine of this model that nobody has said anything else about."""
        own = {name: getattr(self, name) for name in FILLED}
        stated = [name for name, value in own.items() if value]
        own["limits"], own["motion"] = self.limits, self.motion
        return Machine(
            id=machine_id,
            lab=lab,
            name=self.title,
            model=self.id,
            connection=connection or Connection(Driver.HANDS),
            from_model=("name", *stated, *_stated("limits", self.limits), *_stated("motion", self.motion)),
            **own,
        )


FILLED = (
    "processes", "materials", "thickness_mm", "envelope_mm", "bed_mm", "feed_through", "reach_mm", "nozzles_mm",
    "tools_mm", "power_w", "axes",
)  # fmt: skip
"""Attributes of a machine that come from the model as a whole where the lab does not state them."""


def _stated(name: str, value: MachineLimits | Motion) -> list[str]:
    """Names of the parts that are stated: ``limits.nozzle_c``."""
    return [f"{name}.{each.name}" for each in fields(value) if getattr(value, each.name) is not None]


class Library:
    """Models by id, and by every name they go by.

    Raises:
        ValueError: an id stands twice, or an alias names two models.
    """

    def __init__(self, models: tuple[Model, ...]) -> None:
        self._models = {model.id: model for model in models}
        if len(self._models) != len(models):
            raise ValueError("a model's id stands twice")
        self._sure: dict[str, Model] = {}  # names that are one model's alone, by promise
        self._bare: dict[str, list[Model]] = {}  # without the maker: "Mini" may be several
        for model in models:
            for name in {compact(name) for name in self._full_names(model)}:
                if self._sure.setdefault(name, model) is not model:
                    raise ValueError(f"{name!r} names both {self._sure[name].id} and {model.id}")
            for name in {compact(name) for name in (model.name, *model.shared)}:
                self._bare.setdefault(name, []).append(model)

    @staticmethod
    def _full_names(model: Model) -> Iterator[str]:
        yield from (model.id, model.title, *model.aliases)
        yield from (f"{model.maker} {alias}" for alias in model.aliases)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)

    def __getitem__(self, model_id: str) -> Model:
        return self._models[model_id]

    def candidates(self, text: str) -> tuple[Model, ...]:
        """The models that go by this name: none, one, or several where the name leaves it open. No part of a name."""
        name = compact(text)
        if name in self._sure:
            return (self._sure[name],)
        found = tuple(self._bare.get(name, ()))
        return found if len(found) > 1 or _telling(name) else ()

    def find(self, text: str) -> Model | None:
        """The one model that goes by this name, or None where there is none or the name leaves it open."""
        found = self.candidates(text)
        return found[0] if len(found) == 1 else None

    def suggest(self, text: str) -> tuple[Model, ...]:
        """Models whose names hold the text, have its words, or are written nearly so, best first; never a match."""
        name, words = compact(text), [compact(word) for word in text.split()]
        near = set(difflib.get_close_matches(name, self._sure, n=_MOST_SUGGESTIONS, cutoff=0.75))
        ranked: dict[str, tuple[int, int, Model]] = {}
        for spelling, model in self._sure.items():
            if name and name in spelling:
                rank = 0
            elif words and all(word in spelling for word in words):
                rank = 1
            elif spelling in near:
                rank = 2
            else:
                continue
            key = (rank, len(spelling), model)
            if model.id not in ranked or key[:2] < ranked[model.id][:2]:
                ranked[model.id] = key
        return tuple(each[2] for each in sorted(ranked.values(), key=lambda each: each[:2])[:_MOST_SUGGESTIONS])

    def require(self, text: str, *, where: str) -> Model:
        """The one model that goes by this name.

        Raises:
            InputError: there is none, or several; the hint lists what may be meant.
        """
        found = self.candidates(text)
        if len(found) == 1:
            return found[0]
        listed = ", ".join(f"{model.id} ({model.title})" for model in found or self.suggest(text))
        if found:
            raise InputError(f"{text!r} is the name of {len(found)} models", where=where, hint=f"write one of {listed}")
        hint = f"did you mean {listed}?" if listed else "`fabcommons machine models` lists them; or state the values"
        raise InputError(f"{text!r} is no model of the library", where=where, hint=hint)


def _telling(name: str) -> bool:
    """Whether a model's name tells without its maker: "MDX-20" does; "Mini", "Pro" and "A1" may be anybody's."""
    return len(name) > 2 and any(each.isdigit() for each in name)


@cache
def library() -> Library:
    """All models of `machines/models/`, read once."""
    entries = sorted(
        each.name for each in files("machines").joinpath("models").iterdir() if each.name.endswith(".yaml")
    )
    return Library(tuple(model for name in entries for model in _read(name)))


_LISTS = ("processes", "aliases", "shared", "materials", "envelope_mm", "bed_mm", "nozzles_mm", "tools_mm")


def _read(name: str) -> Iterator[Model]:
    document = packaged_yaml("machines", f"models/{name}")
    for entry in document["models"]:
        yield _model({**document.get("defaults", {}), **entry}, name.removesuffix(".yaml"))


def _model(entry: Mapping[str, Any], kind: str) -> Model:
    own: dict[str, Any] = dict(entry)
    facts = {key: own.pop(key) for key in FACTS if key in own}
    try:
        own |= {key: tuple(own[key]) for key in _LISTS if key in own}
        for key in ("thickness_mm", "reach_mm"):
            own[key] = {word: tuple(span) for word, span in own.get(key, {}).items()}
        own["limits"] = MachineLimits(**own.get("limits", {}))
        own["motion"] = Motion(**own.get("motion", {}))
        return Model(kind=kind, facts=facts, **own)
    except (TypeError, ValueError) as error:
        raise ValueError(f"machines/models/{kind}.yaml, {entry.get('id')}: {error}") from error
