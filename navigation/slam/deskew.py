"""A turn of the lidar seen from one place: each beam is moved by what the robot did since.

The pose at each beam's capture comes with the scan (odometry), so a beam's end in the robot frame
at the scan's end is ``T_robot(end)_odom @ T_odom_robot(beam) @ T_robot_lidar @ beam``.
Cost: 0.1 ms for 360 beams with normals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import SE2, FloatArray
from homebody.messages import LidarDescription, LidarScan
from navigation.mapping.beams import Beams, BoolArray
from navigation.slam.calibration import OdometryScale
from navigation.slam.kernels import deskew

_MIN_VALID = 8


@dataclass(frozen=True, slots=True)
class DeskewedScan:
    """A turn in the robot frame at `time_s`, its newest beam's capture."""

    time_s: float
    T_odom_robot: SE2
    beams_robot: Beams


class Deskewer:
    """Makes beams out of ranges, for one lidar on one body."""

    def __init__(self, lidar: LidarDescription) -> None:
        self._lidar = lidar
        T_robot_lidar = lidar.T_robot_lidar.to_se2()
        angle = lidar.beam_angles_rad() + T_robot_lidar.yaw_rad
        self._origin_m = T_robot_lidar.translation()
        self._directions = np.column_stack((np.cos(angle), np.sin(angle)))

    def fault(self, scan: LidarScan) -> str:
        """Why a scan cannot be used, in plain words; empty when it can."""
        n = self._lidar.n_beams
        for name, shape in (("ranges_m", (n,)), ("capture_time_s", (n,)), ("odom_xyt", (n, 3))):
            found = getattr(scan, name).shape
            if found != shape:
                return f"lidar scan ignored: {name} has shape {found}; allowed: {shape}"
        if not (np.isfinite(scan.capture_time_s).all() and np.isfinite(scan.odom_xyt).all()):
            return "lidar scan ignored: its times or odometry are not all finite"
        if np.count_nonzero(self._usable(scan.ranges_m)) < _MIN_VALID:
            return "lidar scan ignored: hardly any beam is valid"
        return ""

    def step(self, scan: LidarScan, scale: OdometryScale) -> DeskewedScan:
        """Beams in the robot frame at the capture of the newest beam; `fault` must be empty.

        A range of `inf` makes a beam without a hit as long as the lidar reaches, unless a beam
        beside it hits: a lone one is more likely a lost echo than a hole. `nan` is left out.
        """
        newest = int(np.argmax(scan.capture_time_s))
        T_odom_end = SE2.from_array(scan.odom_xyt[newest])
        origins, ends, is_hit = deskew(
            np.ascontiguousarray(scan.ranges_m, dtype=np.float64),
            np.ascontiguousarray(scan.odom_xyt, dtype=np.float64),
            newest,
            self._origin_m,
            self._directions,
            (self._lidar.range_min_m, self._lidar.range_max_m),
            (scale.way, scale.turn),
        )
        beams = Beams.from_ends(origins, ends, is_hit)
        return DeskewedScan(float(scan.capture_time_s[newest]), T_odom_end, beams)

    def _usable(self, ranges_m: FloatArray) -> BoolArray:
        """Neither nan nor too near; comparing with nan is false."""
        return np.asarray(ranges_m >= self._lidar.range_min_m)
