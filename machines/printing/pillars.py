"""Where supports stand: cells of the slicer's grid, filled from what is held up down to the plate or to the part.

Areas are exact for every layer; how the lines lie is looked at in some layers, since that costs most.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from machines.printing.columns import Columns, Grid, Turns
from machines.printing.compiled import compiled
from machines.printing.overhangs import DENSE
from machines.printing.sections import Floats, Ints

__all__ = ["PillarRules", "Pillars", "pillars"]

_LOOKS = 48  # layers whose lines are looked at
_Bytes = npt.NDArray[np.int8]


class PillarRules(NamedTuple):
    """How supports stand.

    Attributes:
        samples: columns along a side of a cell.
        first_mm, layer_mm: heights of layers.
        gap_layers: left free below and above supports.
        interface_layers: dense layers below what is held up.
        plate_only: nothing stands on the part.
    """

    samples: int
    first_mm: float
    layer_mm: float
    gap_layers: int
    interface_layers: int
    plate_only: bool


class Pillars(NamedTuple):
    """What stands, in units of a cell's side.

    Attributes:
        plain, dense: area of each layer that is filled by plain lines and by interfaces, shape (layers,).
        look: number of the look that tells of each layer, shape (layers,).
        looks: length of the plain lines, their number, paths and area in each look, shape (looks, 4).
        plan: cells with an interface in any layer, how many stretches of them there are along y, and how many begin.
        foot: columns that stand on the plate, shape (ny, nx).
    """

    plain: Floats
    dense: Floats
    look: Ints
    looks: Floats
    plan: Floats
    foot: _Bytes


def pillars(columns: Columns, grid: Grid, held: _Bytes, layers: int, rules: PillarRules) -> Pillars:
    """What stands below all that is held up.

    Args:
        columns: of the part.
        grid: whose cells, `rules.samples` each way, are the slicer's.
        held: as `overhangs.overhangs`.
        layers: of the part.
        rules: how supports stand.
    """
    stride = math.ceil(layers / _LOOKS)
    looks = math.ceil(layers / stride)
    area = np.zeros((layers + 1, 2))
    foot = np.zeros((grid.ny, grid.nx), np.int8)
    found, plan = np.zeros((looks, 4)), np.zeros(3)
    _build(columns.begin, columns.z_mm, columns.turn, held, grid.nx, grid.ny, rules, stride, area, found, plan, foot)
    plain = np.maximum(0, np.cumsum(area[:layers, 0]) - area[:layers, 1])
    plain[plain < 1e-9] = 0.0  # sums and differences leave dust
    return Pillars(plain, area[:layers, 1], np.arange(layers) // stride, found, plan, foot)


@compiled
def _layer(z: float, first: float, layer: float) -> int:
    """The first layer that is cut above a height."""
    return max(0, math.ceil((z - first) / layer + 0.5 - 1e-6))


@compiled
def _air(
    begin: Ints, z: Floats, turn: Turns, held: _Bytes, at: int, layers: int, rules: PillarRules, count: int, spans: Ints
) -> int:
    """Add a column's layers of air, gaps left out: first, last, what is held up above, and the column; how many now."""
    depth, low, gap = 0, 0, rules.gap_layers
    for i in range(begin[at], begin[at + 1]):
        was = depth
        depth += turn[i]
        if was <= 0 and depth > 0:
            high = _layer(z[i], rules.first_mm, rules.layer_mm) - 1 - gap
            if high >= low and count < len(spans) - 1:
                spans[count, 0], spans[count, 1], spans[count, 2], spans[count, 3] = low, high, held[i], at
                count += 1
        elif was > 0 and depth <= 0:
            low = _layer(z[i], rules.first_mm, rules.layer_mm) + gap
            if rules.plate_only:
                return count
    if depth <= 0 and low < layers:
        spans[count, 0], spans[count, 1], spans[count, 2], spans[count, 3] = low, layers - 1, 0, at
        count += 1
    return count


@compiled
def _stand(spans: Ints, count: int, layers: int, interface: int, pieces: Ints, dense: _Bytes) -> int:
    """What stands in one cell: first and last layer and column of each piece, and marks where it is an interface."""
    below, made = layers, 0  # what was built already reaches down to here
    while True:
        top = -1
        for i in range(count):
            if spans[i, 2] > 0 and spans[i, 1] < below:
                top = max(top, spans[i, 1])
        if top < 0:
            return made
        below = _foot_of(spans, count, top)
        for i in range(count):
            first, last = max(below, spans[i, 0]), min(top, spans[i, 1])
            if first > last or made >= len(pieces):
                continue
            pieces[made, 0], pieces[made, 1], pieces[made, 2] = first, last, spans[i, 3]
            made += 1
            if spans[i, 2] == DENSE and last == spans[i, 1]:
                dense[max(first, last - interface + 1) : last + 1] = 1


