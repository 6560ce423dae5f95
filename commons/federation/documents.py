"""Signed documents: who says what about what, so that nobody on the way can change it (Ed25519, RFC 8032).

Form ``fabcommons-document/1``: a JSON object with ``version``, ``network`` (the signer's public key), ``kind``,
``subject``, ``number``, ``made_at``, ``body`` and ``signature``, which is over the canonical bytes of all the others.
Of one subject the highest number holds; a body of ``null`` withdraws what was said of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commons.federation.canonical import canonical, parse
from core.errors import InputError

__all__ = ["VERSION", "Document", "DocumentKind", "ForgedError", "Signer", "network_key", "read_document"]

VERSION: Final = "fabcommons-document/1"
_MOST_BYTES: Final = 2**20
_CLOCKS_DIFFER: Final = timedelta(hours=1)
_KEYS: Final = {"version", "network", "kind", "subject", "number", "made_at", "body", "signature"}
_SUBJECT: Final = re.compile(r"[\w][\w.:/@+-]{0,199}", re.ASCII)


class ForgedError(InputError):
    """A document that is not of who it says, or was changed on its way."""


class DocumentKind(StrEnum):
    """What a document says."""

    DESIGN = "design"  # a design that can be made
    OFFER = "offer"  # capacity of a lab, or an answer to a need
    PLAN = "plan"  # the public part of a plan
    ATTESTATION = "attestation"  # a fact that somebody observed
    KEY = "key"  # by which key the network signs from now on; see `commons.federation.keys`


@dataclass(frozen=True, slots=True)
class Document:
    """What a network said, its signature checked.

    Attributes:
        network: the public key, base64url without padding: the name of the network among others.
        kind: what it says.
        subject: what it is about, a name of the signer's own, such as "design/7".
        number: higher than those of all it has signed before.
        made_at: by the signer's clock.
        body: what is said; None withdraws what was said of the subject.
        data: the document's bytes, as they can be handed on.
    """

    network: str
    kind: DocumentKind
    subject: str
    number: int
    made_at: datetime
    body: Any
    data: bytes

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


class Signer:
    """A network's own key."""

    def __init__(self, secret: bytes) -> None:
        """Args: secret: 32 bytes, kept as other secrets are."""
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @classmethod
    def new(cls) -> Signer:
        """A new key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def secret(self) -> bytes:
        """To be kept: who has it speaks for the network."""
        return self._key.private_bytes_raw()

    @property
    def network(self) -> str:
        """The public key: the name of the network."""
        return _words_of(self._key.public_key().public_bytes_raw())

    def sign(self, kind: DocumentKind, subject: str, number: int, at: datetime, body: Any) -> Document:
        """Say something about a subject.

        Raises:
            InputError: the subject, number or body cannot be signed.
        """
        said = {
            "version": VERSION, "network": self.network, "kind": str(kind), "subject": subject, "number": number,
            "made_at": at.astimezone(UTC).isoformat(timespec="seconds"), "body": body,
        }  # fmt: skip
        signature = _words_of(self._key.sign(canonical(said)))
        return read_document(canonical({**said, "signature": signature}), now=at, where="a document of our own")


def read_document(data: bytes, *, now: datetime, where: str) -> Document:
    """Read and check a document that came from anywhere.

    Args:
        data: its bytes.
        now: by our clock: what says to be from the future is refused.
        where: it came from, for errors.

    Raises:
        InputError: it is no document, too large, or from the future.
        ForgedError: the signature is not that of the network that it names.
    """
    if len(data) > _MOST_BYTES:
        raise InputError(f"a document has at most {_MOST_BYTES // 1024} KiB", where=where)
    said = parse(data, where=where)
    if not isinstance(said, dict) or set(said) != _KEYS or said["version"] != VERSION:
        raise InputError(f"this is no {VERSION}", where=where, hint=f"it has just {', '.join(sorted(_KEYS))}")
    signature = said.pop("signature")
    key = Ed25519PublicKey.from_public_bytes(_bytes_of(said["network"], 32, where))
    try:
        key.verify(_bytes_of(signature, 64, where), canonical(said))
    except InvalidSignature as error:
        hint = "it was changed on its way, or is not of the network that it names"
        raise ForgedError("the signature does not hold", where=where, hint=hint) from error
    return _document(said, canonical({**said, "signature": signature}), now, where)


def network_key(network: str) -> bytes:
    """The 32 bytes of a network's public key.

    Raises:
        InputError: it is none.
    """
    return _bytes_of(network, 32, "the key of a network")


def _document(said: dict[str, Any], data: bytes, now: datetime, where: str) -> Document:
    number, subject = said["number"], said["subject"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InputError("a document has a number from 1", where=where)
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise InputError("a document has a subject, such as design/7", where=where)
    try:
        kind, made_at = DocumentKind(said["kind"]), datetime.fromisoformat(said["made_at"])
    except (ValueError, TypeError) as error:
        raise InputError("its kind or its time is not known", where=where) from error
    if made_at.tzinfo is None or made_at > now + _CLOCKS_DIFFER:
        raise InputError("it says that it is from the future", where=where, hint="are both clocks right?")
    return Document(said["network"], kind, subject, number, made_at, said["body"], data)


def _words_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes_of(words: Any, length: int, where: str) -> bytes:
    """Bytes of base64url; in one form only, so that no second name stands for the same key."""
    try:
        found = base64.b64decode(words + "=" * (-len(words) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InputError("a key or signature is no base64url", where=where) from error
    if len(found) != length or _words_of(found) != words:
        raise InputError("a key or signature has another length, or another form", where=where)
    return found
