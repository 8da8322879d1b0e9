"""Fields over the plane that are read between cells: distance to obstacles, unknown, cost-to-go.

OpenCV's `remap` reads them bilinearly, compiled, at about 3 ns a point. Beyond its edge a field
keeps the value of the edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.grid import GridSpec
from navigation.types import CostToGo, Float32Array

_CLIMB_S_PER_M = 2.0
_REMAP_MAX = 32_766  # OpenCV counts rows and columns in 16 bits
_BLOCK = 8_192
_DEPTH_MAX_M = 10.0


@dataclass(frozen=True, slots=True)
class Field:
    """A grid of values (H, W) float32, placed relative to an origin near the robot."""

    values: Float32Array
    per_m: float
    offset_x: float
    offset_y: float

    @classmethod
    def around(cls, spec: GridSpec, values: Float32Array, x_m: float, y_m: float) -> Field:
        """A field whose coordinates count from the point (x_m, y_m) of the map."""
        return cls(
            values,
            1.0 / spec.resolution_m,
            (x_m - spec.origin_x_m) / spec.resolution_m - 0.5,
            (y_m - spec.origin_y_m) / spec.resolution_m - 0.5,
        )

    def at(self, x: Float32Array, y: Float32Array) -> Float32Array:
        """Values at points, two-dimensional arrays of any shape."""
        return self.at_cells(*self.cells(x, y))

    def cells(self, x: Float32Array, y: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Points in units of cells: (column, row), whole numbers at the cells' centres."""
        scale = np.float32(self.per_m)
        return x * scale + np.float32(self.offset_x), y * scale + np.float32(self.offset_y)

    def at_cells(self, col: Float32Array, row: Float32Array) -> Float32Array:
        """Values at points given in cells, two-dimensional arrays of any shape."""
        if max(col.shape) > _REMAP_MAX:
            return _in_blocks(self, col, row)
        read = cv2.remap(self.values, col, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return read.astype(np.float32, copy=False)


def _in_blocks(field: Field, col: Float32Array, row: Float32Array) -> Float32Array:
    """The same for shapes that are too long for OpenCV."""
    n_blocks = -(-col.size // _BLOCK)
    blocks = np.zeros((2, n_blocks * _BLOCK), dtype=np.float32)
    blocks[0, : col.size], blocks[1, : row.size] = col.ravel(), row.ravel()
    values = field.at_cells(*blocks.reshape(2, n_blocks, _BLOCK))
    return values.ravel()[: col.size].reshape(col.shape)


def filled_cost_to_go(cost_to_go: CostToGo) -> Float32Array | None:
    """Travel times (H, W) with the blocked cells filled, or None where nothing is reachable.

    A blocked cell gets the time of the nearest open cell and 2 s more per metre from it, so that
    the field leads out of places where the robot should not have been. About 1 ms for 400 x 300.
    """
    times = np.asarray(cost_to_go.time_s, dtype=np.float32)
    is_open = np.isfinite(times)
    if not is_open.any():
        return None
    if is_open.all():
        return times
    distance, labels = cv2.distanceTransformWithLabels(
        (~is_open).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    time_of_label = np.zeros(int(labels.max()) + 1, dtype=np.float32)
    time_of_label[labels[is_open]] = times[is_open]
    climb = np.float32(_CLIMB_S_PER_M * cost_to_go.spec.resolution_m)
    filled: Float32Array = time_of_label[labels] + climb * distance.astype(np.float32)
    return filled


def signed_distance_m(
    distance_m: Float32Array, occupied: NDArray[np.bool_], resolution_m: float
) -> Float32Array:
    """Distance to obstacles, negative inside them, so that there is a way out of everywhere."""
    inside = cv2.distanceTransform(occupied.astype(np.uint8), cv2.DIST_L2, 5)
    depth = np.minimum(np.float32(resolution_m) * inside, np.float32(_DEPTH_MAX_M))
    signed: Float32Array = distance_m - depth
    return signed
