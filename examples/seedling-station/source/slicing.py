"""G-code for filament printers: a slicer run on a solid, and its output reduced to what any Marlin understands."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["clean", "slice_part"]

SETTINGS = Path(__file__).with_name("printer.ini")
# Words of Marlin's G-code index: motion, units, extrusion, motors, temperatures, fan.
KEPT = frozenset(
    {
        "G0",
        "G1",
        "G21",
        "G28",
        "G90",
        "G92",
        "M82",
        "M83",
        "M84",
        "M104",
        "M106",
        "M107",
        "M109",
        "M140",
        "M190",
        "M400",
    }
)
DROPPED = frozenset({"M73", "M201", "M203", "M204", "M205", "M900"})  # progress notes and machine settings
ESTIMATES = re.compile(
    r"^; ((?:estimated printing time \(normal mode\)|filament used \[(?:mm|g)\]) = .+)$", re.MULTILINE
)


def slice_part(solid: Path, title: str, pieces: int) -> str:
    """The program that prints a solid.

    Args:
        solid: an STL file.
        title: what the part is called.
        pieces: how many lie on the bed.

    Raises:
        FileNotFoundError: prusa-slicer is not installed.
        RuntimeError: it failed; with its last words.
        ValueError: it wrote a command that is not known here.
    """
    slicer = shutil.which("prusa-slicer")
    if slicer is None:
        raise FileNotFoundError("prusa-slicer is not on PATH; Debian's package of that name has it")
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "out.gcode"
        copies = ["--duplicate", str(pieces)] if pieces > 1 else []
        command = [slicer, "--load", str(SETTINGS), *copies, "-g", "-o", str(raw), str(solid)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"prusa-slicer refused {solid.name}: {(done.stderr or done.stdout).strip()[-500:]}")
        text = raw.read_text(encoding="utf-8")
    digest = hashlib.sha256(solid.read_bytes()).hexdigest()
    return clean(text, [f"{title}, {pieces} on the bed, PLA, layers of 0.3 mm", f"sha256 of {solid.name}: {digest}"])


def clean(text: str, notes: list[str]) -> str:
    """The same moves without thumbnails, settings and remarks.

    Args:
        text: what the slicer wrote.
        notes: comments for the head of the file; the slicer's estimates follow them.

    Raises:
        ValueError: a command is neither known as harmless nor as superfluous.
    """
    head = [f"; {note}" for note in [*notes, *ESTIMATES.findall(text)]]
    return "\n".join([*head, *_commands(text), ""])


def _commands(text: str) -> Iterator[str]:
    for place, line in enumerate(text.splitlines(), start=1):
        command = " ".join(line.partition(";")[0].split())
        word = command.partition(" ")[0]
        if not command or word in DROPPED:
            continue
        if word not in KEPT or not command.isascii():
            raise ValueError(f"line {place} of the slicer's output: {command!r} is not a command to pass on")
        yield command
