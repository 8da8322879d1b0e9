"""The referee of a simulation: takes down what truly happened, in the words of the design.

Stepped at 50 Hz in lock step. Coverage marks the cells along the lidar's true beams up to 5 m,
five times a second; clearance is the exact distance of the footprint polygon from the nearest solid
thing (see clearance.py), 0 during a contact. Cost: 0.1 ms per step, 0.3 ms more when it marks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.homes.home import Home
from drivers.simulation.homes.raster import reachable_free_area, shortest_path_m, solid_grid
from drivers.simulation.metrics import CollisionCounter, ErrorMeter, JerkMeter
from drivers.simulation.moment import Truth
from drivers.simulation.range_sensors import TrueTurn
from drivers.simulation.world import World
from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from homebody.messages import BodyDescription, LidarDescription

RATE_HZ = 50.0
COVERAGE_RATE_HZ = 5.0
SEEN_RANGE_M = 5.0
_RESOLUTION_M = 0.05
_FLOOR_GAP_M = 0.02
_HISTORY_S = 10.0
_BEAMS_AT_ONCE = 90


@dataclass(frozen=True, slots=True)
class TrueCells:
    """The home's floor, shape (H, W) each: solid, reachable, and seen from at most 5 m."""

    spec: GridSpec
    solid: NDArray[np.bool_]
    reachable: NDArray[np.bool_]
    seen: NDArray[np.bool_]

    @property
    def reachable_area_m2(self) -> float:
        return float(self.reachable.sum() * self.spec.resolution_m**2)


class TruthRecorder:
    """Watches one robot in one world.

    Args:
        T_home_map: Where the robot's map frame lies in the home; the same frame by default.
    """

    def __init__(
        self,
        world: World,
        home: Home,
        body: BodyDescription,
        T_home_map: SE2 | None = None,
    ) -> None:
        self._world = world
        self._body = body
        self._T_home_map = T_home_map or SE2.identity()
        self._spec, self._solid = solid_grid(home, _RESOLUTION_M, _FLOOR_GAP_M, body.height_m)
        truth = world.truth
        self._reachable = reachable_free_area(
            self._spec, self._solid, truth.T_home_robot, body.inscribed_radius_m
        )
        self._coverage = _Coverage(self._spec, body.lidar)
        self._jerk = JerkMeter(RATE_HZ)
        self._collisions = CollisionCounter()
        self._error = ErrorMeter()
        self._yaw_error = ErrorMeter()
        self._history: deque[Truth] = deque([truth], maxlen=int(_HISTORY_S * RATE_HZ))
        self._estimates: deque[tuple[float, SE2]] = deque()
        self._last_touch_s = truth.time_s
        self._n_steps = 0
        self.min_clearance_m = truth.clearance_m
        self.path_length_m = 0.0

    def step(self, now_s: float) -> None:
        """Take down the present; call it at 50 Hz, after the world has come to `now_s`."""
        self._world.advance_to(now_s)
        truth, before = self._world.truth, self._history[-1]
        self._history.append(truth)
        if truth.relocation_count == before.relocation_count:
            self.path_length_m += truth.T_home_robot.distance_m(before.T_home_robot)
        else:
            self._jerk.cut()
        self._jerk.add(truth.speed_m_s, truth.yaw_rate_rad_s)
        self.min_clearance_m = min(self.min_clearance_m, truth.clearance_m)
        self._count_collisions(truth)
        self._judge_estimates(truth.time_s)
        self._n_steps += 1
        if self._n_steps % round(RATE_HZ / COVERAGE_RATE_HZ) == 0:
            self._coverage.mark(self._world.true_turn())

    def add_estimate(self, time_s: float, T_map_robot: SE2) -> None:
        """Where the robot believes that it was at `time_s`."""
        self._estimates.append((time_s, self._T_home_map @ T_map_robot))

    # --- results ------------------------------------------------------------------------------

    @property
    def collisions(self) -> int:
        """Contact episodes, merged within 0.5 s."""
        return self._collisions.n_collisions

    @property
    def collisions_caused(self) -> int:
        """Those of them that the robot caused."""
        return self._collisions.n_caused

    @property
    def coverage(self) -> float:
        """Share of the reachable free area that a ray of at most 5 m has seen."""
        n_reachable = int(self._reachable.sum())
        if not n_reachable:
            return 0.0
        return float((self._coverage.seen & self._reachable).sum() / n_reachable)

    @property
    def jerk_rms_m_s3(self) -> float:
        return self._jerk.jerk_rms_m_s3

    @property
    def angular_jerk_rms_rad_s3(self) -> float:
        return self._jerk.angular_jerk_rms_rad_s3

    @property
    def log_dimensionless_jerk(self) -> float:
        return self._jerk.log_dimensionless_jerk

    @property
    def localization_error_max_m(self) -> float:
        return self._error.max_m

    @property
    def localization_error_rms_m(self) -> float:
        return self._error.rms_m

    @property
    def yaw_error_max_rad(self) -> float:
        return self._yaw_error.max_m

    @property
    def truth(self) -> Truth:
        """The truth at the last step."""
        return self._history[-1]

    def cells(self) -> TrueCells:
        """The home's floor as it truly is, and what has been seen of it."""
        return TrueCells(
            self._spec, self._solid.copy(), self._reachable.copy(), self._coverage.seen
        )

    def map_iou(self, spec: GridSpec, is_free: NDArray[np.bool_]) -> float:
        """How well the free cells (H, W) of the robot's map agree with the truth, 0 to 1.

        With F the cells called free, R the reachable free area and U the free cells out of reach:
        |F and R| / |R or (F without U)|, counted in the home's grid.
        """
        rows, cols = np.indices(self._spec.shape)
        centres = self._spec.centres_m(np.stack([rows, cols], axis=-1))
        cells = spec.cells_rc(self._T_home_map.inverse().apply(centres))
        inside = spec.contains(cells)
        free = np.zeros(self._spec.shape, dtype=np.bool_)
        free[inside] = np.asarray(is_free, dtype=np.bool_)[cells[inside, 0], cells[inside, 1]]
        out_of_reach = ~self._solid & ~self._reachable
        union = int((self._reachable | (free & ~out_of_reach)).sum())
        return float((free & self._reachable).sum() / union) if union else 0.0

    def shortest_path_m(
        self, start_xy_m: tuple[float, float], goal_xy_m: tuple[float, float]
    ) -> float:
        """Length of the shortest way for the inscribed circle, home frame; inf if there is none."""
        return shortest_path_m(
            self._spec, self._solid, start_xy_m, goal_xy_m, self._body.inscribed_radius_m
        )

    # --- inside -------------------------------------------------------------------------------

    def _count_collisions(self, truth: Truth) -> None:
        self._collisions.add_motion(truth.time_s, truth.speed_m_s, truth.yaw_rate_rad_s)
        for touch in self._world.touches_since(self._last_touch_s):
            self._collisions.add_touch(touch)
            self._last_touch_s = touch.time_s

    def _judge_estimates(self, now_s: float) -> None:
        while self._estimates and self._estimates[0][0] <= now_s:
            time_s, estimate = self._estimates.popleft()
            true_pose = self._pose_at(time_s)
            if true_pose is not None:
                self._error.add(estimate.distance_m(true_pose))
                turn = (true_pose.inverse() @ estimate).wrapped().yaw_rad
                self._yaw_error.add(abs(turn))

    def _pose_at(self, time_s: float) -> SE2 | None:
        """True pose at a time of the last seconds; None before them or while being carried."""
        later = self._history[-1]
        for earlier in reversed(self._history):
            if earlier.time_s <= time_s:
                if earlier.relocation_count != later.relocation_count:
                    return None
                span = later.time_s - earlier.time_s
                share = (time_s - earlier.time_s) / span if span > 0.0 else 0.0
                return earlier.T_home_robot.interpolate(later.T_home_robot, share)
            later = earlier
        return None


