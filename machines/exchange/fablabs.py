"""The list of labs of fablabs.io: places and six capabilities, no machines, no hours, no time zone.

Source: the JSON of https://api.fablabs.io/0/labs.json, by `app/serializers/lab_serializer.rb` of the site's own
repository. A capability becomes a machine of which nothing but the process is known, so that matching asks the lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.crosswalks import code_of, crosswalks
from core.trees import processes
from machines.exchange.lab_reader import LabReader
from machines.exchange.notes import strangers
from machines.exchange.shapes import country, email, items, mapping, place, text
from machines.exchange.words import slug
from machines.lab import Lab

__all__ = ["FablabsReader", "entry"]

_KNOWN = {
    "id", "name", "slug", "address_1", "address_2", "city", "county", "postal_code", "country_code", "latitude",
    "longitude", "phone", "email", "capabilities", "activity_status", "links",
}  # fmt: skip
_GONE = ("planned", "closed")


def entry(lab: Lab) -> dict[str, Any]:
    """One lab of the list; what only the site knows (its number, pictures, referees) is not invented."""
    codes = (code_of(word, "fablabs_io") for machine in lab.machines for word in machine.processes)
    address, contact = lab.address, lab.contact
    document = {
        "name": lab.name,
        "slug": lab.id,
        "address_1": address.street if address else None,
        "city": lab.place.city if lab.place else None,
        "county": address.region if address else None,
        "postal_code": address.postcode if address else None,
        "country_code": address.country.lower() if address and address.country else None,
        "latitude": lab.place.latitude if lab.place else None,
        "longitude": lab.place.longitude if lab.place else None,
        "phone": contact.phone if contact else None,
        "email": contact.email if contact else None,
        "capabilities": sorted({code.value for code in codes if code is not None}),
        "activity_status": "active",
        "links": [{"url": lab.website}] if lab.website else [],
    }
    return {key: value for key, value in document.items() if value is not None}


@dataclass
class FablabsReader(LabReader):
    """Reads the labs of a list one by one."""

    def read(self, found: Mapping[str, Any]) -> dict[str, Any] | None:
        """One lab, or None where it cannot be one; the notes say why."""
        name = text(found.get("name"))
        if name is None:
            self.note("a lab of the list", "has no name and is left out")
            return None
        status = text(found.get("activity_status"))
        if status in _GONE:
            self.note(f"lab {name}", f"left out: it is {status}")
            return None
        lab_id = slug(text(found.get("slug")) or name, self.labs, "lab")
        where = f"lab {lab_id}"
        document: dict[str, Any] = {"id": lab_id, "name": name, **_whereabouts(found)}
        zone = self.zone_of(document, where)
        if zone is None:
            return None
        document |= {"timezone": zone, "opening_hours": {}}
        self.note(where, "opening hours are not stated: it is taken as never open until it says more")
        if machines := list(self._machines_of(found, lab_id, where)):
            document["machines"] = machines
        self.notes += strangers(found, _KNOWN, where)
        return document

    def _machines_of(self, found: Mapping[str, Any], lab_id: str, where: str) -> Iterator[dict[str, Any]]:
        for word in map(text, items(found.get("capabilities"))):
            process = _capabilities().get(word or "")
            if process is None:
                self.note(where, f"the capability {word} is not known and left out")
                continue
            machine_id = slug(f"{lab_id[:24]}-{process}", self.machines, "machine")
            name = f"{processes()[process].label}, as fablabs.io lists it"
            yield {"id": machine_id, "name": name, "processes": [process]}


def _capabilities() -> dict[str, str]:
    """By capability the process that means it: of several, the broadest."""
    found: dict[str, str] = {}
    for node in sorted(processes(), key=lambda each: len(processes().ancestry(each.id))):
        if "fablabs_io" in node.facts:
            found.setdefault(str(node.facts["fablabs_io"]), node.id)
    return {word: found[word] for word in crosswalks()["fablabs_io"].values if word in found}


def _whereabouts(found: Mapping[str, Any]) -> dict[str, Any]:
    street = ", ".join(each for each in (text(found.get("address_1")), text(found.get("address_2"))) if each)
    address = {
        "street": street or None,
        "postcode": text(found.get("postal_code")),
        "region": text(found.get("county")),
        "country": country(found.get("country_code")),
    }
    contact = {"email": email(found.get("email")), "phone": text(found.get("phone"))}
    links = [text(mapping(each).get("url")) for each in items(found.get("links"))]
    document: dict[str, Any] = {
        "place": place(found.get("latitude"), found.get("longitude"), found.get("city")),
        "address": {key: value for key, value in address.items() if value},
        "contact": {key: value for key, value in contact.items() if value},
        "website": next((link for link in links if link), None),
    }
    return {key: value for key, value in document.items() if value}
