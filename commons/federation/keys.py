"""Keys of networks: in words that people compare over a telephone, and one key followed by another.

The words are proquints (D. S. Wilkerson, "A Proposal for Proquints: Identifiers that are Readable, Spellable, and
Pronounceable", arXiv:0901.4016): 16 bits are five letters, consonant and vowel in turn, which can be said in most
languages. Six of them are the first 96 bits of the key's SHA-256.

A network goes over to another key by a document of kind "key" that the old key signs. In it lies another, signed by
the new key, which says that it follows the old: nobody can be handed a key that is not theirs.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from commons.federation.documents import Document, DocumentKind, Signer, network_key, read_document
from core.errors import InputError

__all__ = ["SUBJECT", "follower_in", "handover", "same_words", "words_of"]

SUBJECT: Final = "key"
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"
_WORDS: Final = 6


def words_of(network: str) -> str:
    """The fingerprint of a key, such as "lusab-babad-gutih-tugad-mudof-sakat".

    Raises:
        InputError: it is no key.
    """
    digest = hashlib.sha256(network_key(network)).digest()
    return "-".join(_word(int.from_bytes(digest[2 * at : 2 * at + 2])) for at in range(_WORDS))


def same_words(said: str, network: str) -> bool:
    """Whether words that somebody typed are those of a key, however they were written down."""
    plain = "".join(each for each in said.lower() if each.isalpha())
    return plain == words_of(network).replace("-", "")


def handover(old: Signer, new: Signer, number: int, at: datetime) -> Document:
    """The document by which a network goes over from one key to another.

    Args:
        old: its key so far.
        new: the one that follows.
        number: higher than those of all that the old key has signed.
        at: now.
    """
    accepted = new.sign(DocumentKind.KEY, SUBJECT, number, at, {"follows": old.network})
    return old.sign(DocumentKind.KEY, SUBJECT, number, at, {"key": new.network, "accepted": accepted.data.decode()})


def follower_in(document: Document, *, now: datetime, where: str) -> str:
    """The key that follows the signer's, by a document of kind "key".

    Raises:
        InputError: it names none, or the named key does not say that it follows.
    """
    body: Any = document.body
    if not isinstance(body, dict) or not isinstance(body.get("key"), str) or not isinstance(body.get("accepted"), str):
        raise InputError("it names no key that follows", where=where)
    accepted = read_document(body["accepted"].encode("utf-8", "replace"), now=now, where=where)
    if accepted.network != body["key"] or accepted.body != {"follows": document.network}:
        raise InputError("the key that it names does not say that it follows", where=where)
    return accepted.network


def _word(bits: int) -> str:
    return (
        _CONSONANTS[bits >> 12]
        + _VOWELS[bits >> 10 & 3]
        + _CONSONANTS[bits >> 6 & 15]
        + _VOWELS[bits >> 4 & 3]
        + _CONSONANTS[bits & 15]
    )
