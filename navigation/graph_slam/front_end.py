"""One scan after the other: where it was, by the place around the robot.

Search the window that odometry leaves open, refine to sub-cell, judge, and keep the better of what
odometry and what the search began with: a wheel that slipped loses. Two places overlap, so that a
scan always has one with a past. Cost: 2 ms per scan of 180 beams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angle
from navigation.graph_slam.config import FrontEndConfig
from navigation.graph_slam.place import RESOLUTION_M, Place
from navigation.graph_slam.scans import thinned, within_range
from navigation.graph_slam.search import SearchField, Window, n_levels, search
from navigation.graph_slam.sparse import RecentHits, spread
from navigation.graph_slam.wheel_model import WheelModel
from navigation.mapping.beams import Beams
from navigation.slam.explanation import Explanation
from navigation.slam.motion_model import OdometryNoise
from navigation.slam.scan_match import Match, ScanMatcher

_PLACE_WAY_M = 6.0  # from a place's first scan, after which it is left
_MARGIN_M = 2.0
_JUDGED_MIN, _JUDGED_SHARE = 8, 0.25  # beams; the less of both
_FAR_SIGMAS = 3.0
_LEAST_SIGMAS = np.array([0.004, 0.004, 0.002])
_LOST_SIGMAS = np.array([0.5, 0.5, 0.3])
_LOST_SHARE = 0.35
_GOES_ON = 0.7
_SAME_M, _SAME_RAD = 0.06, 0.02
_DOUBT_SIGMAS = np.array([0.15, 0.15, 0.10])  # on top, of a match that is nearly lost


@dataclass(frozen=True, slots=True)
class Tracked:
    """A scan in the front end's own frame, which drifts.

    Attributes:
        beams: As matched, in the robot frame.
        covariance: Of the pose in the place, in the robot frame, shape (3, 3).
        quality: Share of the scan that the place explains; 1 where nothing can be judged.
        is_keyframe: Whether it is worth a node in the graph.
    """

    T_front_robot: SE2
    beams: Beams
    covariance: FloatArray
    quality: float
    is_keyframe: bool


@dataclass(slots=True)
class _Around:
    """A place and where its frame is."""

    T_front_place: SE2
    place: Place


@dataclass(frozen=True, slots=True)
class _Try:
    match: Match
    found: Explanation


def place_half_m(range_max_m: float) -> float:
    """How far a place must reach for scans taken on the way through it."""
    return range_max_m + _PLACE_WAY_M + _MARGIN_M


class FrontEnd:
    """Tracks a robot from scan to scan; see `step`."""

    def __init__(self, config: FrontEndConfig) -> None:
        self._config = config
        half_m = place_half_m(config.range_max_m)
        self._places = (Place(half_m), Place(half_m))  # big, so they are used in turn
        self._n_begun = 0
        self._noise = OdometryNoise(config.odometry)
        self._matcher = ScanMatcher(config.match)
        self._wheels = WheelModel()
        self._recent = RecentHits(config.n_recent_hits)
        self._around: list[_Around] = []
        self._T_front_robot = SE2.identity()
        self._covariance = np.diag(_LEAST_SIGMAS**2)
        self._T_front_keyframe: SE2 | None = None
        self._last_step = SE2.identity()

    def step(self, beams: Beams, odometry: SE2 | None) -> Tracked:
        """Take in a scan, deskewed, in the robot frame.

        Args:
            odometry: Motion since the scan before, None where the wheels cannot be felt.
        """
        prior, covariance = self._predict(odometry)
        beams = within_range(beams, self._config.range_max_m)
        drawn = beams
        if len(beams) < self._config.n_points_min:
            beams, surfels = self._recent.with_walls(beams, prior)
            drawn = spread(beams, surfels)
        quality, before = 1.0, self._T_front_robot
        self._T_front_robot, self._covariance = prior, covariance
        if self._around:
            best = self._match(beams, prior, covariance)
            quality = self._adopt(best, prior, covariance)
            if odometry is not None and _is_judged(best.found) and quality >= self._config.good:
                information = _turned(best.match.information, self._around[0].T_front_place)
                self._wheels.learn(
                    odometry.wrapped(), prior, covariance, information, self._T_front_robot
                )
        self._last_step = before.inverse() @ self._T_front_robot
        is_keyframe = self._is_keyframe()
        if is_keyframe:
            self._take(drawn, quality)
            self._recent.add(beams, self._T_front_robot)
        in_robot = _turned(self._covariance, self._T_front_robot.inverse())
        return Tracked(self._T_front_robot, beams, in_robot, quality, is_keyframe)

    def _predict(self, odometry: SE2 | None) -> tuple[SE2, FloatArray]:
        """Pose and covariance by dead reckoning alone."""
        if odometry is None:  # robots go on as they went, more or less
            step = SE2.exp(_GOES_ON * self._last_step.log())
            return self._T_front_robot @ step, self._covariance + self._blindness()
        increment = self._wheels.apply(odometry.wrapped())
        covariance = self._noise.propagate(self._covariance, self._T_front_robot, increment)
        return self._T_front_robot @ increment, covariance

    def _match(self, beams: Beams, prior: SE2, covariance: FloatArray) -> _Try:
        """The best match by dead reckoning, by a search about it, or by a wide one if both fail."""
        T_place_front = self._around[0].T_front_place.inverse()
        guess = T_place_front @ prior
        in_place = _turned(covariance, T_place_front)
        best = self._try(beams, guess, in_place, guess)
        best = self._searched(beams, guess, in_place, best)
        is_poor = _is_judged(best.found) and best.found.share < self._config.good
        if is_poor and len(beams) >= self._config.n_points_min:
            # wheels may have slipped by more than their noise tells; few hits fit in many places
            best = self._searched(beams, guess, in_place + self._blindness(), best)
        return best

    def _searched(self, beams: Beams, guess: SE2, covariance: FloatArray, best: _Try) -> _Try:
        """The match that a search points to if it is clearly better than the best so far."""
        window = self._window(guess, covariance)
        levels, origin_m = self._around[0].place.levels(n_levels(window.reach_m, RESOLUTION_M))
        points = thinned(beams.ends_m, self._config.n_search_points)
        found = search(points, SearchField(levels, origin_m, RESOLUTION_M), window)
        if found is None or _is_same(found.pose, best.match.T_map_robot):
            return best
        other = self._try(beams, guess, _widened(covariance, guess, found.pose), found.pose)
        return other if _merit(other) > _merit(best) + self._config.better else best

    def _blindness(self) -> FloatArray:
        """Covariance of a step that nothing is known of."""
        config = self._config
        sigmas = np.array([config.blind_step_m, config.blind_step_m, config.blind_step_rad])
        return np.diag(sigmas**2)

    def _try(self, beams: Beams, prior: SE2, covariance: FloatArray, start: SE2) -> _Try:
        place = self._around[0].place
        match = self._matcher.step(beams, prior, covariance, place, start)
        return _Try(match, place.explain(beams, match.T_map_robot, self._config.match.explained_m))

    def _window(self, guess: SE2, covariance: FloatArray) -> Window:
        config = self._config
        sigma_m = float(np.sqrt(np.linalg.eigvalsh(covariance[:2, :2])[-1]))
        sigma_rad = float(np.sqrt(covariance[2, 2]))
        reach_m = np.clip(config.search_sigmas * sigma_m, config.search_m, config.search_max_m)
        reach_rad = np.clip(
            config.search_sigmas * sigma_rad, config.search_rad, config.search_max_rad
        )
        return Window(guess, float(reach_m), float(reach_rad), config.prior_drop)

    def _adopt(self, best: _Try, prior: SE2, covariance: FloatArray) -> float:
        """Take over a match, or dead reckoning where it explains too little; the quality."""
        if not _is_judged(best.found):
            return 1.0
        if best.found.share < _LOST_SHARE:
            self._T_front_robot = prior
            self._covariance = covariance + np.diag(_LOST_SIGMAS**2)
            return best.found.share
        T_front_place = self._around[0].T_front_place
        self._T_front_robot = T_front_place @ best.match.T_map_robot
        self._covariance = _turned(best.match.covariance, T_front_place) + np.diag(_LEAST_SIGMAS**2)
        return best.found.share

    def _is_keyframe(self) -> bool:
        config = self._config
        if self._T_front_keyframe is None:
            return True
        way = self._T_front_keyframe.inverse() @ self._T_front_robot
        is_moved = np.hypot(way.x_m, way.y_m) > config.keyframe_m
        is_moved |= abs(wrap_angle(way.yaw_rad)) > config.keyframe_rad
        return bool(is_moved)

    def _take(self, beams: Beams, quality: float) -> None:
        """Add a scan to the places around, and leave the older when it is full or far.

        Whoever is lost begins anew: a scan that does not fit would spoil what is there.
        """
        if quality < _LOST_SHARE:
            self._around.clear()
            self._recent.clear()
        self._T_front_keyframe = self._T_front_robot
        if not self._around or self._used(self._around[-1]) >= 0.5:
            if len(self._around) == len(self._places):
                self._around.pop(0)
            free = self._places[self._n_begun % len(self._places)]
            self._n_begun += 1
            free.clear()
            self._around.append(_Around(self._T_front_robot, free))
        for around in self._around:
            around.place.add(beams, around.T_front_place.inverse() @ self._T_front_robot)

    def _used(self, around: _Around) -> float:
        """How much of a place's time is over, 0 to 1."""
        way_m = around.T_front_place.distance_m(self._T_front_robot)
        return max(around.place.n_scans / self._config.n_place_scans, way_m / _PLACE_WAY_M)


