"""What there is to say of the subject of an event: which task, machine, lab, build and design, in plain words.

Only what everybody may read; and as strangers wrote some of it, nothing that a chat would take for a link or a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.builds import BuildRow, DesignRow, JobRow, LotRow, OfferRow, PieceRow, TaskRow
from coordinator.schema.network import AgentRow, LabRow, MachineRow
from coordinator.schema.shipment import ShipmentRow
from coordinator.schema.supply import PurchaseRow
from coordinator.service.alerts.rules import Rule
from coordinator.service.alerts.together import FINDERS, Concern

__all__ = ["Facts", "facts_of", "moment_in", "plain", "sentence_of"]

_MOST = 160
_LONGEST = 600
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_CALLS = str.maketrans({"@": "(at)", "<": "\u2039", ">": "\u203a", "`": "'", "*": "\u2217", "|": "/"})


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one subject.

    Attributes:
        subject: such as "job J7-1a2b3c4d".
        lab: the id of the lab that it concerns, or "".
        build_id, design_id: that it belongs to, or None.
        words: by name, what sentences may say.
        people: whom it is for by name.
    """

    subject: str
    lab: str = ""
    build_id: int | None = None
    design_id: int | None = None
    words: dict[str, str] = field(default_factory=dict)
    people: frozenset[str] = frozenset()

    def saying(self, **words: object) -> Facts:
        """The same with more words."""
        return replace(self, words=self.words | {name: plain(str(each)) for name, each in words.items()})


def plain(text: str) -> str:
    """Words of strangers on one line, that no chat and no mail program takes for more than words."""
    flat = _BREAKS.sub(" ", text).strip().translate(_CALLS).replace("://", ": //")
    return flat if len(flat) <= _MOST else flat[: _MOST - 1] + "\u2026"


def sentence_of(rule: Rule, facts: Facts) -> str:
    """What is told."""
    return rule.sentence.format_map(_Known(facts.words))[:_LONGEST].rstrip()


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "unknown"


def facts_of(session: Session, subject: str, data: dict[str, Any], why: str = "") -> Facts:
    """The facts of an event's subject; what cannot be found is left out.

    Args:
        session: to read in.
        subject: of the event.
        data: of the event; a "lab", "machine", "build" or "job" in it is taken where the subject does not say.
        why: of the event.
    """
    noun, _, key = subject.partition(" ")
    named = FINDERS.get(noun)
    found = _by_name(session, named(session, key)) if named else _FINDERS.get(noun, _nothing)(session, key, data)
    return replace(found, subject=subject).saying(why=why.rstrip(".") or "no reason was given")


def moment_in(session: Session, lab: str, moment: datetime) -> str:
    """A moment in the zone of a lab, or in UTC where it is of none."""
    row = session.get(LabRow, lab) if lab else None
    zone = ZoneInfo(row.document["timezone"]) if row is not None else ZoneInfo("UTC")
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}"


def _by_name(session: Session, found: Concern | None) -> Facts:
    """What is for people by name; of an income or a vote no lab is told."""
    if found is None:
        return Facts("")
    facts = Facts("", build_id=found.build_id, design_id=found.design_id, people=found.people)
    words = {
        name: moment_in(session, "", each) if isinstance(each, datetime) else each for name, each in found.words.items()
    }
    return facts.saying(**words)


def _of_job(session: Session, key: str, _: dict[str, Any]) -> Facts:
    job = session.get(JobRow, key)
    return Facts("") if job is None else _of_lot(session, job.lot, job.lab, job.machine)


def _of_offer(session: Session, key: str, _: dict[str, Any]) -> Facts:
    offer = session.get(OfferRow, int(key)) if key.isdecimal() else None
    return Facts("") if offer is None else _of_lot(session, offer.lot, offer.lab, offer.machine)


def _of_piece(session: Session, key: str, _: dict[str, Any]) -> Facts:
    piece = session.get(PieceRow, int(key)) if key.isdecimal() else None
    return Facts("") if piece is None else _of_lot(session, piece.job.lot, piece.job.lab, piece.job.machine)


def _of_machine(session: Session, key: str, data: dict[str, Any]) -> Facts:
    machine = session.get(MachineRow, key)
    if machine is None:
        return Facts("")
    job = session.get(JobRow, data["job"]) if isinstance(data.get("job"), str) else None
    if job is not None:
        return _of_lot(session, job.lot, machine.lab, key)
    return _at(session, Facts(""), machine.lab, key)


