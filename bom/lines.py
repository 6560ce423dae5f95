"""Entries to bill lines: what is made of what, how, from which file, and how each of it is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bom.allowances import allowed_materials, feature_mm, tolerance_mm
from bom.bill import BillLine, Excluded, Make, Status
from bom.entry import Entry
from bom.judgement import OWN_DESIGN, Verdict, exclusion, judge, judge_words, likely_process, stock_noun
from bom.lexicon import terms, words_of
from bom.linking import Link, Linker
from bom.places import Places
from bom.quickly import quickly_made
from bom.routing import later_steps
from bom.substance import find_materials, thickness_mm
from bom.words import kind_of, phrases
from core.errors import InputError
from core.part_settings import NO_SETTINGS, SETTING_NAMES, PartSettings, read_setting
from core.provenance import Finding, Origin, Provenance, Severity
from core.trees import materials, processes
from designs.design import Design, FileRole

__all__ = ["Conclusion", "Line", "conclude"]

_NOTED: Final = ("also_called", "notes", "length", "standard", "reference", "size")  # the cells that become notes
_WEB: Final = re.compile(r"https?://\S+\Z")
_OPTIONAL: Final = re.compile(r"\boptional(?:ly)?\b|\bif (?:wanted|desired)\b", re.IGNORECASE)
_PROCESS_OF_SUFFIX: Final = {
    **dict.fromkeys((".stl", ".3mf", ".obj", ".amf", ".ply"), "additive"),
    **dict.fromkeys((".dxf", ".svg"), "sheet_cutting"),
    **dict.fromkeys((".kicad_pcb", ".brd", ".gbr"), "pcb_fabrication"),
}


@quickly_made
@dataclass(frozen=True, slots=True)
class Line:
    """A bill line with what it was concluded from.

    Attributes:
        line, entry, verdict, link: the line, what was written, whether it is made, its files.
        said: the line's name in the words that the lists know (`bom.lexicon.terms`).
    """

    line: BillLine
    entry: Entry
    verdict: Verdict
    link: Link | None
    said: str


@dataclass(slots=True)
class Conclusion:
    """What a list comes to."""

    lines: list[Line] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    modules: list[Entry] = field(default_factory=list)
    alternatives: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def conclude(design: Design, entries: Sequence[Entry], linker: Linker) -> Conclusion:
    """Lines, and what is excluded with its reason."""
    result = Conclusion()
    outlines = any(file.suffix in {".dxf", ".svg"} and file.role is FileRole.DRAWING for file in design.files)
    weighed = [entry for entry in entries if entry.quantity.value == 0 or entry.length_column]
    weighed = [entry for entry in weighed if exclusion(entry) is None]
    zeros = Counter(entry.section for entry in weighed if entry.quantity.value == 0)
    cut_lists = {entry.section for entry in weighed if _lacks_stock(entry)}
    keys: dict[str, int] = {}
    for entry in entries:
        why = exclusion(entry)
        if why is not None:
            _leave_out(result, entry, why)
            continue
        name = _name(entry, cut_lists)
        line = _line(entry, name, _key(name, keys), linker, has_outlines=outlines, choices=zeros.get(entry.section, 0))
        result.lines.append(line)
        missing = linker.missing(entry) if line.line.make is Make.FABRICATE else None
        if missing:
            message = f"{entry.name}: the list names {missing}, and nothing is there"
            result.findings.append(
                Finding("part-file-missing", Severity.WARNING, message, entry.file, "correct the path", entry.place)
            )
    return result


def _leave_out(result: Conclusion, entry: Entry, why: str) -> None:
    """A line that is no part of the product, with the reason."""
    place = Provenance(Origin.READ, why, entry.file or None, entry.place or None)
    result.excluded.append(Excluded(entry.name, why, place))
    (result.modules if why is OWN_DESIGN else result.alternatives if "alternative" in why else []).append(entry)


def _key(name: str, used: dict[str, int]) -> str:
    """A readable slug, numbered when the name stands twice."""
    slug = "-".join(words_of(name))[:60].strip("-") or "part"
    key = slug
    while key in used:
        used[slug] += 1
        key = f"{slug}-{used[slug]}"
    used[key] = 1
    return key


def _line(entry: Entry, name: str, key: str, linker: Linker, *, has_outlines: bool, choices: int) -> Line:
    said = judge_words(entry, has_outlines=has_outlines)
    link = linker.link(entry, said.process if said else likely_process(entry))
    verdict = said or judge(entry, link)
    if said is not None and said.make is Make.PURCHASE and _states_own_file(entry, link):
        verdict = judge_words(replace(entry, section=()), has_outlines=has_outlines) or judge(entry, link)
    if link is None and verdict.make is Make.FABRICATE and verdict.process not in {"sawing", "sheet_cutting"}:
        link = linker.guess(entry, verdict.process)
    if verdict.make is Make.PURCHASE and link is not None and not (link.stated and entry.links):
        link = None
    where = Places(entry.file or None, entry.place or None)
    where.add("quantity", entry.origin if entry.quantity.value is not None else Origin.READ, entry.rule)
    where.add("make", verdict.origin, verdict.reason)
    process = _process(entry, verdict, link, where)
    material = _material(entry, verdict, link, where)
    if link is not None:
        where.put("files", link.provenance)
    status = _status(entry, choices, where)
    made = verdict.make is not Make.PURCHASE
    alternatives, tolerance, feature = _allowances(entry, link, where) if made else ((), None, None)
    bill_line = BillLine(
        key=key, name=name, quantity=entry.quantity.value, unit=entry.quantity.unit,
        make=verdict.make, make_reason=verdict.reason, status=status,
        process=process if made else None, material=material,
        thickness_mm=_thickness(entry, process, link, where) if made else None,
        alternatives=alternatives, tolerance_mm=tolerance, feature_mm=feature,
        files=link.files if link else (), assembly=entry.assembly, uses=entry.uses,
        notes=_notes(entry), supplier=_supplier(entry), steps=_steps(entry, where) if made else (),
        tool=verdict.make is Make.FABRICATE and _is_tool(entry, where), provenance=where,
        settings=_settings(entry, where) if made else NO_SETTINGS,
        links=tuple(dict.fromkeys(each for each in entry.links if _WEB.match(each))), price=entry.price or None,
    )  # fmt: skip
    return Line(bill_line, entry, verdict, link, terms(name))


def _states_own_file(entry: Entry, link: Link | None) -> bool:
    """Whether the line names a file to make it from, and no type: then a title such as "Mechanics" above it errs."""
    return link is not None and link.stated and link.provenance.origin is Origin.READ and not entry.cell("kind")


def _lacks_stock(entry: Entry) -> bool:
    """Whether a line of a cut list does not name its stock."""
    noun = stock_noun(entry)
    return noun is not None and noun.rstrip("s") not in entry.name.casefold()


def _name(entry: Entry, cut_lists: Collection[tuple[str, ...]]) -> str:
    """The name; in a cut list whose names are uses, told by its stock: "Extrusion: main box, lengthwise"."""
    noun = stock_noun(entry) if entry.section in cut_lists else None
    if noun is None:
        return entry.name
    return f"{noun.rstrip('s').capitalize()}: {entry.name}"


def _is_not_printed(entry: Entry) -> bool:
    """Whether the list states a material that is rarely printed."""
    families = {materials().ancestry(each)[-1] for each in find_materials(entry.cell("material"))}
    return bool(families) and "plastic" not in families and "elastomer" not in families


def _process(entry: Entry, verdict: Verdict, link: Link | None, where: Places) -> str | None:
    if verdict.make is Make.PURCHASE:
        return None
    if verdict.process:
        where.add("process", verdict.origin, verdict.reason)
        return verdict.process
    if link is not None and link.sheet is not None and link.sheet.process:
        where.put("process", link.provenance)
        return link.sheet.process
    for path in link.files[:1] if link else ():
        process = _PROCESS_OF_SUFFIX.get(f".{path.rpartition('.')[2].lower()}")
        if process is not None and not (process == "additive" and _is_not_printed(entry)):
            where.add("process", Origin.GUESSED, f"such files are usually for {process.replace('_', ' ')}")
            return process
    return None


def _material(entry: Entry, verdict: Verdict, link: Link | None, where: Places) -> str | None:
    column = entry.cell("material")
    sheet = link.sheet if link is not None else None
    stated = column or (sheet.material if sheet is not None else None)
    if stated:
        named = find_materials(stated)
        if len(named) > 1 and (allowed := allowed_materials(stated)):
            named = allowed[:1]
        if not named and any(sign.isdigit() for sign in stated):
            return None
        if column or link is None:
            where.add("material", Origin.READ, "column of materials")
        else:
            where.put("material", link.provenance)
        return named[0] if len(named) == 1 else stated
    if verdict.make is not Make.FABRICATE:
        return None
    for rule, texts in (("the name", (entry.name,)), ("a remark", entry.remarks), ("a title", entry.section[::-1])):
        for text in texts:
            named = find_materials(text)
            if len(named) == 1:
                where.add("material", Origin.DERIVED, f"{rule} says {text!r}")
                return named[0]
    return None


def _allowances(entry: Entry, link: Link | None, where: Places) -> tuple[tuple[str, ...], float | None, float | None]:
    """Other materials, tolerance and smallest feature, as far as the line says them."""
    sheet = link.sheet if link is not None else None
    stated = entry.cell("material") or (sheet.material if sheet is not None else None) or ""
    listed = entry.cell("alternatives")
    others = allowed_materials(stated)[1:] or (find_materials(listed) if listed else ())
    texts = (*entry.remarks, entry.cell("notes"), entry.cell("size"))
    tolerance = tolerance_mm(texts, entry.cell("tolerance"))
    feature = feature_mm(texts, entry.cell("feature")) or (sheet.feature_mm if sheet is not None else None)
    for field_name, value in (("alternatives", others), ("tolerance_mm", tolerance), ("feature_mm", feature)):
        if value:
            where.add(field_name, Origin.READ, "as the line says")
    return others, tolerance, feature


def _settings(entry: Entry, where: Places) -> PartSettings:
    """How it is printed, as columns of the list say it; a cell that says nothing of the kind is a note like others."""
    found = NO_SETTINGS
    for name in SETTING_NAMES:
        if text := entry.cell(name):
            try:
                found = read_setting(name, text).over(found)
            except InputError:
                continue
            where.add("settings", Origin.READ, "as the line says")
    return found


def _thickness(entry: Entry, process: str | None, link: Link | None, where: Places) -> float | None:
    column = entry.cell("thickness")
    stated = thickness_mm(column) or thickness_mm(f"{column} mm") if column else None
    if stated:
        where.add("thickness_mm", Origin.READ, "column of thicknesses")
        return stated
    if link is not None and link.sheet is not None and link.sheet.thickness_mm:
        where.put("thickness_mm", link.provenance)
        return link.sheet.thickness_mm
    if process is None or not (processes().is_a(process, "sheet_cutting") or process == "cnc_routing"):
        return None
    for text in (entry.cell("material"), entry.name, *entry.remarks, entry.cell("size"), entry.cell("notes")):
        found = thickness_mm(text)
        if found:
            where.add("thickness_mm", Origin.READ, f"from {text!r}")
            return found
    return None


def _steps(entry: Entry, where: Places) -> tuple[str, ...]:
    steps, rule = later_steps(entry)
    if steps:
        where.add("steps", Origin.READ, rule)
    return steps


def _is_tool(entry: Entry, where: Places) -> bool:
    """Whether it is made to build the product and goes into none: by its noun, the title above it, or its type.

    A title "Tools" alone does not say so: tools that a robot holds are parts of it, and the bill asks.
    """
    jigs, code = phrases("jig_nouns"), entry.cell("kind")
    said = next((text for text in (entry.name, *entry.section) if jigs.find(text)), None)
    if said is None and code and phrases("tool_words").find(code):
        said = code
    if said is not None:
        where.add("tool", Origin.READ, f"made to build with, not built in: {said!r}")
    return said is not None


def _status(entry: Entry, choices: int, where: Places) -> Status:
    if entry.quantity.value == 0:
        where.add("status", Origin.DERIVED, "amount 0 is an option")
        return Status.CHOOSE if choices > 1 else Status.OPTIONAL
    code = entry.cells.get("kind")
    for title in (*entry.section, code) if code else entry.section:
        kind = kind_of(title)
        if kind is not None and kind.status == "optional":
            where.add("status", Origin.READ, "listed as optional")
            return Status.OPTIONAL
    texts = (entry.name, *entry.remarks, entry.cells.get("notes", ""), entry.quantity.text)
    said = "\n".join(texts).lower()
    for text in texts if "optional" in said or "if " in said else ():
        if _OPTIONAL.search(text):
            where.add("status", Origin.READ, f"it says {text!r}")
            return Status.OPTIONAL
    return Status.REQUIRED


def _notes(entry: Entry) -> str | None:
    cells = entry.cells
    parts = [each for each in entry.remarks if each]
    if (stated := cells.get("material")) and not find_materials(stated) and any(sign.isdigit() for sign in stated):
        parts.insert(0, stated)
    parts += [f"length {cells[role]}" if role == "length" else cells[role] for role in _NOTED if cells.get(role)]
    if entry.quantity.is_range:
        parts.append(entry.quantity.text)
    return "; ".join(dict.fromkeys(parts)) if len(parts) > 1 else (parts[0] if parts else None)


def _supplier(entry: Entry) -> str | None:
    name, number = entry.cells.get("supplier"), entry.cells.get("supplier_number")
    return f"{name} {number}" if name and number else name or number or None
