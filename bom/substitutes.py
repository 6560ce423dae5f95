"""What stands in for a bill where nobody wrote one: the manifest's parts, a schematic, counts in file names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bom.eagle import read_eagle
from bom.eeschema import read_eeschema
from bom.entry import Entry, Reading
from bom.kicad import read_circuit
from bom.leftover import Leftover, told
from bom.quantity import UNKNOWN, Quantity, parse_quantity
from bom.sources import read_text
from bom.words import kind_of, phrases, words
from core.errors import InputError
from core.provenance import Finding, Origin, Question, Severity
from designs.design import Design, DesignFile, FileRole

__all__ = ["read_substitute", "uncounted_parts"]

_PART_ROLES: Final = (FileRole.MESH, FileRole.DRAWING, FileRole.SOLID)
_CIRCUITS: Final = (".kicad_sch", ".sch", ".net", ".xml", ".brd")  # the best first
_MAX_CIRCUITS: Final = 20
_MOST: Final = 2  # one in so many files must state a count
_MIN_COUNTED: Final = 3
_MAX_COUNT: Final = 200
_MOST_OF_A_CASE: Final = 6  # with more shapes the board is a part among many
# How designers write counts into file names: foot_x4, foot(x4); foot_4x, foot_4pcs; x4_foot, 4x_foot; 7x2.
# A letter in brackets before the name, [a]_foot, tells a colour group; where it is used, a name without a count is one.
_SCHEMES: Final = (
    re.compile(r"^(?P<name>.+?)[\s_\-]*[(\[]?(?<![a-z0-9])x(?P<count>\d{1,3})[)\]]?$", re.IGNORECASE),
    re.compile(r"^(?P<name>.+?)[\s_\-]+[(\[]?(?P<count>\d{1,3})\s?(?:x|pcs|off|stk)[)\]]?$", re.IGNORECASE),
    re.compile(r"^(?:x(?P<count>\d{1,3})|(?P<count2>\d{1,3})x)[\s_\-]+(?P<name>.+)$", re.IGNORECASE),
    re.compile(r"^(?P<name>\d{1,4})x(?P<count>\d{1,3})$", re.IGNORECASE),
)
_ACCENT: Final = re.compile(r"^\[[a-z]\][\s_\-]*", re.IGNORECASE)


_DOUBTS: Final = {
    "manifest": "Only the manifest lists parts: which others, bought ones among them, does one product need",
    "circuit": "Only a circuit lists parts: which others, board and case among them, does one product need",
    "file names": "Only file names state amounts: which parts are optional, and what is bought besides",
}


def read_substitute(design: Design) -> Reading | None:
    """The best of what may stand in for a bill, with the question whether it does; or None."""
    found = _manifest_parts(design) or _circuit(design) or _named_counts(design)
    if found is None or not found.entries:
        return found
    doubt = Question("bill of materials", f"{_DOUBTS[found.form]}?")
    return replace(found, questions=(*found.questions, doubt))


def _manifest_parts(design: Design) -> Reading | None:
    """The parts that the manifest describes. Source: OKH-LOSH `okh.schema.json`, `part`; OKH v1 has none."""
    manifest = design.manifest
    parts = manifest.fields.get("part", manifest.fields.get("parts")) if manifest else None
    if manifest is None or not isinstance(parts, Sequence) or isinstance(parts, str):
        return None
    entries = tuple(
        Entry(
            name, _stated(part), manifest.path, f"part[{number}]", "part of the manifest", section=("Fabricated parts",)
        )
        for number, part in enumerate(parts, start=1)
        if isinstance(part, Mapping) and isinstance(name := part.get("name"), str) and name.strip()
    )
    read = {entry.place for entry in entries}
    places = ((f"part[{number}]", str(part)) for number, part in enumerate(parts, start=1))
    left = (Leftover(place, text, "it has no name") for place, text in places if place not in read)
    findings = told(left, manifest.path)
    return Reading(manifest.path, "manifest", entries, findings=findings, titled=True) if entries else None


def _stated(part: Mapping[str, object]) -> Quantity:
    """The amount that the part's table states; the format knows no key for it, designers add one."""
    for key, value in part.items():
        if key.casefold() in words("quantity_words") and isinstance(value, int | float | str):
            return parse_quantity(str(value))
    return UNKNOWN


def _circuit(design: Design) -> Reading | None:
    """A schematic or net list, where the design makes nothing but a board, or a board and the few parts of its case."""
    shapes = {file.stem.casefold(): file for file in _shapes(design)}
    if len(shapes) > _MOST_OF_A_CASE:
        return None
    candidates = [file for file in design.files if file.suffix in _CIRCUITS and file.present]
    ranked = sorted(candidates, key=lambda file: (_CIRCUITS.index(file.suffix), file.path.count("/"), file.path))
    found = [reading for file in ranked[:_MAX_CIRCUITS] if (reading := _read_circuit(design, file)) is not None]
    best = max(found, key=lambda reading: len(reading.entries), default=None)
    if best is None or not best.entries or not shapes:
        return best
    return replace(best, entries=(*best.entries, *map(_uncounted, sorted(shapes.values(), key=lambda file: file.path))))


