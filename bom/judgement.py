"""Make or buy, and what is no part at all, each with its reason.

Evidence in order: a type code of the line, a sheet or a cut list, the titles above it, a bracket or remark, a file, the
material, a supplier, a standard, the noun itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from bom.bill import Make
from bom.entry import Entry
from bom.lexicon import REMEMBERED, words_of
from bom.linking import Link
from bom.routing import routing
from bom.substance import find_materials, is_filament, sheet_size_mm
from bom.words import Kind, kind_of, phrases, words
from core.provenance import Origin
from core.trees import materials, normal_form

__all__ = ["OWN_DESIGN", "Verdict", "exclusion", "judge", "judge_words", "likely_process", "stock_noun"]

OWN_DESIGN: Final = "a design of its own, with its own bill"
_STANDARD: Final = re.compile(
    r"\b(?:din|iso|ansi|asme|jis|bs)(?:[\s-]?(?:en|iso))?[\s-]?\d{2,6}\b|\bM\d+(?:[.,]\d+)?\s?x\s?\d+", re.IGNORECASE
)
_MAKES: Final = {each.value: each for each in Make}
_BRACKET: Final = re.compile(r"\(([^()]+)\)")
_BOARDS: Final = (".kicad_pcb", ".brd")
_TELLING: Final = ("also_called", "notes", "process", "material", "size", "supplier")  # may say made or bought
_TAIL: Final = re.compile(r"[,(\[;]|\s(?:for|with|from|to|of|and|w/)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a line is made or bought.

    Attributes:
        make: the answer.
        reason: a short clause.
        origin: read, derived or guessed.
        process: the process that the same evidence names, or None.
        rivals: further processes that the line names.
    """

    make: Make
    reason: str
    origin: Origin
    process: str | None = None
    rivals: tuple[str, ...] = ()


def _titles(section: tuple[str, ...]) -> Iterator[tuple[str, Kind]]:
    """The titles above a line that say something, innermost first."""
    for title in reversed(section):
        kind = kind_of(title)
        if kind is not None:
            yield title, kind


def _remarks(entry: Entry) -> list[Kind]:
    """What the name, its brackets and its notes say, in this order."""
    cells = entry.cells
    told = [cells[role] for role in _TELLING if role in cells]
    found = [kind_of(text, in_name=True) for text in (entry.name, *entry.remarks, *told)]
    said = [each.strip() for text in (*_remarks_in(entry.name), *entry.remarks) for each in re.split(r"[,;]", text)]
    found += [kind for text in said if (kind := kind_of(text)) and kind.phrase == normal_form(text)]
    return [kind for kind in found if kind is not None and kind.make]


def _remarks_in(name: str) -> list[str]:
    """What stands in brackets in a name, or behind its last comma: "Body (printed)", "Base, laser cut"."""
    said = _BRACKET.findall(name) if "(" in name else []
    return [*said, name.rpartition(",")[2]] if "," in name else said


def exclusion(entry: Entry) -> str | None:
    """Why the line is no part of the product, or None."""
    cells = entry.cells
    why = _excluded_as(cells["kind"]) if "kind" in cells else None
    why = why or (_excluded_under(entry.section) if entry.section else None)
    if why:
        return why
    for text in (entry.name, cells.get("also_called"), entry.assembly):
        kind_here = kind_of(text, in_name=True) if text else None
        if kind_here is not None and kind_here.exclude:
            return f"{kind_here.exclude} (named {text!r})"
    if cells.get("not_fitted"):
        return "marked as not fitted"
    return "the product itself" if cells.get("is_product") else None


@lru_cache(REMEMBERED)
def _excluded_as(code: str) -> str | None:
    """Why lines of this type code are no parts, or None."""
    typed = kind_of(code)
    if typed is None:
        return None
    return OWN_DESIGN if typed.make == "module" else f"{typed.exclude} (type {code})" if typed.exclude else None


