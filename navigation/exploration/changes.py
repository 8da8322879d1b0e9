"""What has been cleared since the map looked otherwise: a shut door that opened, a box taken away.

Walls that localization moves by a cell are thin; what is left after an opening by 3 x 3 cells is a
thing. Cost: 1 ms at 240 x 240 cells.
"""

from __future__ import annotations

import cv2
import numpy as np

from navigation.types import FREE, OCCUPIED, MapSnapshot

_BLOCK = np.ones((3, 3), dtype=np.uint8)


def cleared_m2(before: MapSnapshot, now: MapSnapshot) -> float:
    """Area of the largest place that was occupied before and is free now [m2]."""
    was_rc = np.argwhere(before.cells == OCCUPIED)
    now_rc = now.spec.cells_rc(before.spec.centres_m(was_rc))
    inside = now.spec.contains(now_rc)
    was_rc, now_rc = was_rc[inside], now_rc[inside]
    is_free = now.cells[now_rc[:, 0], now_rc[:, 1]] == FREE
    cleared = np.zeros(before.spec.shape, dtype=np.uint8)
    cleared[tuple(was_rc[is_free].T)] = 1
    things = cv2.morphologyEx(cleared, cv2.MORPH_OPEN, _BLOCK)
    _, _, stats, _ = cv2.connectedComponentsWithStats(things, connectivity=8)
    largest = int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))
    return largest * before.spec.resolution_m**2
