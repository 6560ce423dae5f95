"""Checks of links: pages and manifests that point to files that are not there. Nothing is fetched from the network."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from bom.sources import read_text
from bom.text import without_comments
from core.provenance import Finding, Severity
from designs.design import Design, DesignFile, FileRole

__all__ = ["check_links"]

_LINK: Final = re.compile(r"!?\[[^\[\]]{0,500}\]\(\s*<?([^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)>?[^()]*\)")
_FENCE: Final = re.compile(r"\s{0,3}(?:```|~~~)")
_NOT_A_PATH: Final = re.compile(r"[a-z][a-z0-9+.-]*:|#|//|.*[{}$<>*|]", re.IGNORECASE)
_PATH_KEYS: Final = frozenset(
    {
        "archive-download", "attestation", "auxiliary", "bom", "contribution-guide", "documentation-home", "export",
        "image", "installation-guide", "manifest", "manufacturing-instructions", "path", "publication", "readme",
        "release", "source", "tool-list", "user-manual",
    }
)  # fmt: skip
_GENERATED: Final = frozenset({"", ".html", ".htm"})  # pages that a site generator makes of others
_MAX_PAGES: Final = 500
_MAX_LINE_CHARS: Final = 5_000
_FIX: Final = "correct the path, or add the file"


def check_links(design: Design) -> Iterator[Finding]:
    """Broken links of the design's Markdown pages and of its manifest."""
    tree = _Tree(design)
    pages = [file for file in design.with_role(FileRole.TEXT) if file.suffix in {".md", ".markdown"} and file.present]
    for page in pages[:_MAX_PAGES]:
        yield from _page(design, page, tree)
    manifest = design.manifest
    if manifest is not None:
        folder = str(PurePosixPath(manifest.path).parent)
        for key, target in _stated(manifest.fields, ""):
            fault = tree.fault(target, folder)
            if fault:
                message = f"the manifest's {key} is {target!r}, {fault}"
                yield Finding("manifest-path-broken", Severity.WARNING, message, manifest.path, _FIX, key)


class _Tree:
    """What paths lead to."""

    def __init__(self, design: Design) -> None:
        paths = {file.path for file in design.files}
        self._known = paths | {str(parent) for path in paths for parent in PurePosixPath(path).parents}
        self._folded = {path.casefold(): path for path in self._known}

    def fault(self, target: str, folder: str) -> str | None:
        """Why a relative link from this folder leads nowhere, a clause; None when it leads somewhere or is no path."""
        bare = unquote(re.sub(r"[?#].*$", "", target)).strip()
        if not bare or _NOT_A_PATH.match(target):
            return None
        near = posixpath.normpath(posixpath.join(folder, bare.lstrip("/") if bare.startswith("/") else bare))
        places = [near, posixpath.normpath(bare.lstrip("/"))]
        if near.startswith("..") or any(place in self._known for place in places):
            return None
        for place in places:
            if place.casefold() in self._folded:
                return f"which is written {self._folded[place.casefold()]} (case counts)"
        return "and nothing is there"


def _page(design: Design, page: DesignFile, tree: _Tree) -> Iterator[Finding]:
    folder = str(PurePosixPath(page.path).parent)
    fenced = False
    for number, line in enumerate(without_comments(read_text(design, page.path) or "").splitlines(), start=1):
        if _FENCE.match(line):
            fenced = not fenced
        if fenced:
            continue
        for target in _LINK.findall(re.sub(r"`[^`]*`", "", line[:_MAX_LINE_CHARS])):
            if PurePosixPath(re.sub(r"[?#].*$", "", target)).suffix.lower() in _GENERATED:
                continue
            fault = tree.fault(target, folder)
            if fault:
                message = f"{page.path} links {target}, {fault}"
                yield Finding("link-broken", Severity.WARNING, message, page.path, _FIX, str(number))


def _stated(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Key and path, for each text under a key that holds paths."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _stated(each, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _stated(each, key)
    elif isinstance(value, str) and key.rpartition(".")[2] in _PATH_KEYS and " " not in value.strip():
        yield key, value.strip()