@lru_cache(REMEMBERED)
def _excluded_under(section: tuple[str, ...]) -> str | None:
    """Why lines under these titles are no parts, or None."""
    titles = list(_titles(section))
    for at, (title, kind) in enumerate(titles):
        if kind.exclude and not any(outer.make == "fabricate" for _, outer in titles[at + 1 :]):
            return f"{kind.exclude} (under {title!r})"
    return None


def judge_words(entry: Entry, *, has_outlines: bool) -> Verdict | None:
    """Whether the line is made or bought, by what the list says of it; None when it says nothing.

    Args:
        entry: the line.
        has_outlines: whether the design holds cutting outlines at all.
    """
    code = entry.cell("kind")
    typed = _by_type(code) if code else None
    if typed is not None and typed.make is Make.FABRICATE and typed.process is None:
        how = (_by_title(entry.section) if entry.section else None) or _by_remark(entry)
        typed = replace(typed, process=how.process, rivals=how.rivals) if how and how.process else typed
    return (
        typed
        or _by_sheet(entry, has_outlines=has_outlines)
        or _by_cut_list(entry)
        or (_by_title(entry.section) if entry.section else None)
        or _by_remark(entry)
    )


def judge(entry: Entry, link: Link | None) -> Verdict:
    """Whether the line is made or bought, where the list does not say it.

    Args:
        entry: the line.
        link: its files, or None.
    """
    return _by_file(entry, link) or _by_material(entry) or _by_trade(entry) or _by_noun(entry)


def likely_process(entry: Entry) -> str | None:
    """The process that the material of a line implies, where the list names none; None when it implies none."""
    by_material = _by_material(entry)
    return by_material.process if by_material else None


def _of(kind: Kind, reason: str, rivals: tuple[str, ...] = ()) -> Verdict | None:
    make = _MAKES.get(kind.make or "")
    return Verdict(make, reason, Origin.READ, kind.process, rivals) if make else None


@lru_cache(REMEMBERED)
def _by_type(code: str) -> Verdict | None:
    typed = kind_of(code)
    if typed and typed.make:
        return _of(typed, f"type {code!r}")
    steps = routing(code)
    return Verdict(Make.FABRICATE, f"process {code!r}", Origin.READ, steps[0]) if steps else None


@lru_cache(REMEMBERED)
def _by_title(section: tuple[str, ...]) -> Verdict | None:
    return next((found for title, kind in _titles(section) if (found := _of(kind, f"under {title!r}"))), None)


def _by_remark(entry: Entry) -> Verdict | None:
    said = _remarks(entry)
    if not said:
        return None
    rivals = tuple(sorted(_all_processes(entry.text) - {said[0].process or ""}))
    return _of(said[0], f"it says {said[0].phrase!r}", rivals=rivals)


def _all_processes(text: str) -> set[str]:
    """Every process that a sentence or bracket of the text names."""
    kinds = (kind_of(piece, in_name=True) for piece in re.split(r"[.;()]", text))
    return {kind.process for kind in kinds if kind is not None and kind.process}


def _by_sheet(entry: Entry, *, has_outlines: bool) -> Verdict | None:
    """A board or sheet of a material that is cut, with three sizes, in a design that holds outlines."""
    if not has_outlines or not phrases("sheet_nouns").find(entry.name) or sheet_size_mm(entry.name) is None:
        return None
    if entry.cell("supplier_number") or not find_materials(entry.name):
        return None
    families = {materials().ancestry(each)[-1] for each in find_materials(entry.name)}
    if families <= {"wood", "paper", "metal", "plastic", "composite"}:
        return Verdict(
            Make.FABRICATE, "a sheet of stated size, and the design holds outlines", Origin.GUESSED, "sheet_cutting"
        )
    return None


def stock_noun(entry: Entry) -> str | None:
    """The stock from which the line is cut to length, by the title above it or its name, or None."""
    if not entry.length_column or not entry.cell("length") or entry.cell("supplier_number"):
        return None
    for title in reversed(entry.section):
        found = phrases("stock_nouns").find(title)
        if found:
            return found
    return phrases("stock_nouns").last(entry.name)


