"""What is wrong with a part file, as a person reads it."""

from __future__ import annotations

from core.errors import InputError

__all__ = ["GeometryError"]


class GeometryError(InputError):
    """A part file cannot be measured.

    Args:
        what: one sentence without a final full stop.
        code: stable, kebab-case: the codes of `geometry.content.Fault`.
        where: the file.
        hint: what to do about it.
    """

    def __init__(self, what: str, *, code: str, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, where=where, hint=hint)
        self.code = code
