"""Reading the equipment of an Open Know-Where facility: each becomes a machine, or is left out with a note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from machines.exchange.lab_reader import LabReader
from machines.exchange.notes import strangers
from machines.exchange.shapes import items, mapping, number, text
from machines.exchange.words import material_of, process_of, slug
from machines.library import library

__all__ = ["EquipmentReader"]

_EQUIPMENT = {
    "equipment_type", "manufacturing_process", "make", "model", "quantity", "materials_worked", "x_travel", "y_travel",
    "z_travel", "nozzle_size", "laser_power",
}  # fmt: skip
_MOST_PIECES = 100
_MOST = 1e9


@dataclass
class EquipmentReader(LabReader):
    """Reads the equipment of facilities."""

    def equipment(self, found: Mapping[str, Any], where: str) -> Iterator[dict[str, Any]]:
        """The machines of a facility, as the labs document has them."""
        for each in items(found.get("equipment")):
            machine = mapping(each)
            made = self._machine(machine, where)
            if made is None:
                continue
            pieces = min(_MOST_PIECES, max(1, round(number(machine.get("quantity")) or 1)))
            base = made.pop("id")
            for _ in range(pieces):
                yield {"id": slug(base, self.machines, "machine"), **made}

    def _machine(self, found: Mapping[str, Any], where: str) -> dict[str, Any] | None:
        make, written = text(found.get("make")), text(found.get("model"))
        name = " ".join(each for each in (make, written) if each) or text(found.get("notes")) or "Machine"
        model = library().find(name) if make else None
        words = [text(found.get(key)) for key in ("manufacturing_process", "equipment_type")]
        process = next((known for word in words if word and (known := process_of(word))), None)
        where = f"{where}, {name}"
        if model is None and process is None:
            said = ", ".join(word for word in words if word) or "nothing"
            self.note(where, f"left out: no known process in {said}")
            return None
        document: dict[str, Any] = {"id": name}
        document |= {"model": model.id} if model else {"name": name}
        if process is not None and (model is None or process not in model.processes):
            document["processes"] = [process]
        document |= self._figures(found, where)
        explained = _EQUIPMENT | ({"build_volume"} if "envelope_mm" in document else set())
        self.notes += strangers(found, explained, where)
        return document

    def _figures(self, found: Mapping[str, Any], where: str) -> dict[str, Any]:
        document: dict[str, Any] = {}
        worked = [
            text(mapping(each).get("material_type")) or text(each) for each in items(found.get("materials_worked"))
        ]
        known = [material_of(word) for word in worked if word]
        if any(known):
            document["materials"] = list(dict.fromkeys(each for each in known if each))
        for word, material in zip((each for each in worked if each), known, strict=True):
            if material is None:
                self.note(where, f"the material {word} is no known word and left out")
        lengths = [number(found.get(f"{axis}_travel")) for axis in "xyz"]
        if all(length is not None and length > 0 for length in lengths):
            document["envelope_mm"] = lengths
        elif any(length is not None for length in lengths):
            self.note(where, f"the envelope is unknown: of x, y, z travel only {lengths}")
        for key, ours, many in (("nozzle_size", "nozzles_mm", True), ("laser_power", "power_w", False)):
            value = number(found.get(key))
            if value is not None and 0 < value < _MOST:
                document[ours] = [value] if many else value
        return document

    def listed(self, found: Mapping[str, Any], machines: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
        """A machine of which nothing else is known for each process that no equipment explains."""
        done = {word for machine in machines for word in machine.get("processes", ())}
        done |= {word for machine in machines if "model" in machine for word in library()[machine["model"]].processes}
        made = []
        for word in map(text, items(found.get("manufacturing_processes"))):
            process = process_of(word) if word else None
            if process is None:
                self.note(where, f"the process {word} is no known word and left out")
            elif process not in done:
                done.add(process)
                name = f"{process.replace('_', ' ')} (listed, no equipment stated)"
                made.append({"id": slug(f"{process}", self.machines, "machine"), "name": name, "processes": [process]})
        return made
