"""What the form of a lab says of carriage: the first line of its list (docs/labs.md); the other lines stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from coordinator.web.forms import Sent
from machines.carriage import Reach

__all__ = ["CarriageSent"]

_Number = Annotated[str, StringConstraints(pattern=r"^(\d{1,5}([.,]\d{1,3})?)?$")]


class CarriageSent(Sent):
    """One line of what a lab asks for sending things; None where the form has no such fields."""

    carriage: Literal["unsaid", "sent", "fetched"] | None = None
    carriage_to: Reach = Reach.ANYWHERE
    per_parcel: _Number = ""
    per_kg: _Number = ""
    parcel_kg: _Number = ""
    carriage_since: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""

    def with_carriage(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry with this line in place of the first, and the currency of its prices."""
        if self.carriage is None:
            return dict(entry)
        lines = [*self._line(), *entry.get("carriage", [])[1:]]
        made = {key: value for key, value in entry.items() if key not in ("carriage", "currency")}
        made |= {"carriage": lines} if lines else {}
        return made | ({"currency": self.currency} if self.currency else {})

    def _line(self) -> list[dict[str, Any]]:
        if self.carriage == "unsaid":
            return []
        line: dict[str, Any] = {"to": str(self.carriage_to)}
        line |= {"since": self.carriage_since} if self.carriage_since else {}
        if self.carriage == "fetched":
            return [line | {"pick_up_only": True}]
        numbers = {name: getattr(self, name) for name in ("per_parcel", "per_kg", "parcel_kg")}
        return [line | {name: float(text.replace(",", ".")) for name, text in numbers.items() if text}]
