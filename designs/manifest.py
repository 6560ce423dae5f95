"""Find and read a design's manifest, in any of the dialects of `designs.dialects`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.provenance import Finding, Severity
from designs.design import DesignFile, Manifest
from designs.dialects import Dialect, dialect_of
from designs.documents import Document

__all__ = ["is_placeholder", "read_manifest"]

_PLACEHOLDER = re.compile(r"\[?\s*(?:value|placeholder)\s*\]?|n/?a|tbd|todo|xxx+|\.\.\.|<[^<>@:]*>", re.I)
_MAX_BYTES = 256 * 2**10
_LICENCE_ORDER = ("hardware", "documentation", "software")


def read_manifest(root: Path, files: Iterable[DesignFile]) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest that speaks for the whole design, and what is wrong with it.

    That is the manifest nearest to the root; further down a manifest counts only if it has no equal at its depth, since
    several are manifests of parts. What is written for one tool only (Kitspace, GitBuilding) counts where there is no
    other. Of a broken one, the fields that can be read are kept.
    """
    found = [(file, dialect) for file in files if file.present and (dialect := dialect_of(file.name)) is not None]
    for whole in (True, False):
        best = _best([each for each in found if each[1].whole is whole])
        if best is not None:
            return _read_if_small(root, *best)
    return None, ()


def _best(candidates: list[tuple[DesignFile, Dialect]]) -> tuple[DesignFile, Dialect] | None:
    if not candidates:
        return None
    best = min(candidates, key=lambda each: _rank(each[0]))
    depth = best[0].path.count("/")
    alone = sum(file.path.count("/") == depth for file, _ in candidates) == 1
    return best if alone or not depth else None


def _read_if_small(root: Path, best: DesignFile, dialect: Dialect) -> tuple[Manifest | None, tuple[Finding, ...]]:
    if best.size_bytes > _MAX_BYTES:
        message = f"{best.path} has {best.size_bytes:,} bytes; manifests are read up to {_MAX_BYTES:,}"
        return None, (Finding("manifest-too-large", Severity.ERROR, message, best.path, "shorten it"),)
    return _read(root, best, dialect)


def is_placeholder(text: str) -> bool:
    """Whether the text only holds the place of a value: what templates put there, or "N/A"."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def _rank(file: DesignFile) -> tuple[int, int, str]:
    """Nearest to the root first, the plain name `okh` before longer ones."""
    return file.path.count("/"), len(file.stem), file.path


def _read(root: Path, file: DesignFile, dialect: Dialect) -> tuple[Manifest | None, tuple[Finding, ...]]:
    data = (root / file.path).read_bytes()
    findings = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        message = f"{file.path} is not in UTF-8 and was read as Latin-1"
        findings.append(Finding("manifest-encoding", Severity.WARNING, message, file.path, "save it in UTF-8"))
    document = dialect.parse(text)
    if document.fault is not None:
        findings.append(_broken(file, document))
    if not document.fields:
        return None, tuple(findings)
    return _manifest(file.path, dialect, document.fields), tuple(findings)


def _broken(file: DesignFile, document: Document) -> Finding:
    place = f"line {document.line} of {file.path}" if document.line else file.path
    read = f"{len(document.fields)} fields could still be read" if document.fields else "nothing of it could be read"
    message = f"{place} is not well formed ({document.fault}); {read}"
    line = str(document.line) if document.line else None
    return Finding("manifest-broken", Severity.WARNING, message, file.path, "correct that line", line)


def _manifest(path: str, dialect: Dialect, fields: dict[str, Any]) -> Manifest:
    return Manifest(
        path=path,
        dialect=dialect.name,
        title=_text(dialect.value(dialect.title, fields)),
        version=_text(dialect.value(dialect.version, fields)),
        licence=_licence(dialect.value(dialect.licence, fields)),
        description=_text(dialect.value(dialect.description, fields)),
        bom_path=_path(dialect.value(dialect.bom, fields)),
        fields=fields,
    )


def _licence(value: Any) -> str | None:
    """The licence as stated: one text, or of v1's three that of the hardware, else the next that is there."""
    if isinstance(value, dict):
        return next((text for part in _LICENCE_ORDER if (text := _text(value.get(part)))), None)
    return _text(value)


def _path(value: Any) -> str | None:
    """One path or URL, also where it is written as a list or as a mapping with `path`."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("path")
    return _text(value)


def _text(value: Any) -> str | None:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value).strip() or None
    return None
