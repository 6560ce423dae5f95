"""Where the facts of a line come from, kept small: nearly all stand at one place, and few are ever asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.provenance import Origin, Provenance

__all__ = ["Places", "origin_of"]


class Places(Mapping[str, Provenance]):
    """Fact -> where it comes from; the `Provenance` of a fact at the line's own place is made when it is asked for.

    Facts are added while the line is concluded, by that alone; who is given a line only reads.

    Args:
        file: the list's path in the design, or None.
        place: line or cell in that file, or None.
    """

    __slots__ = ("_facts", "_file", "_place", "_sources")

    def __init__(self, file: str | None, place: str | None) -> None:
        self._file = file
        self._place = place
        self._facts: tuple[str, ...] = ()
        self._sources: tuple[tuple[Origin, str] | Provenance, ...] = ()

    def add(self, fact: str, origin: Origin, rule: str) -> None:
        """A fact that stands at the line's place, or follows from what stands there; each fact once."""
        self._facts += (fact,)
        self._sources += ((origin, rule),)

    def put(self, fact: str, provenance: Provenance) -> None:
        """A fact that is known from elsewhere; each fact once."""
        self._facts += (fact,)
        self._sources += (provenance,)

    def __getitem__(self, fact: str) -> Provenance:
        if fact not in self._facts:
            raise KeyError(fact)
        source = self._sources[self._facts.index(fact)]
        return source if isinstance(source, Provenance) else Provenance(*source, self._file, self._place)

    def __contains__(self, fact: object) -> bool:
        return fact in self._facts

    def origin(self, fact: str) -> Origin | None:
        """How a fact came to be known, or None where it is not known at all."""
        if fact not in self._facts:
            return None
        source = self._sources[self._facts.index(fact)]
        return source.origin if isinstance(source, Provenance) else source[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return repr(dict(self))


def origin_of(provenance: Mapping[str, Provenance], fact: str) -> Origin | None:
    """How a fact came to be known, or None where it is not known at all."""
    if isinstance(provenance, Places):
        return provenance.origin(fact)
    known = provenance.get(fact)
    return known.origin if known is not None else None
