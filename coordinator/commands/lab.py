"""`fabcommons lab add|list|show|import|export`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from rich.table import Table
from rich.text import Text

from coordinator.commands.output import console, print_json, say, warn
from coordinator.plans.calendars import lab_calendar
from coordinator.settings import current
from core.errors import InputError
from core.makers import Maker
from machines.exchange.document import lab_document
from machines.exchange.formats import read_document, read_labs, write_labs
from machines.exchange.hours_text import hours_text
from machines.exchange.notes import Note
from machines.exchange.words import slug
from machines.lab import Lab, Network
from machines.labs_file import add_labs
from machines.network import network_of, read_network

__all__ = ["Wishes", "add", "file_of_labs", "give_out", "lab_of", "show", "show_all", "take_in"]

_DAYS_SHOWN = 14
_NOTES_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says of a new lab, as written."""

    name: str
    timezone: str
    hours: tuple[str, ...]
    lab_id: str | None
    place: str | None
    city: str | None
    accepts: str
    languages: tuple[str, ...]
    maker: Maker | None = None

    def entry(self) -> dict[str, Any]:
        """The lab as the labs file says it.

        Raises:
            InputError: hours or place cannot be read.
        """
        hours: dict[str, list[str]] = {}
        for each in self.hours:
            days, separator, span = each.partition("=")
            if not separator:
                raise InputError(f"{each!r} names no hours", where="--hours", hint="write mon-fri=09:00-18:00")
            hours.setdefault(days.strip(), []).append(span.strip())
        entry: dict[str, Any] = {
            "id": self.lab_id or slug(self.name, set(), "lab"),
            "name": self.name,
            "timezone": self.timezone,
        }
        if self.place is not None:
            entry["place"] = self._place(self.place)
        elif self.city is not None:
            raise InputError("a city needs its place", where="--city", hint="write --place LAT,LON too")
        entry["opening_hours"] = {days: spans[0] if len(spans) == 1 else spans for days, spans in hours.items()}
        if self.languages:
            entry["languages"] = list(self.languages)
        if self.maker is not None:
            entry["maker"] = str(self.maker)
        return entry | {"policy": {"accepts": self.accepts}}

    def _place(self, written: str) -> dict[str, Any]:
        try:
            latitude, longitude = (float(part) for part in written.split(","))
        except ValueError:
            raise InputError(f"{written!r} is no place", where="--place", hint="write 42.23,-8.72") from None
        return {"latitude": latitude, "longitude": longitude} | ({"city": self.city} if self.city else {})


def add(path: Path, wishes: Wishes, *, as_json: bool) -> None:
    """Add a lab to the file."""
    network = add_labs(path, [wishes.entry()])
    added = network.labs[-1]
    if as_json:
        print_json(lab_document(added))
        return
    say(f"{added.id} stands in {path} now")
    if not added.opening_hours:
        say("it states no opening hours (--hours), so nothing is planned there yet")


def show_all(path: Path, *, as_json: bool) -> None:
    """The labs of a file."""
    network = file_of_labs(path, "labs")
    if as_json:
        print_json([_summary(lab) for lab in network.labs])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("lab", "name", "where", "open", "offers", "machines"):
        table.add_column(heading, overflow="fold")
    for lab in network.labs:
        city = lab.place.city or f"{lab.place.latitude:g}, {lab.place.longitude:g}" if lab.place else "unknown"
        row = (lab.id, lab.name, city, hours_text(lab.opening_hours, lab.zone), str(lab.policy), str(len(lab.machines)))
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def show(path: Path, lab_id: str, *, as_json: bool) -> None:
    """All that a lab says of itself, and when it is open."""
    lab = lab_of(file_of_labs(path, f"lab {lab_id}"), lab_id, path)
    now = datetime.now(UTC).replace(microsecond=0)
    spans = _open_spans(lab, now)
    untrained = [
        each.id for each in lab.machines if each.training is not None and lab.people and not lab.operators(each)
    ]
    if as_json:
        opening = [{"start": start.isoformat(), "end": end.isoformat()} for start, end in spans]
        print_json(lab_document(lab) | {"open_next": opening, "untrained": untrained})
        return
    written = lab_document(lab)
    machines = written.pop("machines", [])
    console.file.write(_yaml(written))
    say(f"machines: {', '.join(each['id'] for each in machines) or 'none'}")
    say(f"open in the next {_DAYS_SHOWN} days ({lab.zone}):")
    for start, end in spans:
        say(f"  {start:%a %d %b %H:%M} to {end:%a %H:%M}")
    for each in untrained:
        say(f"nobody listed holds the training that {each} asks for")


