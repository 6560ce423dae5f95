"""Words of other vocabularies for our processes and materials, both ways."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from urllib.parse import quote, unquote

from core.trees import materials, processes

__all__ = ["article_of", "material_of", "process_of", "slug"]

_WIKIPEDIA = "https://en.wikipedia.org/wiki/"
_ID_LENGTH = 40


def article_of(process_id: str) -> str | None:
    """The Wikipedia article of a process or of the nearest broader one, as Open Know-Where links it."""
    title = processes().fact(process_id, "wikipedia")
    return _WIKIPEDIA + quote(str(title).replace(" ", "_"), safe="_(),'-") if title else None


def process_of(text: str) -> str | None:
    """The process that a Wikipedia address, an Open Hardware Manager code or plain words name; None if unknown."""
    word = _last_part(text)
    by_code = _codes()
    for each in (word, word.replace(" ", "_"), word.casefold()):
        if each in by_code:
            return by_code[each]
    found = processes().find(word)
    return found.id if found else None


def material_of(text: str) -> str | None:
    """The material that a Wikipedia address or plain words name; None if unknown."""
    found = materials().find(_last_part(text))
    return found.id if found else None


_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})


def slug(text: str, taken: set[str], fallback: str) -> str:
    """An id made of a text, not one of those taken; it is added to them."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    made = (
        re.sub(r"[^a-z0-9]+", "-", plain.casefold().translate(_LETTERS)).strip("-")[:_ID_LENGTH].strip("-") or fallback
    )
    chosen, number = made, 2
    while chosen in taken:
        tail = f"-{number}"
        chosen, number = made[: _ID_LENGTH - len(tail)].rstrip("-") + tail, number + 1
    taken.add(chosen)
    return chosen


@cache
def _codes() -> dict[str, str]:
    """Articles and codes by themselves: the broadest process where several share one."""
    found: dict[str, str] = {}
    nodes = sorted(processes(), key=lambda node: len(processes().ancestry(node.id)))
    for key in ("wikipedia", "ohm"):
        for node in nodes:
            if key in node.facts:
                word = str(node.facts[key])
                found.setdefault(word, node.id)
                found.setdefault(word.casefold(), node.id)
    return found


def _last_part(text: str) -> str:
    """The title of an article, or the text as it is."""
    if text.startswith(("http://", "https://")):
        text = unquote(text.split("#")[0].split("?")[0].rstrip("/").rpartition("/")[2])
    return text.replace("_", " ").strip() if "/" not in text else text.strip()
