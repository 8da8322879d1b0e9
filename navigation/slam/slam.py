"""Localization and mapping together: what the brain does first in every tick.

deskew -> localize against the map -> add the scan to the map if it is worth it and the match is
good -> add the depth frame. Cost: 2 ms per tick with a new scan and a depth frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription, BrainInput, DepthFrame, LidarScan, Odometry
from navigation.mapping.beams import Beams
from navigation.mapping.config import MappingConfig
from navigation.mapping.occupancy import MapState, OccupancyMap
from navigation.slam.config import SlamConfig
from navigation.slam.deskew import DeskewedScan, Deskewer
from navigation.slam.history import PoseHistory
from navigation.slam.kernels import depth_points, in_company
from navigation.slam.keyframes import KeyframePolicy
from navigation.slam.localizer import Localization, ScanMatchLocalizer
from navigation.slam.waking import Memory, Waking
from navigation.types import MapSnapshot, PoseEstimate, TrackedPerson

_NO_POINTS = np.zeros((0, 2))
_POSES_PER_SCAN = 10  # that are remembered
_COMPANY_M = 0.12
_DEPTH_MARGIN_M = 0.03  # above the body's height


@dataclass(frozen=True, slots=True)
class SlamOutput:
    """What is known after a tick.

    Attributes:
        beams_map: The newest scan's beams, or None where there is no new one.
        scan_points_map_m: Its hits, shape (N, 2).
        depth_points_map_m: Obstacles in the newest depth frame, shape (D, 2).
        surfaces: Where surfaces lie in the map's cells, shape (3, 4, H, W), see `SurfaceMap`; the
            map's own, good until the next tick.
        faults: What was wrong with the sensors, in plain words.
        scan: The newest scan in the robot frame, or None where there is no new one.
    """

    estimate: PoseEstimate
    snapshot: MapSnapshot
    surfaces: NDArray[np.float32]
    beams_map: Beams | None = None
    scan_points_map_m: FloatArray = field(default_factory=lambda: _NO_POINTS)
    depth_points_map_m: FloatArray = field(default_factory=lambda: _NO_POINTS)
    faults: tuple[str, ...] = ()
    scan: DeskewedScan | None = None


class Slam:
    """Localizer and map for one body.

    Args:
        body: Tells where the sensors are.
        config: Of localization.
        T_map_robot_start: Where the robot starts.
        mapping: Of the map.
        known_map: A map made before, in whose frame the start pose is.
        memories: Maps made before, in one of which the robot may wake up, the likeliest first.
    """

    def __init__(
        self,
        body: BodyDescription,
        config: SlamConfig | None = None,
        T_map_robot_start: SE2 | None = None,
        mapping: MappingConfig | None = None,
        known_map: MapState | MapSnapshot | None = None,
        memories: Sequence[Memory] = (),
    ) -> None:
        self._config = config or SlamConfig()
        self._body = body
        self._map = _make_map(mapping or MappingConfig(), body.height_m, known_map)
        self._localizer = ScanMatchLocalizer(self._config, T_map_robot_start or SE2.identity())
        self._keyframes = KeyframePolicy(self._config.keyframe)
        self._deskewer = Deskewer(body.lidar) if body.lidar else None
        self._rays_robot, self._depth_origin_m = _depth_rays(body)
        self._last_scan_s = -np.inf
        self._waking = self._asleep(memories, mapping or MappingConfig())
        self.history = PoseHistory()
        self.map_identity: str | None = None

    def step(
        self, brain_input: BrainInput, people: tuple[TrackedPerson, ...], now_s: float
    ) -> SlamOutput:
        """Take in the newest values of a tick; people are where they were tracked last."""
        faults: list[str] = []
        scan = self._deskewed(brain_input.scan, faults)
        self._remember(brain_input, scan)
        if self._waking is not None:
            scan = self._wake(self._waking, scan, brain_input.odometry)
        localization = self._localizer.step(scan, brain_input.odometry, self._map, now_s)
        if self._waking is not None:
            lost = replace(localization.estimate, quality=0.0)
            localization = replace(localization, estimate=lost)
        self.history.T_map_odom = localization.estimate.T_map_odom
        beams_map = self._map_scan(scan, localization, brain_input, people)
        depth_points = self._map_depth(brain_input.depth, localization, faults)
        return SlamOutput(
            localization.estimate,
            self._map.snapshot(),
            self._map.surface_values,
            beams_map,
            _NO_POINTS if beams_map is None else beams_map.hits_m,
            depth_points,
            tuple(faults),
            scan,
        )

    def snapshot(self) -> MapSnapshot:
        """The map now."""
        return self._map.snapshot()

    def relocate(self, T_map_odom: SE2) -> None:
        """Go on from where the robot was found in the map; see `LostAndFound`."""
        self._localizer.relocate(T_map_odom)

    def state(self) -> MapState:
        """The map, for a store."""
        return self._map.state()

    @property
    def is_awake(self) -> bool:
        """Whether it is known which map this is: `map_identity`, or None for a new one."""
        return self._waking is None

    # --- waking up ---------------------------------------------------------------------------

    def _asleep(self, memories: Sequence[Memory], mapping: MappingConfig) -> Waking | None:
        if not memories:
            return None
        maps = [_make_map(mapping, self._body.height_m, memory.state) for memory in memories]
        return Waking(memories, maps)

    def _wake(
        self, waking: Waking, scan: DeskewedScan | None, odometry: Odometry | None
    ) -> DeskewedScan | None:
        """Find out where this is; the scan that told, or None while nobody knows."""
        if scan is not None:
            found, T_odom_robot = waking.step(scan, self._localizer), scan.T_odom_robot
        elif self._deskewer is None and odometry is not None:
            found, T_odom_robot = waking.without_scans(), odometry.T_odom_robot
        else:
            return None
        if found is None:
            return None
        self._waking = None
        self.map_identity = found.identity
        if found.occupancy is not None and found.T_map_robot is not None:
            self._map = found.occupancy
            self._localizer.start_at(found.T_map_robot, T_odom_robot)
        return scan

    # --- scans -------------------------------------------------------------------------------

    def _deskewed(self, scan: LidarScan | None, faults: list[str]) -> DeskewedScan | None:
        if scan is None or self._deskewer is None:
            return None
        fault = self._deskewer.fault(scan)
        if fault:
            faults.append(fault)
            return None
        deskewed = self._deskewer.step(scan, self._localizer.scale)
        if deskewed.time_s <= self._last_scan_s:
            return None
        self._last_scan_s = deskewed.time_s
        return deskewed

    def _remember(self, brain_input: BrainInput, scan: DeskewedScan | None) -> None:
        """Dead reckoning of the tick: of some beams of the scan, and the newest."""
        times, poses = [], []
        if scan is not None and brain_input.scan is not None:
            step = max(1, len(brain_input.scan.capture_time_s) // _POSES_PER_SCAN)
            times.append(brain_input.scan.capture_time_s[::step])
            poses.append(brain_input.scan.odom_xyt[::step])
        odometry = brain_input.odometry
        if odometry is not None:
            times.append(np.array([odometry.capture_time_s]))
            poses.append(odometry.T_odom_robot.as_array()[None])
        if times:
            self.history.add(np.concatenate(times), np.concatenate(poses))

    def _map_scan(
        self,
        scan: DeskewedScan | None,
        localization: Localization,
        brain_input: BrainInput,
        people: tuple[TrackedPerson, ...],
    ) -> Beams | None:
        if scan is None or localization.T_map_scan is None:
            return None
        T_map_scan = localization.T_map_scan
        beams_map = scan.beams_robot.transformed(T_map_scan)
        yaw_rate = brain_input.odometry.yaw_rate_rad_s if brain_input.odometry else 0.0
        if localization.is_mappable and self._keyframes.wants(scan.time_s, T_map_scan, yaw_rate):
            self._map.integrate(beams_map, _positions_at(people, scan.time_s))
            self._keyframes.took(scan.time_s, T_map_scan)
        return beams_map

    # --- depth -------------------------------------------------------------------------------

    def _map_depth(
        self, depth: DepthFrame | None, localization: Localization, faults: list[str]
    ) -> FloatArray:
        """Obstacles in the newest depth frame in the map frame, shape (D, 2)."""
        if depth is None or self._rays_robot is None:
            return _NO_POINTS
        if depth.ranges_m.shape != self._rays_robot.shape[:2]:
            faults.append(
                f"depth frame ignored: ranges_m has shape {depth.ranges_m.shape}; "
                f"allowed: {self._rays_robot.shape[:2]}"
            )
            return _NO_POINTS
        T_map_robot = self.history.at(depth.capture_time_s)
        if T_map_robot is None:
            return _NO_POINTS
        ranges_m = np.ascontiguousarray(depth.ranges_m, dtype=np.float64)
        points = depth_points(
            ranges_m.ravel(), self._rays_robot.reshape(-1, 3), self._depth_origin_m
        )
        if localization.estimate.quality >= self._config.quality_poor:
            self._map.integrate_depth(points, T_map_robot)
        obstacles = points[self._map.is_obstacle(points)]
        # a single point is noise of the floor; what is there shows in two rays, or soon in the map
        return T_map_robot.apply(obstacles[in_company(obstacles, _COMPANY_M), :2])


def _make_map(
    config: MappingConfig, body_height_m: float, known: MapState | MapSnapshot | None
) -> OccupancyMap:
    height_m = body_height_m + _DEPTH_MARGIN_M
    if isinstance(known, MapState):
        return OccupancyMap.from_state(known, config, height_m)
    if isinstance(known, MapSnapshot):
        return OccupancyMap.from_snapshot(known, config, height_m)
    return OccupancyMap(config.resolution_m, config, height_m)


def _depth_rays(body: BodyDescription) -> tuple[FloatArray | None, FloatArray]:
    """Ray directions (rows, cols, 3) and origin (3,) in the robot frame."""
    if body.depth is None:
        return None, np.zeros(3)
    T_robot_depth = body.depth.T_robot_depth
    rays = np.ascontiguousarray(T_robot_depth.rotate(body.depth.directions()))
    return rays, np.ascontiguousarray(T_robot_depth.translation_m, dtype=np.float64)


def _positions_at(people: tuple[TrackedPerson, ...], time_s: float) -> FloatArray:
    """Where people were at a time, by their velocities, shape (M, 2)."""
    if not people:
        return _NO_POINTS
    return np.array([p.position_map_m + p.velocity_map_m_s * (time_s - p.time_s) for p in people])
