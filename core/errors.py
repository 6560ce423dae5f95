"""What can go wrong, as a person reads it.

FabcommonsError          one sentence, where it happened, what to do
|- InputError            what the user gave cannot be used (exit status 2)
|  `- LimitError         it is too large, too deep or too many
|- MissingToolError      a program or an extra is not installed
|- PlanError             no plan is possible
|- DeviceError           a machine refused, failed or fell silent
|  `- LostContactError   nobody knows what the machine did; a person must rule
`- StateError            the step is not allowed in the present state
"""

from __future__ import annotations

__all__ = [
    "DeviceError",
    "FabcommonsError",
    "InputError",
    "LimitError",
    "LostContactError",
    "MissingToolError",
    "PlanError",
    "StateError",
]


class FabcommonsError(Exception):
    """An error that a user may see.

    Args:
        what: one sentence without a final full stop.
        where: the place, such as ``bom.csv:12``, a cell or a machine.
        hint: what to do about it, one sentence.
    """

    exit_status = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what, where, hint)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{advice}"


class InputError(FabcommonsError):
    """What the user gave cannot be used."""

    exit_status = 2


class LimitError(InputError):
    """What the user gave is too large, too deep or too many."""


class MissingToolError(FabcommonsError):
    """A program or an extra that this step needs is not installed."""


class PlanError(FabcommonsError):
    """No plan is possible."""


class DeviceError(FabcommonsError):
    """A machine refused, failed or fell silent."""


class LostContactError(DeviceError):
    """The link broke while a job ran: what the machine did is unknown."""


class StateError(FabcommonsError):
    """The step is not allowed in the present state."""
