"""The page `docs/vocabulary.md`, written out of the trees: `python -m core.vocabulary > docs/vocabulary.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from core.crosswalks import CODES, crosswalks, forms
from core.trees import LANGUAGES, Node, Tree, materials, processes

__all__ = ["vocabulary_page"]

_INTRODUCTION = """# Vocabulary

The words that labs, designs and machines share. This page is written by `python -m core.vocabulary` out of
[`core/processes.yaml`](../core/processes.yaml), [`core/materials.yaml`](../core/materials.yaml) and
[`core/crosswalks.yaml`](../core/crosswalks.yaml); a test keeps it true. A word is added there, on one line.

- A need is met by the same word or one below it. One above it is *unknown*: the lab is asked. Anything else is *no*,
  but for a substitute that is listed and cited here, in its own direction only.
- Every spelling, in any language, leads to one word. Case, hyphens, blanks and accents do not matter ("decoupe laser",
  "Fraesen"). A part of a spelling never matches; it is offered as a suggestion.
- *Printed at* stands where nozzle and bed are all that a filament printer needs for a material; the others want an
  enclosure, a drive or a nozzle that temperatures do not tell.
- A code in *italics* is that of a word above, and broader.
"""


def vocabulary_page() -> str:
    """The whole page in Markdown."""
    parts = [
        _INTRODUCTION,
        f"## Processes\n\n{_codes_table()}",
        f"## Substitutes\n\n{_substitutes_table()}",
        f"## Spellings of processes\n\n{_spellings_table(processes())}",
        f"## Materials\n\n{_materials_table()}",
        f"## Spellings of materials\n\n{_spellings_table(materials())}",
        f"## Forms of material\n\n{_table(('form', 'meaning'), sorted(forms().items()))}",
        f"## Sources\n\n{_sources()}",
    ]
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _in_order(tree: Tree, parent: str | None = None, depth: int = 0) -> Iterator[tuple[Node, int]]:
    for node in tree.children(parent):
        yield node, depth
        yield from _in_order(tree, node.id, depth + 1)


def _name(node: Node, depth: int) -> str:
    return f"{'&emsp;' * depth}`{node.id}`"


def _codes_table() -> str:
    tree = processes()
    rows = []
    for node, depth in _in_order(tree):
        codes = []
        for each in CODES:
            value = tree.fact(node.id, each)
            exact = each in node.facts
            codes.append("" if value is None else str(value) if exact else f"*{value}*")
        rows.append((_name(node, depth), node.label, *codes, node.facts.get("wikipedia", "")))
    return _table(("id", "label", *(crosswalks()[each].label for each in CODES), "Wikipedia (English)"), rows)


def _substitutes_table() -> str:
    rows = [
        (
            f"`{node.id}`",
            f"`{each.by}`",
            ", ".join(f"`{material}`" for material in each.materials) or "any",
            each.note + (" (somebody must agree)" if each.ask else ""),
            each.source,
        )
        for node, _ in _in_order(processes())
        for each in node.substitutes
    ]
    return _table(("needed", "may be done by", "for", "what differs", "source"), rows)


def _spellings_table(tree: Tree) -> str:
    rows = [
        (_name(node, depth), *(", ".join(node.names[language]) for language in LANGUAGES))
        for node, depth in _in_order(tree)
        if node.aliases
    ]
    return _table(("id", *LANGUAGES), rows)


def _materials_table() -> str:
    tree = materials()
    rows = []
    for node, depth in _in_order(tree):
        density, nozzle = tree.fact(node.id, "density_g_cm3"), tree.fact(node.id, "nozzle_c")
        comes_as = ", ".join(tree.fact(node.id, "forms") or ())
        rows.append((_name(node, depth), node.label, _number(density), comes_as, _number(nozzle), _printed(node)))
    return _table(("id", "label", "density g/cm³", "forms", "nozzle from °C", "printed at °C"), rows)


def _printed(node: Node) -> str:
    nozzle, bed = node.facts.get("prints_c"), node.facts.get("bed_c")
    return _number(nozzle) + (f", bed {bed:g}" if bed is not None else "")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _sources() -> str:
    return "".join(f"- {walk.label}: {walk.source}\n" for walk in crosswalks().values())


if __name__ == "__main__":
    sys.stdout.write(vocabulary_page())
