"""What other networks said: kept whatever the order in which it came, and never taken back by an old copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from commons.federation.documents import Document
from core.errors import InputError

__all__ = ["Inbox", "Taken"]


class Taken(StrEnum):
    """What became of a document."""

    NEW = "new"
    KNOWN = "known"  # the same again: nothing changes
    OLD = "old"  # something newer was said of its subject
    CONFLICT = "conflict"  # its signer has signed two things with one number; both are kept, neither is used


@dataclass(slots=True)
class Inbox:
    """The documents of the networks that we listen to.

    Attributes:
        listened_to: public keys of networks, with what we call them.
    """

    listened_to: Mapping[str, str]
    _held: dict[tuple[str, str], Document] = field(default_factory=dict)
    _seen: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    @property
    def conflicts(self) -> Mapping[tuple[str, int], tuple[str, ...]]:
        """By network and number: the SHA-256 of documents that cannot all be meant, in order."""
        return {key: tuple(sorted(hashes)) for key, hashes in self._seen.items() if len(hashes) > 1}

    def take(self, document: Document) -> Taken:
        """Take a document in.

        Raises:
            InputError: it is of a network that we do not listen to.
        """
        network, number = document.network, document.number
        if network not in self.listened_to:
            hint = "a steward adds the networks that are listened to"
            raise InputError("it is of a network that nobody here knows", where=f"network {network[:12]}", hint=hint)
        seen = self._seen.setdefault((network, number), set())
        if document.sha256 in seen:
            return Taken.KNOWN
        seen.add(document.sha256)
        held = self._held.get((network, document.subject))
        if held is None or held.number <= number:
            self._held[network, document.subject] = document
        if len(seen) > 1:
            return Taken.CONFLICT
        return Taken.NEW if self._held[network, document.subject] is document else Taken.OLD

    def said(self, network: str | None = None) -> list[Document]:
        """What holds now, of one network or all: the newest of each subject, by name.

        Not what was withdrawn, and nothing of a subject whose newest number stands on two documents.
        """
        found = [
            each
            for each in self._held.values()
            if each.body is not None
            and network in (None, each.network)
            and len(self._seen[each.network, each.number]) == 1
        ]
        return sorted(found, key=lambda each: (each.network, each.subject))
