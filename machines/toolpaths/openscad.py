"""OpenSCAD sources rendered to meshes, in a sandbox: a source is a program, and may read whatever it sees.

It sees the design's own sources and what they may import, copied, and nothing else. OpenSCAD goes on after most errors
and leaves out what it could not do; here that is an error, since a part with a hole too few is a wrong part.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, LimitError
from core.hashes import sha256_of_bytes
from geometry.errors import GeometryError
from geometry.mesh import checked_corners
from geometry.stl import Corners, read_stl
from machines.toolpaths.sandbox import SandboxLimits, check_sandbox, find_tool, run_sandboxed

__all__ = ["LIMITS", "SCAD_SUFFIX", "Rendered", "render_scad"]

SCAD_SUFFIX = ".scad"
LIMITS = SandboxLimits(memory_bytes=2_000_000_000, cpu_s=120, wall_s=150.0)
_OUTPUT = "part.stl"
_READ = frozenset({".scad", ".csg", ".stl", ".off", ".amf", ".3mf", ".dxf", ".svg", ".png", ".dat", ".txt", ".json"})
_FONTS = frozenset({".ttf", ".otf"})
_MOST_FILES = 2000
_MOST_BYTES = 200 * 2**20
_MISSING = re.compile(
    r"(?:(?:can't|couldn't) (?:be )?(?:open|find|found|read|parse)|unable to (?:open|read|load)"
    r"|ignoring unknown (?:module|function|variable)"
    r"|failed to (?:open|read|load)|could not (?:open|read|load|initialize))",
    re.I,
)
_ERROR = re.compile(r"^(?:ERROR|EXCEPTION)\b", re.I)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A source rendered.

    Attributes:
        corners: of its facets, shape (n, 3, 3), in millimetres.
        sha256: of the mesh that OpenSCAD wrote.
        warnings: what OpenSCAD said of it.
    """

    corners: Corners
    sha256: str
    warnings: tuple[str, ...]


def render_scad(path: Path, *, folder: Path | None = None, limits: SandboxLimits = LIMITS) -> Rendered:
    """Render a source.

    Args:
        path: the source.
        folder: the design that it may include and import from; by default the source's own folder.
        limits: what OpenSCAD may use.

    Raises:
        InputError: it cannot be rendered whole: an error, a file or a module that is missing, no volume.
        LimitError: it takes too long or too much, or the folder holds too many files.
        MissingToolError: OpenSCAD is not installed, or no sandbox can be made.
        OSError: a file cannot be read.
    """
    check_sandbox()
    program = find_tool("openscad", "openscad")
    root = (folder or path.parent).resolve()
    source = path.resolve()
    if not source.is_relative_to(root) or not source.is_file():
        raise InputError("the source does not lie in the design's folder", where=path.name)
    inputs: dict[str, bytes | Path] = dict(_sources(root))
    place = source.relative_to(root).as_posix()
    inputs[place] = source
    command = [program, "-o", f"/out/{_OUTPUT}", f"/in/{place}"]
    done = run_sandboxed(command, inputs, outputs=(_OUTPUT,), limits=limits)
    said = [line.strip() for line in done.log.splitlines() if line.strip()]
    wrong = next((line for line in said if _ERROR.match(line) or _MISSING.search(line)), None)
    if wrong is not None:
        raise InputError(f"OpenSCAD cannot render it whole: {wrong[:300]}", where=path.name, hint="correct the source")
    if done.status != 0 or _OUTPUT not in done.files:
        why = said[-1][:300] if said else f"it ended with status {done.status}"
        raise InputError(f"OpenSCAD cannot render it: {why}", where=path.name, hint="correct or simplify the source")
    data = done.files[_OUTPUT]
    try:
        corners = checked_corners(read_stl(data, where=path.name), path.name)
    except GeometryError as error:
        raise InputError(f"what OpenSCAD wrote is no mesh: {error.what}", where=path.name) from error
    warnings = tuple(line[:300] for line in said if line.upper().startswith(("WARNING", "DEPRECATED")))
    return Rendered(corners, sha256_of_bytes(data), warnings)


def _sources(root: Path) -> Iterator[tuple[str, Path]]:
    """What a source may include or import, by its path below the folder; links are not followed."""
    count = total = 0
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place, name)
            if file.suffix.lower() not in _READ | _FONTS or file.is_symlink() or not file.is_file():
                continue
            count += 1
            total += file.stat().st_size
            if count > _MOST_FILES or total > _MOST_BYTES:
                what = (
                    f"the folder holds more than {_MOST_FILES:,} files or {_MOST_BYTES:,} bytes that OpenSCAD may read"
                )
                raise LimitError(what, where=root.name, hint="name the folder of the part's own sources")
            yield file.relative_to(root).as_posix(), file