def _is_same(one: SE2, other: SE2) -> bool:
    """Whether a refinement from here would come out there again."""
    turn_rad = abs(one.yaw_rad - other.yaw_rad)
    return one.distance_m(other) < _SAME_M and turn_rad < _SAME_RAD


def _is_judged(found: Explanation) -> bool:
    """Whether enough of a scan ends where the place has been seen."""
    return found.n_judged >= min(_JUDGED_MIN, _JUDGED_SHARE * found.n_beams)


def _merit(tried: _Try) -> float:
    """Share of all beams that are explained, less those that are contradicted."""
    found = tried.found
    return (2 * found.n_explained - found.n_judged) / max(found.n_beams, 1)


def _turned(matrix: FloatArray, T_to_from: SE2) -> FloatArray:
    """A covariance or information (3, 3) of (x, y, yaw) in another frame's directions."""
    turn = np.eye(3)
    turn[:2, :2] = T_to_from.rotation()
    return np.asarray(turn @ matrix @ turn.T)


def _widened(covariance: FloatArray, guess: SE2, found: SE2) -> FloatArray:
    """A prior's covariance that does not stand against what lies farther away than it expects."""
    away = found.as_array() - guess.as_array()
    squared = float(away @ np.linalg.solve(covariance, away))
    return covariance * max(1.0, squared / _FAR_SIGMAS)
