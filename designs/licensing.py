"""Which licences hold in which part of a design, and what that comes to for the whole.

Read are the manifest, licence files (`LICENSE`, `COPYING`) at any depth, and what REUSE (specification 3.3) prescribes:
texts in `LICENSES/`, headers ``SPDX-License-Identifier:``, files ``NAME.license``, `REUSE.toml`, and `.reuse/dep5` of
earlier versions (Debian's machine-readable copyright file 1.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from core.hashes import sha256_of_bytes
from core.provenance import Origin, Provenance
from designs.design import Design, DesignFile, FileRole
from designs.documents import parse_toml
from designs.licence import is_licence_file, licence_of_statement, licence_of_text
from designs.spdx import both, identifiers, is_known, spdx_expression

__all__ = ["Licensing", "Statement", "read_licensing"]

_TEXTS_FOLDER: Final = "LICENSES"
_ANNOTATIONS: Final = "REUSE.toml"
_DEP5: Final = ".reuse/dep5"
_HEAD_BYTES: Final = 4096
_MAX_TEXT_BYTES: Final = 2**20
_MAX_HEADERS: Final = 5_000
_HEADER: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+() :-]*[\w.+)])", re.ASCII)
_WITH_HEADERS: Final = frozenset({FileRole.CODE, FileRole.DATA, FileRole.TEXT, FileRole.CIRCUIT})
_BINARY: Final = frozenset({".pdf", ".doc", ".docx", ".odt", ".ipynb"})
_MANIFEST_PARTS: Final = ("hardware", "documentation", "software")


@dataclass(frozen=True, slots=True)
class Statement:
    """One place that states a licence.

    Attributes:
        expression: SPDX expression.
        scope: what it holds for: "hardware", "documentation", "software" (a manifest's words), a folder, a file, a
            pattern of paths, or "" for the whole design.
        provenance: where it stands.
    """

    expression: str
    scope: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Licensing:
    """The licences of a design.

    Attributes:
        statements: every place that states one, the manifest first.
        texts: identifier -> file in `LICENSES/` that holds its text.
    """

    statements: tuple[Statement, ...]
    texts: dict[str, str]

    @property
    def effective(self) -> str | None:
        """One expression for the whole tree: whoever takes all of it keeps to every licence; None when none is stated.

        A text in `LICENSES/` counts only where nothing else names its licence.
        """
        stated = [each.expression for each in self.statements]
        named = {_family(key) for each in stated for key in identifiers(each)}
        return both([*stated, *(key for key in self.texts if _family(key) not in named)])

    @property
    def unknown(self) -> tuple[str, ...]:
        """Identifiers that are not on the SPDX list, each once."""
        named = (key for each in self.statements for key in identifiers(each.expression))
        return tuple(dict.fromkeys(key for key in named if not is_known(key)))


def read_licensing(design: Design) -> Licensing:
    """Every licence that the design states."""
    texts = {}
    statements = list(_of_manifest(design))
    for file in design.files:
        if not file.present:
            continue
        if file.path.startswith(f"{_TEXTS_FOLDER}/"):
            texts[_identifier_of_text(design, file)] = file.path
        elif is_licence_file(file):
            statements.append(_of_licence_file(design, file))
    statements += _of_annotations(design)
    statements += _of_dep5(design)
    statements += _of_headers(design)
    return Licensing(tuple(statements), texts)


def _family(identifier: str) -> str:
    """The identifier without what a GNU licence's text does not tell: whether later versions are allowed too."""
    return re.sub(r"-(?:only|or-later)$", "", identifier)


def _identifier_of_text(design: Design, file: DesignFile) -> str:
    """By the file's name, as REUSE prescribes; where that is no identifier, by its text."""
    named = spdx_expression(re.sub(r"\.(?:txt|md)$", "", file.name))
    if is_known(named) or file.size_bytes > _MAX_TEXT_BYTES:
        return named
    known = licence_of_text(design.locate(file.path).read_text(encoding="utf-8", errors="replace"))
    return spdx_expression(known) if known else named


def _of_manifest(design: Design) -> Iterator[Statement]:
    manifest = design.manifest
    if manifest is None:
        return
    stated = manifest.fields.get("license", manifest.fields.get("licence"))
    if isinstance(stated, dict):
        for part in _MANIFEST_PARTS:
            if isinstance(stated.get(part), str) and stated[part].strip():
                place = Provenance(Origin.READ, f"license of the {part}", manifest.path, f"license.{part}")
                yield Statement(spdx_expression(licence_of_statement(stated[part])), part, place)
    elif manifest.licence:
        place = Provenance(Origin.READ, "license of the manifest", manifest.path, "license")
        yield Statement(spdx_expression(licence_of_statement(manifest.licence)), "", place)


def _of_licence_file(design: Design, file: DesignFile) -> Statement:
    data = design.locate(file.path).read_bytes()
    known = licence_of_text(data.decode("utf-8", "replace"))
    origin, rule = Origin.READ, "licence file"
    if known is None:  # the same text gives the same name wherever it is met
        known, origin = f"LicenseRef-{sha256_of_bytes(data)[:12]}", Origin.DERIVED
        rule = "licence file whose text is not known"
    folder = str(PurePosixPath(file.path).parent)
    return Statement(spdx_expression(known), "" if folder == "." else folder, Provenance(origin, rule, file.path))


def _of_annotations(design: Design) -> Iterator[Statement]:
    for file in design.files:
        if file.name != _ANNOTATIONS or not file.present or file.size_bytes > _MAX_TEXT_BYTES:
            continue
        document = parse_toml(design.locate(file.path).read_text(encoding="utf-8", errors="replace"))
        annotations = document.fields.get("annotations")
        for each in annotations if isinstance(annotations, list) else []:
            yield from _of_annotation(each, file)


def _of_annotation(annotation: Any, file: DesignFile) -> Iterator[Statement]:
    if not isinstance(annotation, dict):
        return
    licences, paths = (annotation.get(key, ()) for key in ("SPDX-License-Identifier", "path"))
    scope = ", ".join(paths) if isinstance(paths, list) else str(paths)
    for licence in licences if isinstance(licences, list) else [licences]:
        if isinstance(licence, str) and licence.strip():
            place = Provenance(Origin.READ, "annotation", file.path, "annotations")
            yield Statement(spdx_expression(licence), scope, place)


def _of_dep5(design: Design) -> Iterator[Statement]:
    """One statement for each stanza with `Files` and `License`; of a licence only its first line, the identifier."""
    file = design.file(_DEP5)
    if file is None or not file.present or file.size_bytes > _MAX_TEXT_BYTES:
        return
    lines = design.locate(file.path).read_text(encoding="utf-8", errors="replace").splitlines()
    fields: dict[str, tuple[int, str]] = {}
    name = ""
    for number, line in enumerate([*lines, ""], start=1):
        if not line.strip():
            if "files" in fields and "license" in fields:
                scope, (at, licence) = " ".join(fields["files"][1].split()), fields["license"]
                place = Provenance(Origin.READ, "stanza of the copyright file", file.path, str(at))
                yield Statement(spdx_expression(licence.partition("\n")[0].strip()), scope, place)
            fields, name = {}, ""
        elif line[0].isspace() and name:
            fields[name] = (fields[name][0], f"{fields[name][1]}\n{line.strip()}")
        elif ":" in line:
            name = line.partition(":")[0].strip().casefold()
            fields[name] = (number, line.partition(":")[2].strip())


def _of_headers(design: Design) -> Iterator[Statement]:
    """One statement for each file that has a header, and for each companion ``NAME.license``."""
    read = 0
    for file in design.files:
        companion = file.suffix == ".license"
        if not file.present or not (companion or _may_have_header(file)) or read >= _MAX_HEADERS:
            continue
        read += 1
        with design.locate(file.path).open("rb") as opened:
            head = opened.read(_HEAD_BYTES).decode("utf-8", "replace")
        for found in _HEADER.finditer(head):
            line = head.count("\n", 0, found.start()) + 1
            scope = file.path.removesuffix(".license") if companion else file.path
            place = Provenance(Origin.READ, "SPDX header", file.path, str(line))
            yield Statement(spdx_expression(found.group(1)), scope, place)


def _may_have_header(file: DesignFile) -> bool:
    if file.path.startswith(f"{_TEXTS_FOLDER}/") or is_licence_file(file) or file.suffix in _BINARY:
        return False
    return file.role in _WITH_HEADERS or file.suffix == ".scad"
