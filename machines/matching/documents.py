"""What is needed and which machines there are, as two JSON or YAML documents (`docs/matching.md` describes both).

Files come from strangers: their size and number are limited, keys that are not known are errors, and a part file lies
in the folder of the document that names it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BeforeValidator, Field, StrictBool, ValidationError

from core.errors import InputError, LimitError
from core.misfits import in_words
from core.tolerances import tolerance_class
from core.trees import materials, processes
from geometry.errors import GeometryError
from geometry.hull import Hull, block_hull, part_hull
from geometry.mesh import MeshFacts
from geometry.part import measure_part
from machines.durations.estimate import Shape
from machines.labs_document import Document, MachineDocument
from machines.machine import Machine
from machines.machine_reading import machine_of
from machines.matching.material import printed_by
from machines.matching.requirement import Requirement
from machines.matching.terms import Terms
from machines.network import network_of

__all__ = ["NamedNeed", "NeedDocument", "machines_in", "needs_in", "read_machines", "read_needs"]

_MAX_BYTES = 20_000_000
_MAX_NEEDS = 10_000
_MAX_MACHINES = 10_000
_MAX_DIGITS = 400
_HINT = "docs/matching.md describes the format"


def _a_number(value: Any) -> Any:
    """Refuse what is no number in JSON, which pydantic would make one of: true, "3"."""
    if isinstance(value, (bool, str)):
        raise ValueError("a number is expected here")
    return value


Length = Annotated[float, BeforeValidator(_a_number), Field(gt=0, le=1e6)]
Count = Annotated[int, BeforeValidator(_a_number)]
Word = Annotated[str, Field(min_length=1, max_length=200)]


_Model = TypeVar("_Model", bound=Document)


class NeedDocument(Document):
    """One requirement, as written; sizes in millimetres."""

    name: Word | None = None
    process: Word | None = None
    material: Word | None = None
    alternatives: list[Word] = Field(default=[], max_length=20)
    size_mm: Annotated[tuple[Length, ...], Field(min_length=2, max_length=3)] | None = None
    block: StrictBool = False
    part_file: Word | None = None
    thickness_mm: Length | None = None
    tolerance_mm: Length | None = None
    tolerance: Word | None = None
    axes: Annotated[Count, Field(ge=1, le=12)] | None = None
    feature_mm: Length | None = None
    quantity: Annotated[Count, Field(ge=1, le=1_000_000)] = 1
    certificates: list[Word] = Field(default=[], max_length=20)
    skills: list[Word] | None = Field(default=None, max_length=100)


class _ListedMachine(MachineDocument):
    lab: Word = "lab"


@dataclass(frozen=True, slots=True)
class NamedNeed:
    """A requirement, and what its document calls it."""

    name: str
    requirement: Requirement


def read_needs(path: Path) -> tuple[NamedNeed, ...]:
    """The requirements of a file: one, or a list of them.

    Raises:
        InputError: the file cannot be read or says something impossible; the place is named.
    """
    return needs_in(_load(path), where=str(path), folder=path.parent)


def read_machines(path: Path) -> tuple[tuple[Machine, ...], Mapping[str, Terms]]:
    """The machines of a file, a list of machines or a labs document; of a labs document the labs' terms as well.

    Raises:
        InputError: the file cannot be read or says something impossible; the place is named.
    """
    document = _load(path)
    if isinstance(document, dict) and "labs" in document:
        network = network_of(document, where=str(path))
        return network.machines, {lab.id: Terms(lab) for lab in network.labs}
    return machines_in(document, where=str(path)), {}


def needs_in(document: Any, *, where: str, folder: Path) -> tuple[NamedNeed, ...]:
    """The requirements of a document that is already parsed.

    Args:
        document: a requirement, or a list of them.
        where: what to call the document in errors.
        folder: in which part files lie.

    Raises:
        InputError: it says something impossible; the place is named.
    """
    listed = document if isinstance(document, list) else [document]
    if not listed:
        raise InputError("the list of needs is empty", where=where, hint=_HINT)
    if len(listed) > _MAX_NEEDS:
        raise LimitError(f"more than {_MAX_NEEDS:,} needs", where=where)
    needs = []
    for number, each in enumerate(listed, 1):
        place = f"{where}: need {number}" if len(listed) > 1 else where
        written = _validated(NeedDocument, each, place)
        needs.append(NamedNeed(written.name or written.part_file or f"need {number}", _need(written, place, folder)))
    return tuple(needs)


def machines_in(document: Any, *, where: str) -> tuple[Machine, ...]:
    """The machines of a document that is already parsed: a list, or a labs document.

    Raises:
        InputError: it says something impossible; the place is named.
    """
    if isinstance(document, dict) and "labs" in document:
        return network_of(document, where=where).machines
    listed = document.get("machines") if isinstance(document, dict) and set(document) == {"machines"} else document
    if not isinstance(listed, list) or not listed:
        raise InputError("a list of machines or a labs document is expected", where=where, hint=_HINT)
    if len(listed) > _MAX_MACHINES:
        raise LimitError(f"more than {_MAX_MACHINES:,} machines", where=where)
    made: dict[str, Machine] = {}
    for number, each in enumerate(listed, 1):
        written = _validated(_ListedMachine, each, f"{where}: machine {number}")
        if written.id in made:
            raise InputError(f"machine {written.id!r} stands twice", where=where)
        made[written.id] = machine_of(written, written.lab, f"{where}: machine {written.id}")
    return tuple(made.values())


def _validated(model: type[_Model], document: Any, where: str) -> _Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(each) for each in first["loc"])
        what = in_words(first["type"], first["msg"], first.get("ctx", {}))
        raise InputError(f"{key}: {what}" if key else what, where=where, hint=_HINT) from None


def _need(written: NeedDocument, where: str, folder: Path) -> Requirement:
    if written.part_file is not None and written.size_mm is not None:
        raise InputError("size_mm and part_file both say the size", where=where, hint="keep one of them")
    if written.tolerance is not None and written.tolerance_mm is not None:
        raise InputError("tolerance and tolerance_mm both say the tolerance", where=where, hint="keep one of them")
    if written.block and written.size_mm is None:
        raise InputError("block: true says that the part fills its size_mm, which is missing", where=where)
    process = processes().require(written.process, where=where).id if written.process is not None else None
    size = _three(written.size_mm, written.thickness_mm)
    shape, hull, why = Shape(size), None, "the need states no size_mm and no part_file"
    if written.part_file is not None:
        shape, hull, why = _measured(folder, written.part_file, where)
    elif written.block and size is not None:
        shape, hull = _full(size), partial(_block, size)
    extents = shape.extents_mm
    return Requirement(
        process=process,
        material=_material(written.material),
        extents_mm=_sheet(extents, written.thickness_mm),
        thickness_mm=written.thickness_mm,
        why_unmeasured=None if extents is not None else why,
        alternatives=tuple(materials().require(word, where=where).id for word in written.alternatives),
        tolerance_mm=written.tolerance_mm,
        tolerance=tolerance_class(written.tolerance, where=where) if written.tolerance is not None else None,
        axes=written.axes,
        feature_mm=written.feature_mm,
        quantity=written.quantity,
        certificates=tuple(written.certificates),
        skills=tuple(written.skills) if written.skills is not None else None,
        material_mm3=shape.taken_mm3(printed_by(process, _material(written.material))),
        hull=hull,
    )


def _three(size_mm: tuple[float, ...] | None, thickness_mm: float | None) -> tuple[float, float, float] | None:
    """Length, width and height; the height of a sheet of which two lengths are stated is its thickness, or 0."""
    if size_mm is None:
        return None
    x, y, *rest = size_mm
    return (x, y, rest[0] if rest else thickness_mm or 0.0)


def _material(word: str | None) -> str | None:
    """The id of the material; a word that is not known stays as written, and is asked about."""
    found = materials().find(word) if word is not None else None
    return found.id if found is not None else word


def _sheet(extents: tuple[float, float, float] | None, thickness: float | None) -> tuple[float, float, float] | None:
    """A drawing has no height: the sheet gives it."""
    return (extents[0], extents[1], thickness or 0.0) if extents is not None and extents[2] == 0 else extents


@lru_cache(maxsize=1000)
def _block(size_mm: tuple[float, float, float]) -> Hull:
    return block_hull(size_mm)


def _full(size_mm: tuple[float, float, float]) -> Shape:
    x, y, z = size_mm
    return Shape(size_mm, x * y * z, 2 * (x * y + y * z + x * z))


def _measured(folder: Path, name: str, where: str) -> tuple[Shape, Callable[[], Hull | None] | None, str]:
    """Shape and hull of a part file, or an empty shape and why it has none."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(f"the part file {name!r} lies outside the document's folder", where=where)
    try:
        facts = measure_part(path)
    except GeometryError as error:
        return Shape(), None, f"{name}: {error.what}"
    except OSError as error:
        raise InputError(f"the part file {name!r} cannot be read: {error.strerror}", where=where) from None
    if isinstance(facts, MeshFacts):
        return Shape(facts.extents_mm, facts.volume_mm3, facts.area_mm2), partial(_hull, path), ""
    return Shape((facts.width_mm, facts.height_mm, 0.0)), None, ""


@lru_cache(maxsize=1000)
def _hull(path: Path) -> Hull | None:
    try:
        return part_hull(path)
    except (GeometryError, OSError):  # it was readable a moment ago: the box is all that is known
        return None


def _load(path: Path) -> Any:
    """A JSON or YAML document, told by its suffix; YAML unless it ends in .json."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise LimitError(f"the file is larger than {_MAX_BYTES // 1_000_000} MB", where=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text", where=str(path)) from None
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text, parse_constant=_no_number, parse_int=_whole, object_pairs_hook=_object)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        spot = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"not YAML: {getattr(error, 'problem', None) or 'cannot be parsed'}", where=spot) from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", where=f"{path}:{error.lineno}") from None
    except RecursionError:
        raise InputError("the document is nested too deep", where=str(path)) from None
    except ValueError as error:  # a date that does not exist, NaN
        raise InputError(f"the document cannot be used: {error}", where=str(path)) from None


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number has more than {_MAX_DIGITS} digits")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once; of two, JSON does not say which counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found
