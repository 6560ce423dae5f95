"""How a page is made: a template, what is shown in it, and the parts of it that are kept up to date.

A template marks what may change as a part: ``{% call live("task-7") %}...{% endcall %}``. Rendering collects the parts
by id, so that what is sent to who watches is what a fresh page would say. Parts do not lie in each other.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property, lru_cache, partial
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from commons.licences.advice import Reason
from commons.licences.wording import sentence
from coordinator.web import words
from coordinator.web.languages import ENGLISH, LANGUAGES, Language
from coordinator.web.names import material_name, process_name

__all__ = ["Look", "Rendered", "digest_of"]

_ID = re.compile(r"[a-z][a-z0-9-]*\Z")
_TAGS = frozenset({"div", "li", "section", "tr", "p", "dl", "ul", "figure"})


@dataclass(frozen=True)
class Rendered:
    """A page.

    Attributes:
        html: the whole of it.
        parts: what may change, by id.
    """

    html: str
    parts: Mapping[str, str]

    @cached_property
    def packed(self) -> bytes:
        """The whole of it as gzip (RFC 1952), made once for all who are sent it."""
        return gzip.compress(self.html.encode(), compresslevel=5, mtime=0)


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
        html = f'<{tag} id="{name}" class="{escape(style)}">{caller()}</{tag}>'
        self.found[name] = html
        return Markup(html)  # noqa: S704 - a template wrote it, and the name and the tag were checked


class Look:
    """The templates, and the words that they share."""

    def __init__(self) -> None:
        self._templates: dict[str, Environment] = {}

    def render(
        self, template: str, facts: Mapping[str, Any], *, now: datetime, zone: tzinfo, spoken: Language = ENGLISH
    ) -> Rendered:
        """A page out of its template.

        Args:
            template: its name, without the ending.
            facts: what it shows.
            now: on the network's clock.
            zone: of the times that it shows.
            spoken: the reader's language.
        """
        parts = _Parts()
        saying = {"moment": words.moment, "day": words.day}
        when = {name: partial(_time, each, now, zone, spoken) for name, each in saying.items()}
        shared = {**when, "now": now, "live": parts, "spoken": spoken, "languages_here": LANGUAGES}
        html = self._in(spoken).get_template(f"{template}.html").render(**facts, **shared)
        return Rendered(html.replace(_DIGEST, digest_of(parts.found), 1), parts.found)

    def _in(self, spoken: Language) -> Environment:
        """The templates in a language; two requests at once may make them twice, which changes nothing."""
        found = self._templates.get(spoken.code)
        if found is None:
            found = self._templates[spoken.code] = _environment(spoken)
        return found


def _environment(spoken: Language) -> Environment:
    made = Environment(
        loader=PackageLoader("coordinator.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.globals |= {
        "_": partial(_say, spoken), "ngettext": partial(_count, spoken), "link_to": _link,
        "state_of": partial(_state, spoken),
    }  # fmt: skip
    made.filters |= {
        "amount": partial(_said_in, words.amount, spoken),
        "duration": partial(_said_in, words.duration, spoken),
        "fixed": partial(_said_in, words.fixed, spoken),
        "measured": partial(_said_in, words.measured, spoken),
        "process": partial(_said_in, process_name, spoken),
        "material": partial(_said_in, material_name, spoken),
        "said": spoken.gettext,
        "english": partial(_english, spoken),
        "reason": partial(_reason, spoken),
        "clause": partial(words.clause, spoken=spoken),
        "sentence": partial(sentence, translate=spoken.gettext),
        "tone": words.tone,
        "step": _step,
    }
    return made


def _say(spoken: Language, text: str, **values: object) -> Markup:
    """A text of a template in the reader's language; values are escaped, as everywhere in a page."""
    said = Markup(spoken.gettext(text))  # noqa: S704 - of our templates and catalogs
    return said % values if values else _plain(said)


@lru_cache(maxsize=4096)
def _plain(said: Markup) -> Markup:
    """A text without values, in which "%%" says a percent sign as in those with values."""
    return said % {}


def _count(spoken: Language, one: str, many: str, num: int, **values: object) -> Markup:
    """The form for a count, which the text may name as ``%(num)s``."""
    return Markup(spoken.ngettext(one, many, num)) % {"num": num, **values}  # noqa: S704 - as above


def _link(address: str, text: object, style: str = "") -> Markup:
    """A link; a page has hundreds, and a macro takes several times as long."""
    of_style = f' class="{escape(style)}"' if style else ""
    return Markup(f'<a href="{escape(address)}"{of_style}>{escape(text)}</a>')  # noqa: S704 - escaped


def _state(spoken: Language, word: str) -> Markup:
    """The state of anything, in its tone."""
    said = escape(spoken.gettext(word))
    return Markup(f'<span class="state {words.tone(word)}">{said}</span>')  # noqa: S704 - escaped


def _said_in(words_of: Callable[..., str], spoken: Language, *values: Any) -> str:
    return words_of(*values, spoken=spoken)


def _english(spoken: Language, text: object) -> object:
    """Words of rooms below, which speak English only: said to be so where the page is not."""
    return text if spoken.is_english or not text else Markup('<span lang="en">{}</span>').format(text)


def _reason(spoken: Language, reason: Reason) -> str:
    """Why a licence answers so, and by which clause."""
    by = f"{reason.licence}, {reason.clause}" if reason.clause else reason.licence
    return f"{spoken.gettext(reason.says)} ({words.clause(by, spoken)})"


_DIGEST = "@parts@"
"""Stands in the frame for the digest of parts that are rendered after it."""


def _step(text: object) -> str:
    """A name as one step of an address."""
    return quote(str(text), safe="")


def _time(words_of: Callable[..., str], now: datetime, zone: tzinfo, spoken: Language, at: datetime) -> Markup:
    said = escape(words_of(at, now, zone, spoken))
    return Markup(f'<time datetime="{at.isoformat(timespec="seconds")}">{said}</time>')  # noqa: S704 - escaped
