"""The names of people, labs, machines, designs and all else in economic events: the same for ever, here and elsewhere.

A name is ``urn:fabcommons:NETWORK:KIND/ID``, where NETWORK is drawn once for each network. It does not depend on the
address at which the coordinator is reached, which may change.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote

__all__ = ["Kind", "Names", "new_network"]

_SCHEME: Final = "urn:fabcommons:"
_MOST: Final = 160
_HASH: Final = 16


class Kind(StrEnum):
    """What a name can be of."""

    ARRIVAL = "arrival"
    BOOKING = "booking"
    BUILD = "build"
    CHANGE = "change"  # of a design, which its maintainers took over
    CARRIER = "carrier"
    CHECK = "check"
    CORRECTION = "correction"
    DESIGN = "design"
    DESIGNERS = "designers"  # of a design, where no one maintainer is known
    JOB = "job"
    LAB = "lab"
    MACHINE = "machine"
    MATERIAL = "material"
    OFFER = "offer"
    PART = "part"
    PERSON = "person"
    PIECE = "piece"
    PROGRAM = "program"
    PURCHASE = "purchase"
    SHIPMENT_ITEM = "shipment-item"
    STOCK = "stock"
    TASK = "task"
    VENDOR = "vendor"
    WORK = "work"


def new_network() -> str:
    """A name for a network, which no other has."""
    return f"n{secrets.token_hex(10)}"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one network.

    Attributes:
        network: as it is called in them.
    """

    network: str

    @property
    def prefix(self) -> str:
        """With what all of them begin."""
        return f"{_SCHEME}{self.network}:"

    @property
    def whole(self) -> str:
        """The network itself, as an agent."""
        return f"{self.prefix}network"

    def of(self, kind: Kind, key: object) -> str:
        """The name of something; what is long is cut, and told apart by its hash."""
        text = quote(str(key), safe="-_.~")
        if len(text) > _MOST:
            cut = re.sub(r"%[0-9A-F]?$", "", text[: _MOST - _HASH])
            text = f"{cut}~{hashlib.sha256(text.encode()).hexdigest()[:_HASH]}"
        return f"{self.prefix}{kind}/{text}"

    def read(self, name: str) -> tuple[Kind, str] | None:
        """What a name of this network is of; None for any other name."""
        kind, slash, key = name.removeprefix(self.prefix).partition("/")
        if not name.startswith(self.prefix) or not slash or kind not in list(Kind):
            return None
        return Kind(kind), unquote(key)
