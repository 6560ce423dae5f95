"""What manifests say of single parts: manifests of their own, and `[[part]]` tables of the design's.

Source: OKH-LOSH `okh.schema.json` (part: name, source, export, tsdc) and the metadata of production in its prose.
"""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from bom.sources import read_text
from core.trees import processes
from designs.design import Design

__all__ = ["PartSheet", "own_sheets", "read_sheet"]

_LONGEST_MM = 500


@dataclass(frozen=True, slots=True)
class PartSheet:
    """What a manifest says of a part.

    Attributes:
        name: the part's name.
        files: repository paths, exports before sources; not checked for existence.
        process: id of the process tree, or None.
        material: as written, or None.
        manifest: path of the manifest.
        thickness_mm: of the sheet, or None.
        feature_mm: twice the smallest inner radius, which no wider tool makes, or None.
    """

    name: str
    files: tuple[str, ...]
    process: str | None
    material: str | None
    manifest: str
    thickness_mm: float | None = None
    feature_mm: float | None = None


def own_sheets(design: Design) -> tuple[PartSheet, ...]:
    """The parts that the design's own manifest describes."""
    manifest = design.manifest
    if manifest is None:
        return ()
    parts = manifest.fields.get("part")
    return tuple(
        _sheet(part, manifest.path)
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, Mapping) and isinstance(part.get("name"), str)
    )


def read_sheet(design: Design, path: str) -> PartSheet | None:
    """The part manifest at this path; None when it is absent or no manifest of a part."""
    suffix = PurePosixPath(path).suffix.lower()
    text = read_text(design, path) if suffix in {".toml", ".yml", ".yaml"} else None
    if text is None:
        return None
    try:
        document: Any = tomllib.loads(text) if suffix == ".toml" else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, RecursionError):
        return None
    if not isinstance(document, Mapping) or not isinstance(document.get("name") or document.get("title"), str):
        return None
    return _sheet(document, path)


def _sheet(part: Mapping[str, Any], manifest: str) -> PartSheet:
    folder = str(PurePosixPath(manifest).parent)
    files = [
        posixpath.normpath(posixpath.join(folder, each)).removeprefix("./")
        for key in ("export", "source", "manufacturing-files")
        for each in _texts(part.get(key))
        if "://" not in each
    ]
    material, radius = part.get("material"), _length(part.get("smallest-inner-radius-mm"))
    return PartSheet(
        name=str(part.get("name") or part.get("title")),
        files=tuple(dict.fromkeys(files)),
        process=next((found for code in _texts(part.get("tsdc")) if (found := _process(code))), None),
        material=material if isinstance(material, str) else None,
        manifest=manifest,
        thickness_mm=_length(part.get("thickness-mm")),
        feature_mm=None if radius is None else 2 * radius,
    )


def _length(value: object) -> float | None:
    """A length in millimetres, a number or its text as written; None where there is none that makes sense."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        length = float(value)
    except (ValueError, OverflowError):
        return None
    return length if 0 < length < _LONGEST_MM else None


def _texts(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping) and isinstance(each.get("path"), str):
            yield str(each["path"])


def _process(code: str) -> str | None:
    """The process of a technology-specific documentation code (DIN SPEC 3105-1): 3DP, LAS, CNC, PCB."""
    tree = processes()
    coded = [node.id for node in tree if node.facts.get("tsdc") == code.strip().upper()]
    return min(coded, key=lambda node_id: len(tree.ancestry(node_id)), default=None)
