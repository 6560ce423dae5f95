"""One plate sliced where the work is done: here, or by a worker of a cluster, to which the part file comes by its hash.

Whoever slices does it in the sandbox of its own computer (`machines.toolpaths.sandbox`), and keeps it in its own cache.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from coordinator.plans.measuring import cache_folder
from core.errors import InputError, LimitError
from core.hashes import sha256_of_bytes
from core.part_settings import NO_SETTINGS, PartSettings
from machines.machine import Machine
from machines.printing.defaults import print_profile
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.expectation import ProfileExpectation
from machines.toolpaths.slicer import Slicer
from machines.toolpaths.slicers import find_slicer
from machines.toolpaths.slicing import SlicedPlate, WantedPart, slice_parts

__all__ = ["MOST_SENT_BYTES", "Slice", "SliceOrder", "plates_of", "slice_sent"]

MOST_SENT_BYTES: Final = 64 * 2**20
"""Of a part file that is sent; larger ones are sliced where they are."""
_MOST_GCODE_BYTES: Final = 256 * 2**20
_GCODE: Final = "part"


@dataclass(frozen=True, slots=True)
class SliceOrder:
    """What is to be sliced, whole: no file of the computer that asks is needed.

    Attributes:
        name: of the part file, which tells its kind.
        sha256: of its bytes.
        data: its bytes.
        pieces: on the plate.
        machine: that prints it.
        material: id of the material tree.
        settings: what is asked of how it is printed.
    """

    name: str
    sha256: str
    data: bytes = field(repr=False)
    pieces: int
    machine: Machine
    material: str
    settings: PartSettings = NO_SETTINGS

    def __post_init__(self) -> None:
        if PurePosixPath(self.name).name != self.name or self.name in ("", ".", ".."):
            raise InputError("a part file that is sent has a plain name", where=self.name[:60])
        if len(self.data) > MOST_SENT_BYTES:
            raise LimitError(f"a part file that is sent has at most {MOST_SENT_BYTES >> 20} MiB", where=self.name)


@dataclass(frozen=True, slots=True)
class Slice:
    """What came of it.

    Attributes:
        plates: how many it takes; where these are several, there is no program.
        gcode: of the one plate.
        sha256: of its bytes.
        holds: why it waits for a person.
    """

    plates: int
    gcode: bytes = field(repr=False)
    sha256: str
    holds: tuple[str, ...]


def plates_of(
    path: Path, pieces: int, machine: Machine, material: str, settings: PartSettings, slicer: Slicer,
    cache: ToolpathCache,
) -> tuple[SlicedPlate, ...]:  # fmt: skip
    """Slice a part file of this computer for a machine; raises as `slice_parts` does."""
    profile = print_profile(machine, material, settings=settings)
    return slice_parts(
        [WantedPart(path, pieces)], profile.prusa_ini(), slicer=slicer, cache=cache,
        expectation=ProfileExpectation(profile),
    )  # fmt: skip


def slice_sent(order: SliceOrder) -> Slice:
    """Slice what was sent, in a worker.

    Raises:
        InputError: what came is not what its hash says, it cannot be read, or the slicer refuses.
        LimitError: the slicer took too long, or made too much.
        MissingToolError: there is no slicer, or no sandbox.
    """
    if sha256_of_bytes(order.data) != order.sha256:
        raise InputError("the part file that came is not what its hash says", where=order.name, hint="plan again")
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        path = Path(scratch, _GCODE + PurePosixPath(order.name).suffix)
        path.write_bytes(order.data)
        cache = ToolpathCache(cache_folder() / "toolpaths")
        plates = plates_of(
            path, order.pieces, order.machine, order.material, order.settings, find_slicer(), cache
        )  # fmt: skip
        if len(plates) != 1:
            return Slice(len(plates), b"", "", ())
        (plate,) = plates
        if plate.gcode.stat().st_size > _MOST_GCODE_BYTES:
            raise LimitError(f"its G-code has more than {_MOST_GCODE_BYTES >> 20} MiB", where=order.name)
        return Slice(1, plate.gcode.read_bytes(), plate.sha256, tuple(each.reason for each in plate.holds))
