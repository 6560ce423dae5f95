"""The compiler of this package, and the arrays that its passes take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.compiled import can_compile, compiler

__all__ = ["Floats", "Ints", "compiled", "is_compiled"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FOLDER = Path(__file__).parent
_KEPT = "regions.measure-*.nbi"  # the largest pass, compiled with every estimate

compiled = compiler(_FOLDER, error_model="numpy")


def is_compiled() -> bool:
    """Whether the passes need not be compiled any more: without, the first estimate takes half a minute."""
    if not can_compile():
        return False
    from machines.printing.regions import measure

    kept = getattr(getattr(measure, "stats", None), "cache_path", None) or _FOLDER / "__pycache__"
    return any(Path(kept).glob(_KEPT))
