"""Does a mesh enclose what its designer meant? Edges and rays tell before a slicer guesses.

Edges: in a closed surface each is walked as often one way as the other. Rays: along a line through a sound solid the
winding number goes from 0 to 1 and back, again and again; below 0 the solid is inside out there, above 1 surfaces pass
through one another (Jacobson et al., "Robust Inside-Outside Segmentation using Generalized Winding Numbers", 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geometry.stl import Corners

__all__ = ["Soundness", "oriented", "soundness"]

_GRID_MM = 1e-3  # corners nearer than this are one: single-precision coordinates of a large part are no better
_MOST_PAIRS = 3_000_000  # of rays and facets in all: bounds time and memory
_RAYS = 64  # on each side of the grid
_JITTER = np.array((0.381966, 0.723607))  # keeps rays off corners, edges and diagonals

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Soundness:
    """What is wrong with a surface; all zero for a sound one.

    Attributes:
        open_edges: edges that border on an odd number of facets, as corners of shape (n, 2, 3): there it leaks.
        turned_edge_count: edges whose two facets look to opposite sides.
        doubled_facet_count: facets that stand more than once.
        overlap_share: of the enclosed volume, what lies inside twice or more.
        inverted_share: of the enclosed volume, as much is inside out.
    """

    open_edges: _Floats
    turned_edge_count: int
    doubled_facet_count: int
    overlap_share: float
    inverted_share: float

    @property
    def open_edge_count(self) -> int:
        """How many edges leak."""
        return len(self.open_edges)


def oriented(corners: Corners) -> tuple[Corners, bool]:
    """The same surface with its facets looking outwards on the whole, and whether they were turned for that."""
    centred = corners - corners.mean(axis=(0, 1))
    volume = float(np.einsum("ij,ij->", centred[:, 0], np.cross(centred[:, 1], centred[:, 2])))
    return (np.ascontiguousarray(corners[:, ::-1]), True) if volume < 0 else (corners, False)


def soundness(corners: Corners) -> Soundness:
    """Look at a surface.

    Args:
        corners: of its facets, shape (n, 3, 3), in millimetres, n from 1, oriented (see `oriented`).
    """
    nodes = _nodes(corners)
    whole = (nodes[:, 0] != nodes[:, 1]) & (nodes[:, 1] != nodes[:, 2]) & (nodes[:, 2] != nodes[:, 0])
    kept, facets = corners[whole], nodes[whole]
    if not len(facets):
        return Soundness(np.empty((0, 2, 3)), 0, 0, 0.0, 0.0)
    open_edges, turned = _edges(kept, facets)
    overlap, inverted = _shares(kept)
    return Soundness(open_edges, turned, _doubled(facets), overlap, inverted)


def _nodes(corners: Corners) -> _Ints:
    """The node of each corner, shape (n, 3): corners in one cell of the grid are one node."""
    cells = np.round((corners.reshape(-1, 3) - corners.min(axis=(0, 1))) / _GRID_MM).astype(np.int64)
    sizes = cells.max(axis=0) + 1
    keys = (cells[:, 0] * sizes[1] + cells[:, 1]) * sizes[2] + cells[:, 2]  # 1 km in 1 um would overflow: parts do not
    return np.unique(keys, return_inverse=True)[1].reshape(-1, 3).astype(np.int64)


def _edges(corners: Corners, facets: _Ints) -> tuple[_Floats, int]:
    """Open edges, and how many edges are walked more often one way than the other though their number is even."""
    starts, ends = facets.ravel(), np.roll(facets, -1, axis=1).ravel()
    key = np.minimum(starts, ends) * (int(facets.max()) + 1) + np.maximum(starts, ends)
    edges, first, inverse, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    balance = np.bincount(inverse.reshape(-1), np.where(starts < ends, 1.0, -1.0), len(edges))
    is_open = counts % 2 == 1
    at = first[is_open]
    rows, columns = at // 3, at % 3
    open_edges = np.stack((corners[rows, columns], corners[rows, (columns + 1) % 3]), axis=1)
    return open_edges, int(np.count_nonzero(~is_open & (balance != 0)))


def _doubled(facets: _Ints) -> int:
    ordered = np.sort(facets, axis=1)
    most = int(ordered.max()) + 1
    pairs = np.unique(ordered[:, 0] * most + ordered[:, 1], return_inverse=True)[1].reshape(-1)
    return len(facets) - len(np.unique(pairs * most + ordered[:, 2]))


def _shares(corners: Corners) -> tuple[float, float]:
    """Overlapping and inverted length over enclosed length, along rays in three directions; the worst of them."""
    worst = (0.0, 0.0)
    for axis in range(3):
        turned = np.roll(corners, -axis - 1, axis=2)  # the ray's axis comes last, right-handed
        inside, overlap, inverted = _lengths(turned)
        if inside > 0:
            worst = max(worst[0], overlap / inside), max(worst[1], inverted / inside)
    return worst


def _lengths(corners: Corners) -> tuple[float, float, float]:
    """Lengths along all rays upwards with winding above 0, above 1 and below 0; rays that leak are left out."""
    rays, heights, signs = _crossings(corners)
    order = np.lexsort((heights, rays))
    rays, heights, signs = rays[order], heights[order], signs[order]
    total = np.cumsum(signs)
    last = np.append(rays[1:] != rays[:-1], True) if len(rays) else np.empty(0, bool)
    sums = total[last]
    ends = np.flatnonzero(last)
    before = np.concatenate(([0], sums[:-1])) if len(sums) else sums
    lengths_of = np.diff(np.concatenate(([-1], ends)))
    winding = total - np.repeat(before, lengths_of)
    tight = np.repeat(sums == before, lengths_of) & ~last
    gaps = np.where(tight, np.append(heights[1:] - heights[:-1], 0.0), 0.0) if len(rays) else heights
    return (
        float(gaps[winding != 0].sum()),
        float(gaps[winding > 1].sum()),
        float(gaps[winding < 0].sum()),
    )


def _crossings(corners: Corners) -> tuple[_Ints, _Floats, _Ints]:
    """Where rays upwards cross facets: the ray's number, the height, and +1 where it goes in or -1 where out."""
    low, high = corners.min(axis=(0, 1))[:2], corners.max(axis=(0, 1))[:2]
    step = np.maximum((high - low) / _RAYS, 1e-9)
    scaled = (corners[..., :2] - low) / step - _JITTER  # rays stand at whole numbers
    a, b, c = scaled[:, 0], scaled[:, 1], scaled[:, 2]
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    first = np.clip(np.ceil(scaled.min(axis=1)), 0, _RAYS).astype(np.int64)
    beyond = np.clip(np.floor(scaled.max(axis=1)) + 1, 0, _RAYS).astype(np.int64)
    spans = np.maximum(beyond - first, 0)
    counts = np.where(doubled != 0, spans[:, 0] * spans[:, 1], 0)
    if counts.sum() > _MOST_PAIRS:  # a mesh of countless long slivers: fewer columns of rays tell enough
        every = int(np.ceil(counts.sum() / _MOST_PAIRS))
        spans[:, 0] = np.maximum(beyond[:, 0] // every - (first[:, 0] - 1) // every, 0)
        first[:, 0] = -(-first[:, 0] // every)
        counts = np.where(doubled != 0, spans[:, 0] * spans[:, 1], 0)
    else:
        every = 1
    facet = np.repeat(np.arange(len(corners)), counts)
    number = np.arange(len(facet)) - np.repeat(np.cumsum(counts) - counts, counts)
    depth = spans[facet, 1]
    x = (first[facet, 0] + number // np.maximum(depth, 1)) * every
    y = first[facet, 1] + number % np.maximum(depth, 1)
    return _hits(corners, scaled, doubled, facet, x, y)


def _hits(
    corners: Corners, scaled: _Floats, doubled: _Floats, facet: _Ints, x: _Ints, y: _Ints
) -> tuple[_Ints, _Floats, _Ints]:
    """Of the pairs of facet and ray, those that meet; by barycentric coordinates."""
    a, b, c = (scaled[facet, corner] for corner in range(3))
    share_b = ((x - a[:, 0]) * (c[:, 1] - a[:, 1]) - (y - a[:, 1]) * (c[:, 0] - a[:, 0])) / doubled[facet]
    share_c = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (b[:, 1] - a[:, 1]) * (x - a[:, 0])) / doubled[facet]
    hit = (share_b >= 0) & (share_c >= 0) & (share_b + share_c <= 1)
    facet, share_b, share_c = facet[hit], share_b[hit], share_c[hit]
    z = corners[facet, :, 2]
    heights = z[:, 0] + share_b * (z[:, 1] - z[:, 0]) + share_c * (z[:, 2] - z[:, 0])
    signs = np.where(doubled[facet] > 0, -1, 1)  # a facet seen from above looks up: the ray leaves there
    return x[hit] * (_RAYS + 1) + y[hit], heights, signs
