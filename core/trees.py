"""The process tree and the material tree: words with a place, an ancestry and aliases.

Each tree is one YAML file beside this module. Three levels: family, process, technique; family, material, grade. A need
is met by a capability that is the same node or one of its descendants; an ancestor is *unknown* (ask); anything else is
*no*, but for a cited `Substitute`. `docs/vocabulary.md` shows all of it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from core.errors import InputError
from core.packaged import packaged_yaml

__all__ = ["LANGUAGES", "Node", "Substitute", "Tree", "materials", "normal_form", "processes"]

LANGUAGES = ("en", "de", "fr", "es", "pt", "it")
_LANGUAGE_KEYS = ("aliases", *LANGUAGES[1:])
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NEAR_ENOUGH = 0.75  # ratio of difflib: "lazer cutting" is near, "milling" and "filling" are as well: a person chooses


def normal_form(text: str) -> str:
    """The text as aliases are compared: case folded, every run of other signs one blank."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _plain_forms(form: str) -> Iterator[str]:
    """A normal form as it is typed where the keyboard has no accents: "decoupe laser", "fraesen", "co2 laser"."""
    for text in (form, form.translate(_UMLAUTS)):
        parts = unicodedata.normalize("NFKD", text)
        yield normal_form("".join(sign for sign in parts if not unicodedata.combining(sign)))


@dataclass(frozen=True, slots=True)
class Substitute:
    """What may do the work of a process instead of it; one way only.

    Attributes:
        by: id of the process that may do it.
        materials: ids of the materials for which this holds; empty is any.
        note: how the piece differs, one clause.
        source: where this is said.
        ask: whether somebody must agree to the difference.
    """

    by: str
    note: str
    source: str
    materials: tuple[str, ...] = ()
    ask: bool = False

    def __post_init__(self) -> None:
        if not self.note or not self.source:
            raise ValueError(f"the substitute {self.by} has a note and a source")


@dataclass(frozen=True, slots=True)
class Node:
    """One word of a tree.

    Attributes:
        id: snake_case, unique in its tree.
        label: as people write it, in English.
        parent: id of the node above, or None.
        aliases: other spellings, in any language.
        facts: whatever else the YAML says of it (cross-walks, density in g/cm3).
        names: the same spellings by language (`LANGUAGES`), the label left out.
        substitutes: what may be done instead.
    """

    id: str
    label: str
    parent: str | None
    aliases: tuple[str, ...]
    facts: Mapping[str, Any]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    substitutes: tuple[Substitute, ...] = ()


