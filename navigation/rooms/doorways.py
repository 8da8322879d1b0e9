"""The doorways of a plan: where two rooms touch, the shortest segment from wall to wall.

The border of two rooms runs through their opening from one side to the other, but not straight; its
ends say which walls are meant, and the nearest two cells of those give the segment.
Cost: 0.3 ms a doorway.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist, squareform

from homebody.geometry import FloatArray
from homebody.grid import GridSpec, IntArray
from navigation.rooms.basins import LabelArray
from navigation.rooms.plan import Doorway

_REACH_M = 0.6  # a wall's end lies so near the end of the border, at most
_REACH_SHARE = 0.4  # and no nearer to the other end, so that the two ends are of two sides
_BORDER_CELLS_MAX = 400  # of one opening that are compared; more are thinned out
_CORNERS = np.ones((3, 3), np.bool_)


def find_doorways(
    labels: LabelArray, spec: GridSpec, door_width_max_m: float
) -> tuple[Doorway, ...]:
    """The doorways between the rooms of a label image (H, W); two rooms may share several."""
    walls = np.pad(labels == 0, 1, constant_values=True)
    walls &= cv2.dilate((~walls).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    walls_rc = np.argwhere(walls) - 1
    if not len(walls_rc):
        return ()
    tree = cKDTree(walls_rc)
    found = []
    for pair, border_rc in _borders(labels):
        ends_rc = _segment(border_rc, walls_rc, tree, _REACH_M / spec.resolution_m)
        ends_m = spec.centres_m(ends_rc)
        length_m = float(np.linalg.norm(ends_m[1] - ends_m[0]))
        if length_m > spec.resolution_m:
            width_m = length_m - spec.resolution_m
            faces_m = _shortened(ends_m, width_m / length_m)
            found.append(Doorway(faces_m, width_m, pair, width_m <= door_width_max_m))
    return tuple(found)


def _borders(labels: LabelArray) -> list[tuple[tuple[int, int], IntArray]]:
    """Cells (N, 2) of each connected piece of border between two rooms."""
    pairs = _touching(labels)
    borders = []
    boxes = ndimage.find_objects(labels)
    for a, b in pairs:
        window = _window(boxes[a - 1], boxes[b - 1])
        is_a, is_b = labels[window] == a, labels[window] == b
        border = is_a & ndimage.binary_dilation(is_b) | is_b & ndimage.binary_dilation(is_a)
        pieces, n = ndimage.label(border, _CORNERS)
        low = (window[0].start, window[1].start)
        borders += [((a, b), np.argwhere(pieces == i) + low) for i in range(1, n + 1)]
    return borders


def _touching(labels: LabelArray) -> list[tuple[int, int]]:
    """The pairs of labels that are neighbours somewhere, the lower first."""
    pairs: set[tuple[int, int]] = set()
    for a, b in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        is_border = (a != b) & (a > 0) & (b > 0)
        both = np.sort(np.stack([a[is_border], b[is_border]], axis=-1), axis=-1)
        pairs |= {(int(low), int(high)) for low, high in np.unique(both, axis=0)}
    return sorted(pairs)


def _window(a: tuple[slice, slice], b: tuple[slice, slice]) -> tuple[slice, slice]:
    """The cells that lie in both boxes, which are one cell larger than said."""
    rows, cols = (
        slice(max(p.start, q.start, 1) - 1, min(p.stop, q.stop) + 1)
        for p, q in zip(a, b, strict=True)
    )
    return rows, cols


def _segment(border_rc: IntArray, walls_rc: IntArray, tree: cKDTree, reach: float) -> IntArray:
    """The two wall cells (2, 2) that are nearest to each other, one at either end of a border."""
    thinned = border_rc[:: max(1, len(border_rc) // _BORDER_CELLS_MAX)]
    apart = squareform(pdist(thinned))
    first, last = np.unravel_index(int(np.argmax(apart)), apart.shape)
    reach = max(2.0, min(reach, _REACH_SHARE * float(apart[first, last])))
    sides = [_walls_near(thinned[end], walls_rc, tree, reach) for end in (first, last)]
    distance, nearest = cKDTree(sides[0]).query(sides[1])
    best = int(np.argmin(distance))
    return np.stack([sides[0][nearest[best]], sides[1][best]])


def _walls_near(end_rc: IntArray, walls_rc: IntArray, tree: cKDTree, reach: float) -> IntArray:
    near = tree.query_ball_point(end_rc, reach)
    return walls_rc[near if near else [int(tree.query(end_rc)[1])]]


def _shortened(ends_m: FloatArray, share: float) -> FloatArray:
    middle = ends_m.mean(axis=0)
    return np.asarray(middle + share * (ends_m - middle))
