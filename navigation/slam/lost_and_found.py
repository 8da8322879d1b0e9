"""Notices that the robot is lost and has it searched for in the whole map, as a job.

While the map explains too little of what is seen, scans of the last seconds are gathered and handed
to `graph_slam.relocalization`. What that believes is handed back, unless it is where the robot
thinks it is anyway: then a crowd hides the walls and nothing is wrong.
"""

from __future__ import annotations

import math

from homebody.geometry import SE2
from homebody.ports import Job, JobRunner
from navigation.graph_slam.relocalization import PosedScan, Relocalization, relocalize
from navigation.slam.config import LostConfig
from navigation.slam.deskew import DeskewedScan
from navigation.types import MapSnapshot

_N_SCANS = 5
_HERE_M, _HERE_RAD = 0.5, 0.3


class LostAndFound:
    """See the module and `step`."""

    def __init__(self, config: LostConfig, jobs: JobRunner) -> None:
        self._config = config
        self._jobs = jobs
        self._since_s: float | None = None  # of being lost
        self._scans: list[tuple[float, PosedScan]] = []
        self._job: Job[Relocalization] | None = None
        self._asked: PosedScan | None = None
        self._next_s = -math.inf

    def step(
        self,
        scan: DeskewedScan | None,
        quality: float,
        T_map_odom: SE2,
        snapshot: MapSnapshot,
        now_s: float,
    ) -> SE2 | None:
        """The right `T_map_odom` when the robot has just been found, else None."""
        if quality >= self._config.quality_lost:
            self._forget()
            return None
        if self._since_s is None:
            self._since_s = now_s
        self._gather(scan, now_s)
        if self._job is None:
            is_due = now_s >= max(self._since_s + self._config.after_s, self._next_s)
            if is_due and self._scans:
                scans = tuple(posed for _, posed in self._scans)
                self._asked = scans[-1]
                self._job = self._jobs.submit(
                    "relocalize", relocalize, snapshot, scans, now_s=now_s
                )
            return None
        if not self._job.poll(now_s):
            return None
        result, self._job = self._job.result(), None
        self._next_s = now_s + self._config.period_s
        return self._found(result, T_map_odom)

    def _found(self, result: Relocalization, T_map_odom: SE2) -> SE2 | None:
        assert self._asked is not None
        if not result.is_believed:
            return None
        T_odom_robot = self._asked.T_odom_robot
        T_map_robot = result.candidates[0].T_map_robot
        off = (T_map_odom @ T_odom_robot).inverse() @ T_map_robot
        if math.hypot(off.x_m, off.y_m) < _HERE_M and abs(off.wrapped().yaw_rad) < _HERE_RAD:
            return None
        self._forget()
        return T_map_robot @ T_odom_robot.inverse()

    def _gather(self, scan: DeskewedScan | None, now_s: float) -> None:
        """Keep scans of the last seconds that were taken apart from one another."""
        config = self._config
        self._scans = [(t, s) for t, s in self._scans if t >= now_s - config.memory_s]
        if scan is None:
            return
        if self._scans:
            way = self._scans[-1][1].T_odom_robot.inverse() @ scan.T_odom_robot
            is_apart = math.hypot(way.x_m, way.y_m) > config.apart_m
            if not is_apart and abs(way.wrapped().yaw_rad) < config.apart_rad:
                self._scans.pop()  # the newer of two alike
        self._scans.append((now_s, PosedScan(scan.beams_robot, scan.T_odom_robot)))
        self._scans = self._scans[-_N_SCANS:]

    def _forget(self) -> None:
        self._since_s, self._job, self._asked = None, None, None
        self._scans.clear()
