"""What labs, machines, processes and materials are called; what is not known goes by its id."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from core.trees import materials, processes
from machines.lab import Network

__all__ = ["Names", "material_name", "process_name"]


class Names:
    """Of one network, as it is at one moment."""

    def __init__(self, network: Network | None) -> None:
        self._network = network

    @property
    def zone(self) -> tzinfo:
        """The time zone of the first lab."""
        return ZoneInfo(self._network.labs[0].zone) if self._network is not None else UTC

    def lab(self, lab_id: str) -> str:
        """The name of a lab."""
        labs = self._network.labs if self._network is not None else ()
        return next((lab.name for lab in labs if lab.id == lab_id), lab_id)

    def machine(self, machine_id: str) -> str:
        """The name of a machine."""
        found = self._network.find(machine_id) if self._network is not None else None
        return found.name if found is not None else machine_id


@cache
def process_name(process_id: str) -> str:
    """The name of a process."""
    tree = processes()
    return tree[process_id].label if process_id in tree else process_id


@cache
def material_name(material_id: str) -> str:
    """The name of a material."""
    tree = materials()
    return tree[material_id].label if material_id in tree else material_id
