"""Loose lines joined to the contours that a cutter follows; each contour is one pierce.

Programs write outlines as single segments, 400 to 1,400 of them for a panel. Segments whose ends meet are walked as a
trail: a group of lines with 2k ends of odd degree needs k trails, and one when it has none (Euler 1736).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geometry.strokes import Points, Stroke

__all__ = ["Contour", "join_strokes"]

_MEET_MM = 0.01
_GAP_MM = 0.1  # what is left open after joining is closed over a gap as wide as a laser's kerf
_Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contour:
    """A line followed without lifting the tool.

    Attributes:
        layer: its layer or colour.
        points: shape (n, 2) in millimetres, n from 2; of a closed one the last is the first.
        closed: whether it ends where it began.
    """

    layer: str
    points: Points
    closed: bool

    @property
    def length_mm(self) -> float:
        """Along the line."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of its upright bounding box."""
        width, height = np.ptp(self.points, axis=0).tolist()
        return width, height


def join_strokes(strokes: Iterable[Stroke]) -> tuple[tuple[Contour, ...], int]:
    """Contours, layer by layer in order of first appearance, and how many lines lay exactly on another one.

    Args:
        strokes: lines and curves, in millimetres. Doubled ones count once; those of different layers are not joined.
    """
    layers: dict[str, dict[bytes, Points]] = {}
    doubled = 0
    for stroke in strokes:
        known = layers.setdefault(stroke.layer, {})
        mark = _mark(stroke.points)
        doubled += mark in known
        known.setdefault(mark, stroke.points)
    contours: list[Contour] = []
    for layer, lines in layers.items():
        chains = _joined(_joined(list(lines.values()), _MEET_MM), _GAP_MM)
        contours += [Contour(layer, points, _is_closed(points)) for points in chains]
    return tuple(contours), doubled


def _mark(points: Points) -> bytes:
    """The same for a line and its reverse."""
    grid = np.round(points / _MEET_MM).astype(np.int64)
    forward, backward = grid.tobytes(), grid[::-1].tobytes()
    return min(forward, backward)


def _is_closed(points: Points) -> bool:
    return len(points) > 2 and bool((points[0] == points[-1]).all())


def _joined(lines: Sequence[Points], reach_mm: float) -> list[Points]:
    """Lines whose ends meet within `reach_mm` joined; closed ones end exactly where they began."""
    closed = [points for points in lines if _is_closed(points)]
    loose = [points for points in lines if not _is_closed(points)]
    if not loose:
        return closed
    starts, ends = _nodes(loose, reach_mm)
    return closed + [_polygon(loose, trail) for trail in _trails(starts, ends)]


def _nodes(lines: Sequence[Points], reach_mm: float) -> tuple[_Nodes, _Nodes]:
    """The node of each line's start and end: points nearer than `reach_mm` are one node."""
    points = np.array([(line[0], line[-1]) for line in lines]).reshape(-1, 2)
    grid, cell = np.unique(np.round(points / (reach_mm / 2)), axis=0, return_inverse=True)  # bounds the pairs below
    pairs = cKDTree(grid).query_pairs(2.0, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(grid), len(grid)))
    node = connected_components(links, directed=False)[1][cell.reshape(-1)].astype(np.int64)
    return node[0::2], node[1::2]


@dataclass(frozen=True, slots=True)
class _Trail:
    """Lines, each with whether it is followed from its start to its end; a loop comes back to its first node."""

    lines: list[tuple[int, bool]]
    is_loop: bool


def _trails(starts: _Nodes, ends: _Nodes) -> list[_Trail]:
    """Every line once, in as few trails as there must be."""
    at_node: dict[int, list[int]] = {}
    for line, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        at_node.setdefault(start, []).append(line)
        at_node.setdefault(end, []).append(line)
    free = [True] * len(starts)
    odd = [node for node, lines in at_node.items() if len(lines) % 2]
    trails = [_walk(node, at_node, free, starts, ends) for node in odd if sum(free[line] for line in at_node[node]) % 2]
    for node in at_node:
        while (trail := _walk(node, at_node, free, starts, ends)).lines:
            trails.append(trail)
    return trails


def _walk(node: int, at_node: dict[int, list[int]], free: list[bool], starts: _Nodes, ends: _Nodes) -> _Trail:
    """From a node on along free lines until there is none."""
    lines: list[tuple[int, bool]] = []
    first = node
    while at_node[node]:
        line = at_node[node].pop()
        if free[line]:
            free[line] = False
            forward = bool(starts[line] == node)
            lines.append((line, forward))
            node = int(ends[line] if forward else starts[line])
    return _Trail(lines, node == first)


def _polygon(lines: Sequence[Points], trail: _Trail) -> Points:
    """The trail's points: where two lines meet the first one's end stands for both."""
    pieces = [lines[line] if forward else lines[line][::-1] for line, forward in trail.lines]
    points = np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
    if trail.is_loop and len(points) > 3:
        points[-1] = points[0]
    return points