@compiled
def _foot_of(spans: Ints, count: int, top: int) -> int:
    """How far down a cell is filled below a layer: as long as some of it is free."""
    low = top + 1
    changed = True
    while changed:
        changed = False
        for i in range(count):
            if spans[i, 0] < low <= spans[i, 1] + 1 and spans[i, 0] <= top:
                low = spans[i, 0]
                changed = True
    return low


@compiled
def _fill(
    pieces: Ints, made: int, share: float, stride: int, nx: int, dense: _Bytes, area: Floats, filled: Floats,
    foot: _Bytes,
) -> bool:  # fmt: skip
    """Add the pieces of a cell to all layers, and to the layers that are looked at; whether any is an interface."""
    offset = stride // 2
    low, high = len(dense), -1
    for i in range(made):
        first, last = pieces[i, 0], pieces[i, 1]
        area[first, 0] += share
        area[last + 1, 0] -= share
        begin, end = max(0, first - offset + stride - 1) // stride, (last - offset) // stride + 1
        if begin < end:
            filled[begin] += share
            if end < len(filled):
                filled[end] -= share
        if first == 0:
            foot[pieces[i, 2] // nx, pieces[i, 2] % nx] = 1
        low, high = min(low, first), max(high, last)
    for k in range(1, len(filled)):
        filled[k] += filled[k - 1]
    return _interfaces(pieces[:made], share, stride, low, high, dense, area, filled)


@compiled
def _interfaces(
    pieces: Ints, share: float, stride: int, low: int, high: int, dense: _Bytes, area: Floats, filled: Floats
) -> bool:
    """Add the marked layers of a cell as interfaces, and take the marks away; whether there are any."""
    some = False
    for k in range(low, high + 1):
        if dense[k]:
            some = True
            for i in range(len(pieces)):
                if pieces[i, 0] <= k <= pieces[i, 1]:
                    area[k, 1] += share
            if k % stride == stride // 2:
                filled[k // stride] = 0.0
            dense[k] = 0
    return some


@compiled
def _wanted(begin: Ints, held: _Bytes, nx: int, samples: int, row: int, column: int) -> bool:
    for y in range(row, row + samples):
        for i in range(begin[y * nx + column], begin[y * nx + column + samples]):
            if held[i] > 0:
                return True
    return False


@compiled
def _build(
    begin: Ints, z: Floats, turn: Turns, held: _Bytes, nx: int, ny: int, rules: PillarRules, stride: int,
    area: Floats, looks: Floats, plan: Floats, foot: _Bytes,
) -> None:  # fmt: skip
    """Add up all cells, one strip along y after the other."""
    samples, across, layers = rules.samples, ny // rules.samples, len(area) - 1
    filled = np.zeros((across + 1, len(looks)))
    before, used_before = np.zeros((across + 1, len(looks)), np.bool_), np.zeros(across + 1, np.bool_)
    dense, dense_before = np.zeros(layers, np.int8), np.zeros(across + 1, np.bool_)
    spans = np.empty((64 * samples * samples, 4), np.int64)
    pieces = np.empty((256 * samples * samples, 3), np.int64)
    for column in range(0, nx, samples):
        used, some_dense = np.zeros(across + 1, np.bool_), np.zeros(across + 1, np.bool_)
        for cell in range(across):
            row = cell * samples
            if used_before[cell] or used_before[max(0, cell - 1)]:
                filled[cell] = 0.0
            if not _wanted(begin, held, nx, samples, row, column):
                continue
            count = 0
            for at in range(samples * samples):
                place = (row + at // samples) * nx + column + at % samples
                count = _air(begin, z, turn, held, place, layers, rules, count, spans)
            made = _stand(spans, count, layers, rules.interface_layers, pieces, dense)
            share = 1.0 / (samples * samples)
            some_dense[cell] = _fill(pieces, made, share, stride, nx, dense, area, filled[cell], foot)
            used[cell] = made > 0
        for cell in range(across + 1):
            beside = max(0, cell - 1)
            if (used[cell] | used[beside]) | (used_before[cell] | used_before[beside]):
                _lines(filled[cell], filled[beside], cell > 0, before[cell], looks)
            if some_dense[cell]:
                plan[0] += 1
                if not (cell > 0 and some_dense[cell - 1]):
                    plan[1] += 1
                    plan[2] += not dense_before[cell]
        used_before, dense_before = used, some_dense


@compiled
def _lines(own: Floats, beside: Floats, has_beside: bool, before: npt.NDArray[np.bool_], looks: Floats) -> None:
    """Add the line below a cell in all looks."""
    for k in range(len(looks)):
        other = beside[k] if has_beside else 0.0
        length = max(own[k], other)
        if length > 1e-9:
            looks[k, 0] += length
            looks[k, 3] += own[k]
            if not before[k]:
                looks[k, 1] += 1
                looks[k, 2] += other <= 1e-9
            before[k] = True
        else:
            before[k] = False
