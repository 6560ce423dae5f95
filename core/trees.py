"""The process tree and the material tree: words with a place, an ancestry and aliases.

Each tree is one YAML file beside this module. Three levels: family, process, technique. A need is met by a capability
that is the same node or one of its descendants; an ancestor is *unknown* (ask); anything else is *no*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from core.errors import InputError

__all__ = ["Node", "Tree", "materials", "normal_form", "processes"]


def normal_form(text: str) -> str:
    """The text as aliases are compared: case folded, every run of other signs one blank."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


@dataclass(frozen=True, slots=True)
class Node:
    """One word of a tree.

    Attributes:
        id: snake_case, unique in its tree.
        label: as people write it.
        parent: id of the node above, or None.
        aliases: other spellings, in any language.
        facts: whatever else the YAML says of it (cross-walks, density in g/cm3).
    """

    id: str
    label: str
    parent: str | None
    aliases: tuple[str, ...]
    facts: Mapping[str, Any]


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

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __getitem__(self, node_id: str) -> Node:
        return self._nodes[node_id]

    def find(self, text: str) -> Node | None:
        """The node of which `text` is a spelling, or None. A part of a spelling never matches."""
        node_id = self._spellings.get(normal_form(text))
        return self._nodes[node_id] if node_id else None

    def require(self, text: str, *, where: str) -> Node:
        """The node of which `text` is a spelling.

        Raises:
            InputError: there is none; near spellings are offered.
        """
        node = self.find(text)
        if node is None:
            near = sorted({i for s, i in self._spellings.items() if normal_form(text) and normal_form(text) in s})
            hint = (
                f"did you mean {', '.join(near[:4])}?"
                if near
                else f"known are {', '.join(sorted(self._nodes)[:8])}, ..."
            )
            raise InputError(f"{text!r} is not a known word", where=where, hint=hint)
        return node

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


def _read(name: str) -> Tree:
    document = yaml.safe_load(files("core").joinpath(name).read_text(encoding="utf-8"))
    nodes: dict[str, Node] = {}

    def visit(branch: Mapping[str, Any], parent: str | None) -> None:
        for node_id, body in branch.items():
            if node_id in nodes:
                raise ValueError(f"{name}: {node_id} stands twice")
            facts = dict(body or {})
            children = facts.pop("children", {})
            label = facts.pop("label", node_id.replace("_", " "))
            nodes[node_id] = Node(node_id, label, parent, tuple(facts.pop("aliases", ())), facts)
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
