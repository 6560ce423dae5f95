"""The part of the API under `ledger`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = ["FlowView", "ImportedView", "Ledger", "RateView", "SumView", "SummaryView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """An economic event: who gave how much of what to whom, when.

    Names are those of the network, the same for ever. Quantities are exact decimals as text; in an event that takes
    another back they are below zero. `taken_back_by` is the event that takes this one back, `source` where it was
    imported from, empty for what happened here.
    """

    number: int
    id: str
    at: datetime
    action: str
    provider: str | None
    receiver: str | None
    quantity: str | None
    unit: str | None
    effort: str | None
    effort_unit: str | None
    resource: str | None
    to_resource: str | None
    specification: str | None
    kinds: tuple[str, ...]
    process: str | None
    state: str | None
    corrects: str | None
    taken_back_by: str | None
    note: str
    build_id: int | None
    design_id: int | None
    source: str
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedView:
    """What came of an import: how many events are new, and how many were known.

    `set_aside` counts corrections that proved wrong and count nowhere, `waiting` those whose event is not here.
    """

    source: str
    new: int
    known: int
    set_aside: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """What somebody asks for an hour from a moment on: a person for a kind of work, or a lab for its machines.

    `machine` is null where it is for all machines of the lab that have none of their own.
    """

    id: int
    person_id: str | None
    lab: str | None
    machine: str | None
    kind: str
    cents_per_hour: int
    currency: str
    since: datetime
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SumView:
    """So much of one action, such as 90 min of work; `kind` is the kind of contribution, empty where there is none."""

    action: str
    kind: str
    unit: str
    quantity: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """What a person or a lab gave and received, without what was taken back. `name` is its name in economic events."""

    name: str
    gave: tuple[SumView, ...]
    received: tuple[SumView, ...]


class Ledger(Calls):
    """The part of the API under `ledger`."""

    def list_flows(
        self,
        *,
        build_id: int | None = None,
        design_id: int | None = None,
        lab: str | None = None,
        person: str | None = None,
    ) -> Iterator[FlowView]:
        """Economic events, the newest first: who gave how much of what to whom.

        `build_id`: Only of this build.
        `design_id`: Only of this design, in all its versions.
        `lab`: Only what this lab gave or received.
        `person`: Only what this person gave or received.
        """
        return self._pages(
            FlowView, "/ledger", {"build_id": build_id, "design_id": design_id, "lab": lab, "person": person}, 200
        )

    def export_valueflows(self, *, build_id: int | None = None) -> bytes:
        """The ledger as JSON-LD in the terms of ValueFlows 1.0, whole or of one build.

        `build_id`: Only of this build.
        """
        return self._caller.bytes("/ledger/valueflows", query={"build_id": build_id})

    def export_beancount(self, *, build_id: int | None = None) -> str:
        """The ledger as plain-text accounting, whole or of one build; every transaction balances.

        `build_id`: Only of this build.
        """
        return self._caller.text("/ledger/beancount", query={"build_id": build_id})

    def import_uploaded_ledger(self, upload_id: str, name: str, *, key: str | None = None) -> ImportedView:
        """The same, with a document that was uploaded in parts; the upload stays until it is ended or expires."""
        return self._one(
            ImportedView,
            "POST",
            "/ledger/imports/uploaded",
            body={"upload_id": upload_id, "name": name},
            key=new_key(key),
        )

    def read_flow(self, number: int) -> FlowView:
        """One economic event."""
        return self._one(FlowView, "GET", f"/ledger/{segment(number)}")

    def correct_flow(self, number: int, why: str, *, instead: str | None = None, key: str | None = None) -> FlowView:
        """Take an event back, wholly, and enter what is right anew; nothing is erased."""
        return self._one(
            FlowView,
            "POST",
            f"/ledger/{segment(number)}/correction",
            body={"why": why, "instead": instead},
            key=new_key(key),
        )

    def declare_work(
        self,
        kind: str,
        minutes: int,
        *,
        at: datetime | None = None,
        build_id: int | None = None,
        design_id: int | None = None,
        note: str = "",
        key: str | None = None,
    ) -> FlowView:
        """Enter work of your own that nothing else tells of."""
        return self._one(
            FlowView,
            "POST",
            "/work",
            body={
                "kind": kind,
                "minutes": minutes,
                "at": at,
                "build_id": build_id,
                "design_id": design_id,
                "note": note,
            },
            key=new_key(key),
        )

    def read_given_by_person(self, person_id: str) -> SummaryView:
        """What a person gave and received in all."""
        return self._one(SummaryView, "GET", f"/people/{segment(person_id)}/given")

    def read_given_by_lab(self, lab_id: str) -> SummaryView:
        """What a lab gave and received in all."""
        return self._one(SummaryView, "GET", f"/labs/{segment(lab_id)}/given")

    def list_rates_of_person(self, person_id: str) -> tuple[RateView, ...]:
        """What a person asks for an hour, and asked before; for the person and for stewards."""
        found: tuple[RateView, ...] = self._any(tuple[RateView, ...], "GET", f"/people/{segment(person_id)}/rates")
        return found

    def set_rate(
        self,
        kind: str,
        cents_per_hour: int,
        *,
        currency: str = "EUR",
        since: datetime | None = None,
        key: str | None = None,
    ) -> RateView:
        """Say what you ask for an hour. A rate that is changed counts from now on, or later."""
        return self._one(
            RateView,
            "POST",
            "/rates",
            body={"kind": kind, "cents_per_hour": cents_per_hour, "currency": currency, "since": since},
            key=new_key(key),
        )

    def list_rates_of_lab(self, lab_id: str) -> tuple[RateView, ...]:
        """What a lab asks for an hour of its machines, and asked before."""
        found: tuple[RateView, ...] = self._any(tuple[RateView, ...], "GET", f"/labs/{segment(lab_id)}/rates")
        return found

    def set_machine_rate(
        self,
        lab_id: str,
        cents_per_hour: int,
        *,
        machine: str | None = None,
        currency: str = "EUR",
        since: datetime | None = None,
        key: str | None = None,
    ) -> RateView:
        """Say what your lab asks for an hour of its machines."""
        return self._one(
            RateView,
            "POST",
            f"/labs/{segment(lab_id)}/rates",
            body={"cents_per_hour": cents_per_hour, "machine": machine, "currency": currency, "since": since},
            key=new_key(key),
        )
