"""Formulas to begin with, which come with the program: anybody may fork them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import coordinator
from commons.benefits.formula import read_formula
from coordinator.service.house import View
from coordinator.service.refusals import UnknownError
from core.errors import MissingToolError

__all__ = ["StarterView", "starter", "starters"]


class StarterView(View):
    """A formula that comes with the program, in words and as a text."""

    key: str
    name: str
    currency: str
    words: list[str]
    text: str


@lru_cache(maxsize=1)
def starters() -> tuple[StarterView, ...]:
    """All of them, by name.

    Raises:
        MissingToolError: the program was installed without its examples.
    """
    room = Path(coordinator.__file__).parent
    for folder in (room / "examples" / "benefits", room.parent / "examples" / "benefits"):
        if folder.is_dir():
            return tuple(_read(path) for path in sorted(folder.glob("*.toml")))
    raise MissingToolError("the formulas to begin with are missing", hint="install fabcommons with its examples")


def starter(key: str) -> StarterView:
    """One of them.

    Raises:
        UnknownError: there is no such formula.
    """
    for each in starters():
        if each.key == key:
            return each
    raise UnknownError(f"no formula {key[:40]!r} comes with the program", hint=", ".join(e.key for e in starters()))


def _read(path: Path) -> StarterView:
    text = path.read_text(encoding="utf-8")
    formula = read_formula(text, where=path.name)
    return StarterView(key=path.stem, name=formula.name, currency=formula.currency, words=formula.words(), text=text)
