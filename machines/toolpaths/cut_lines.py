"""Contours of a drawing to lines that a beam follows: which layers, how far beside the line, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely

from core.errors import InputError, LimitError
from geometry.contours import Contour
from geometry.strokes import Points

__all__ = ["Action", "CutLine", "compensated", "layer_actions", "ordered"]

_MOST_LINES = 20_000
_SAMPLES = 8  # points of a closed line where the beam may begin


class Action(StrEnum):
    """What is done along a layer's lines."""

    CUT = "cut"
    ENGRAVE = "engrave"
    IGNORE = "ignore"


_WORDS = {  # what layers are called, in six languages; whole words only
    Action.CUT: "cut cuts cutting outline profile contour corte cortar coupe decoupe découpe schnitt schneiden taglio",
    Action.ENGRAVE: "engrave engraving etch score mark grabado grabar gravure graver gravur gravieren incisione",
    Action.IGNORE: "ignore guide guides construction notes text dimensions dims annotation annotations",
}


@dataclass(frozen=True, slots=True)
class CutLine:
    """One line.

    Attributes:
        points: shape (n, 2) in millimetres, n from 2; of a closed one the last is the first.
        closed: whether it ends where it began.
        action: cut or engrave.
        depth: for cuts, how many closed cuts lie around it: 0 outer, 1 a hole, 2 a piece in a hole.
    """

    points: Points
    closed: bool
    action: Action
    depth: int = 0

    @property
    def length_mm(self) -> float:
        """Along the line."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())


def layer_actions(layers: Iterable[str], stated: Mapping[str, Action]) -> tuple[dict[str, Action], tuple[str, ...]]:
    """What is done with each layer or colour, and notes on what was not stated but taken from its name.

    Args:
        layers: of the drawing.
        stated: by layer or colour, letters' case aside.

    Raises:
        InputError: a layer is not stated and its name does not tell, or one is stated that is not there.
    """
    names = list(dict.fromkeys(layers))
    given = {name.casefold(): action for name, action in stated.items()}
    if strangers := set(given) - {name.casefold() for name in names}:
        known = ", ".join(repr(name) for name in names)
        raise InputError(f"the drawing has no layer {min(strangers)!r}", hint=f"it has {known}")
    actions: dict[str, Action] = {}
    notes, open_names = [], []
    for name in names:
        action = given.get(name.casefold()) or _by_name(name)
        if action is None and len(names) == 1:
            action = Action.CUT
        if action is None:
            open_names.append(name)
            continue
        actions[name] = action
        if name.casefold() not in given:
            why = "the only layer" if len(names) == 1 else "by its name"
            notes.append(f"layer {name!r} is taken for {action}: {why}")
    if open_names:
        listed = ", ".join(repr(name) for name in open_names[:20])
        raise InputError(f"nobody says what to do with the layers {listed}", hint="cut, engrave or ignore each")
    return actions, tuple(notes)


def _by_name(name: str) -> Action | None:
    words = set(re.findall(r"[^\W_]+", name.casefold()))
    found = [action for action, known in _WORDS.items() if words & set(known.split())]
    return found[0] if len(found) == 1 else None


def compensated(
    contours: Sequence[Contour], actions: Mapping[str, Action], kerf_mm: float
) -> tuple[tuple[CutLine, ...], tuple[str, ...]]:
    """The lines to follow, and notes: closed cuts moved by half the kerf, outer ones outwards and holes inwards.

    Open lines and engraving stay where they are drawn.

    Raises:
        LimitError: there are more than 20,000 lines.
        InputError: nothing is left to follow.
    """
    kept = [each for each in contours if actions[each.layer] is not Action.IGNORE and each.length_mm > 0]
    if len(kept) > _MOST_LINES:
        raise LimitError(f"{len(kept):,} lines are more than the {_MOST_LINES:,} that are followed in one program")
    if not kept:
        raise InputError("the drawing has nothing to cut or engrave on the layers chosen")
    lines = [CutLine(each.points, each.closed, actions[each.layer]) for each in kept]
    loops = [
        index for index, line in enumerate(lines) if line.closed and line.action is Action.CUT and len(line.points) > 3
    ]
    areas = np.array([shapely.Polygon(lines[index].points) for index in loops], dtype=object)
    crossing = narrow = 0
    for index, area, depth in zip(loops, areas, _depths(areas), strict=True):
        lines[index] = replace(lines[index], depth=depth)
        if not area.is_valid:
            crossing += 1
        elif (moved := _moved(area, kerf_mm, outwards=depth % 2 == 0)) is None:
            narrow += 1
        else:
            lines[index] = replace(lines[index], points=moved)
    notes = []
    if crossing and kerf_mm:
        notes.append(f"{crossing} closed lines cross themselves: they are cut as drawn, without the kerf")
    if narrow:
        notes.append(f"{narrow} holes are hardly wider than the kerf of {kerf_mm:g} mm: they are cut as drawn")
    return tuple(lines), tuple(notes)


def _depths(areas: np.ndarray[tuple[int], np.dtype[np.object_]]) -> list[int]:
    """How many larger areas each lies in."""
    if not len(areas):
        return []
    valid = np.array([area if area.is_valid else area.convex_hull for area in areas], dtype=object)
    points = shapely.point_on_surface(valid)
    inner, outer = shapely.STRtree(valid).query(points, predicate="within")
    sizes = shapely.area(valid)
    contains = sizes[outer] > sizes[inner]
    depths: list[int] = np.bincount(inner[contains], minlength=len(areas)).tolist()
    return depths


def _moved(area: shapely.Polygon, kerf_mm: float, *, outwards: bool) -> Points | None:
    """The area's edge half a kerf further; None when it vanishes or falls apart."""
    if kerf_mm == 0:
        return np.asarray(area.exterior.coords)[:, :2]
    edge = area.buffer(kerf_mm / 2 if outwards else -kerf_mm / 2, join_style="mitre", mitre_limit=3.0)
    if not isinstance(edge, shapely.Polygon) or edge.is_empty or edge.interiors:
        return None
    return np.asarray(edge.exterior.coords)[:, :2]


