"""The steps of making one piece, as a list names them: "laser cut, sand", a column of finishes, "finish: painted"."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from bom.entry import Entry
from bom.lexicon import REMEMBERED
from bom.substance import find_process
from bom.words import Phrases, finishes
from core.trees import processes

__all__ = ["later_steps", "routing"]

_AND: Final = re.compile(r"\s*(?:[,;+&]|->|→|\band\b|\bthen\b|\bund\b|\by\b|\bet\b)\s*", re.IGNORECASE)
_LABELLED: Final = re.compile(r"\b(?:finish(?:ing)?|post[- ]?process(?:ing)?)\s*:\s*([^.;]+)", re.IGNORECASE)
_NOT_INSPECTED: Final = frozenset({"", "no", "none", "n", "-", "0", "n/a", "na", "false", "nein", "non"})
_SHAPING: Final = ("additive", "forming_from_melt", "sheet_cutting", "pcb_fabrication")  # a piece is shaped so once
_ROUGH: Final = ("sawing", "forming_from_melt", "machining", "forming", "joining")  # what is often machined afterwards
_MACHINED: Final = ("milling", "turning")


@lru_cache(REMEMBERED)
def routing(text: str) -> tuple[str, ...]:
    """Ids of the processes that the whole text names in order; empty unless every word of it is understood.

    A second process that could have shaped the piece alone ("3D printing, laser cutting"; "laser cut, CNC milled") is
    an alternative and no step.
    """
    whole = find_process(text)
    if whole is not None:
        return (whole,)
    first, *rest = [piece for piece in _AND.split(text.strip()) if piece] or [""]
    start = find_process(first)
    steps = [_step(piece) for piece in rest]
    known = [step for step in steps if step is not None]
    if start is None or not known or len(known) < len(steps):
        return ()
    alternative = not _is_any(start, _ROUGH) and any(_is_any(step, _MACHINED) for step in known)
    return () if alternative else (start, *known)


def later_steps(entry: Entry) -> tuple[tuple[str, ...], str]:
    """What is done to a line's piece after its first process, and the rule that says so (empty when nothing is)."""
    found: dict[str, str] = {}
    for step in routing(entry.cell("kind"))[1:]:
        found.setdefault(step, f"steps of {entry.cell('kind')!r}")
    texts = [text for text in (*entry.remarks, entry.cell("notes")) if ":" in text]
    labelled = (match[1] for text in texts for match in _LABELLED.finditer(text))
    for text in filter(None, (entry.cell("finish"), *labelled)):
        for step in _finishes_in(text):
            found.setdefault(step, f"finish {text.strip()!r}")
    checked = entry.cell("inspection").strip()
    if checked.casefold() not in _NOT_INSPECTED:
        found.setdefault("inspection", f"inspection {checked!r}")
    return tuple(found), "; ".join(dict.fromkeys(found.values()))


@cache
def _spellings() -> tuple[tuple[str, Phrases], ...]:
    return tuple((process, Phrases(spellings)) for process, spellings in finishes().items())


def _step(text: str) -> str | None:
    """The process of which the text is a spelling, among those that a shaped piece can go through."""
    process = find_process(text) or next((each for each, spellings in _spellings() if text in spellings), None)
    return None if process is None or _is_any(process, _SHAPING) else process


def _is_any(process: str, families: tuple[str, ...]) -> bool:
    return any(processes().is_a(process, family) for family in families)


def _finishes_in(text: str) -> tuple[str, ...]:
    """Processes that a text about a finish names: by its pieces, else by words inside them."""
    found = []
    for piece in _AND.split(text):
        step = _step(piece) or next((each for each, spellings in _spellings() if spellings.find(piece)), None)
        if step is not None:
            found.append(step)
    return tuple(found)
