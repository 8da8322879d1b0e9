"""Which cells beams pass through, drawn as lines with sub-cell ends (Bresenham, in OpenCV).

One poly-line runs out and back along each beam, because one call is far cheaper than one per beam.
Cost: 0.4 ms for 360 beams of 5 m on 5 cm cells.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray

_FRACTION_BITS = 8


def draw_beams(
    mask: NDArray[np.uint8], starts_xy: FloatArray, ends_xy: FloatArray, value: int = 1
) -> None:
    """Set the cells of `mask` (H, W) under beams; ends in cells, (N, 2), cell (0, 0) at [0, 1)^2.

    Beams may leave the mask; what lies outside is clipped.
    """
    if not len(starts_xy):
        return
    path = np.stack((starts_xy, ends_xy, starts_xy), axis=1).reshape(-1, 2) - 0.5
    fixed = np.rint(path * (1 << _FRACTION_BITS)).astype(np.int32)
    _poly_line(mask, fixed, value)


def _poly_line(mask: NDArray[np.uint8], points: NDArray[np.int32], value: int) -> None:
    cv2.polylines(mask, [points], False, (value,), 1, cv2.LINE_8, _FRACTION_BITS)
