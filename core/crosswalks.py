"""Other vocabularies of manufacturing, and how our process tree says the same in them.

The codes stand in `core/processes.yaml` at the node that means exactly the same; a node without one takes that of its
nearest ancestor, which is broader. `core/crosswalks.yaml` lists every code that may be used, with its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.packaged import packaged_yaml
from core.trees import processes

__all__ = ["CODES", "Code", "Crosswalk", "code_of", "crosswalks", "forms"]

CODES = ("tsdc", "astm52900", "din8580", "fablabs_io", "ohm")
"""The vocabularies that nodes of the process tree name by code."""


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Another vocabulary.

    Attributes:
        id: as the YAML names it.
        label: as people do.
        source: where its words are defined.
        values: code to meaning; of DIN 8580 to the class of its ontology.
        prefix: what stands before a class to make it an IRI, or "".
    """

    id: str
    label: str
    source: str
    values: Mapping[str, str]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """What another vocabulary calls a process.

    Attributes:
        value: the code.
        meaning: as its vocabulary says.
        exact: whether the node itself states it; otherwise it is an ancestor's and broader.
    """

    value: str
    meaning: str
    exact: bool


@cache
def crosswalks() -> Mapping[str, Crosswalk]:
    """The other vocabularies by id (`core/crosswalks.yaml`), without the forms of material."""
    return {name: body for name, body in _read().items() if name in CODES}


@cache
def forms() -> Mapping[str, str]:
    """The forms in which materials come, each with its meaning."""
    return _read()["forms"].values


def code_of(process_id: str, vocabulary: str) -> Code | None:
    """What a vocabulary (one of `CODES`) calls a process, or None when it has no word for it or what is above it.

    Raises:
        KeyError: the process or the vocabulary is not known.
    """
    tree, walk = processes(), crosswalks()[vocabulary]
    value = tree.fact(process_id, vocabulary)
    if value is None:
        return None
    return Code(value, walk.values[value], vocabulary in tree[process_id].facts)


@cache
def _read() -> Mapping[str, Crosswalk]:
    document = packaged_yaml("core", "crosswalks.yaml")
    return {name: Crosswalk(name, **body) for name, body in document.items()}
