"""The map as the planner sees it: where the robot fits, and how slowly it gets on there.

Clearance is the distance between cell centres; a place narrower than the inscribed circle is shut,
and time rises smoothly below the clearance of comfort, so that a narrow way is taken when it pays.
Cost: 1.5 ms at 240 x 240 cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import GridSpec, IntArray
from navigation.global_planner.layers import Layers, Rates
from navigation.global_planner.request import GlobalPlanRequest
from navigation.global_planner.rules import shut_off, slow_down
from navigation.global_planner.search import BORDER_CELLS, NO_GATES, extremes
from navigation.types import OCCUPIED, UNKNOWN, MapSnapshot
from navigation.zones import raster
from navigation.zones.zone import ZoneKind

BoolArray = NDArray[np.bool_]

_LABEL_TYPE = cv2.CV_32S


@dataclass(frozen=True, slots=True)
class Ground:
    """Arrays of shape (H, W) over the part of the map that matters.

    Attributes:
        clearance_m: Distance to the nearest occupied cell, as far as it makes a difference.
        is_open: Where the robot's centre may be.
        region: Number of the connected open region of each cell, 0 where it is shut.
        bordered_s_m: Seconds per metre where open, `inf` elsewhere, with a shut border round it
            that the search needs, shape (H + 4, W + 4).
        span_s_m: Least and greatest finite value of it.
        gates: Sides of one-way passages within the same border; shape (0, 0) where there are none.
    """

    spec: GridSpec
    cells: NDArray[np.uint8]
    clearance_m: NDArray[np.float32]
    is_open: BoolArray
    region: NDArray[np.int32]
    bordered_s_m: FloatArray
    span_s_m: tuple[float, float]
    gates: NDArray[np.int8]

    @property
    def slowness_s_m(self) -> FloatArray:
        """Seconds per metre where open, `inf` elsewhere."""
        return self.bordered_s_m[BORDER_CELLS:-BORDER_CELLS, BORDER_CELLS:-BORDER_CELLS]


def regions_of(is_open: BoolArray) -> NDArray[np.int32]:
    """Number the regions connected over the sides of cells, from 1; 0 where shut."""
    _, labels = cv2.connectedComponentsWithAlgorithm(
        is_open.astype(np.uint8), 4, _LABEL_TYPE, cv2.CCL_DEFAULT
    )
    return np.asarray(labels, dtype=np.int32)


def cropped(
    snapshot: MapSnapshot, points_map_m: FloatArray, margin_m: float
) -> tuple[GridSpec, NDArray[np.uint8]]:
    """The known part of the map and the points (N, 2), with a border of UNKNOWN cells.

    Returns:
        The new placement and a copy of the cells on it.
    """
    spec, cells = snapshot.spec, snapshot.cells
    known = cells != UNKNOWN
    rows, cols = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    corners = spec.cells_rc(points_map_m)
    if rows.size:
        corners = np.vstack([corners, [[rows[0], cols[0]], [rows[-1], cols[-1]]]])
    border = math.ceil(margin_m / spec.resolution_m)
    low, high = corners.min(axis=0) - border, corners.max(axis=0) + border + 1
    return window(snapshot, low, high)


def window(
    snapshot: MapSnapshot, low_rc: IntArray, high_rc: IntArray
) -> tuple[GridSpec, NDArray[np.uint8]]:
    """Cells from `low_rc` to before `high_rc`, copied; UNKNOWN where the map has none."""
    spec = snapshot.spec
    out = np.full(tuple(high_rc - low_rc), UNKNOWN, dtype=np.uint8)
    (r0, c0), (r1, c1) = np.maximum(low_rc, 0), np.minimum(high_rc, spec.shape)
    if r1 > r0 and c1 > c0:
        inside = snapshot.cells[r0:r1, c0:c1]
        out[r0 - low_rc[0] : r1 - low_rc[0], c0 - low_rc[1] : c1 - low_rc[1]] = inside
    origin_x_m = spec.origin_x_m + float(low_rc[1]) * spec.resolution_m
    origin_y_m = spec.origin_y_m + float(low_rc[0]) * spec.resolution_m
    return GridSpec(origin_x_m, origin_y_m, spec.resolution_m, *out.shape), out


def survey(
    request: GlobalPlanRequest, is_unknown_open: bool, memory: LayersMemory | None = None
) -> Ground:
    """See where the robot fits and what it costs to be there.

    Args:
        is_unknown_open: Whether all unseen space is passable, or at most the specks and the fringe
            beside free space.
        memory: Of the last survey, which makes this one faster and no other.
    """
    ends = np.vstack([request.T_map_robot.translation(), request.goal_map_m])
    spec, cells = cropped(request.snapshot, ends, request.config.map_margin_m)
    obstacles_rc = spec.cells_rc(request.obstacles_map_m)
    obstacles_rc = obstacles_rc[spec.contains(obstacles_rc)]
    cells[obstacles_rc[:, 0], obstacles_rc[:, 1]] = OCCUPIED
    shut_off(request, spec, cells)
    layers = (memory or LayersMemory()).layers(Rates.of(request, is_unknown_open), spec, cells)
    ground = Ground(
        spec,
        cells,
        layers.clearance_m,
        layers.is_open,
        regions_of(layers.is_open),
        layers.bordered_s_m,
        extremes(layers.bordered_s_m),
        NO_GATES,
    )
    return ground if not len(request.zones) else _with_zones(request, ground)


class LayersMemory:
    """The layers of the last surveys, with and without unseen space, for the next."""

    def __init__(self) -> None:
        self._last: dict[bool, tuple[GridSpec, Layers]] = {}

    def layers(self, rates: Rates, spec: GridSpec, cells: NDArray[np.uint8]) -> Layers:
        """The layers of some cells."""
        key = rates.fringe_m is None
        last = self._last.get(key)
        if last is not None and last[0] == spec:
            made = last[1].after(rates, cells)
        else:
            made = Layers.of(rates, cells)
        self._last[key] = (spec, made)
        return made


def _with_zones(request: GlobalPlanRequest, ground: Ground) -> Ground:
    """The ground with slow zones and one-way passages; what is shut is shut already."""
    factor = slow_down(request, ground.spec)
    if factor is not None:
        ground = with_factor(ground, factor)
    if request.zones.of(ZoneKind.ONE_WAY):
        gates = np.pad(raster.gates(ground.spec, request.zones), BORDER_CELLS)
        ground = replace(ground, gates=gates)
    return ground


def with_factor(ground: Ground, factor: FloatArray) -> Ground:
    """The ground with times (H, W) multiplied."""
    slowness = ground.bordered_s_m.copy()
    slowness[BORDER_CELLS:-BORDER_CELLS, BORDER_CELLS:-BORDER_CELLS] *= factor
    return with_slowness(ground, slowness)


def with_slowness(ground: Ground, bordered_s_m: FloatArray) -> Ground:
    """The ground with other times, within the same border; regions stay as they were."""
    return replace(ground, bordered_s_m=bordered_s_m, span_s_m=extremes(bordered_s_m))
