"""What the depth camera says stands or drops before the robot, as points in the odometry frame.

The camera cannot see what is right before the body, so a point stays until it is seen gone or has
grown old; a point counts only when two frames agree, so that noise on the floor stops nothing.
Cost: about 110 us per frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.messages import DepthDescription, DepthFrame
from navigation.reactive_config import ReactiveConfig
from navigation.reactive_sweep import Kind
from navigation.reactive_track import OdometryTrack

_NEIGHBOURS = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(9, 2)


class DepthMemory:
    """Confirmed points of the depth camera, one per cell of a grid that moves with the robot.

    A point counts when the frames just before had one in the same or a neighbouring cell, so that
    noise on the floor does not stop the robot. The grid wraps round: no copying as the robot moves.

    Args:
        height_m: Height of the body; what is higher does not concern it.
        window_m: Farther points are not kept.
        config: What is an obstacle, what is a drop, and how long unseen points are kept.
    """

    _CONFIRM_S = 0.15
    _SEEN_GONE_S = 0.3
    _LOOK_AGAIN_S = 0.095
    _BIN_RAD = 0.05
    _HEIGHT_GROWTH = 0.015  # a pitching body lifts the far floor

    def __init__(
        self,
        depth: DepthDescription,
        height_m: float,
        window_m: float,
        config: ReactiveConfig,
    ) -> None:
        rays = depth.T_robot_depth.rotate(depth.directions().reshape(-1, 3))
        self._shape = (depth.n_rows, depth.n_cols)
        self._origin = depth.T_robot_depth.translation_m[:2]
        self._rays = rays[:, :2]
        self._ground = np.maximum(np.hypot(rays[:, 0], rays[:, 1]), 1e-6)
        self._bin, self._n_bins = _azimuth_bins(rays, self._BIN_RAD)
        camera_m = float(depth.T_robot_depth.translation_m[2])
        down = -rays[:, 2]
        # What a range means is settled by limits per ray: nearer than this it is an obstacle ...
        rise = self._HEIGHT_GROWTH * self._ground + down
        self._near_m = window_m / self._ground
        below_top = _limit(height_m - camera_m, -down)
        self._obstacle_m = np.minimum(self._near_m, below_top)
        self._obstacle_m = np.minimum(
            self._obstacle_m, _limit(camera_m - config.obstacle_low_m, rise)
        )
        # ... and farther than that the floor is missing.
        self._floor_m = _limit(camera_m, down)
        sees_floor = self._floor_m < np.minimum(0.9 * depth.range_max_m, self._near_m)
        self._drop_m = np.where(sees_floor, _limit(camera_m + config.drop_depth_m, down), np.inf)
        self._nearest_floor_m = float(np.min(self._floor_m * self._ground))
        self._memory_s, self._resolution_m = config.depth_memory_s, config.resolution_m
        self._n = int(np.ceil(2.0 * (window_m + 0.3) / config.resolution_m)) + 2
        cells = self._n * self._n
        self._hit_s = np.full(cells, -np.inf)
        self._last_hit = np.zeros(cells, dtype=np.intp)
        self._looked_s = -np.inf
        self._seen_s = np.full(cells, -np.inf)
        self._kept_until_s = np.full(cells, -np.inf)
        self._points = np.zeros((cells, 2))
        self._kinds = np.zeros(cells, dtype=np.int8)
        self._active: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.newest_valid_s = -np.inf

    def update(self, frame: DepthFrame, track: OdometryTrack, memory_clock_s: float) -> str:
        """Take a frame in; returns what is wrong with it, empty when nothing is."""
        if frame.ranges_m.shape != self._shape or not np.isfinite(frame.capture_time_s):
            return "the depth camera sends frames of the wrong size"
        ranges = frame.ranges_m.ravel()
        valid = ranges > 0.02
        if not valid.any():
            return ""
        self.newest_valid_s = max(self.newest_valid_s, frame.capture_time_s)
        obstacle = valid & (ranges < self._obstacle_m)
        drop = ranges > self._drop_m
        pose = track.pose_at(frame.capture_time_s)
        self._forget(frame.capture_time_s, memory_clock_s, pose, ranges, obstacle)
        hits = np.flatnonzero(obstacle | drop)
        if hits.size:
            way = np.where(drop[hits], self._floor_m[hits], ranges[hits])
            robot = self._origin + way[:, None] * self._rays[hits]
            kinds = np.where(drop[hits], Kind.DROP, Kind.OBSTACLE)
            self._add(pose.apply(robot), kinds, frame.capture_time_s, memory_clock_s)
        return ""

    def points_m(self, memory_clock_s: float) -> tuple[FloatArray, NDArray[np.int8]]:
        """Points in the odometry frame, shape (N, 2), and their kinds, shape (N,)."""
        cells = self._active
        if cells.size:
            cells = cells[self._kept_until_s[cells] > memory_clock_s]
        return self._points[cells], self._kinds[cells]

    def _add(
        self, points: FloatArray, kinds: NDArray[np.intp], time_s: float, memory_clock_s: float
    ) -> None:
        cols_rows = np.floor(points / self._resolution_m).astype(np.intp)
        cells = self._cells(cols_rows)
        self._last_hit[cells] = np.arange(len(cells))
        one_each = np.flatnonzero(self._last_hit[cells] == np.arange(len(cells)))
        points, kinds, cells = points[one_each], kinds[one_each], cells[one_each]
        cols_rows = cols_rows[one_each]
        around = self._cells(cols_rows[:, None, :] + _NEIGHBOURS)
        is_confirmed = self._hit_s[around].max(axis=1) > time_s - self._CONFIRM_S
        self._hit_s[cells] = time_s
        kept = cells[is_confirmed]
        self._points[kept] = points[is_confirmed]
        self._kinds[kept] = kinds[is_confirmed]
        self._seen_s[kept] = time_s
        self._kept_until_s[kept] = memory_clock_s + self._memory_s
        self._active = np.flatnonzero(self._kept_until_s > memory_clock_s)

    def _cells(self, cols_rows: NDArray[np.intp]) -> NDArray[np.intp]:
        wrapped = cols_rows % self._n
        return np.asarray(wrapped[..., 1] * self._n + wrapped[..., 0])

    def _forget(
        self,
        time_s: float,
        memory_clock_s: float,
        pose: SE2,
        ranges: FloatArray,
        obstacle: NDArray[np.bool_],
    ) -> None:
        """Forget what is too old, and obstacles that were not seen again where they should be."""
        cells = self._active
        if cells.size == 0:
            return
        self._active = cells = cells[self._kept_until_s[cells] > memory_clock_s]
        if time_s < self._looked_s + self._LOOK_AGAIN_S:
            return
        self._looked_s = time_s
        missed = self._seen_s[cells] < time_s - self._SEEN_GONE_S
        missed &= self._kinds[cells] == Kind.OBSTACLE
        if not missed.any():
            return
        is_gone = missed.copy()
        points = pose.inverse().apply(self._points[cells[missed]]) - self._origin
        is_gone[missed] = self._is_seen_through(points, ranges, obstacle)
        self._kept_until_s[cells[is_gone]] = -np.inf
        self._active = cells[~is_gone]

    def _is_seen_through(
        self, points: FloatArray, ranges: FloatArray, obstacle: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Where the camera sees floor behind and nothing in between.

        Args:
            points: Relative to the camera, in the robot's directions, shape (N, 2).
            ranges, obstacle: Of each ray, shape (R,).
        """
        ground = ranges * self._ground
        first_hit = np.full(self._n_bins, np.inf)
        np.minimum.at(first_hit, self._bin[obstacle], ground[obstacle])
        floor = (ranges < self._near_m) & ~obstacle
        last_floor = np.zeros(self._n_bins)
        np.maximum.at(last_floor, self._bin[floor], ground[floor])
        way = np.hypot(points[:, 0], points[:, 1])
        bins = np.floor(np.arctan2(points[:, 1], points[:, 0]) / self._BIN_RAD).astype(np.intp)
        bins += self._n_bins // 2
        is_in_view = (bins >= 0) & (bins < self._n_bins) & (way > self._nearest_floor_m + 0.03)
        bins = np.clip(bins, 0, self._n_bins - 1)
        return np.asarray(is_in_view & (way < last_floor[bins]) & (way < first_hit[bins] - 0.05))


def _limit(height_m: float, slope: FloatArray) -> FloatArray:
    """Range at which a ray of this slope has made the height; `inf` for one that never does."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(slope > 1e-9, height_m / slope, np.inf))


def _azimuth_bins(rays: FloatArray, bin_rad: float) -> tuple[NDArray[np.intp], int]:
    """Bin of each ray's azimuth and the number of bins, symmetric about straight ahead."""
    azimuth = np.arctan2(rays[:, 1], rays[:, 0])
    half = int(np.ceil(np.max(np.abs(azimuth)) / bin_rad)) + 1
    return np.floor(azimuth / bin_rad).astype(np.intp) + half, 2 * half
