"""A robot driven by DWA in our world: costmap from its scans, global path, twist.

As `move_base` in the BARN challenge: no map before, poses from odometry alone, a costmap that
marks hits and clears along beams, a global plan over it once a second.
"""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.peers.dwa import Costmap, Dwa, DwaSettings
from drivers.simulation.config import SimulationConfig
from drivers.simulation.homes.home import Home
from drivers.simulation.scenario import Scenario
from drivers.simulation.world import World
from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from homebody.messages import BodyDescription, Command, LidarPacket
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.mapping.rays import draw_beams
from navigation.reactive_track import OdometryTrack
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

_PERIOD_S = 0.02
_PLAN_PERIOD_S = 1.0
_CELL_M = 0.05
_HALF_SIDE_M = 25.0
_PATH_STEP_M = 0.05
_MARK_M, _CLEAR_M = 2.5, 3.0  # obstacle_range and raytrace_range of costmap_2d
_COMMAND_S = 0.3


class DwaRobot:
    """Steps the world and the planner together, 50 ticks a second."""

    def __init__(
        self,
        home: Home,
        body: BodyDescription,
        config: SimulationConfig,
        settings: DwaSettings,
        *,
        goal_xy_m: tuple[float, float],
        scenario: Scenario,
        seed: int,
    ) -> None:
        self.world = World(home, body, scenario, config, seed)
        self._start = self.world.truth.T_home_robot
        self._goal_m = np.array(goal_xy_m)
        self._body, self._settings = body, settings
        self._dwa = Dwa(body.footprint_m, body.limits, settings)
        self._track = OdometryTrack()
        n_cells = round(2.0 * _HALF_SIDE_M / _CELL_M)
        low = self._start.translation() - _HALF_SIDE_M
        self._spec = GridSpec(float(low[0]), float(low[1]), _CELL_M, n_cells, n_cells)
        self._cells = np.full(self._spec.shape, UNKNOWN, dtype=np.uint8)
        assert body.lidar is not None
        angles = body.lidar.beam_angles_rad()
        self._rays = np.column_stack([np.cos(angles), np.sin(angles)])
        self._path_m: FloatArray | None = None
        self._planned_s = -np.inf
        self._tick = 0

    @property
    def now_s(self) -> float:
        return self._tick * _PERIOD_S

    def step(self) -> None:
        """One tick; the planner runs at its own rate."""
        now_s = self.now_s
        self.world.advance_to(now_s)
        frame = self.world.read(now_s)
        self._track.extend(frame.odometry)
        if frame.lidar and self._track.newest is not None:
            self._mark(frame.lidar[-1])
        every = max(1, round(self._settings.period_s / _PERIOD_S))
        if self._tick % every == 0 and self._track.newest is not None:
            self._drive(now_s)
        self._tick += 1

    def _drive(self, now_s: float) -> None:
        newest = self._track.newest
        assert newest is not None
        pose = self._start @ newest.T_odom_robot
        if now_s - self._planned_s >= _PLAN_PERIOD_S:
            self._planned_s = now_s
            self._plan(pose)
        if self._path_m is None:
            self._apply(now_s, 0.0, 0.0)
            return
        twist = (newest.speed_m_s, newest.yaw_rate_rad_s)
        self._apply(now_s, *self._dwa.step(pose, twist, self._path_m, self._costmap(pose)))

    def _apply(self, now_s: float, speed_m_s: float, yaw_rate_rad_s: float) -> None:
        twice, none = np.ones(2), np.zeros(2)
        times_s = np.array([0.0, _COMMAND_S])
        self.world.apply(
            Command(now_s, now_s, times_s, speed_m_s * twice, yaw_rate_rad_s * twice, none, none)
        )

    def _mark(self, packet: LidarPacket) -> None:
        """Hits stand, what beams pass is free."""
        assert self._body.lidar is not None
        pose = self._start @ self._track.pose_at(float(packet.capture_time_s[-1]))
        origin_m = pose.apply(self._body.lidar.T_robot_lidar.translation_m[None, :2])[0]
        is_valid = ~np.isnan(packet.ranges_m)
        ranges_m, rays = packet.ranges_m[is_valid], self._rays[is_valid] @ pose.rotation().T
        corner = np.array([self._spec.origin_x_m, self._spec.origin_y_m])
        start = np.broadcast_to((origin_m - corner) / _CELL_M, rays.shape)
        ends_m = origin_m + np.minimum(ranges_m, _CLEAR_M)[:, None] * rays
        draw_beams(self._cells, start, (ends_m - corner) / _CELL_M, FREE)
        is_hit = ranges_m <= _MARK_M
        hits = self._spec.cells_rc(origin_m + ranges_m[is_hit, None] * rays[is_hit])
        hits = hits[self._spec.contains(hits)]
        self._cells[hits[:, 0], hits[:, 1]] = OCCUPIED

    def _plan(self, pose: SE2) -> None:
        found = plan(
            GlobalPlanRequest(
                snapshot=MapSnapshot(self._spec, self._cells.copy(), self._tick),
                T_map_robot=pose,
                goal_map_m=self._goal_m,
                inscribed_radius_m=self._body.inscribed_radius_m,
                circumscribed_radius_m=self._body.circumscribed_radius_m,
                speed_max_m_s=self._settings.speed_max_m_s,
            )
        )
        if found.is_found:
            self._path_m = _dense(found.path_map_m)

    def _costmap(self, pose: SE2) -> Costmap:
        """The 6 m x 6 m around the robot, inflated."""
        half = round(3.0 / _CELL_M)
        row, col = self._spec.cell_rc(pose.x_m, pose.y_m)
        row0, col0 = max(row - half, 0), max(col - half, 0)
        cells = self._cells[row0 : row + half, col0 : col + half]
        free = (cells != OCCUPIED).astype(np.uint8)
        distance_m = _CELL_M * cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        spec = GridSpec(
            self._spec.origin_x_m + col0 * _CELL_M,
            self._spec.origin_y_m + row0 * _CELL_M,
            _CELL_M,
            *cells.shape,
        )
        distance_m = np.asarray(distance_m, dtype=np.float32)
        return Costmap.inflated(spec, distance_m, self._body.inscribed_radius_m, self._settings)


def _dense(path_m: FloatArray) -> FloatArray:
    """The same path with points at most a step apart."""
    lengths_m = np.linalg.norm(np.diff(path_m, axis=0), axis=1)
    along_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    wanted_m = np.arange(0.0, along_m[-1] + _PATH_STEP_M, _PATH_STEP_M)
    columns = [np.interp(wanted_m, along_m, path_m[:, axis]) for axis in range(2)]
    return np.column_stack(columns)
