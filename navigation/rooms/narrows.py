"""The narrow parts of wide basins, as basins of their own, so that a corridor can be put together.

A door wider than the corridor that it opens to gives the floor before it a way up to the room's
widest place, so the watershed gives that floor to the room, and the corridor is in pieces. What no
circle covers that is anything like the basin's widest is narrow. Derived in docs/maths/rooms.md.
Cost: 50 us a basin, 30 ms at 1000 x 1000 cells.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from homebody.geometry import FloatArray
from navigation.global_planner.ground import BoolArray

LabelArray = NDArray[np.int32]


def without_narrows(
    labels: LabelArray,
    clearance_m: NDArray[np.float32],
    peak_m: FloatArray,
    resolution_m: float,
    share: float,
    peak_min_m: float,
    area_min_m2: float,
) -> LabelArray:
    """The labels (H, W) with every narrow part of a basin numbered anew, after the last.

    Args:
        peak_m: The widest circle's radius in each basin, shape (B + 1,).
        share: Of that radius; what smaller circles cover is narrow.
        peak_min_m: A basin that is nowhere wider stays whole.
        area_min_m2: And so does one whose narrow parts are smaller.
    """
    out, n = labels.copy(), len(peak_m) - 1
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        radius_m = share * float(peak_m[label])
        if peak_m[label] < peak_min_m:
            continue
        window = _widened(box, math.ceil(radius_m / resolution_m) + 1, labels.shape)
        is_narrow = (labels[window] == label) & ~_covered(
            clearance_m[window], radius_m, resolution_m
        )
        for part in _parts(is_narrow, area_min_m2 / resolution_m**2):
            n += 1
            out[window][part] = n
    return out


def _covered(clearance_m: NDArray[np.float32], radius_m: float, resolution_m: float) -> BoolArray:
    """Cells that a circle of a radius covers somewhere."""
    not_centre = (clearance_m < radius_m).astype(np.uint8)
    away = cv2.distanceTransform(not_centre, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.asarray(away) * resolution_m <= radius_m + 0.5 * resolution_m)


def _parts(mask: BoolArray, n_cells_min: float) -> list[BoolArray]:
    """Its connected parts that are large enough."""
    if not mask.any():
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), None, None, None, 4, cv2.CV_32S
    )
    n_cells = np.asarray(stats)[1:, cv2.CC_STAT_AREA]
    return [np.asarray(labels == i) for i in np.flatnonzero(n_cells >= n_cells_min) + 1]


def _widened(box: tuple[slice, slice], by: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows, cols = (
        slice(max(part.start - by, 0), min(part.stop + by, size))
        for part, size in zip(box, shape, strict=True)
    )
    return rows, cols
