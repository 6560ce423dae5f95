"""Which downward faces a slicer holds up: those flatter than the threshold, less what can be bridged.

Faces are seen as crossings of columns (`machines.printing.columns`). What lies flat and hangs together is one bridge:
where lines across it find the part on both sides nothing is held up, where a line ends in the air its end is, and so
are walls beside the air unless they run straight from part to part. So does PrusaSlicer 2.5 with
`dont_support_bridges`: it keeps 1.5 mm along the edges of a bridge that rest on nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from machines.printing.columns import Columns, Grid, Slopes, Turns
from machines.printing.compiled import compiled
from machines.printing.sections import Floats, Ints

__all__ = ["DENSE", "SPARSE", "OverhangRules", "overhangs"]

NONE, SPARSE, DENSE = 0, 1, 2
_RIGHT, _LEFT, _UP, _DOWN = range(4)
_ANCHOR, _FREE = -1, -2
_Bytes = npt.NDArray[np.int8]


class OverhangRules(NamedTuple):
    """What is held up.

    Attributes:
        steepest: rise by run from which a face holds itself.
        dense: rise by run below which an interface is laid under a face.
        flat: rise by run below which a face is wide enough for bridges behind its walls.
        layer_mm: height; faces nearer than this in height hang together.
        edge_mm: what is held up from the end of a bridge that rests on nothing.
        wall_mm: width of the walls.
        line_mm: of a line; narrower infill than that bridges nothing.
        plate_only: nothing is held up above the part itself.
    """

    steepest: float
    dense: float
    flat: float
    layer_mm: float
    edge_mm: float
    wall_mm: float
    line_mm: float
    plate_only: bool


def overhangs(columns: Columns, grid: Grid, rules: OverhangRules) -> _Bytes:
    """Which crossings are held up.

    Args:
        columns: of the part, not turned.
        grid: their grid.
        rules: what is held up.

    Returns:
        `SPARSE` or `DENSE` (with an interface) for each crossing that is, otherwise 0.
    """
    held = np.zeros(len(columns.z_mm), np.int8)
    _below(columns.begin, columns.z_mm, columns.turn, columns.slope, rules, held)
    where = np.flatnonzero((held > 0) & (columns.slope < rules.flat))
    if len(where):
        column = np.searchsorted(columns.begin, where, side="right") - 1
        node = np.full(len(held), -1, np.int64)
        node[where] = np.arange(len(where))
        links = np.empty((len(where), 4), np.int64)
        _link(columns.begin, columns.z_mm, columns.turn, grid.nx, grid.ny, where, column, node, rules.layer_mm, links)
        reach = np.array([rules.edge_mm, rules.wall_mm, rules.line_mm]) / grid.dx_mm
        _bridge(links, where, float(reach[0]), float(reach[1]), float(reach[2]), held)
    return held


@compiled
def _below(begin: Ints, z: Floats, turn: Turns, slope: Slopes, rules: OverhangRules, held: _Bytes) -> None:
    """Mark the faces with air below that do not hold themselves."""
    steepest, dense, layer, plate_only = rules.steepest, rules.dense, rules.layer_mm, rules.plate_only
    for column in range(len(begin) - 1):
        depth, floor, on_part = 0, 0.0, False
        for i in range(begin[column], begin[column + 1]):
            was = depth
            depth += turn[i]
            if was <= 0 and depth > 0:
                # bodies that lie on each other have no layer of air between them
                if slope[i] < steepest and z[i] - floor > layer / 2 and not (plate_only and on_part):
                    held[i] = DENSE if slope[i] < dense else SPARSE
            elif was > 0 and depth <= 0:
                floor, on_part = z[i], True


@compiled
def _link(
    begin: Ints, z: Floats, turn: Turns, nx: int, ny: int, where: Ints, column: Ints, node: Ints, layer: float,
    links: Ints,
) -> None:  # fmt: skip
    """Of each flat face, the one beside it to four sides, or whether the part or air is there."""
    for one in range(len(where)):
        height = z[where[one]]
        row, place = column[one] // nx, column[one] % nx
        for side in range(4):
            x = place + (side == _RIGHT) - (side == _LEFT)
            y = row + (side == _UP) - (side == _DOWN)
            links[one, side] = _FREE
            if not (0 <= x < nx and 0 <= y < ny):
                continue
            at = y * nx + x
            depth = 0
            for i in range(begin[at], begin[at + 1]):
                if node[i] >= 0 and abs(z[i] - height) <= layer:
                    links[one, side] = node[i]
                    break
                if z[i] < height - 0.1 * layer:
                    depth += turn[i]
            else:
                if depth > 0:
                    links[one, side] = _ANCHOR


@compiled
def _bridge(links: Ints, where: Ints, edge: float, wall: float, line: float, held: _Bytes) -> None:
    """Leave out what is bridged, one connected face after the other."""
    count = len(where)
    seen, member = np.zeros(count, np.bool_), np.empty(count, np.int64)
    for first in range(count):
        if seen[first]:
            continue
        seen[first] = True
        member[0], size, done, anchored = first, 1, 0, False
        while done < size:
            one = member[done]
            done += 1
            for side in range(4):
                other = links[one, side]
                anchored = anchored or other == _ANCHOR
                if other >= 0 and not seen[other]:
                    seen[other] = True
                    member[size] = other
                    size += 1
        if not anchored:
            continue
        room = _room(links, member[:size], wall, line)
        if 0.1 * line < room < line:
            for one in member[:size]:  # between the walls a gap is left that bridges nothing
                held[where[one]] = SPARSE
            continue
        # a line over an anchored edge lies along it with both its ends on the part
        along_x = _covered(links, member[:size], _LEFT, _RIGHT) + _anchors(links, member[:size], _DOWN, _UP)
        along_y = _covered(links, member[:size], _DOWN, _UP) + _anchors(links, member[:size], _LEFT, _RIGHT)
        if along_x >= along_y:
            _spare(links, member[:size], _LEFT, _RIGHT, _DOWN, _UP, where, round(edge), round(wall), held)
        else:
            _spare(links, member[:size], _DOWN, _UP, _LEFT, _RIGHT, where, round(edge), round(wall), held)


@compiled
def _covered(links: Ints, member: Ints, back: int, forth: int) -> int:
    """How many cells lie on lines with the part at both ends."""
    covered = 0
    for first in member:
        if links[first, back] >= 0:
            continue
        one, length = first, 1
        while links[one, forth] >= 0 and length <= len(member):
            one = links[one, forth]
            length += 1
        if links[first, back] == _ANCHOR and links[one, forth] == _ANCHOR:
            covered += length
    return covered


@compiled
def _anchors(links: Ints, member: Ints, back: int, forth: int) -> int:
    """How many cells have the part beside them."""
    count = 0
    for one in member:
        count += (links[one, back] == _ANCHOR) + (links[one, forth] == _ANCHOR)
    return count


@compiled
def _spare(
    links: Ints, member: Ints, back: int, forth: int, left: int, right: int, where: Ints, edge: int, wall: int,
    held: _Bytes,
) -> None:  # fmt: skip
    """Hold up along lines only what is near an end in the air, and walls beside the air that are not straight."""
    for first in member:
        if links[first, back] >= 0:
            continue
        one, length, on_left, on_right = first, 0, 0, 0
        while True:
            length += 1
            on_left += _ends(links, one, left, wall)
            on_right += _ends(links, one, right, wall)
            if links[one, forth] < 0 or length > len(member):
                break
            one = links[one, forth]
        free_back, free_forth = links[first, back] == _FREE, links[one, forth] == _FREE
        both = not (free_back or free_forth)
        keep_left, keep_right = not (both and on_left == length), not (both and on_right == length)
        one = first
        for at in range(length):
            beside = (keep_left and _ends(links, one, left, wall)) or (keep_right and _ends(links, one, right, wall))
            near = (free_back and at < edge) or (free_forth and length - 1 - at < edge)
            if not (beside or near):
                held[where[one]] = NONE
            one = links[one, forth]


@compiled
def _room(links: Ints, member: Ints, wall: float, enough: float) -> float:
    """How wide the infill between walls is where it is widest, or enough, in cells."""
    most = 0.0
    for one in member:
        across = min(_width(links, one, _LEFT, _RIGHT, wall), _width(links, one, _DOWN, _UP, wall))
        most = max(most, across)
        if most >= enough:
            break
    return most


@compiled
def _width(links: Ints, one: int, back: int, forth: int, wall: float) -> float:
    """How wide it is here between walls, as far as that matters."""
    width = 1.0
    for side in (back, forth):
        at = one
        while links[at, side] >= 0:
            if width > 4 * wall + 8:
                return width
            at = links[at, side]
            width += 1.0
        if links[at, side] == _FREE:
            width -= wall
    return width


@compiled
def _ends(links: Ints, one: int, side: int, wall: int) -> bool:
    """Whether there is air within so many cells to a side."""
    for _ in range(wall):
        if links[one, side] < 0:
            return bool(links[one, side] == _FREE)
        one = links[one, side]
    return False
