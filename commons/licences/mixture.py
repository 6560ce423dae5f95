"""A whole with its parts: which licences go together, and where one says more than the other allows.

Parts that only stand beside each other in a product keep their licences. Trouble begins where a reciprocal licence
wants the whole, or where files of two licences become one file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from commons.licences.expressions import parsed
from commons.licences.table import Duty, Kind, Licence, find_licence

__all__ = ["NONE_STATED", "Clash", "clash_texts", "clashes"]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two licences that do not go together.

    Attributes:
        part: whose licence it is.
        licence: of the part, or "none stated".
        clause: of the licence that wants more, such as "CERN-OHL-S-2.0, 3.3(d)"; "" where none is stated.
        says: what is the matter, and what helps.
    """

    part: str
    licence: str
    clause: str
    says: str


NONE_STATED: Final = "none stated"
_UNSTATED: Final = "no licence is stated: all rights are reserved; ask its designer, or use another part"
_NO_CHANGES: Final = "it may not become part of other files"
_NOT_FREE: Final = (
    "the whole is to be free for every use, and this part is not: use it as a bought part, or another one"
)
_OWN_ONLY: Final = "its files may be joined only with files under its own licence"
_LIMITS: Final = "its limits would hold for the whole too"
_OPEN: Final = (Kind.PERMISSIVE, Kind.WEAK, Kind.STRONG)
# Strong licences whose files may become part of a work under another: the first into the second.
_ONE_WAY: Final = frozenset({
    ("CC-BY-SA-4.0", "GPL-3.0"),  # creativecommons.org/compatiblelicenses since 2015
    ("GPL-3.0", "AGPL-3.0"),  # GPL-3.0, 13
    ("CERN-OHL-1.1", "CERN-OHL-S-2.0"), ("CERN-OHL-1.2", "CERN-OHL-S-2.0"),  # CERN-OHL-S-2.0, 1.2(a)
})  # fmt: skip


def clashes(whole: str | None, parts: Mapping[str, str | None], *, joined: bool = False) -> list[Clash]:
    """Where the licence of a whole and those of its parts do not go together.

    Args:
        whole: SPDX expression of the design.
        parts: of each part that has a licence of its own, by its name.
        joined: whether the parts' files became part of the whole's files, and do not just stand beside them.
    """
    return [clash for name, part in parts.items() if (clash := _clash(whole, name, part, joined=joined)) is not None]


def clash_texts() -> tuple[str, ...]:
    """Every text that a clash may say, for who translates them."""
    return NONE_STATED, _UNSTATED, _NO_CHANGES, _NOT_FREE, _OWN_ONLY, _LIMITS


def _clash(whole: str | None, name: str, part: str | None, *, joined: bool) -> Clash | None:
    """None where any choice that the two leave goes together."""
    found = [_between(mine, name, theirs, joined=joined) for mine in _choices(whole) for theirs in _choices(part)]
    return None if None in found else found[0]


def _choices(expression: str | None) -> Iterator[tuple[str, ...]]:
    """What may be chosen: of ``A OR B`` either, of ``A AND B`` both."""
    tree = parsed(expression)
    operator = getattr(tree, "operator", "").strip()
    if operator == "OR":
        for each in tree.args:
            yield from _choices(str(each))
    elif operator == "AND":
        yield tuple(str(each) for each in tree.args)
    else:
        yield (str(tree),) if str(tree or "") else ()


def _between(whole: tuple[str, ...], name: str, part: tuple[str, ...], *, joined: bool) -> Clash | None:
    if not part:
        return Clash(name, NONE_STATED, "", _UNSTATED)
    for theirs in part:
        for mine in whole:
            clash = _pair(mine, name, theirs, joined=joined)
            if clash is not None:
                return clash
    return None


def _pair(mine: str, name: str, theirs: str, *, joined: bool) -> Clash | None:
    whole, part = find_licence(mine), find_licence(theirs)
    if whole is None or part is None or _same(mine, theirs):
        return None  # of what is not known nothing can be said here; `advice` says that it is not known
    if part.asks(Duty.NO_CHANGES) and joined:
        return Clash(name, theirs, _clause(theirs, part, Duty.NO_CHANGES), _NO_CHANGES)
    if whole.kind is Kind.STRONG and part.kind is Kind.RESTRICTED:
        return Clash(name, theirs, _clause(mine, whole, Duty.SAME_LICENCE), _NOT_FREE)
    if joined and part.kind is Kind.STRONG and not _may_enter(theirs, mine):
        return Clash(name, theirs, _clause(theirs, part, Duty.SAME_LICENCE), _OWN_ONLY)
    if joined and part.kind is Kind.RESTRICTED and whole.kind in _OPEN:
        return Clash(name, theirs, _clause(theirs, part, Duty.NON_COMMERCIAL), _LIMITS)
    return None


def _clause(identifier: str, licence: Licence, duty: Duty) -> str:
    term = licence.asks(duty) or licence.terms[0]
    return f"{identifier}, {term.clause}"


def _plain(identifier: str) -> str:
    return identifier.removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _may_enter(part: str, whole: str) -> bool:
    """Whether files of a strong licence may become part of a work under another."""
    if (_plain(part), _plain(whole)) in _ONE_WAY:
        return True
    return part in ("GPL-2.0-or-later", "GPL-2.0+") and _plain(whole) in ("GPL-3.0", "AGPL-3.0")
