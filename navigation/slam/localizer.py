"""Where the robot is: dead reckoning, corrected by every scan against the map being built.

One filter step per scan: predict by odometry, match with the prediction as the prior, judge the
result; when the map explains the scan poorly, search near, and if that stays so, wide.
Cost: 0.9 ms per scan, 0.1 s in a tick with a wide search (at most one per `wide_period_s`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angle
from homebody.messages import Odometry
from navigation.mapping.beams import Beams
from navigation.mapping.occupancy import OccupancyMap
from navigation.slam.calibration import OdometryCalibration, OdometryScale
from navigation.slam.config import SlamConfig
from navigation.slam.correlative import correlative_search
from navigation.slam.deskew import DeskewedScan
from navigation.slam.explanation import Explanation, explain
from navigation.slam.likelihood import LikelihoodField
from navigation.slam.motion_model import OdometryNoise
from navigation.slam.scan_match import ScanMatcher
from navigation.types import PoseEstimate

_PRIOR_BEAMS = 8.0  # weight of the last quality where few beams can be judged
_JUDGED_MIN = 8
_LIDAR_REACH_M = 8.0
_CLEARLY_BETTER = 0.15
_AMBIGUOUS = 0.1
_ELSEWHERE_M, _ELSEWHERE_RAD = 0.5, 0.5
_FOUND_SIGMA_M, _FOUND_SIGMA_RAD = 0.1, 0.05
_LOOSE = np.diag([0.05**2, 0.05**2, 0.05**2])  # around a candidate of the search


@dataclass(frozen=True, slots=True)
class Localization:
    """The estimate now, and the pose of the newest scan if it may go into the map."""

    estimate: PoseEstimate
    T_map_scan: SE2 | None = None
    is_mappable: bool = False


@dataclass(frozen=True, slots=True)
class _Belief:
    """A pose, its covariance, the scan's own information, and how well the map explains it."""

    T_map_robot: SE2
    covariance: FloatArray
    information: FloatArray
    found: Explanation