class _Coverage:
    """Cells that a ray has passed, found by points every half cell along it."""

    def __init__(self, spec: GridSpec, lidar: LidarDescription | None) -> None:
        self._spec = spec
        # One cell of border takes the points that leave the grid.
        self._n_cols = spec.n_cols + 2
        self._seen = np.zeros((spec.n_rows + 2) * self._n_cols, dtype=np.bool_)
        self._along = np.arange(0.0, SEEN_RANGE_M, spec.resolution_m / 2.0, dtype=np.float32)
        self._mount: FloatArray = np.zeros(2)
        self._beams: FloatArray = np.zeros((0, 2))
        if lidar is not None:
            angles = lidar.beam_angles_rad()
            rays = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
            self._beams = lidar.T_robot_lidar.rotate(rays)[:, :2]
            self._mount = lidar.T_robot_lidar.translation_m[:2]

    @property
    def seen(self) -> NDArray[np.bool_]:
        return self._seen.reshape(-1, self._n_cols)[1:-1, 1:-1].copy()

    def mark(self, turn: TrueTurn | None) -> None:
        """Mark all beams of a turn; beams not cast yet are nan and left out."""
        if turn is None:
            return
        spec = self._spec
        is_cast = ~np.isnan(turn.ranges_m)
        x, y, yaw = turn.xyt_home[is_cast].T
        cos, sin = np.cos(yaw), np.sin(yaw)
        beams, (mount_x, mount_y) = self._beams[is_cast], self._mount
        ranges_m = np.minimum(turn.ranges_m[is_cast], SEEN_RANGE_M)
        start_x = x + cos * mount_x - sin * mount_y - spec.origin_x_m
        start_y = y + sin * mount_x + cos * mount_y - spec.origin_y_m
        slope_x = cos * beams[:, 0] - sin * beams[:, 1]
        slope_y = sin * beams[:, 0] + cos * beams[:, 1]
        # Beams of like range together, so that short ones need few points.
        order = np.argsort(ranges_m)
        for first in range(0, len(order), _BEAMS_AT_ONCE):
            few = order[first : first + _BEAMS_AT_ONCE]
            n_points = int(np.searchsorted(self._along, ranges_m[few[-1]])) + 1
            along = np.minimum(self._along[:n_points], ranges_m[few, None].astype(np.float32))
            cells = self._cells(start_y[few], slope_y[few], along, spec.n_rows)
            cells *= self._n_cols
            cells += self._cells(start_x[few], slope_x[few], along, spec.n_cols)
            self._seen[cells.ravel()] = True

    def _cells(
        self, start_m: FloatArray, slope: FloatArray, along_m: NDArray[np.float32], n_cells: int
    ) -> NDArray[np.intp]:
        """Index, with the border, of every point along every beam, shape (beams, points)."""
        per_m = 1.0 / self._spec.resolution_m
        points = along_m * (slope * per_m).astype(np.float32)[:, None]
        points += (start_m * per_m + 1.0).astype(np.float32)[:, None]
        if points[:, [0, -1]].min() < 0.0 or points[:, [0, -1]].max() >= n_cells + 2.0:
            np.clip(points, 0.0, n_cells + 1.5, out=points)
        return points.astype(np.intp)