def _form_of(material: str) -> str | None:
    """The stock that a German compound names as its form: "Stahlrohr" is cut from "rohr"."""
    for word in words_of(material):
        for noun in words("stock_nouns"):
            if word != noun and word.endswith(noun) and find_materials(word):
                return noun
    return None


def _by_cut_list(entry: Entry) -> Verdict | None:
    noun = stock_noun(entry)
    if noun is None and entry.length_column and entry.cell("length") and not _is_traded(entry):
        noun = _form_of(entry.cell("material"))
    if noun is None:
        return None
    return Verdict(Make.FABRICATE, f"cut to length from {noun}", Origin.DERIVED, "sawing")


def _is_traded(entry: Entry) -> bool:
    return bool(entry.cell("supplier_number") or entry.cell("supplier"))


def _by_file(entry: Entry, link: Link | None) -> Verdict | None:
    if link is None or not link.files:
        return None
    process = link.sheet.process if link.sheet else None
    if link.stated and not _is_traded(entry) and not _STANDARD.search(entry.text):
        if entry.cell("file") and _head(entry.name) == "bought":
            return None
        return Verdict(Make.FABRICATE, "the design holds its file", Origin.DERIVED, process)
    is_board = link.files[0].endswith(_BOARDS)
    if (_is_called_bought(entry.name) and not is_board) or _STANDARD.search(entry.text):
        return None
    if _is_traded(entry):
        return Verdict(
            Make.UNKNOWN, "the design holds its file, and the list names a supplier", Origin.DERIVED, process
        )
    return Verdict(Make.FABRICATE, "the design holds its file", Origin.DERIVED, process)


def _by_material(entry: Entry) -> Verdict | None:
    stated = entry.cell("material")
    named = find_materials(stated) if stated else ()
    if named and all(map(is_filament, named)) and not _is_traded(entry):
        return Verdict(Make.FABRICATE, f"made of {stated}", Origin.GUESSED, "additive")
    return None


def _by_trade(entry: Entry) -> Verdict | None:
    if _is_traded(entry):
        return Verdict(Make.PURCHASE, "the list names a supplier", Origin.DERIVED)
    standard = _STANDARD.search(entry.text)
    if standard:
        return Verdict(Make.PURCHASE, f"a standard part ({standard.group()})", Origin.DERIVED)
    if entry.links and any(
        "://" in link and not link.lower().split("?")[0].endswith((".stl", ".step", ".dxf")) for link in entry.links
    ):
        return Verdict(Make.PURCHASE, "the list links a page about it, and no file", Origin.GUESSED)
    return None


def _by_noun(entry: Entry) -> Verdict:
    head = _head(entry.name)
    if head == "bought":
        return Verdict(Make.PURCHASE, "such things are bought", Origin.GUESSED)
    if head == "made":
        return Verdict(Make.UNKNOWN, "neither a file nor a supplier", Origin.GUESSED)
    return Verdict(Make.PURCHASE, "nothing in the design makes it", Origin.GUESSED)


def _is_called_bought(name: str) -> bool:
    """Whether the name ends in a noun of things that are bought; a "servo gear" is no servo."""
    head = _TAIL.split(name, maxsplit=1)[0]
    bought = phrases("bought_nouns").last(head) if _head(name) == "bought" else None
    words = re.sub(r"(?:\s*\b\w*\d\w*)+$", "", normal_form(head))
    return bought is not None and words.removesuffix("s").endswith(bought.removesuffix("s"))


def _head(name: str) -> str | None:
    """Whether the name's head noun is of a thing usually bought or usually made, or None."""
    head = _TAIL.split(name, maxsplit=1)[0]
    bought, made = phrases("bought_nouns").last(head), phrases("made_nouns").last(head)
    if bought and made:
        form = head.casefold().replace("-", " ").replace("_", " ")
        return "bought" if form.rfind(bought) + len(bought) >= form.rfind(made) + len(made) else "made"
    return "bought" if bought else "made" if made else None
