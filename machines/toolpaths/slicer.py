"""What a slicer is: a program of a version that turns meshes and settings into G-code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["Slicer"]


@dataclass(frozen=True, slots=True)
class Slicer:
    """An external program.

    Attributes:
        name: for people.
        version: as it says itself.
        program: where it lies.
        run: the slicer itself, binary STL files by name, and the settings; gives G-code or raises InputError.
    """

    name: str
    version: str
    program: str
    run: Callable[[Slicer, Mapping[str, bytes], str], bytes] = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"

    def slice(self, meshes: Mapping[str, bytes], ini: str) -> bytes:
        """The G-code of a plate.

        Args:
            meshes: binary STL files by name, lying where they are to be printed.
            ini: the settings, checked by `settings.checked_settings`.

        Raises:
            InputError: the slicer refuses.
            LimitError: it took too long or too much.
            MissingToolError: sandboxes do not work here.
        """
        return self.run(self, meshes, ini)
