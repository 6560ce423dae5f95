"""The table of lasers in `docs/matching.md`, written out of `beams.yaml`: `python -m machines.matching.beams_page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from core.trees import materials
from machines.matching.beams import Beam, beams

__all__ = ["beams_table"]


def beams_table() -> str:
    """The table in Markdown."""
    head = "| beam | material | cut? |\n|---|---|---|\n"
    rows = "".join(
        f"| {beam.label} | {materials()[word].label} | {told} |\n" for beam in _all() for word, told in _rows(beam)
    )
    sources = "".join(f"- {beam.label}: {'; '.join(beam.sources)}\n" for beam in _all())
    return f"{head}{rows}\nSources:\n\n{sources}"


def _all() -> tuple[Beam, ...]:
    return tuple(beams().values())


def _rows(beam: Beam) -> Iterator[tuple[str, str]]:
    for word, why in beam.never.items():
        yield word, f"never: {why}"
    for word, why in beam.poor.items():
        yield word, f"no, unless the lab lists it: {why}"
    for word, why in beam.ask.items():
        yield word, f"unknown: {why}?"
    for word, (power, why) in beam.least_power_w.items():
        yield word, f"not below {power:g} W: {why}"
    for word, by_power in beam.usual_mm.items():
        yield word, "usually " + ", ".join(f"{mm:g} mm at {power:g} W" for power, mm in by_power.items())
    for word in beam.cuts:
        yield word, "it is cut, how thick the lab says"


if __name__ == "__main__":
    sys.stdout.write(beams_table())
