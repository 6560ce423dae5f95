"""Find and read a design's manifest: Open Know-How v1 (YAML) or OKH-LOSH (TOML).

Sources: `okh-v1.schema.json` and `src/schema/okh.schema.json` of iop-alliance/OpenKnowHow. A v1 file may begin with the
line ``%Open Know-How Manifest 1.0``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.provenance import Finding, Severity
from designs.design import DesignFile, Manifest
from designs.documents import Document, parse_toml, parse_yaml

__all__ = ["is_placeholder", "read_manifest"]

_NAME = re.compile(r"okh(?:[-_. ].*)?\.(?:ya?ml|toml)|.*[-_.]okh\.(?:ya?ml|toml)", re.I)
_PLACEHOLDER = re.compile(r"\[?\s*(?:value|placeholder)\s*\]?|n/?a|tbd|todo|xxx+|\.\.\.|<[^<>@:]*>", re.I)
_MAX_BYTES = 256 * 2**10
_LICENCE_ORDER = ("hardware", "documentation", "software")


def read_manifest(root: Path, files: Iterable[DesignFile]) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest that speaks for the whole design, and what is wrong with it.

    That is the manifest nearest to the root; further down a manifest counts only if it has no equal at its depth, since
    several are manifests of parts. Of a broken one, the fields that can be read are kept.
    """
    candidates = sorted((file for file in files if file.present and _NAME.fullmatch(file.name)), key=_rank)
    if not candidates:
        return None, ()
    best = candidates[0]
    depth = best.path.count("/")
    if depth and sum(file.path.count("/") == depth for file in candidates) > 1:
        return None, ()
    if best.size_bytes > _MAX_BYTES:
        message = f"{best.path} has {best.size_bytes:,} bytes; manifests are read up to {_MAX_BYTES:,}"
        return None, (Finding("manifest-too-large", Severity.ERROR, message, best.path, "shorten it"),)
    return _read(root, best)


def is_placeholder(text: str) -> bool:
    """Whether the text only holds the place of a value: what templates put there, or "N/A"."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def _rank(file: DesignFile) -> tuple[int, int, str]:
    """Nearest to the root first, the plain name `okh` before longer ones."""
    return file.path.count("/"), len(file.stem), file.path


def _read(root: Path, file: DesignFile) -> tuple[Manifest | None, tuple[Finding, ...]]:
    data = (root / file.path).read_bytes()
    findings = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        message = f"{file.path} is not in UTF-8 and was read as Latin-1"
        findings.append(Finding("manifest-encoding", Severity.WARNING, message, file.path, "save it in UTF-8"))
    is_toml = file.suffix == ".toml"
    document = parse_toml(text) if is_toml else parse_yaml(text)
    if document.fault is not None:
        findings.append(_broken(file, document))
    if not document.fields:
        return None, tuple(findings)
    return _manifest(file.path, "okh-losh" if is_toml else "okh-v1", document.fields), tuple(findings)


def _broken(file: DesignFile, document: Document) -> Finding:
    place = f"line {document.line} of {file.path}" if document.line else file.path
    read = f"{len(document.fields)} fields could still be read" if document.fields else "nothing of it could be read"
    message = f"{place} is not well formed ({document.fault}); {read}"
    line = str(document.line) if document.line else None
    return Finding("manifest-broken", Severity.WARNING, message, file.path, "correct that line", line)


def _manifest(path: str, dialect: str, fields: dict[str, Any]) -> Manifest:
    is_v1 = dialect == "okh-v1"
    return Manifest(
        path=path,
        dialect=dialect,
        title=_text(fields.get("title" if is_v1 else "name")),
        version=_text(fields.get("version")),
        licence=_licence(fields.get("license", fields.get("licence"))),
        description=_text(fields.get("description" if is_v1 else "function")),
        bom_path=_path(fields.get("bom")),
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
