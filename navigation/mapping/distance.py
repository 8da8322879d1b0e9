"""How far the nearest thing is, from every cell: exact to where in its cell the thing stands."""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.grid import GridSpec
from navigation.mapping.point_kernels import NOTHING, exact_distance, place_walls
from navigation.types import MapSnapshot


def distance_to_things(
    occupied: NDArray[np.bool_],
    kind: NDArray[np.uint8],
    offset_m: NDArray[np.float32],
    resolution_m: float,
    exact_m: float = math.inf,
) -> NDArray[np.float32]:
    """From each cell's centre to the nearest thing [m], (h, w); see `place_walls`.

    Args:
        exact_m: How far from the middle, along each axis, near things are measured to the point.
    """
    free = np.logical_not(occupied).view(np.uint8)
    coarse = cast(NDArray[np.float32], cv2.distanceTransform(free, cv2.DIST_L2, 5))
    (row, end_row), (col, end_col) = (
        (max(0, math.floor(0.5 * n - reach)), min(n, math.ceil(0.5 * n + reach)))
        for n in occupied.shape
        for reach in (min(exact_m / resolution_m, n),)
    )
    box = (row, end_row, col, end_col)
    return exact_distance(coarse, occupied, kind, offset_m, resolution_m, box)


def distance_on_map(
    snapshot: MapSnapshot, surfaces: NDArray[np.float32], ratio: int
) -> tuple[GridSpec, NDArray[np.float32]]:
    """The distance to things [m] all over a map, on cells `ratio` times as fine.

    Args:
        surfaces: Of the map's cells, shape (3, 4, H, W).
    """
    coarse = snapshot.spec
    low = snapshot.is_low
    is_low = np.zeros(coarse.shape, dtype=np.bool_) if low is None else low
    fine = GridSpec(
        coarse.origin_x_m,
        coarse.origin_y_m,
        coarse.resolution_m / ratio,
        coarse.n_rows * ratio,
        coarse.n_cols * ratio,
    )
    kind, offset_m = place_walls(
        snapshot.cells,
        is_low,
        surfaces,
        (0, 0),
        ratio,
        fine.shape,
        (fine.origin_x_m, fine.origin_y_m),
        fine.resolution_m,
    )
    occupied = (kind != NOTHING) | is_low.repeat(ratio, axis=0).repeat(ratio, axis=1)
    return fine, distance_to_things(occupied, kind, offset_m, fine.resolution_m)