def _of_lab(session: Session, key: str, _: dict[str, Any]) -> Facts:
    return _at(session, Facts(""), key)


def _of_agent(session: Session, key: str, _: dict[str, Any]) -> Facts:
    agent = session.get(AgentRow, key)
    return Facts("") if agent is None else _at(session, Facts("").saying(agent=agent.name), agent.lab)


def _of_build(session: Session, key: str, data: dict[str, Any]) -> Facts:
    build = session.get(BuildRow, int(key)) if key.isdecimal() else None
    if build is None:
        return Facts("")
    facts = _of_a_build(build)
    named = select(TaskRow.name).where(TaskRow.build_id == build.id, TaskRow.key == data.get("task"))
    if isinstance(data.get("task"), str):
        facts = facts.saying(task=session.scalar(named) or data["task"])
    return _at(session, facts, data["lab"]) if isinstance(data.get("lab"), str) else facts


def _of_task(session: Session, key: str, data: dict[str, Any]) -> Facts:
    """A task's key is of its build, which only some events name."""
    build_id = data.get("build")
    query = select(TaskRow).where(TaskRow.key == key)
    if isinstance(build_id, int):
        query = query.where(TaskRow.build_id == build_id)
    rows = session.scalars(query.limit(2)).all()
    if len(rows) != 1:
        return Facts("")
    return _of_a_build(rows[0].build).saying(task=rows[0].name)


def _of_bought(session: Session, key: str, _: dict[str, Any]) -> Facts:
    task = session.get(TaskRow, int(key)) if key.isdecimal() else None
    return Facts("") if task is None else _of_a_build(task.build).saying(task=task.name)


def _of_purchase(session: Session, key: str, _: dict[str, Any]) -> Facts:
    """A purchase may be for several builds; it concerns the first, and is named by its supplier."""
    row = session.get(PurchaseRow, int(key)) if key.isdecimal() else None
    if row is None:
        return Facts("")
    of_build = _of_a_build(row.items[0].task.build) if row.items else Facts("")
    return of_build.saying(supplier=row.supplier or "a supplier")


def _of_shipment(session: Session, key: str, _: dict[str, Any]) -> Facts:
    """A shipment concerns where it goes to."""
    row = session.get(ShipmentRow, int(key)) if key.isdecimal() else None
    if row is None:
        return Facts("")
    of_build = _of_a_build(row.build) if row.build is not None else Facts("")
    to = row.to_lab or ""
    facts = _at(session, of_build, to) if to else of_build
    return facts.saying(shipment=row.id, things=len(row.items), carrier=row.carrier or "nobody named")


def _of_design(session: Session, key: str, _: dict[str, Any]) -> Facts:
    design = session.get(DesignRow, int(key)) if key.isdecimal() else None
    return Facts("") if design is None else Facts("", design_id=design.id).saying(design=design.name)


def _nothing(session: Session, _: str, data: dict[str, Any]) -> Facts:
    """Of what has no finder of its own, what the event itself says."""
    for noun in ("job", "machine", "build", "lab"):
        named = data.get(noun)
        if isinstance(named, str | int):
            return _FINDERS[noun](session, str(named), {each: data[each] for each in ("task", "lab") if each in data})
    return Facts("")


def _of_a_build(build: BuildRow) -> Facts:
    return Facts("", build_id=build.id, design_id=build.design_id).saying(build=build.id, design=build.design.name)


def _of_lot(session: Session, lot: LotRow, lab: str, machine: str) -> Facts:
    return _at(session, _of_a_build(lot.task.build).saying(task=lot.task.name), lab, machine)


def _at(session: Session, facts: Facts, lab: str, machine: str | None = None) -> Facts:
    row = session.get(LabRow, lab)
    here = replace(facts, lab=lab).saying(lab=row.document["name"] if row else lab)
    if machine is None:
        return here
    found = session.get(MachineRow, machine)
    return here.saying(machine=(found.document.get("name") if found else None) or machine)


_FINDERS = {
    "job": _of_job, "run": _of_job, "offer": _of_offer, "piece": _of_piece, "machine": _of_machine, "lab": _of_lab,
    "agent": _of_agent, "build": _of_build, "task": _of_task, "bought": _of_bought, "purchase": _of_purchase,
    "shipment": _of_shipment, "design": _of_design,
}  # fmt: skip
