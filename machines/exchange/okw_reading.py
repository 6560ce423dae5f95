"""Reading Open Know-Where facilities, also in the Open Hardware Manager's dialect, into our labs document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InputError
from machines.exchange.hours_text import read_hours_text
from machines.exchange.notes import Note, strangers
from machines.exchange.okw import ACCESS, DIALECTS, EXTENSION, facility
from machines.exchange.shapes import items, mapping, number, text
from machines.exchange.words import material_of, process_of, slug
from machines.exchange.zones import zone_of
from machines.lab import Place
from machines.library import library
from machines.network import network_of

__all__ = ["FacilityReader"]

_FACILITY = {
    "id", "name", "location", "facility_status", "owner", "contact", "opening_hours", "access_type", "equipment",
    "manufacturing_processes", "certifications", "domain", EXTENSION,
}  # fmt: skip
_EQUIPMENT = {
    "equipment_type", "manufacturing_process", "make", "model", "quantity", "materials_worked", "x_travel", "y_travel",
    "z_travel", "nozzle_size", "laser_power",
}  # fmt: skip
_MOST_PIECES = 100


@dataclass
class FacilityReader:
    """Reads facilities one by one; ids stay unique over all of them.

    Attributes:
        zone: for labs whose time zone is not known otherwise, or None.
        notes: what was not taken up or had to be assumed.
    """

    zone: str | None = None
    notes: list[Note] = field(default_factory=list)
    _labs: set[str] = field(default_factory=set)
    _machines: set[str] = field(default_factory=set)

    def read(self, found: Mapping[str, Any]) -> dict[str, Any] | None:
        """One lab, or None where it cannot be one; the notes say why."""
        own = self._extension(found)
        if own is not None:
            return own
        name = text(found.get("name"))
        if name is None:
            self.notes.append(Note("a facility", "has no name and is left out"))
            return None
        lab_id = slug(name, self._labs, "lab")
        where = f"lab {lab_id}"
        document: dict[str, Any] = {"id": lab_id, "name": name}
        location = mapping(found.get("location"))
        document |= self._whereabouts(location, where)
        hours, zone = self._hours(found, where)
        country = document.get("address", {}).get("country")
        zone = zone or self._zone(country, document.get("place"), where)
        if zone is None:
            return None
        document |= {"timezone": zone, "opening_hours": hours, **self._people(found)}
        machines = list(self._equipment(found, where))
        machines += self._listed(found, machines, where)
        certificates = [each for each in map(text, items(found.get("certifications"))) if each]
        if certificates:
            machines = [{**machine, "certificates": certificates} for machine in machines]
        if machines:
            document["machines"] = machines
        self._access(found, document, where)
        self.notes += strangers(found, _FACILITY, where)
        return document

    def _extension(self, found: Mapping[str, Any]) -> dict[str, Any] | None:
        """What our own extension says, where the standard's fields still say the same."""
        own = mapping(mapping(found.get(EXTENSION)).get("lab"))
        if not own:
            return None
        where = f"lab {text(own.get('id')) or '?'}"
        try:
            lab = network_of({"labs": [own]}, where=where).labs[0]
        except InputError as error:
            self.notes.append(Note(where, f"its extension {EXTENSION!r} cannot be used: {error.what}"))
            return None
        standard = {key: value for key, value in found.items() if key != EXTENSION}
        said = [facility(lab, dialect) for dialect in DIALECTS.values()]
        if standard not in said:
            least = min(said, key=lambda each: len(_unlike(each, standard)))
            keys = ", ".join(_unlike(least, standard))
            self.notes.append(Note(where, f"changed since it was written ({keys}): its extension is not taken up"))
            return None
        ids = {lab.id, *(machine.id for machine in lab.machines)}
        if lab.id in self._labs or ids & self._machines:
            self.notes.append(Note(where, "stands twice: its extension is not taken up"))
            return None
        self._labs.add(lab.id)
        self._machines |= {machine.id for machine in lab.machines}
        return dict(own)

    def _whereabouts(self, location: Mapping[str, Any], where: str) -> dict[str, Any]:
        address = mapping(location.get("address"))
        city = text(address.get("city")) or text(location.get("city"))
        street = " ".join(each for each in (text(address.get("street")), text(address.get("number"))) if each)
        country = text(address.get("country")) or text(location.get("country")) or ""
        written = {
            "street": street or None,
            "postcode": text(address.get("postcode")),
            "region": text(address.get("region")) or text(location.get("region")),
            "country": country.upper() if len(country) == 2 and country.isalpha() and country.isascii() else None,
        }
        document: dict[str, Any] = {}
        if said := {key: value for key, value in written.items() if value}:
            document["address"] = said
        parts = [number(part) for part in (text(location.get("gps_coordinates")) or "").split(",")]
        if len(parts) == 2 and _on_earth(parts):
            document["place"] = {"latitude": parts[0], "longitude": parts[1]} | ({"city": city} if city else {})
        elif city:
            self.notes.append(Note(where, f"the place is unknown: no coordinates for {city}"))
        if country and "country" not in said:
            self.notes.append(Note(where, f"country is not taken up: {country} is no ISO 3166 code of two letters"))
        self.notes += strangers(
            address, ("street", "number", "city", "region", "country", "postcode"), f"{where}, address"
        )
        self.notes += strangers(
            location, ("address", "gps_coordinates", "coordinates", "city", "region", "country"), f"{where}, location"
        )
        return document

    def _hours(self, found: Mapping[str, Any], where: str) -> tuple[dict[str, str | list[str]], str | None]:
        written = text(found.get("opening_hours"))
        hours, zone = read_hours_text(written) if written else (None, None)
        status = text(found.get("facility_status")) or "Active"
        if status != "Active":
            self.notes.append(Note(where, f"its status is {status}: it is taken as never open"))
            hours = {}
        elif hours is None:
            said = f"are {written!r}" if written else "are not stated"
            self.notes.append(Note(where, f"opening hours {said}: it is taken as never open until it says more"))
        return hours or {}, zone

    def _zone(self, country: str | None, place: Mapping[str, Any] | None, where: str) -> str | None:
        known = Place(place["latitude"], place["longitude"]) if place else None
        guess = zone_of(country, known)
        if guess is not None and (guess.sure or self.zone is None):
            if not guess.sure:
                self.notes.append(Note(where, f"the time zone is assumed to be {guess.zone}: {guess.basis}"))
            return guess.zone
        if self.zone is None:
            self.notes.append(Note(where, "left out: its time zone is not known; name one for such labs (--timezone)"))
        return self.zone

    def _people(self, found: Mapping[str, Any]) -> dict[str, Any]:
        owner, contact = mapping(found.get("owner")), mapping(found.get("contact"))
        ways = mapping(contact.get("contact"))
        email = text(ways.get("email")) or ""
        reached = {
            "name": text(contact.get("contact_person")),
            "email": email
            if email.count("@") == 1 and " " not in email.strip() and not email.startswith("@")
            else None,
            "phone": text(ways.get("landline")) or text(ways.get("mobile")),
        }
        languages = [each for each in map(text, items(owner.get("languages"))) if each and _is_language(each)]
        document = {
            "contact": {key: value for key, value in reached.items() if value},
            "website": text(owner.get("website")),
            "languages": languages,
        }
        self.notes += strangers(owner, ("name", "website", "languages"), "owner")
        self.notes += strangers(contact, ("name", "contact_person", "contact"), "contact")
        return {key: value for key, value in document.items() if value}

    def _access(self, found: Mapping[str, Any], document: dict[str, Any], where: str) -> None:
        written = text(found.get("access_type"))
        known = {name: access for access, name in ACCESS.items()}
        if written in known:
            document["access"] = str(known[written])
        elif written:
            self.notes.append(Note(where, f"access_type is not taken up: {written}"))

    def _equipment(self, found: Mapping[str, Any], where: str) -> Iterator[dict[str, Any]]:
        for each in items(found.get("equipment")):
            machine = mapping(each)
            made = self._machine(machine, where)
            if made is None:
                continue
            pieces = min(_MOST_PIECES, max(1, round(number(machine.get("quantity")) or 1)))
            base = made.pop("id")
            for _ in range(pieces):
                yield {"id": slug(base, self._machines, "machine"), **made}

    def _machine(self, found: Mapping[str, Any], where: str) -> dict[str, Any] | None:
        make, written = text(found.get("make")), text(found.get("model"))
        name = " ".join(each for each in (make, written) if each) or text(found.get("notes")) or "Machine"
        model = library().find(name) if make else None
        words = [text(found.get(key)) for key in ("manufacturing_process", "equipment_type")]
        process = next((known for word in words if word and (known := process_of(word))), None)
        where = f"{where}, {name}"
        if model is None and process is None:
            said = ", ".join(word for word in words if word) or "nothing"
            self.notes.append(Note(where, f"left out: no known process in {said}"))
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
                self.notes.append(Note(where, f"the material {word} is no known word and left out"))
        lengths = [number(found.get(f"{axis}_travel")) for axis in "xyz"]
        if all(length is not None and length > 0 for length in lengths):
            document["envelope_mm"] = lengths
        elif any(length is not None for length in lengths):
            self.notes.append(Note(where, f"the envelope is unknown: of x, y, z travel only {lengths}"))
        for key, ours, many in (("nozzle_size", "nozzles_mm", True), ("laser_power", "power_w", False)):
            value = number(found.get(key))
            if value is not None and 0 < value < 1e9:
                document[ours] = [value] if many else value
        return document

    def _listed(self, found: Mapping[str, Any], machines: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
        """A machine of which nothing else is known for each process that no equipment explains."""
        done = {word for machine in machines for word in machine.get("processes", ())}
        done |= {word for machine in machines if "model" in machine for word in library()[machine["model"]].processes}
        made = []
        for word in map(text, items(found.get("manufacturing_processes"))):
            process = process_of(word) if word else None
            if process is None:
                self.notes.append(Note(where, f"the process {word} is no known word and left out"))
            elif process not in done:
                done.add(process)
                name = f"{process.replace('_', ' ')} (listed, no equipment stated)"
                made.append({"id": slug(f"{process}", self._machines, "machine"), "name": name, "processes": [process]})
        return made


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _on_earth(parts: list[float | None]) -> bool:
    latitude, longitude = parts
    return latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180


def _is_language(tag: str) -> bool:
    first, *rest = tag.split("-")
    return first.isalpha() and first.islower() and len(first) in (2, 3) and all(2 <= len(each) <= 8 for each in rest)
