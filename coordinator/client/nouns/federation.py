"""The part of the API under `federation`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    DesignView,
)

__all__ = [
    "DocumentKind",
    "DocumentView",
    "Federation",
    "HeardView",
    "NeighbourView",
    "OriginView",
    "OwnView",
    "PulledView",
    "RefusedView",
    "TakenView",
]


DocumentKind: TypeAlias = Literal["design", "offer", "plan", "attestation", "key"]
"""What a document says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A signed document, as `commons.federation.documents` has it."""

    version: str
    network: str
    kind: DocumentKind
    subject: str
    number: int
    made_at: str
    body: dict[str, Any] | None
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardView:
    """What a neighbour says of something; nothing holds of what it contradicts itself about.

    `here` is the design of our own that has the same content, or null.
    """

    id: int
    neighbour: str
    kind: DocumentKind
    subject: str
    number: int
    said_at: datetime
    came_at: datetime
    in_conflict: bool
    body: dict[str, Any]
    here: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourView:
    """A network that we listen to, once it is confirmed: somebody has compared the words of its key."""

    name: str
    url: str
    key: str
    words: str
    confirmed_at: datetime | None
    added_at: datetime
    added_by: str
    heard_at: datetime | None
    last_answer: str
    documents: int
    contradictions: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginView:
    """A network that this one began as a fork of, as its export of that moment has it."""

    name: str
    key: str | None
    written_at: datetime
    forked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnView:
    """This network among others; `words` are the fingerprint of its key, to be read out, null before the first use.

    `forked_from` is the network that it began as a fork of, null for one that is none.
    """

    name: str
    forked_from: OriginView | None
    key: str | None
    words: str | None
    kinds: tuple[DocumentKind, ...]
    documents: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledView:
    """What came of asking a neighbour: so many documents that are new, known or refused, and the first reasons why."""

    neighbour: str
    new: int
    known: int
    refused: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedView:
    """Something that came and was refused; `begins` are its first characters."""

    id: int
    neighbour: str
    way: str
    sha256: str
    why: str
    begins: str
    came_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenView:
    """What came of a stick: so many documents that are new, known or refused, the first reasons why, and archives."""

    new: int
    known: int
    refused: int
    reasons: tuple[str, ...]
    archives: int


class Federation(Calls):
    """The part of the API under `federation`."""

    def read_federation(self) -> OwnView:
        """This network as others see it: its name, its key, the words of the key, and what it publishes."""
        return self._one(OwnView, "GET", "/federation")

    def choose_published(self, kinds: Sequence[DocumentKind], *, key: str | None = None) -> OwnView:
        """Choose what is published; for stewards. What is no longer chosen is withdrawn at once."""
        return self._one(OwnView, "PUT", "/federation", body={"kinds": kinds}, key=new_key(key))

    def publish_now(self, *, key: str | None = None) -> OwnView:
        """Sign now what has changed, instead of within a minute; for stewards."""
        return self._one(OwnView, "POST", "/federation/publish", key=new_key(key))

    def change_key(self, *, key: str | None = None) -> OwnView:
        """Sign with a new key from now on, which the old key signs; for stewards."""
        return self._one(OwnView, "POST", "/federation/key", key=new_key(key))

    def list_documents(self) -> Iterator[DocumentView]:
        """What this network says, signed, in the order of its numbers; the form is fabcommons-document/1."""
        return self._pages(DocumentView, "/federation/documents", {}, 200)

    def take_uploaded_stick(self, upload_id: str) -> TakenView:
        """Take in what another network packed and what was uploaded in parts; for stewards."""
        return self._one(TakenView, "POST", "/federation/stick/uploaded", body={"upload_id": upload_id})

    def list_neighbours(self) -> tuple[NeighbourView, ...]:
        """The networks that are listened to, by name."""
        found: tuple[NeighbourView, ...] = self._any(tuple[NeighbourView, ...], "GET", "/federation/neighbours")
        return found

    def add_neighbour(
        self, url: str, *, public_key: str | None = None, name: str | None = None, key: str | None = None
    ) -> NeighbourView:
        """Listen to a network; for stewards. Without a key nothing is taken from it before its words were compared."""
        return self._one(
            NeighbourView,
            "POST",
            "/federation/neighbours",
            body={"url": url, "public_key": public_key, "name": name},
            key=new_key(key),
        )

    def confirm_neighbour(self, name: str, words: str, *, key: str | None = None) -> NeighbourView:
        """Say which words its people read out to you; the key counts if they are its own. For stewards."""
        return self._one(
            NeighbourView,
            "POST",
            f"/federation/neighbours/{segment(name)}/confirm",
            body={"words": words},
            key=new_key(key),
        )

    def pull_neighbour(self, name: str) -> PulledView:
        """Ask a network now for what is new, instead of within a quarter of an hour; for stewards."""
        return self._one(PulledView, "POST", f"/federation/neighbours/{segment(name)}/pull")

    def leave_neighbour(self, name: str, *, key: str | None = None) -> NeighbourView:
        """Listen no more; all that came from it goes, but for designs that were brought in. For stewards."""
        return self._one(NeighbourView, "DELETE", f"/federation/neighbours/{segment(name)}", key=new_key(key))

    def list_heard(self, *, kind: DocumentKind | None = None, neighbour: str | None = None) -> Iterator[HeardView]:
        """What neighbours say and what holds of it now, the newest first.

        `kind`: Only of this kind.
        `neighbour`: Only of this one.
        """
        return self._pages(HeardView, "/federation/heard", {"kind": kind, "neighbour": neighbour}, 200)

    def bring_in_design(self, heard_id: int, *, key: str | None = None) -> DesignView:
        """Make a neighbour's design one of yours, with its origin and licence."""
        return self._one(DesignView, "POST", f"/federation/heard/{segment(heard_id)}/bring-in", key=new_key(key))

    def list_refused(self) -> Iterator[RefusedView]:
        """What came and was refused, and why, the newest first; for stewards."""
        return self._pages(RefusedView, "/federation/refused", {}, 200)