def take_in(path: Path, file: Path, form: str | None, zone: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Add labs of another format."""
    reading = read_labs(read_document(file), where=str(file), form=form, zone=zone)
    entries = reading.document["labs"]
    if not dry_run:
        add_labs(path, entries)
    if as_json:
        print_json({"labs": entries, "notes": _notes(reading.notes), "written": None if dry_run else str(path)})
        return
    found = network_of(reading.document, where=str(file))
    what = f"labs: {len(found.labs)}, machines: {len(found.machines)}"
    say(f"{what}; they would be added to {path}" if dry_run else f"{what}; they stand in {path} now")
    for note in reading.notes[:_NOTES_SHOWN]:
        say(f"{note.where}: {note.what}")
    if len(reading.notes) > _NOTES_SHOWN:
        say(f"and {len(reading.notes) - _NOTES_SHOWN} more notes (--json has them all)")


def give_out(
    path: Path, lab_ids: tuple[str, ...], form: str, out: Path | None, *, private: bool, as_json: bool
) -> None:
    """Write labs in another format."""
    network = read_network(path)
    labs = tuple(lab_of(network, each, path) for each in lab_ids) or network.labs
    writing = write_labs(labs, form, private=private)
    as_yaml = out.suffix.lower() in (".yaml", ".yml") if out is not None else form == "labs" and not as_json
    text = _yaml(writing.document) if as_yaml else json.dumps(writing.document, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        console.file.write(text)
    else:
        _write(out, text)
    if as_json and out is not None:
        print_json({"written": str(out), "losses": _notes(writing.losses)})
        return
    for note in writing.losses:
        warn(f"{note.where}: {note.what}")


def file_of_labs(path: Path, instead: str) -> Network:
    """A labs file that is to be shown.

    Args:
        path: of the file.
        instead: what `fabcommons network` shows of a coordinator's labs, for whoever meant those.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if path.exists():
        return read_network(path)
    hint = "--labs names another; `fabcommons lab add` begins one"
    settings = current("client")
    if "coordinator" in settings or "dir" in settings:
        hint = f"`fabcommons network {instead}` asks your coordinator; --labs names another file"
    raise InputError("there is no labs file here", where=str(path), hint=hint)


def lab_of(network: Network, lab_id: str, path: Path) -> Lab:
    """The lab of this id.

    Raises:
        InputError: there is none; the hint lists what there is.
    """
    for lab in network.labs:
        if lab.id == lab_id:
            return lab
    known = ", ".join(lab.id for lab in network.labs[:8])
    raise InputError(f"there is no lab {lab_id!r}", where=str(path), hint=f"there are {known}")


def _summary(lab: Lab) -> dict[str, Any]:
    written = lab_document(lab)
    keys = ("id", "name", "timezone", "place", "opening_hours", "policy")
    return {key: written[key] for key in keys if key in written} | {"machines": [each.id for each in lab.machines]}


def _open_spans(lab: Lab, now: datetime) -> list[tuple[datetime, datetime]]:
    zone = ZoneInfo(lab.zone)
    windows = lab_calendar(lab, now, _DAYS_SHOWN * 86400).windows
    moments = ((now + timedelta(seconds=each.start_s), now + timedelta(seconds=each.end_s)) for each in windows)
    return [(start.astimezone(zone), end.astimezone(zone)) for start, end in moments]


def _notes(notes: Iterable[Note]) -> list[dict[str, str]]:
    return [{"where": each.where, "what": each.what} for each in notes]


def _yaml(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


def _write(out: Path, text: str) -> None:
    """Write a file whole: a reader sees the old one or the new one."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise InputError(f"the file cannot be written: {error.strerror}", where=str(out)) from None
