"""The languages of the pages: which one a reader is shown, and its catalog of texts.

English stands in the templates. Every other language is a catalog beside this module, `languages/CODE.po` (GNU
gettext), read when it is first asked for. `coordinator.web.catalogs` brings catalogs up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.messages.pofile import read_po
from starlette.requests import Request

__all__ = ["COOKIE", "ENGLISH", "LANGUAGES", "Language", "chosen", "language", "mark", "preferred"]

COOKIE: Final = "language"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch", "es": "Español"}
"""What the languages call themselves, by their codes (BCP 47)."""
_LONGEST_HEADER: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language with its texts.

    Attributes:
        code: of `LANGUAGES`.
        locale: how it writes dates and numbers.
        texts: translations by the English text; the forms of a plural by its singular.
    """

    code: str
    locale: Locale
    texts: Mapping[str, tuple[str, ...]]

    def gettext(self, text: str) -> str:
        """A text in this language; one that has no translation stays English."""
        found = self.texts.get(text)
        return found[0] if found else text

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The form for a count, which the text may name as ``%(num)s``."""
        found = self.texts.get(one)
        if found is None:
            return one if count == 1 else many
        return found[min(_form(self.code, count), len(found) - 1)]

    @property
    def is_english(self) -> bool:
        """Whether texts are shown as they stand in the templates."""
        return self.code == "en"


def mark(text: str) -> str:
    """A text in the code that a page translates later: the catalogs must have it."""
    return text


def _form(code: str, count: int) -> int:
    """Which form a count takes: one, or any other number. That is so in all `LANGUAGES`."""
    if code not in LANGUAGES:
        raise ValueError(f"nobody has said which plurals {code} has")
    return int(count != 1)


@cache
def language(code: str) -> Language:
    """A language of `LANGUAGES`, with its catalog."""
    if code not in LANGUAGES:
        raise ValueError(f"there is no catalog of {code}")
    if code == "en":
        return Language(code, Locale("en", "GB"), {})
    with (files("coordinator.web") / "languages" / f"{code}.po").open("rb") as source:
        catalog = read_po(source, locale=code, abort_invalid=True)
    texts = {}
    for message in catalog:
        english = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if english and all(forms) and not message.fuzzy:
            texts[english] = forms
    return Language(code, Locale(code), texts)


ENGLISH: Final = language("en")


def chosen(request: Request) -> str:
    """The code of the language that a reader has chosen, else of the one that their browser asks for, else English."""
    cookie = request.cookies.get(COOKIE)
    if cookie is not None and cookie in LANGUAGES:
        return cookie
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """The first of our languages by the weights of an `Accept-Language` header (RFC 9110, 12.5.4)."""
    best, best_weight = "en", 0.0
    for each in header[:_LONGEST_HEADER].split(","):
        tag, _, weight = each.partition(";")
        code = tag.strip().lower().partition("-")[0]
        if code in LANGUAGES and (heavy := _weight(weight)) > best_weight:
            best, best_weight = code, heavy
    return best


def _weight(text: str) -> float:
    """Of one language in a header, 0 to 1; what cannot be read weighs nothing."""
    if not text.strip():
        return 1.0
    name, _, value = text.partition("=")
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0.0 <= weight <= 1.0 else 0.0
