"""Checks of the manifest: is there one, is it whole, is it still the template?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from core.provenance import Finding, Severity
from designs.design import Design
from designs.manifest import is_placeholder

__all__ = ["check_manifest"]

# Sources: `okh-v1.schema.json` and `src/schema/okh.schema.json` of iop-alliance/OpenKnowHow, the constructor of Open
# Hardware Manager's manifest; "|" parts alternatives.
_REQUIRED: Final = {
    "okh-v1": ("title", "description", "license", "project-link|documentation-home"),
    "ohm": ("title", "version", "license", "licensor", "documentation_language", "function"),
    "okh-losh": ("okhv", "name", "repo", "version", "license", "licensor", "function"),
}


def check_manifest(design: Design) -> Iterator[Finding]:
    """Findings about the manifest as a document; what it points to is checked elsewhere."""
    manifest = design.manifest
    if manifest is None or manifest.dialect not in _REQUIRED:
        message = "there is no Open Know-How manifest that names the design, its licence and its bill of materials"
        fix = "`fabcommons design check --fix` writes an okh.toml to begin with"
        yield Finding("manifest-missing", Severity.NOTE, message, None, fix)
    if manifest is None:
        return
    required = _REQUIRED.get(manifest.dialect, ())
    missing = [names for names in required if not any(manifest.fields.get(name) for name in names.split("|"))]
    if missing:
        message = f"{manifest.path} lacks {', '.join(each.replace('|', ' or ') for each in missing)}"
        yield Finding("manifest-incomplete", Severity.NOTE, message, manifest.path, "add what the format requires")
    for key, value in _texts(manifest.fields, ""):
        if is_placeholder(value):
            message = f"{manifest.path}: {key} is {value.strip()!r}, which says nothing"
            fix = "fill it in, or take the line out"
            yield Finding("manifest-placeholder", Severity.WARNING, message, manifest.path, fix, key)


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, key)
    elif isinstance(value, str):
        yield key, value
