"""The compiler of this package."""

from __future__ import annotations

from pathlib import Path

from core.compiled import compiler

__all__ = ["compiled"]

compiled = compiler(Path(__file__).parent, error_model="numpy")
