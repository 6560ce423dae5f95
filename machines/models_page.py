"""The library of models as a page in Markdown: `docs/models.md` is what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from machines.library import FACTS, Model, library

__all__ = ["models_page"]

_INTRODUCTION = """# The library of machine models

`model: Prusa MK3S` in a [labs file](labs.md) fills in what the lab does not state itself. A name is found without
regard to capitals, blanks and hyphens, with or without the maker; a name of several models asks which; a part of a name
is only a suggestion. Figures are those that the maker publishes for the machine as sold, with one extruder or head;
what is not published, or differs between revisions, is left out and so unknown. Materials are those that the maker
names, or that a slicer's published profile of the machine has, as the entry's source says; they are examples, so that
another one is unknown, not no ([matching.md](matching.md)). Entries stand in `machines/models/`;
`fabcommons machine models --markdown` writes this page. Lengths are millimetres, temperatures degrees Celsius.
"""


def models_page() -> str:
    """The whole page."""
    models = sorted(library(), key=lambda each: (each.kind, each.title.casefold()))
    parts = [_INTRODUCTION, f"{len(models)} models.\n"]
    for kind, group in groupby(models, key=lambda each: each.kind):
        parts.append("\n".join(_table(kind, tuple(group))) + "\n")
    return "\n".join(parts)


def _table(kind: str, models: Iterable[Model]) -> Iterator[str]:
    yield f"## {kind.replace('_', ' ').capitalize()}"
    yield ""
    yield "| model | id | process | envelope, mm | published besides |"
    yield "|---|---|---|---|---|"
    for model in models:
        envelope = " x ".join(f"{each:g}" for each in model.envelope_mm) if model.envelope_mm else "unknown"
        done = ", ".join(model.processes)
        yield f"| {model.title} | `{model.id}` | {done} | {envelope} | {'; '.join(_more(model))} |"


def _more(model: Model) -> Iterator[str]:
    """What else is known, a clause each."""
    speed = model.motion.travel_mm_s or model.motion.work_mm_s
    figures = (
        ("bed {} mm", " x ".join(f"{each:g}" for each in model.bed_mm or ())),
        ("nozzle {} mm", "/".join(f"{each:g}" for each in model.nozzles_mm)),
        ("nozzle to {} C", _number(model.limits.nozzle_c)),
        ("bed to {} C", _number(model.limits.bed_c)),
        ("to {} mm/s", _number(speed)),
        ("to {} mm/s2", _number(model.motion.acceleration_mm_s2)),
        ("{} W", _number(model.power_w)),
        ("{} axes", _number(model.axes)),
        ("sheets pass through along {}", model.feed_through or ""),
    )
    if model.materials:
        yield f"works {', '.join(model.materials)}"
    yield from (words.format(figure) for words, figure in figures if figure)
    yield from (f"{key} {_plain(model.facts[key])}" for key in FACTS if key in model.facts and key != "note")
    if model.firmware:
        yield model.firmware
    if "note" in model.facts:
        yield str(model.facts["note"]).rstrip(".")


def _number(value: float | None) -> str:
    return f"{value:g}" if value else ""


def _plain(value: object) -> str:
    return " x ".join(f"{each:g}" for each in value) if isinstance(value, (list, tuple)) else str(value)