class Tree:
    """Nodes by id, and by every spelling."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = dict(nodes)
        self._spellings: dict[str, str] = {}
        for node in self._nodes.values():
            for spelling in (node.id, node.label, *node.aliases):
                known = self._spellings.setdefault(normal_form(spelling), node.id)
                if known != node.id:
                    raise ValueError(f"{spelling!r} names both {known} and {node.id}")
        self._plain = self._unaccented()

    def _unaccented(self) -> dict[str, str]:
        """Spellings without their accents, where they are still those of one node alone."""
        owners: dict[str, set[str]] = {}
        for spelling, node_id in self._spellings.items():
            for plain in _plain_forms(spelling):
                owners.setdefault(plain, set()).add(node_id)
        return {plain: next(iter(ids)) for plain, ids in owners.items() if len(ids) == 1}

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __getitem__(self, node_id: str) -> Node:
        return self._nodes[node_id]

    def find(self, text: str) -> Node | None:
        """The node of which `text` is a spelling, with or without its accents, or None. A part never matches."""
        form = normal_form(text)
        node_id = self._spellings.get(form) or self._plain.get(next(_plain_forms(form)))
        return self._nodes[node_id] if node_id else None

    def require(self, text: str, *, where: str) -> Node:
        """The node of which `text` is a spelling.

        Raises:
            InputError: there is none; near spellings are offered.
        """
        node = self.find(text)
        if node is None:
            near = self.suggest(text)
            hint = (
                f"did you mean {', '.join(each.id for each in near)}?"
                if near
                else f"known are {', '.join(sorted(self._nodes)[:8])}, ..."
            )
            raise InputError(f"{text!r} is not a known word", where=where, hint=hint)
        return node

    def suggest(self, text: str, limit: int = 4) -> tuple[Node, ...]:
        """Nodes that the text may mean, best first: one word of it, a part of a spelling, or a slip of the pen.

        A suggestion is for a person to choose from, never a match.
        """
        form = normal_form(text)[:200]
        if not form:
            return ()
        words = set(form.split())
        ranks: dict[str, float] = {}
        for spelling, node_id in self._spellings.items():
            ranks[node_id] = max(ranks.get(node_id, 0.0), _likeness(form, words, spelling))
        best = sorted((each for each in ranks if ranks[each] > 0), key=lambda each: (-ranks[each], each))
        return tuple(self._nodes[each] for each in best[:limit])

    def stating(self, key: str, value: object) -> tuple[Node, ...]:
        """The nodes that themselves state this fact: where a code of another vocabulary leads."""
        return tuple(node for node in self if node.facts.get(key) == value)

    def children(self, node_id: str | None) -> tuple[Node, ...]:
        """The nodes right below a node, or the families."""
        return tuple(node for node in self if node.parent == node_id)

    def ancestry(self, node_id: str) -> tuple[str, ...]:
        """Ids from the node itself up to its family."""
        chain = [node_id]
        while (parent := self._nodes[chain[-1]].parent) is not None:
            chain.append(parent)
        return tuple(chain)

    def path(self, node_id: str) -> str:
        """Ids from the family down to the node, joined by dots."""
        return ".".join(reversed(self.ancestry(node_id)))

    def is_a(self, node_id: str, ancestor_id: str) -> bool:
        """Whether the node is the other one or stands below it."""
        return ancestor_id in self.ancestry(node_id)

    def fact(self, node_id: str, key: str) -> Any:
        """The fact as the node or its nearest ancestor states it, or None."""
        for each in self.ancestry(node_id):
            if key in self._nodes[each].facts:
                return self._nodes[each].facts[key]
        return None


def _likeness(form: str, words: set[str], spelling: str) -> float:
    """How well a normal form and a spelling go together; 0 is not at all."""
    if form in spelling:
        return 1.0 + len(form) / len(spelling)
    matcher = difflib.SequenceMatcher(None, form, spelling)
    if matcher.quick_ratio() >= _NEAR_ENOUGH and matcher.ratio() >= _NEAR_ENOUGH:
        return 2.0 * matcher.ratio()
    if f" {spelling} " in f" {form} ":
        return 0.5 + len(spelling) / len(form)
    return 0.5 if any(len(word) >= 4 and word in spelling.split() for word in words) else 0.0


def _node(node_id: str, parent: str | None, facts: dict[str, Any]) -> Node:
    """A node out of what the YAML says; what is no word and no substitute stays as facts."""
    label = facts.pop("label", node_id.replace("_", " "))
    names = {language: tuple(facts.pop(key, ())) for language, key in zip(LANGUAGES, _LANGUAGE_KEYS, strict=True)}
    aliases = tuple(dict.fromkeys(spelling for spellings in names.values() for spelling in spellings))
    substitutes = tuple(
        Substitute(**{**each, "materials": tuple(each.get("materials", ()))}) for each in facts.pop("substitutes", ())
    )
    return Node(node_id, label, parent, aliases, facts, names, substitutes)


def _read(name: str) -> Tree:
    document = packaged_yaml("core", name)
    nodes: dict[str, Node] = {}

    def visit(branch: Mapping[str, Any], parent: str | None) -> None:
        for node_id, body in branch.items():
            if node_id in nodes:
                raise ValueError(f"{name}: {node_id} stands twice")
            facts = dict(body or {})
            children = facts.pop("children", {})
            nodes[node_id] = _node(node_id, parent, facts)
            visit(children, node_id)

    visit(document, None)
    return Tree(nodes)


@cache
def processes() -> Tree:
    """The process tree (`core/processes.yaml`)."""
    return _read("processes.yaml")


@cache
def materials() -> Tree:
    """The material tree (`core/materials.yaml`)."""
    return _read("materials.yaml")
