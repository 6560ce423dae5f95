"""Is a part file what its suffix says? A look at its first and last bytes, cheap enough for every file of a design.

Formats: Git LFS pointers (git-lfs `docs/spec.md`), binary STL (80 bytes of header, a little-endian count, 50 bytes a
facet) and ASCII STL, OBJ, OFF, PLY, STEP (ISO 10303-21 clear text), DXF (AutoCAD DXF reference), SVG, 3MF (an OPC zip
with a model).
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geometry.errors import GeometryError

__all__ = ["Fault", "check_content", "find_fault", "is_lfs_pointer"]

_HEAD_BYTES = 4096
_TAIL_BYTES = 1024
_LFS_POINTER = re.compile(rb"version https://(?:git-lfs|hawser)\.github\.com/spec/")
_LFS_MAX_BYTES = 1024
_HTML_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_FETCH_AGAIN = "fetch the file itself again"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file cannot be used as a part.

    Attributes:
        code: "file-empty", "git-lfs-pointer", "html-page", "mesh-empty", "mesh-truncated", "mesh-unreadable",
            "solid-truncated", "solid-unreadable", "drawing-truncated" or "drawing-unreadable".
        message: one sentence without a full stop and without the file's name.
        fix: what to do, one sentence, or None.
    """

    code: str
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class _Glance:
    """A file's size in bytes, its first bytes and its last."""

    path: Path
    size_bytes: int
    head: bytes
    tail: bytes


def is_lfs_pointer(path: Path) -> bool:
    """Whether the file stands for one that Git LFS keeps elsewhere.

    Raises:
        OSError: the file cannot be read.
    """
    if path.stat().st_size > _LFS_MAX_BYTES:
        return False
    with path.open("rb") as file:
        return _LFS_POINTER.match(file.read(_LFS_MAX_BYTES)) is not None


def find_fault(path: Path) -> Fault | None:
    """What is plainly wrong with a part file, or None. A file without fault may still fail to be measured.

    Raises:
        OSError: the file cannot be read.
    """
    glance = _glance(path)
    if glance.size_bytes == 0:
        return Fault("file-empty", "the file has 0 bytes", _FETCH_AGAIN)
    if _LFS_POINTER.match(glance.head) and glance.size_bytes <= _LFS_MAX_BYTES:
        return Fault(
            "git-lfs-pointer", "the file is a Git LFS pointer, not the part itself", "fetch it with `git lfs pull`"
        )
    if _HTML_PAGE.match(glance.head):
        return Fault("html-page", "the file is a web page, not the part itself", "download the file behind that page")
    check = _CHECKS.get(path.suffix.lower())
    return check(glance) if check else None


def check_content(path: Path, max_bytes: int) -> None:
    """Refuse a part file that is too large or plainly not what its suffix says.

    Raises:
        GeometryError: with the fault's code, or "file-too-large".
        OSError: the file cannot be read.
    """
    size_bytes = path.stat().st_size
    if size_bytes > max_bytes:
        what = f"the file has {size_bytes:,} bytes, more than the {max_bytes:,} that are read"
        raise GeometryError(what, code="file-too-large", where=path.name)
    fault = find_fault(path)
    if fault:
        raise GeometryError(fault.message, code=fault.code, where=path.name, hint=fault.fix)


def _glance(path: Path) -> _Glance:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        size_bytes = file.seek(0, 2)
        file.seek(max(0, size_bytes - _TAIL_BYTES))
        return _Glance(path, size_bytes, head, file.read())


