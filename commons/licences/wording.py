"""The sentence of an answer, put together from texts that can be translated one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from commons.licences.parties import Maker, Making, Purpose

if TYPE_CHECKING:
    from commons.licences.advice import Advice

__all__ = ["FRAMES", "NOTHING", "WHAT", "WHO", "plain", "sentence", "texts"]

Translate = Callable[[str], str]

WHO: Final[Mapping[Maker | None, str]] = {
    Maker.PERSON: "A person",
    Maker.ASSOCIATION: "An association",
    Maker.SCHOOL: "A school",
    Maker.PUBLIC_BODY: "A public body",
    Maker.COOPERATIVE: "A cooperative",
    Maker.COMPANY: "A company",
    None: "A maker",
}
_FOR_THE_ORDERER: Final = "make it for the own use of who ordered it"
WHAT: Final[Mapping[Purpose | None, str]] = {
    Purpose.OWN_USE: "make it for its own use",
    Purpose.GIFT: "make it to give it away",
    Purpose.AT_COST: "make it for others at cost",
    Purpose.SALE: "make it for sale",
    None: "make it",
}
NOTHING: Final = "%(who)s may %(what)s; nothing is asked in return."
FRAMES: Final = (
    NOTHING,
    "%(who)s may %(what)s, and must: %(why)s.",
    "%(who)s must ask before it may %(what)s: %(why)s.",
    "%(who)s may not %(what)s: %(why)s.",
)
"""By the number of the answer."""


def plain(text: str) -> str:
    """A text as it is: English."""
    return text


def sentence(advice: Advice, translate: Translate = plain) -> str:
    """The answer in one plain sentence.

    Args:
        advice: what is answered.
        translate: gives each text in the reader's language.
    """
    facts = {"who": translate(WHO[advice.making.maker]), "what": translate(_what(advice.making))}
    return translate(FRAMES[advice.answer]) % {**facts, "why": "; ".join(dict.fromkeys(map(translate, _why(advice))))}


def texts() -> Iterator[str]:
    """Every text of a sentence that stands in no table of licences."""
    yield from WHO.values()
    yield from WHAT.values()
    yield _FOR_THE_ORDERER
    yield from FRAMES


def _what(making: Making) -> str:
    return _FOR_THE_ORDERER if making.ordered and making.purpose is Purpose.OWN_USE else WHAT[making.purpose]


def _why(advice: Advice) -> Iterable[str]:
    if advice.unsaid:
        return advice.unsaid
    return (each.says for each in (advice.duties if advice.is_free else advice.reasons))