def ordered(lines: Sequence[CutLine], start: tuple[float, float] = (0.0, 0.0)) -> tuple[CutLine, ...]:
    """The lines in the order that the beam takes: engraving, open cuts, then cuts from the deepest inside outwards.

    Each step goes to the nearest line that is left; a closed line begins at its nearest point, an open one at its
    nearer end. What holds a piece is so cut last.
    """
    steps: dict[tuple[int, int], list[CutLine]] = {}
    for line in lines:
        first = 0 if line.action is Action.ENGRAVE else 2 if line.closed else 1
        steps.setdefault((first, -line.depth), []).append(line)
    here = np.array(start)
    done: list[CutLine] = []
    for _, group in sorted(steps.items(), key=lambda step: step[0]):
        found, here = _nearest_first(group, here)
        done += found
    return tuple(done)


def _nearest_first(lines: Sequence[CutLine], here: Points) -> tuple[list[CutLine], Points]:
    places = np.full((len(lines), _SAMPLES, 2), np.inf)
    at: list[list[int]] = []
    for row, line in enumerate(lines):
        last = len(line.points) - 1
        chosen = np.unique(np.linspace(0, last - 1, _SAMPLES).astype(int)).tolist() if line.closed else [0, last]
        places[row, : len(chosen)] = line.points[chosen]
        at.append(chosen)
    done = []
    for _ in lines:
        distances = ((places - here) ** 2).sum(axis=2)
        row, column = (int(each) for each in np.unravel_index(int(distances.argmin()), distances.shape))
        places[row] = np.inf
        line = _begun(lines[row], at[row][column])
        done.append(line)
        here = line.points[-1]
    return done, here


def _begun(line: CutLine, index: int) -> CutLine:
    """The line from this point on."""
    if index == 0:
        return line
    if not line.closed:
        return replace(line, points=line.points[::-1])
    return replace(line, points=np.concatenate((line.points[index:-1], line.points[: index + 1])))