class ScanMatchLocalizer:
    """Tracks the pose from a known start; see `step`."""

    def __init__(self, config: SlamConfig, T_map_robot_start: SE2) -> None:
        self._config = config
        self._noise = OdometryNoise(config.odometry)
        self._matcher = ScanMatcher(config.match)
        self._calibration = OdometryCalibration()
        start = (config.start_sigma_m, config.start_sigma_m, config.start_sigma_rad)
        self._covariance = np.diag(np.square(start)) + np.eye(3) * 1e-8
        self._T_map_start = T_map_robot_start
        self._T_map_odom: SE2 | None = None
        self._T_odom_last: SE2 | None = None
        self._time_s = -math.inf
        self._T_odom_now: SE2 | None = None
        self._quality = 1.0
        self._next_wide_s = -math.inf
        self._good_s = -math.inf

    @property
    def scale(self) -> OdometryScale:
        """What has been learned of the wheels."""
        return self._calibration.scale

    def step(
        self,
        scan: DeskewedScan | None,
        odometry: Odometry | None,
        occupancy: OccupancyMap,
        now_s: float,
    ) -> Localization:
        """Take in what is new; either input may be missing."""
        self._start(scan, odometry)
        T_map_scan, is_mappable = None, False
        if scan is not None:
            T_map_scan, is_mappable = self._correct(scan, occupancy, now_s)
        self._advance(scan, odometry, now_s)
        return Localization(self._estimate(), T_map_scan, is_mappable)

    # --- waking up ---------------------------------------------------------------------------

    def locate(
        self, scan: DeskewedScan, guesses: Sequence[SE2], occupancy: OccupancyMap
    ) -> SE2 | None:
        """The pose near one of some guesses that the map clearly bears out, if there is one."""
        window = (self._config.search.near_m, self._config.search.near_rad)
        beams = scan.beams_robot
        around = [
            candidate
            for guess in guesses
            for candidate in self._candidates(beams, guess, window, occupancy)
        ]
        best = self._clear_winner([self._match(beams, pose, _LOOSE, occupancy) for pose in around])
        return best.T_map_robot if best is not None else None

    def start_at(self, T_map_robot: SE2, T_odom_robot: SE2) -> None:
        """Go on from here, where dead reckoning is at `T_odom_robot`."""
        self._T_map_odom = T_map_robot @ T_odom_robot.inverse()
        self._T_odom_last = T_odom_robot
        self._covariance = _LOOSE.copy()

    def relocate(self, T_map_odom: SE2) -> None:
        """Go on from a pose that was found otherwise; the next scan judges it."""
        sigmas = np.array([_FOUND_SIGMA_M, _FOUND_SIGMA_M, _FOUND_SIGMA_RAD])
        self._T_map_odom = T_map_odom
        self._covariance = np.diag(sigmas**2)
        self._quality = max(self._quality, self._config.quality_good)

    # --- the filter --------------------------------------------------------------------------

    def _start(self, scan: DeskewedScan | None, odometry: Odometry | None) -> None:
        """The first pose of dead reckoning is the start pose."""
        if self._T_map_odom is not None:
            return
        first = odometry.T_odom_robot if odometry else scan.T_odom_robot if scan else None
        if first is not None:
            self._T_map_odom = self._T_map_start @ first.inverse()
            self._T_odom_last = scan.T_odom_robot if scan else first

    def _correct(
        self, scan: DeskewedScan, occupancy: OccupancyMap, now_s: float
    ) -> tuple[SE2, bool]:
        prior, covariance = self._predict(scan)
        beams = scan.beams_robot
        if occupancy.is_empty:
            self._adopt(prior, covariance, scan)
            return prior, True
        belief = self._match(beams, prior, covariance, occupancy)
        if self._is_good(belief.found):
            self._learn(scan, belief)
            self._good_s = now_s
        else:
            belief = self._search(beams, belief, occupancy, now_s)
        if belief.found.share < self._config.quality_poor and not self._is_good(belief.found):
            belief = replace(belief, T_map_robot=prior, covariance=covariance)
        self._judge(belief.found)
        self._adopt(belief.T_map_robot, belief.covariance, scan)
        is_mappable = self._is_good(belief.found) and self._quality >= self._config.quality_poor
        return belief.T_map_robot, is_mappable

    def _match(
        self, beams: Beams, T_map_prior: SE2, covariance: FloatArray, occupancy: OccupancyMap
    ) -> _Belief:
        match = self._matcher.step(beams, T_map_prior, covariance, occupancy)
        found = explain(beams, match.T_map_robot, occupancy, self._config.match.explained_m)
        return _Belief(match.T_map_robot, match.covariance, match.information, found)

    def _is_good(self, found: Explanation) -> bool:
        """Few beams that can be judged are new territory, where odometry leads."""
        return found.n_judged < _JUDGED_MIN or found.share >= self._config.quality_good

    def _predict(self, scan: DeskewedScan) -> tuple[SE2, FloatArray]:
        assert self._T_map_odom is not None
        assert self._T_odom_last is not None
        T_map_last = self._T_map_odom @ self._T_odom_last
        increment = self.scale.apply(self._T_odom_last.inverse() @ scan.T_odom_robot)
        covariance = self._noise.propagate(self._covariance, T_map_last, increment)
        return T_map_last @ increment, covariance

    def _learn(self, scan: DeskewedScan, belief: _Belief) -> None:
        """What the match says of the wheels."""
        assert self._T_map_odom is not None
        assert self._T_odom_last is not None
        T_map_last = self._T_map_odom @ self._T_odom_last
        self._calibration.learn(
            self._T_odom_last.inverse() @ scan.T_odom_robot,
            T_map_last.inverse() @ belief.T_map_robot,
            belief.information,
            belief.T_map_robot.yaw_rad,
        )

    def _adopt(self, T_map_scan: SE2, covariance: FloatArray, scan: DeskewedScan) -> None:
        self._T_map_odom = T_map_scan @ scan.T_odom_robot.inverse()
        self._T_odom_last = scan.T_odom_robot
        self._covariance = 0.5 * (covariance + covariance.T)

    def _judge(self, found: Explanation) -> None:
        """Few judged beams change the quality little."""
        weight = _PRIOR_BEAMS
        self._quality = (found.n_explained + weight * self._quality) / (found.n_judged + weight)

    def _advance(self, scan: DeskewedScan | None, odometry: Odometry | None, now_s: float) -> None:
        """The newest dead reckoning known."""
        if odometry is not None and odometry.capture_time_s >= self._time_s:
            self._time_s, self._T_odom_now = odometry.capture_time_s, odometry.T_odom_robot
        if scan is not None and scan.time_s > self._time_s:
            self._time_s, self._T_odom_now = scan.time_s, scan.T_odom_robot
        if self._T_odom_now is None:
            self._time_s = now_s

    def _estimate(self) -> PoseEstimate:
        if self._T_map_odom is None or self._T_odom_now is None or self._T_odom_last is None:
            return PoseEstimate(
                self._time_s, self._T_map_start, self._T_map_start, self._covariance, self._quality
            )
        T_map_last = self._T_map_odom @ self._T_odom_last
        increment = self.scale.apply(self._T_odom_last.inverse() @ self._T_odom_now)
        covariance = self._noise.propagate(self._covariance, T_map_last, increment)
        pose = T_map_last @ increment
        T_map_odom = pose @ self._T_odom_now.inverse()
        return PoseEstimate(self._time_s, pose.wrapped(), T_map_odom, covariance, self._quality)

    # --- when the map does not explain what is seen ------------------------------------------

    def _search(
        self, beams: Beams, belief: _Belief, occupancy: OccupancyMap, now_s: float
    ) -> _Belief:
        """Look around; keep what is there unless something explains the scan well and better."""
        search = self._config.search
        windows = [(search.near_m, search.near_rad)]
        if now_s >= max(self._next_wide_s, self._good_s + search.wide_after_s):
            windows.append((search.wide_m, math.pi))
            self._next_wide_s = now_s + search.wide_period_s
        for window in windows:
            guesses = self._candidates(beams, belief.T_map_robot, window, occupancy)
            tried = [self._match(beams, guess, _LOOSE, occupancy) for guess in guesses]
            best = self._clear_winner(tried)
            if best and best.found.share > belief.found.share + _CLEARLY_BETTER:
                return best
        return belief

    def _clear_winner(self, tried: list[_Belief]) -> _Belief | None:
        """The believable one that explains most, unless one elsewhere explains nearly as much."""
        tried = sorted((t for t in tried if self._is_believable(t.found)), key=_lack)
        rivals = (t for t in tried[1:] if _lack(t) < _lack(tried[0]) + _AMBIGUOUS)
        if not tried or any(_is_elsewhere(t.T_map_robot, tried[0].T_map_robot) for t in rivals):
            return None
        return tried[0]

    def _is_believable(self, found: Explanation) -> bool:
        search = self._config.search
        return found.n_explained >= search.n_explained_min and found.share >= search.believed

    def _candidates(
        self,
        beams: Beams,
        T_map_robot: SE2,
        window: tuple[float, float],
        occupancy: OccupancyMap,
    ) -> list[SE2]:
        """The best poses within (reach [m], reach [rad]) by the likelihood of the hits alone."""
        search, (reach_m, reach_rad) = self._config.search, window
        hits = beams.hits_m[np.hypot(*beams.hits_m.T) > search.far_m]
        if len(hits) < search.n_far_min:
            return []
        hits = hits[:: max(1, len(hits) // search.n_beams)]
        field = LikelihoodField.of(
            occupancy.snapshot(),
            T_map_robot.translation(),
            _LIDAR_REACH_M + 2.0 * reach_m,
            search.likelihood_sigma_m,
        )
        found = correlative_search(hits, field, T_map_robot, reach_m=reach_m, reach_rad=reach_rad)
        return [candidate.T_map_robot for candidate in found]


def _lack(belief: _Belief) -> float:
    """What the map does not explain of a scan."""
    return 1.0 - belief.found.share


def _is_elsewhere(one: SE2, other: SE2) -> bool:
    turn_rad = abs(wrap_angle(one.yaw_rad - other.yaw_rad))
    return one.distance_m(other) > _ELSEWHERE_M or turn_rad > _ELSEWHERE_RAD
