"""Reading Open Know-Where facilities, also in the Open Hardware Manager's dialect, into our labs document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputError
from machines.exchange.hours_text import read_hours_text
from machines.exchange.notes import strangers
from machines.exchange.okw import ACCESS, DIALECTS, EXTENSION, facility
from machines.exchange.okw_equipment import EquipmentReader
from machines.exchange.shapes import country, email, items, mapping, place, text
from machines.exchange.words import slug
from machines.network import network_of

__all__ = ["FacilityReader"]

_FACILITY = {
    "id", "name", "location", "facility_status", "owner", "contact", "opening_hours", "access_type", "equipment",
    "manufacturing_processes", "certifications", "domain", EXTENSION,
}  # fmt: skip


@dataclass
class FacilityReader(EquipmentReader):
    """Reads facilities one by one."""

    def read(self, found: Mapping[str, Any]) -> dict[str, Any] | None:
        """One lab, or None where it cannot be one; the notes say why."""
        own = self._extension(found)
        if own is not None:
            return own
        name = text(found.get("name"))
        if name is None:
            self.note("a facility", "has no name and is left out")
            return None
        lab_id = slug(name, self.labs, "lab")
        where = f"lab {lab_id}"
        document: dict[str, Any] = {"id": lab_id, "name": name}
        location = mapping(found.get("location"))
        document |= self._whereabouts(location, where)
        hours, zone = self._hours(found, where)
        zone = zone or self.zone_of(document, where)
        if zone is None:
            return None
        document |= {"timezone": zone, "opening_hours": hours, **self._people(found)}
        machines = list(self.equipment(found, where))
        machines += self.listed(found, machines, where)
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
            self.note(where, f"its extension {EXTENSION!r} cannot be used: {error.what}")
            return None
        standard = {key: value for key, value in found.items() if key != EXTENSION}
        said = [facility(lab, dialect) for dialect in DIALECTS.values()]
        if standard not in said:
            least = min(said, key=lambda each: len(_unlike(each, standard)))
            keys = ", ".join(_unlike(least, standard))
            self.note(where, f"changed since it was written ({keys}): its extension is not taken up")
            return None
        ids = {lab.id, *(machine.id for machine in lab.machines)}
        if lab.id in self.labs or ids & self.machines:
            self.note(where, "stands twice: its extension is not taken up")
            return None
        self.labs.add(lab.id)
        self.machines |= {machine.id for machine in lab.machines}
        return dict(own)

    def _whereabouts(self, location: Mapping[str, Any], where: str) -> dict[str, Any]:
        address = mapping(location.get("address"))
        city = text(address.get("city")) or text(location.get("city"))
        street = " ".join(each for each in (text(address.get("street")), text(address.get("number"))) if each)
        nation = text(address.get("country")) or text(location.get("country"))
        written = {
            "street": street or None,
            "postcode": text(address.get("postcode")),
            "region": text(address.get("region")) or text(location.get("region")),
            "country": country(nation),
        }
        document: dict[str, Any] = {}
        if said := {key: value for key, value in written.items() if value}:
            document["address"] = said
        parts = [*(text(location.get("gps_coordinates")) or "").split(","), None]
        if (found := place(parts[0], parts[1], city)) is not None:
            document["place"] = found
        elif city:
            self.note(where, f"the place is unknown: no coordinates for {city}")
        if nation and country(nation) is None:
            self.note(where, f"country is not taken up: {nation} is no ISO 3166 code of two letters")
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
            self.note(where, f"its status is {status}: it is taken as never open")
            hours = {}
        elif hours is None:
            said = f"are {written!r}" if written else "are not stated"
            self.note(where, f"opening hours {said}: it is taken as never open until it says more")
        return hours or {}, zone

    def _people(self, found: Mapping[str, Any]) -> dict[str, Any]:
        owner, contact = mapping(found.get("owner")), mapping(found.get("contact"))
        ways = mapping(contact.get("contact"))
        reached = {
            "name": text(contact.get("contact_person")),
            "email": email(ways.get("email")),
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
            self.note(where, f"access_type is not taken up: {written}")


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _is_language(tag: str) -> bool:
    first, *rest = tag.split("-")
    return first.isalpha() and first.islower() and len(first) in (2, 3) and all(2 <= len(each) <= 8 for each in rest)
