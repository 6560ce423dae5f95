"""The settings of a virtual machine: what it works with, and what it has stored for the next start."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Settings"]

_MAX_BYTES = 65536


class Settings:
    """Values by name.

    Args:
        defaults: what the firmware was built with.
        store: the file that plays the EEPROM; None forgets with the power.
    """

    def __init__(self, defaults: Mapping[str, float], store: Path | None = None) -> None:
        self._defaults = dict(defaults)
        self._store = store
        self._kept: dict[str, float] = {}
        self.values: dict[str, float] = {}
        self.load()

    def load(self) -> None:
        """Work with what was stored; with the defaults where nothing was, or the store is damaged."""
        stored = dict(self._kept)
        if self._store is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
                text = self._store.read_text(encoding="ascii")[:_MAX_BYTES]
                stored = {str(name): float(value) for name, value in json.loads(text).items()}
        self.values = self._defaults | {name: value for name, value in stored.items() if name in self._defaults}

    def save(self) -> int:
        """Store what it works with; how many values."""
        self._kept = dict(self.values)
        if self._store is not None:
            fresh = self._store.with_name(self._store.name + ".new")
            fresh.write_text(json.dumps(self.values), encoding="ascii")
            fresh.replace(self._store)
        return len(self.values)

    def restore_defaults(self) -> None:
        """Work with what the firmware was built with; the store keeps what it has."""
        self.values = dict(self._defaults)
