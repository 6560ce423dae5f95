"""The slicers that are installed: PrusaSlicer first, CuraEngine as second."""

from __future__ import annotations

from core.errors import InputError, MissingToolError
from machines.toolpaths.cura import cura_engine
from machines.toolpaths.prusa import prusa_slicer
from machines.toolpaths.slicer import Slicer

__all__ = ["SLICERS", "find_slicer"]

SLICERS = {"prusa": prusa_slicer, "cura": cura_engine}


def find_slicer(name: str | None = None) -> Slicer:
    """The slicer of this name, or the first that is installed.

    Raises:
        InputError: there is none of this name.
        MissingToolError: it is not installed, none is, or no sandbox can be made.
    """
    if name is not None:
        if name not in SLICERS:
            raise InputError(f"{name!r} is no slicer", where="--slicer", hint=f"{', '.join(SLICERS)} are")
        return SLICERS[name]()
    try:
        return prusa_slicer()
    except MissingToolError as missing:
        try:
            return cura_engine()
        except MissingToolError:
            raise missing from None
