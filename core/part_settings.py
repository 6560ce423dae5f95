"""How a part is to be made beyond process and material: infill, layer height, walls, supports, how it lies.

Everything may be unsaid (None): then whoever makes the part chooses. Which process honours what says `not_honoured`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from core.errors import InputError
from core.trees import processes

__all__ = ["NO_SETTINGS", "SETTING_NAMES", "Orientation", "PartSettings", "not_honoured", "read_setting"]


class Orientation(StrEnum):
    """How a part lies while it is made; sides are those of its file."""

    AS_MODELLED = "as modelled"
    TOP_DOWN = "top down"
    ON_LEFT = "on its left"
    ON_RIGHT = "on its right"
    ON_FRONT = "on its front"
    ON_BACK = "on its back"


@dataclass(frozen=True, slots=True)
class PartSettings:
    """What is asked of how a part is made; None is not stated.

    Attributes:
        infill_percent: how much of the inside is filled, 0 to 100.
        layer_mm: height of a layer, 0.02 to 2 mm.
        walls: lines around each contour, 1 to 100.
        supports: whether overhangs are held up.
        orientation: how it lies.
    """

    infill_percent: float | None = None
    layer_mm: float | None = None
    walls: int | None = None
    supports: bool | None = None
    orientation: Orientation | None = None

    def __post_init__(self) -> None:
        if self.infill_percent is not None and not 0 <= self.infill_percent <= 100:
            raise ValueError(f"infill lies between 0 and 100 percent, not {self.infill_percent:g}")
        if self.layer_mm is not None and not 0.02 <= self.layer_mm <= 2:
            raise ValueError(f"a layer is 0.02 to 2 mm high, not {self.layer_mm:g}")
        if self.walls is not None and not 1 <= self.walls <= 100:
            raise ValueError(f"a print has 1 to 100 walls, not {self.walls}")

    def over(self, base: PartSettings) -> PartSettings:
        """These, and where they state nothing those of the base."""
        mine = self.stated
        return PartSettings(**{each.name: mine.get(each.name, getattr(base, each.name)) for each in fields(self)})

    @property
    def stated(self) -> dict[str, Any]:
        """What is stated, by name."""
        named = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in named if value is not None}

    @property
    def text(self) -> str:
        """In words, such as "infill 40 %, layers of 0.2 mm"; empty where nothing is stated."""
        return ", ".join(_WORDS[name](value) for name, value in self.stated.items())

    def document(self) -> dict[str, Any]:
        """What is stated as JSON values; `PartSettings.of` reads it."""
        return {name: str(value) if isinstance(value, Orientation) else value for name, value in self.stated.items()}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> PartSettings:
        """From JSON values; what is no setting is passed over.

        Raises:
            ValueError: a value is outside its bounds.
        """
        known = {name: document[name] for name in SETTING_NAMES if document.get(name) is not None}
        if "orientation" in known:
            known["orientation"] = Orientation(known["orientation"])
        return cls(**known)


SETTING_NAMES: Final = tuple(each.name for each in fields(PartSettings))
NO_SETTINGS: Final = PartSettings()
_WORDS: Final[Mapping[str, Any]] = {
    "infill_percent": lambda value: f"infill {value:g} %",
    "layer_mm": lambda value: f"layers of {value:g} mm",
    "walls": lambda value: f"{value} {'wall' if value == 1 else 'walls'}",
    "supports": lambda value: "with supports" if value else "without supports",
    "orientation": lambda value: f"lying {value}",
}
_NUMBER: Final = r"(\d{1,4}(?:[.,]\d{1,4})?)"
_YES: Final = frozenset({"yes", "y", "true", "1", "ja", "oui", "sí", "si", "sim", "x", "required", "needed", "with"})
_NO: Final = frozenset({"no", "n", "false", "0", "nein", "non", "não", "none", "-", "not needed", "without", "off"})
_LYING: Final = {
    "as is": Orientation.AS_MODELLED, "as drawn": Orientation.AS_MODELLED, "upright": Orientation.AS_MODELLED,
    "upside down": Orientation.TOP_DOWN, "flipped": Orientation.TOP_DOWN,
}  # fmt: skip


def read_setting(name: str, text: str) -> PartSettings:
    """One setting as somebody wrote it: "20 %", "0.2 mm", "yes", "upside down".

    Args:
        name: one of `SETTING_NAMES`.
        text: the words.

    Raises:
        InputError: the text says nothing of the kind, or is outside the bounds.
    """
    try:
        return PartSettings(**{name: _READERS[name](text.strip())})
    except ValueError as error:
        raise InputError(str(error), where=name) from error


def not_honoured(settings: PartSettings, process: str | None, *, by_slicer: bool) -> tuple[str, ...]:
    """What is stated and not carried out by a process by itself, a clause each.

    Args:
        settings: what is asked.
        process: id of the process tree, or None.
        by_slicer: whether our own slicer makes the instructions; a program that came with the design is run as it is.
    """
    tree = processes()
    if process is None or process not in tree or not tree.is_a(process, "additive"):
        where = "this work" if process is None or process not in tree else tree[process].label
        return tuple(f"{_WORDS[name](value)}: means nothing for {where}" for name, value in settings.stated.items())
    if not by_slicer:
        return tuple(f"{_WORDS[name](value)}: whoever prepares the job sees to it" for name, value in
                     settings.stated.items())  # fmt: skip
    if settings.orientation in (None, Orientation.AS_MODELLED):
        return ()
    return (f"lying {settings.orientation}: parts are sliced as they are modelled, so that a person slices this one",)


def _percent(text: str) -> float:
    found = re.fullmatch(rf"{_NUMBER}\s*%?", text)
    if found is None:
        raise ValueError("infill is a number of percent: 20 %")
    return float(found[1].replace(",", "."))


def _height(text: str) -> float:
    found = re.fullmatch(rf"{_NUMBER}\s*(mm|µm|um)?", text, re.IGNORECASE)
    if found is None:
        raise ValueError("a layer's height is given in millimetres: 0.2 mm")
    value = float(found[1].replace(",", "."))
    return value / 1000 if (found[2] or "").lower() in ("µm", "um") else value


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text):
        raise ValueError("walls are counted: 3")
    return int(text)


def _yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise ValueError("supports are wanted or not: yes or no")
    return word in _YES


def _lying(text: str) -> Orientation:
    word = text.casefold()
    if word not in {*Orientation, *_LYING}:
        raise ValueError(f"a part lies one of these ways: {', '.join(Orientation)}")
    return _LYING.get(word) or Orientation(word)


_READERS: Final[Mapping[str, Any]] = {
    "infill_percent": _percent,
    "layer_mm": _height,
    "walls": _count,
    "supports": _yes_or_no,
    "orientation": _lying,
}
