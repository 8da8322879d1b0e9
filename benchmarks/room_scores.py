"""How well found rooms fit reference rooms: precision, recall, count and border.

Precision and recall as Bormann et al. (ICRA 2016) define them and their evaluation computes them:
each found room's greatest overlap with a reference room over its own area, and the other way round,
each averaged over the rooms; rooms of at most 100 cells are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from navigation.rooms.basins import flooded

BoolGrid = NDArray[np.bool_]
LabelGrid = NDArray[np.int32]

_CELLS_MIN = 101
_COVERED_MIN = 0.5
_BORDER_MAX_M = 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """Of one map.

    Attributes:
        count_error: Rooms too many or too few, as a share of the reference's.
        border_m: Mean distance between the borders of rooms here and there, both ways; a border
            that is missing counts as 1 m. NaN where nobody sees a border.
    """

    precision: float
    recall: float
    count_error: float
    border_m: float
    n_rooms: int
    n_reference: int


def score(
    labels: LabelGrid, reference: BoolGrid, resolution_m: float, *, is_whole: bool = True
) -> Score:
    """Compare a label image (H, W), 0 for no room, with reference masks (R, H, W).

    Args:
        is_whole: The reference knows every room. If it does not, found rooms of which it covers
            less than half are left out: nobody said what they are.
    """
    rooms = reference[reference.sum(axis=(1, 2)) >= _CELLS_MIN]
    common = _common_cells(labels, rooms)
    n_cells = np.bincount(labels.ravel(), minlength=common.shape[0])
    is_counted = n_cells >= _CELLS_MIN
    is_counted[0] = False
    if not is_whole:
        covered = np.bincount(labels[rooms.any(axis=0)], minlength=common.shape[0])
        is_counted &= covered >= _COVERED_MIN * n_cells
    found = common[is_counted]
    precision = float((found.max(axis=1) / n_cells[is_counted]).mean()) if len(found) else 0.0
    recall = float((common[1:].max(axis=0, initial=0) / rooms.sum(axis=(1, 2))).mean())
    border_m = _border_error_m(labels, _as_labels(rooms), resolution_m)
    error = abs(len(found) - len(rooms)) / len(rooms)
    return Score(precision, recall, error, border_m, len(found), len(rooms))


def f_score(precision: float, recall: float) -> float:
    """Their harmonic mean: neither one room for all nor a room per cell scores well."""
    return 2.0 * precision * recall / max(precision + recall, 1e-9)


def _common_cells(labels: LabelGrid, rooms: BoolGrid) -> NDArray[np.int64]:
    """Cells that label l and room r share, shape (L + 1, R)."""
    n = int(labels.max()) + 1
    return np.stack([np.bincount(labels[room], minlength=n) for room in rooms], axis=1)


def _as_labels(rooms: BoolGrid) -> LabelGrid:
    """Where masks overlap, the smaller one counts."""
    labels = np.zeros(rooms.shape[1:], np.int32)
    for index in np.argsort(-rooms.sum(axis=(1, 2)), kind="stable"):
        labels[rooms[index]] = index + 1
    return labels


def _border_error_m(found: LabelGrid, reference: LabelGrid, resolution_m: float) -> float:
    floor = (found > 0) | (reference > 0)
    borders = [_border(labels, floor) for labels in (found, reference)]
    if not any(border.any() for border in borders):
        return float("nan")
    ways = [_way_m(a, b, resolution_m) for a, b in (borders, borders[::-1]) if a.any()]
    return float(np.mean(ways))


def _border(labels: LabelGrid, floor: BoolGrid) -> BoolGrid:
    """Floor cells beside another room, once each room has grown over the floor that is in none."""
    grown = flooded(np.zeros(labels.shape, np.float32), labels, floor)
    border = np.zeros(labels.shape, np.bool_)
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        border[here] |= (grown[here] != grown[there]) & (grown[here] > 0) & (grown[there] > 0)
    return border


def _way_m(here: BoolGrid, there: BoolGrid, resolution_m: float) -> float:
    if not there.any():
        return _BORDER_MAX_M
    away = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(np.minimum(away[here] * resolution_m, _BORDER_MAX_M).mean())