def _check_stl(glance: _Glance) -> Fault | None:
    if glance.size_bytes >= 84:
        (count,) = struct.unpack_from("<L", glance.head, 80)
        if glance.size_bytes == 84 + 50 * count:
            return None if count else Fault("mesh-empty", "the mesh has no facets", "export the part again")
    words = glance.head.lstrip().lower()
    if words.startswith(b"solid") and b"\0" not in glance.head:
        return _check_ascii_stl(glance, words)
    if glance.size_bytes < 84:
        return Fault("mesh-unreadable", "the file is no STL mesh", _FETCH_AGAIN)
    held = (glance.size_bytes - 84) // 50
    if count > held and count < 2**28:
        what = f"the mesh is cut off: its header counts {count:,} facets, the file holds {held:,}"
        return Fault("mesh-truncated", what, _FETCH_AGAIN)
    return Fault("mesh-unreadable", "the file's size does not match the count of facets in its header", _FETCH_AGAIN)


def _check_ascii_stl(glance: _Glance, words: bytes) -> Fault | None:
    if b"facet" not in words:
        if b"endsolid" in glance.tail.lower():
            return Fault("mesh-empty", "the mesh has no facets", "export the part again")
        return Fault("mesh-unreadable", "the file is no STL mesh", _FETCH_AGAIN)
    if b"endsolid" not in glance.tail.lower():
        return Fault("mesh-truncated", "the mesh is cut off: it has no final 'endsolid'", _FETCH_AGAIN)
    return None


def _check_obj(glance: _Glance) -> Fault | None:
    """An OBJ has no mark of its own; it is text."""
    return _no_mesh("an OBJ") if b"\0" in glance.head else None


def _check_off(glance: _Glance) -> Fault | None:
    found = re.search(rb"^\s*\w*OFF\b", glance.head, re.M)
    return None if found and b"\0" not in glance.head else _no_mesh("an OFF")


def _check_ply(glance: _Glance) -> Fault | None:
    return None if glance.head.startswith(b"ply") else _no_mesh("a PLY")


def _no_mesh(kind: str) -> Fault:
    return Fault("mesh-unreadable", f"the file is not {kind} mesh", _FETCH_AGAIN)


def _check_3mf(glance: _Glance) -> Fault | None:
    try:
        with zipfile.ZipFile(glance.path) as package:
            if any(name.lower().endswith(".model") for name in package.namelist()):
                return None
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        return Fault("mesh-unreadable", "the 3MF file is no intact zip archive", _FETCH_AGAIN)
    return Fault("mesh-empty", "the 3MF file holds no model", "export the part again")


def _check_step(glance: _Glance) -> Fault | None:
    if b"ISO-10303-21" not in glance.head:
        return Fault("solid-unreadable", "the file is no STEP file (ISO 10303-21)", _FETCH_AGAIN)
    if b"END-ISO-10303-21" not in glance.tail:
        return Fault("solid-truncated", "the file is cut off: it has no final END-ISO-10303-21", _FETCH_AGAIN)
    return None


def _check_dxf(glance: _Glance) -> Fault | None:
    if glance.head.startswith(b"AutoCAD Binary DXF"):
        return None
    if not re.search(rb"(?:^|\n)\s*0\s*\r?\n\s*SECTION\b", glance.head):
        return Fault("drawing-unreadable", "the file is no DXF drawing", _FETCH_AGAIN)
    if not re.search(rb"\n\s*EOF\s*$", glance.tail):
        return Fault("drawing-truncated", "the drawing is cut off: it has no final EOF", _FETCH_AGAIN)
    return None


def _check_svg(glance: _Glance) -> Fault | None:
    if b"<" not in glance.head:
        return Fault("drawing-unreadable", "the file is no SVG drawing", _FETCH_AGAIN)
    if not re.search(rb"</(?:\w+:)?svg\s*>|/>\s*$", glance.tail):
        return Fault("drawing-truncated", "the drawing is cut off: it has no final </svg>", _FETCH_AGAIN)
    return None


_CHECKS: dict[str, Callable[[_Glance], Fault | None]] = {
    ".stl": _check_stl,
    ".obj": _check_obj,
    ".off": _check_off,
    ".ply": _check_ply,
    ".3mf": _check_3mf,
    ".step": _check_step,
    ".stp": _check_step,
    ".dxf": _check_dxf,
    ".svg": _check_svg,
}
