"""Parts to plates to G-code: read, looked at, arranged, sliced, compared, kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import InputError
from core.hashes import sha256_of_bytes, sha256_of_file
from geometry.fit import FitVerdict, fit
from geometry.stl import Corners
from machines.toolpaths.answer import Expected, compare, read_answer
from machines.toolpaths.cache import CacheEntry, ToolpathCache, cache_key
from machines.toolpaths.holds import Hold
from machines.toolpaths.part_mesh import PART_MESH_SUFFIXES, PartMesh, read_part, stl_bytes
from machines.toolpaths.picture import mesh_picture
from machines.toolpaths.plates import ARRANGEMENT, Area, Placement, arrange
from machines.toolpaths.settings import bed_area, bed_height_mm, checked_settings, number
from machines.toolpaths.slicer import Slicer

__all__ = ["Expectation", "SlicedPlate", "Spacing", "WantedPart", "slice_parts"]

_TURNED = Hold("part-turned", "a part fits only lying on its side: strength and overhangs are others than as modelled")
_GCODE, _PICTURE = "plate.gcode", "why.png"


class Expectation(Protocol):
    """An estimate that does not ask the slicer."""

    @property
    def name(self) -> str:
        """Who estimates, version included: another name slices anew."""

    def __call__(self, pieces: Sequence[Corners]) -> Expected | None:
        """What a plate with these pieces should take, each lying as it is printed; None when it cannot tell."""


@dataclass(frozen=True, slots=True)
class WantedPart:
    """A part file, and how many of it.

    Attributes:
        path: see `part_mesh.PART_MESH_SUFFIXES`.
        pieces: 1 to 1,000.
        unit_known: whether a person has said that its numbers are millimetres.
    """

    path: Path
    pieces: int = 1
    unit_known: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.pieces <= 1000:
            raise InputError(f"{self.pieces} pieces are wanted, 1 to 1,000 can be", where=self.path.name)


@dataclass(frozen=True, slots=True)
class Spacing:
    """What is kept free.

    Attributes:
        between_mm: two pieces; a brim on each comes on top.
        margin_mm: on each side of the bed, for skirt and clips.
    """

    between_mm: float = 5.0
    margin_mm: float = 5.0

    def __post_init__(self) -> None:
        if not (0 <= self.between_mm <= 100 and 0 <= self.margin_mm <= 100):
            raise InputError("spacing and margin lie between 0 and 100 mm")


@dataclass(frozen=True, slots=True)
class SlicedPlate:
    """One plate's G-code.

    Attributes:
        key: under which it is kept.
        gcode: the file, in the cache.
        sha256: of the file.
        pieces: how many of each part lie on it, by the part's file name.
        duration_s: the slicer's estimate, heating not counted.
        filament_mm, filament_mm3: what it extrudes.
        slicer: its name and version.
        holds: why it waits for a person; empty when it may be offered.
        picture: PNG of why, or None.
    """

    key: str
    gcode: Path
    sha256: str
    pieces: Mapping[str, int]
    duration_s: float
    filament_mm: float
    filament_mm3: float
    slicer: str
    holds: tuple[Hold, ...]
    picture: Path | None


def slice_parts(
    wanted: Sequence[WantedPart],
    ini: str,
    *,
    slicer: Slicer,
    cache: ToolpathCache,
    expectation: Expectation | None,
    spacing: Spacing = Spacing(),
) -> tuple[SlicedPlate, ...]:
    """Slice parts, as many plates as they need; what was sliced before comes from the cache.

    Args:
        wanted: part files (see `part_mesh.PART_MESH_SUFFIXES`) and how many of each.
        ini: a complete configuration of our own for PrusaSlicer, such as `PrintProfile.prusa_ini()`.
        slicer: such as `prusa.prusa_slicer()`.
        cache: where plates are kept.
        expectation: what a slice is compared with; without one every plate waits for a person.
        spacing: what is kept free.

    Raises:
        InputError: a file cannot be read (`GeometryError`), a part is too large for the printer, the configuration is
            none of ours, or the slicer refuses.
        LimitError: the slicer took too long.
        MissingToolError: no sandbox can be made.
        OSError: a file cannot be read.
    """
    settings = checked_settings(ini)
    if not wanted:
        raise InputError("no part is wanted")
    hashes = [_hash(each.path) for each in wanted]
    by = expectation.name if expectation else None
    question = [
        (slicer.label, sha256_of_bytes(ini.encode()), by, ARRANGEMENT),
        [
            (digest, each.path.suffix.lower(), each.pieces, each.unit_known)
            for digest, each in zip(hashes, wanted, strict=True)
        ],
        asdict(spacing),
    ]
    request = cache_key("request", *question)
    known = cache.get(request)
    if known is not None and (plates := _recalled(known, cache, wanted)) is not None:
        return plates
    work = _Work(settings, ini, slicer, cache, expectation, spacing)
    made = work.plates(
        [read_part(each.path, unit_known=each.unit_known) for each in wanted], [each.pieces for each in wanted]
    )
    document = [{"key": plate.key, "pieces": counts} for plate, counts in made]
    cache.put(request, {"plates": document}, {})
    return tuple(_named(plate, counts, wanted) for plate, counts in made)


def _hash(path: Path) -> str:
    if path.suffix.lower() not in PART_MESH_SUFFIXES:
        known = ", ".join(sorted(PART_MESH_SUFFIXES))
        raise InputError(
            f"files of the kind {path.suffix or 'without suffix'} are not sliced", where=path.name, hint=f"{known} are"
        )
    return sha256_of_file(path)


def _recalled(known: CacheEntry, cache: ToolpathCache, wanted: Sequence[WantedPart]) -> tuple[SlicedPlate, ...] | None:
    """All plates of a request, or None when one of them is gone."""
    plates = []
    for each in known.facts["plates"]:
        entry = cache.get(each["key"])
        if entry is None:
            return None
        plates.append(_named(_plate(each["key"], entry), each["pieces"], wanted))
    return tuple(plates)


def _named(plate: SlicedPlate, counts: Sequence[int], wanted: Sequence[WantedPart]) -> SlicedPlate:
    """The plate with its pieces under the names of this request: the same content may have come under another."""
    pieces: dict[str, int] = {}
    for each, count in zip(wanted, counts, strict=True):
        if count:
            pieces[each.path.name] = pieces.get(each.path.name, 0) + count
    return replace(plate, pieces=pieces)


def _plate(key: str, entry: CacheEntry) -> SlicedPlate:
    facts: dict[str, Any] = {**entry.facts, "holds": tuple(Hold(**each) for each in entry.facts["holds"])}
    return SlicedPlate(key=key, gcode=entry.files[_GCODE], pieces={}, picture=entry.files.get(_PICTURE), **facts)


class _Work:
    """One request on its way."""

    def __init__(
        self, settings: Mapping[str, str], ini: str, slicer: Slicer, cache: ToolpathCache,
        expectation: Expectation | None, spacing: Spacing,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._ini = ini
        self._slicer = slicer
        self._cache = cache
        self._expectation = expectation
        self._bed = bed_area(settings)
        self._height_mm = bed_height_mm(settings)
        self._brim_mm = number(settings, "brim_width", 0.0)
        self._spacing = spacing

    def plates(self, parts: Sequence[PartMesh], amounts: Sequence[int]) -> list[tuple[SlicedPlate, list[int]]]:
        """Plates, each with how many of each part lie on it."""
        area = self._free_area()
        stood = [self._stood(part, area) for part in parts]
        pieces = [index for index, amount in enumerate(amounts) for _ in range(amount)]
        sizes = [_footprint(stood[index][0]) for index in pieces]
        spacing_mm = self._spacing.between_mm + 2 * self._brim_mm
        found = []
        for placements in arrange(sizes, area, spacing_mm=spacing_mm):
            placed = [(pieces[each.piece], each) for each in placements]
            counts = [sum(index == part for part, _ in placed) for index in range(len(parts))]
            found.append((self._plate(parts, stood, placed), counts))
        return found

    def _free_area(self) -> Area:
        try:
            return self._bed.inside(self._spacing.margin_mm + self._brim_mm)
        except ValueError:
            raise InputError("the margin leaves nothing of the bed", hint="give a smaller margin") from None

    def _stood(self, part: PartMesh, area: Area) -> tuple[Corners, tuple[int, int, int]]:
        """The part as it stands on the bed, its least corner at the origin, and which axis lies along x, y and z."""
        answer = fit(part.extents_mm, (area.width_mm, area.depth_mm, self._height_mm))
        if answer.verdict is not FitVerdict.YES or answer.orientation is None:
            raise InputError(
                f"it does not fit on the printer: {answer.reason}",
                where=part.name,
                hint="split it, or take a larger printer",
            )
        lying = answer.orientation[2] != 2
        orientation = answer.orientation if lying else (0, 1, 2)  # arranging turns about z by itself
        turned = part.corners[:, :, list(orientation)]
        if np.linalg.det(np.eye(3)[list(orientation)]) < 0:  # a turn, never a reflection
            turned = turned * np.array((-1.0, 1.0, 1.0))
        return turned - turned.min(axis=(0, 1)), orientation

    def _plate(
        self,
        parts: Sequence[PartMesh],
        stood: Sequence[tuple[Corners, tuple[int, int, int]]],
        placed: Sequence[tuple[int, Placement]],
    ) -> SlicedPlate:
        lies = [_as_words(parts[index], stood[index][1], at) for index, at in placed]
        by = self._expectation.name if self._expectation else None
        key = cache_key("plate", self._slicer.label, sha256_of_bytes(self._ini.encode()), by, lies)
        known = self._cache.get(key)
        if known is not None:
            return _plate(key, known)
        lying = [_placed(stood[n][0], at) for n, at in placed]
        names = [f"{parts[n].sha256[:16]}-{order}.stl" for order, (n, _) in enumerate(placed)]
        meshes = {name: stl_bytes(corners) for name, corners in zip(names, lying, strict=True)}
        gcode = self._slicer.slice(meshes, self._ini)
        used = [parts[n] for n in dict.fromkeys(n for n, _ in placed)]
        turned = any(stood[n][1] != (0, 1, 2) for n, _ in placed)
        return _plate(key, self._keep(key, gcode, used, lying, turned=turned))

    def _keep(
        self, key: str, gcode: bytes, parts: Sequence[PartMesh], lying: Sequence[Corners], *, turned: bool
    ) -> CacheEntry:
        answer = read_answer(gcode, self._settings)
        expected = self._expectation(lying) if self._expectation else None
        holds = [
            Hold(hold.code, f"{part.name}: {hold.reason}" if len(parts) > 1 else hold.reason)
            for part in parts
            for hold in part.holds
        ]
        holds += [_TURNED] if turned else []
        holds += compare(answer, pieces=len(lying), bed=self._bed, settings=self._settings, expected=expected)
        files = {_GCODE: gcode}
        if holds:
            doubtful = next((part for part in parts if part.holds), parts[0])
            files[_PICTURE] = mesh_picture(doubtful.corners, doubtful.soundness.open_edges)
        facts = {
            "sha256": sha256_of_bytes(gcode),
            "duration_s": answer.duration_s,
            "filament_mm": answer.filament_mm,
            "filament_mm3": answer.filament_mm3,
            "slicer": self._slicer.label,
            "holds": [asdict(hold) for hold in holds],
        }
        return self._cache.put(key, facts, files)


def _as_words(part: PartMesh, orientation: tuple[int, int, int], at: Placement) -> list[Any]:
    """What and where a piece is, for the cache."""
    suffix = part.name.rpartition(".")[2].lower()  # the same bytes read as another format are another part
    return [part.sha256, suffix, part.unit_known, orientation, at.x_mm, at.y_mm, at.turned]


def _footprint(corners: Corners) -> tuple[float, float]:
    width, depth, _ = np.ptp(corners.reshape(-1, 3), axis=0).tolist()
    return width, depth


def _placed(corners: Corners, at: Placement) -> Corners:
    """A piece where it lies on the plate."""
    if at.turned:  # anticlockwise: x, y become -y, x
        corners = np.stack((-corners[..., 1], corners[..., 0], corners[..., 2]), axis=-1)
        corners = corners - corners.min(axis=(0, 1))
    return np.asarray(corners + np.array((at.x_mm, at.y_mm, 0.0)))
