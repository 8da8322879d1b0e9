"""The plain DWA within Homebody's robot: the way down the cost-to-go is its global path.

People are where they are now, as in a costmap made of ranges. Cost: 4 ms per cycle.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.common_start import CommonStart, goal_m
from benchmarks.peers.dwa import Costmap, Dwa, DwaSettings
from benchmarks.peers.limiter import towards
from homebody.geometry import FloatArray
from homebody.messages import BodyDescription
from navigation.local_planner.request import PlanRequest
from navigation.types import CostToGo, LocalPlan

_PERSON_RADIUS_M = 0.25
_WAY_M = 4.0
_NEIGHBOURS = np.array([(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c])


class DwaPlanner:
    """Plans one cycle per `step`; its plan is not bound by jerk, see `limiter.Limited`."""

    def __init__(self, body: BodyDescription, settings: DwaSettings) -> None:
        self._dwa = Dwa(body.footprint_m, body.limits, settings)
        self._settings = settings
        self._inscribed_m = body.inscribed_radius_m
        self._common = CommonStart()

    def step(self, request: PlanRequest) -> LocalPlan:
        """Plan from the predicted state on."""
        plan = self._common.step(request)
        if plan is not None:
            return plan
        assert request.cost_to_go is not None
        state = request.state
        pose = state.T_map_robot
        path_m = way_down(request.cost_to_go, pose.translation(), goal_m(request))
        if len(path_m) < 2:
            return towards(request, 0.0, 0.0, "no way")
        spec, distance_m = request.local_map.spec, request.local_map.distance_m
        if request.people:
            rows, cols = np.indices(spec.shape)
            centres = spec.centres_m(np.stack([rows, cols], axis=-1))
            for person in request.people:
                away_m = np.linalg.norm(centres - person.position_map_m, axis=-1)
                beyond_m = np.maximum(away_m - _PERSON_RADIUS_M, 0.0).astype(np.float32)
                distance_m = np.minimum(distance_m, beyond_m)
        costmap = Costmap.inflated(spec, distance_m, self._inscribed_m, self._settings)
        twist = (state.speed_m_s, state.yaw_rate_rad_s)
        return towards(request, *self._dwa.step(pose, twist, path_m, costmap), "on the way")


def way_down(to_go: CostToGo, start_m: FloatArray, goal: tuple[float, float]) -> FloatArray:
    """The steepest way down the travel times from a point, at most 4 m of it, shape (N, 2)."""
    spec, time_s = to_go.spec, to_go.time_s
    cell = np.array(spec.cell_rc(float(start_m[0]), float(start_m[1])))
    if not spec.contains(cell[None])[0]:
        return np.zeros((0, 2))
    cells = [cell]
    for _ in range(round(_WAY_M / spec.resolution_m)):
        around = cell + _NEIGHBOURS
        around = around[spec.contains(around)]
        times = time_s[around[:, 0], around[:, 1]]
        best = int(np.argmin(times))
        if not times[best] < time_s[cell[0], cell[1]]:
            break
        cell = around[best]
        cells.append(cell)
    else:
        return spec.centres_m(np.array(cells))
    return np.vstack([spec.centres_m(np.array(cells)), goal])
