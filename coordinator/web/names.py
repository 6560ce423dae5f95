"""What labs, machines, processes and materials are called; what is not known goes by its id."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from coordinator.web.languages import ENGLISH, Language
from core.trees import Tree, materials, processes
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


def process_name(process_id: str, spoken: Language = ENGLISH) -> str:
    """The name of a process."""
    return _name(processes(), process_id, spoken.code)


def material_name(material_id: str, spoken: Language = ENGLISH) -> str:
    """The name of a material."""
    return _name(materials(), material_id, spoken.code)


@lru_cache(maxsize=4096)
def _name(tree: Tree, node_id: str, code: str) -> str:
    """As the vocabulary has it in a language, else in English; what it does not know goes by its id.

    Names that are letters, such as PLA, are the same in all workshops. The vocabulary writes its spellings small, which
    German nouns are not: single words are written large, and several, of which nobody knows which are nouns, stay
    English.
    """
    if node_id not in tree:
        return node_id
    node = tree[node_id]
    names = node.names.get(code, ())
    if code == "en" or not names or node.label.isupper() or (code == "de" and " " in names[0]):
        return node.label
    letters = {"3D", *(word for word in node.label.split() if word.isupper())}
    steps = (each.upper() if each.upper() in letters else each for each in re.split("([ -])", names[0]))
    return "".join(each[:1].upper() + each[1:] if code == "de" else each for each in steps)