def uncounted_parts(design: Design) -> tuple[Entry, ...]:
    """A line without an amount for each part file; of a part in several forms the best one, meshes first."""
    of_name: dict[str, list[DesignFile]] = {}
    for file in reversed(_shapes(design)):
        same = of_name.setdefault(file.stem.casefold(), [])
        if not same or same[0].role is file.role:
            same.append(file)
    files = sorted((file for some in of_name.values() for file in some), key=lambda file: file.path)
    return tuple(map(_uncounted, files))


def _uncounted(file: DesignFile) -> Entry:
    return Entry(file.stem, file=file.path, place="name", rule="no list counts it", links=(f"/{file.path}",))


def _shapes(design: Design) -> list[DesignFile]:
    """Meshes, solids and drawings, the best form of each last; pictures and what lies in old copies left out."""
    files = [file for role in _PART_ROLES for file in design.with_role(role)]
    files = [file for file in files if file.suffix != ".svg" and not _is_lesser(file)]
    return sorted(files, key=lambda file: (-_PART_ROLES.index(file.role), file.path))


def _read_circuit(design: Design, file: DesignFile) -> Reading | None:
    text = read_text(design, file.path)
    folder = PurePosixPath(file.path).parent

    def sibling(name: str) -> str | None:
        return read_text(design, str(folder / name))

    if text is None:
        return None
    try:
        return (
            read_eagle(text, file.path)
            or read_eeschema(text, file.path, sibling)
            or read_circuit(text, file.path, sibling)
        )
    except InputError as error:
        found = Finding("bom-unreadable", Severity.WARNING, str(error), file.path, error.hint)
        return Reading(file.path, "circuit", findings=(found,))


def _named_counts(design: Design) -> Reading | None:
    """Parts and amounts out of the names of mesh or drawing files, if most of them follow one scheme."""
    files = _parts(design)
    counted = {file.path: found for file in files if (found := _count(file.stem)) is not None}
    schemes = Counter(scheme for scheme, _, _ in counted.values())
    if not schemes or schemes.most_common(1)[0][1] < _MIN_COUNTED or len(counted) * _MOST < len(files):
        return None
    accents = sum(_ACCENT.match(file.stem) is not None for file in files)
    entries = tuple(_named(file, counted.get(file.path), has_accents=accents > 0) for file in files)
    message = f"no bill of materials found; {len(counted)} of {len(files)} part files state an amount in their names"
    fix = "add a bom.csv with these amounts, so that nobody has to read them off the names"
    finding = Finding("bom-missing", Severity.WARNING, message, None, fix)
    return Reading(files[0].path, "file names", entries, findings=(finding,), titled=True)


def _parts(design: Design) -> list[DesignFile]:
    """The files of the role that holds the parts: meshes before drawings; plates and old copies left out."""
    for role in (FileRole.MESH, FileRole.DRAWING):
        files = [file for file in design.with_role(role) if not _is_lesser(file)]
        if len(files) >= _MIN_COUNTED:
            return files
    return []


def _is_lesser(file: DesignFile) -> bool:
    folders = PurePosixPath(file.path).parts[:-1]
    return any(folder.replace("_", " ") in phrases("lesser_folders") for folder in folders)


def _count(stem: str) -> tuple[int, str, int] | None:
    """Number of the scheme, name and amount."""
    for number, scheme in enumerate(_SCHEMES):
        found = scheme.match(stem)
        if found is None:
            continue
        groups = found.groupdict()
        count = int(groups["count"] or groups.get("count2") or 0)
        if 0 < count <= _MAX_COUNT:
            return number, found["name"], count
    return None


def _named(file: DesignFile, found: tuple[int, str, int] | None, *, has_accents: bool) -> Entry:
    """One line for a file. In a design with accent parts "[a]_..." a file without a count is made once."""
    name = _ACCENT.sub("", found[1] if found else file.stem).replace("_", " ").strip() or file.stem
    if found:
        amount, rule, origin = Quantity(float(found[2]), text=file.name), "count in the file name", Origin.DERIVED
    elif has_accents:
        amount, rule, origin = Quantity(1.0, text=file.name), "no count in the file name", Origin.GUESSED
    else:
        amount, rule, origin = UNKNOWN, "no count in the file name", Origin.READ
    folders = tuple(each.replace("_", " ") for each in PurePosixPath(file.path).parts[:-1] if not _names_a_form(each))
    return Entry(name, amount, file.path, "name", rule, origin, folders, links=(f"/{file.path}",))


def _names_a_form(folder: str) -> bool:
    """Whether a folder is called after the form of its files ("STLs"), which says nothing of the parts."""
    kind = kind_of(folder)
    return kind is not None and kind.exact
