"""How a page is made: a template, what is shown in it, and the parts of it that are kept up to date.

A template marks what may change as a part: ``{% call live("task-7") %}...{% endcall %}``. Rendering collects the parts
by id, so that what is sent to who watches is what a fresh page would say. Parts do not lie in each other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import partial
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from coordinator.web import words
from coordinator.web.names import material_name, process_name

__all__ = ["Look", "Rendered", "digest_of"]

_ID = re.compile(r"[a-z][a-z0-9-]*\Z")
_TAGS = frozenset({"div", "li", "section", "tr", "p", "dl", "ul", "figure"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page.

    Attributes:
        html: the whole of it.
        parts: what may change, by id.
    """

    html: str
    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Of the parts: who has these has nothing to be told."""
        return digest_of(self.parts)


def digest_of(parts: Mapping[str, str]) -> str:
    """What tells parts that say the same."""
    text = "\0".join(f"{name}\0{html}" for name, html in sorted(parts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Parts:
    """Collects the parts of one page while it is rendered."""

    found: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str, tag: str = "div", style: str = "", *, caller: Callable[[], Markup]) -> Markup:
        if not _ID.match(name) or tag not in _TAGS or name in self.found:
            raise ValueError(f"a part has a name and a tag of its own: {name!r}, {tag!r}")
        html = Markup('<{} id="{}" class="{}">{}</{}>').format(tag, name, style, caller(), tag)
        self.found[name] = str(html)
        return html


class Look:
    """The templates, and the words that they share."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("coordinator.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip
        self._templates.filters |= {
            "amount": words.amount,
            "duration": words.duration,
            "tone": words.tone,
            "step": _step,
            "process": process_name,
            "material": material_name,
        }

    def render(self, template: str, facts: Mapping[str, Any], *, now: datetime, zone: tzinfo) -> Rendered:
        """A page out of its template.

        Args:
            template: its name, without the ending.
            facts: what it shows.
            now: on the network's clock.
            zone: of the times that it shows.
        """
        parts = _Parts()
        when = {"moment": partial(_time, words.moment, now, zone), "day": partial(_time, words.day, now, zone)}
        html = self._templates.get_template(f"{template}.html").render(**facts, **when, now=now, live=parts)
        return Rendered(html.replace(_DIGEST, digest_of(parts.found), 1), parts.found)


_DIGEST = "@parts@"
"""Stands in the frame for the digest of parts that are rendered after it."""


def _step(text: object) -> str:
    """A name as one step of an address."""
    return quote(str(text), safe="")


def _time(words_of: Callable[[datetime, datetime, tzinfo], str], now: datetime, zone: tzinfo, at: datetime) -> Markup:
    exact = at.isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(exact, words_of(at, now, zone))
