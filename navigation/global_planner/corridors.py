"""Keeping to one side of a corridor: the wrong side costs a little more, seen along the way.

Which way a corridor is driven is known from a first way; then its cells cost more the further they
lie to the wrong side of its axis, and a second search keeps aside. Cost: 0.2 ms a corridor.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.global_planner.ground import Ground, with_factor
from navigation.global_planner.request import GlobalPlanRequest
from navigation.zones.raster import BoolArray, polygon_mask
from navigation.zones.zone import Side, Zone, ZoneKind

_WRONG_SIDE = 1.5  # of the time more, at the very edge of the wrong side


def keep_aside(request: GlobalPlanRequest, ground: Ground, way_rc: IntArray) -> Ground:
    """The ground with the wrong sides of the corridors on a way (N, 2) made dearer."""
    factor = np.ones(ground.spec.shape)
    for zone in request.zones.of(ZoneKind.KEEP_SIDE):
        mask = polygon_mask(ground.spec, zone.points_m)
        heading = _heading(ground, way_rc[mask[way_rc[:, 0], way_rc[:, 1]]])
        if heading is not None:
            factor[mask] *= _prices(ground, zone, mask, heading)
    return with_factor(ground, factor) if (factor != 1.0).any() else ground


def _heading(ground: Ground, within_rc: IntArray) -> FloatArray | None:
    """From where to where a way passes a corridor, shape (2,); None where it does not."""
    if len(within_rc) < 2:
        return None
    ends = ground.spec.centres_m(within_rc[[0, -1]])
    passed = ends[1] - ends[0]
    return passed if float(np.hypot(*passed)) > 0.3 else None


def _prices(ground: Ground, zone: Zone, mask: BoolArray, heading: FloatArray) -> FloatArray:
    """Factors (N,) of the cells of a corridor, 1 at the edge of the right side."""
    centred = zone.points_m - zone.points_m.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axis = axes[0] if float(axes[0] @ heading) >= 0.0 else -axes[0]
    leftward = np.array([-axis[1], axis[0]])
    off = (ground.spec.centres_m(np.argwhere(mask)) - zone.points_m.mean(axis=0)) @ leftward
    half = max(float(np.abs(centred @ leftward).max()), ground.spec.resolution_m)
    wrong = off / half if zone.side is Side.RIGHT else -off / half
    return np.asarray(1.0 + _WRONG_SIDE * np.clip(0.5 * (1.0 + wrong), 0.0, 1.0))


def has_corridors(request: GlobalPlanRequest) -> bool:
    """Whether a second search is needed."""
    return bool(request.zones.of(ZoneKind.KEEP_SIDE))
