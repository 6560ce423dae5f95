"""The compiler of this package; what it takes in of the plain reading counts as its source."""

from __future__ import annotations

from pathlib import Path

from core.compiled import can_compile, compiler

__all__ = ["COMPILED", "compiled"]

_HERE = Path(__file__).parent

COMPILED = can_compile()
"""Whether the functions of this package are compiled: uncompiled they are slower than the plain reference."""

compiled = compiler(
    _HERE, also=[_HERE.parent / name for name in ("arcs.py", "program.py", "words.py")], error_model="numpy"
)
