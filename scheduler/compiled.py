"""The compiler of the local search: numba where it is installed, plain Python with the same results where it is not."""

from __future__ import annotations

from pathlib import Path

from core.compiled import can_compile, compiler

__all__ = ["COMPILED", "compiled"]

COMPILED = can_compile()

_HERE = Path(__file__).parent

# Kernels take and change arrays, but make none: without the counting of references a call costs a tenth (measured).
compiled = compiler(_HERE / "search", also=[_HERE / "shop.py"], _nrt=False)
