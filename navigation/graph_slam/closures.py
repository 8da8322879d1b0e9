"""Where an earlier place is reached again: links to places known to be near, and searched ones.

A place is built from the scans before and after one of the graph, at their present poses, and the
scan is matched to that. What is searched for must score, stand out from its rivals, be explained
without passing through walls, and agree with other finds before it is believed.
Cost: 2 ms per link, 10 to 60 ms per search; runs beside the front end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angles
from navigation.graph_slam.config import ClosureConfig
from navigation.graph_slam.consistency import PathCovariance, relative_pose
from navigation.graph_slam.edges import Edge, EdgeKind
from navigation.graph_slam.place import RESOLUTION_M, Place
from navigation.graph_slam.scans import Keyframe, joined, thinned
from navigation.graph_slam.search import SearchField, Window, n_levels, search
from navigation.graph_slam.sparse import joined_walls
from navigation.mapping.beams import Beams
from navigation.slam.config import MatchConfig
from navigation.slam.scan_match import Match, ScanMatcher

_NEAR_PRIOR = np.diag([0.15**2, 0.15**2, 0.06**2])
_FOUND_PRIOR = np.diag([0.10**2, 0.10**2, 0.05**2])
_LEAST_COVARIANCE = np.diag([0.005**2, 0.005**2, 0.0025**2])
_TURN_COSTS_M = 0.5  # a place seen from another side is as good as one that much farther away
_N_SEARCH_POINTS = 300
_QUERY_WAY_M = 2.0
_OVERLAP_M = 1.5  # from a place's middle, where it still looks much the same
_JUMP_MAX_M, _JUMP_MAX_RAD = 0.45, 0.25  # from where a near place was expected


class PlaceMatcher:
    """Matches scans to earlier places of the graph, in one reused window.

    Args:
        place: Scratch, cleared for each match.
    """

    def __init__(self, config: ClosureConfig, match: MatchConfig, place: Place) -> None:
        self._config = config
        self._matcher = ScanMatcher(match)
        self._explained_m = match.explained_m
        self._place = place

    def near_places(
        self, scan: int, poses: FloatArray, variance_m2: FloatArray, n_scans: int
    ) -> list[int]:
        """Scans in the middle of places that are known to be near, the best first.

        Args:
            variance_m2: Of each scan's place as seen from `scan`, shape (N,).
            n_scans: Only among so many first ones.
        """
        config = self._config
        cost = _apart(poses[:n_scans], poses[scan])
        allowed = self._is_apart(poses, scan)[:n_scans]
        allowed &= (cost < config.near_m) & (variance_m2[:n_scans] < config.near_sigma_m**2)
        return _best_apart(cost, allowed, config.n_near, 2 * config.n_chain)

    def link(
        self, scan: int, middle: int, keyframes: Sequence[Keyframe], poses: FloatArray
    ) -> Edge | None:
        """Match a scan to a near place, from where the graph puts it."""
        self._build(middle, scan, keyframes, poses)
        beams = keyframes[scan].beams
        if self._is_sparse(beams):
            beams = self._query(scan, keyframes, poses)
        guess = SE2.from_array(relative_pose(poses[middle], poses[scan]))
        match = self._matcher.step(beams, guess, _NEAR_PRIOR, self._place)
        if guess.distance_m(match.T_map_robot) > _JUMP_MAX_M:
            return None
        if abs(guess.yaw_rad - match.T_map_robot.yaw_rad) > _JUMP_MAX_RAD:
            return None
        return self._judged(
            beams, match, middle, scan, EdgeKind.NEARBY, self._config.near_explained_min,
            is_sparse=self._is_sparse(keyframes[scan].beams),
        )  # fmt: skip

    def far_places(
        self, scan: int, poses: FloatArray, variance_m2: FloatArray, n_scans: int
    ) -> list[int]:
        """Scans in the middle of places that may be here, for all the graph knows; likely first."""
        config = self._config
        index = np.arange(n_scans)
        away_m = np.linalg.norm(poses[:n_scans, :2] - poses[scan, :2], axis=1)
        reach_m = self._reach_m(variance_m2[:n_scans])
        allowed = self._is_apart(poses, scan)[:n_scans] & (index < scan)
        allowed &= away_m < reach_m + _OVERLAP_M
        allowed &= variance_m2[:n_scans] >= config.near_sigma_m**2
        return _best_apart(away_m / reach_m, allowed, config.n_searched, 2 * config.n_chain)

    def find(
        self,
        scan: int,
        middle: int,
        keyframes: Sequence[Keyframe],
        poses: FloatArray,
        covariance: FloatArray,
    ) -> Edge | None:
        """Search for the newest scans in a place that may be far from where the graph puts them.

        Args:
            covariance: Of the scan as seen from the place's middle, shape (3, 3).
        """
        config = self._config
        query = self._query(scan, keyframes, poses)
        self._build(middle, scan, keyframes, poses)
        sigma_m = np.sqrt(np.linalg.eigvalsh(covariance[:2, :2])[-1])
        window = Window(
            SE2.from_array(relative_pose(poses[middle], poses[scan])),
            float(np.minimum(3.0 * sigma_m + config.reach_floor_m, config.reach_max_m)),
            float(min(3.0 * np.sqrt(covariance[2, 2]) + config.reach_floor_rad, np.pi)),
        )
        levels, origin_m = self._place.levels(n_levels(window.reach_m, RESOLUTION_M))
        field = SearchField(levels, origin_m, RESOLUTION_M)
        points = thinned(query.ends_m, _N_SEARCH_POINTS)
        best = search(points, field, window, score_min=config.score_min)
        if best is None:
            return None
        least = max(0.0, best.score - config.rival_margin)
        if search(points, field, window, score_min=least, elsewhere_than=[best.pose]):
            return None
        match = self._matcher.step(query, best.pose, _FOUND_PRIOR, self._place)
        return self._judged(
            query, match, middle, scan, EdgeKind.CLOSURE, config.explained_min,
            is_sparse=self._is_sparse(keyframes[scan].beams),
        )  # fmt: skip

    def _judged(
        self,
        beams: Beams,
        match: Match,
        middle: int,
        scan: int,
        kind: EdgeKind,
        explained_min: float,
        *,
        is_sparse: bool,
    ) -> Edge | None:
        found = self._place.explain(beams, match.T_map_robot, self._explained_m)
        if found.share < explained_min:
            return None
        if found.n_explained < self._config.judged_min * found.n_beams:
            return None
        turn = np.eye(3)
        turn[:2, :2] = match.T_map_robot.rotation()
        covariance = turn.T @ np.linalg.inv(match.information + np.eye(3)) @ turn
        covariance += _LEAST_COVARIANCE
        if is_sparse:
            covariance = self._config.sparse_variance * covariance
        information = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
        relative = match.T_map_robot.wrapped().as_array()
        return Edge(middle, scan, relative, information, kind, found.share)

    def _query(self, scan: int, keyframes: Sequence[Keyframe], poses: FloatArray) -> Beams:
        """The newest scans up to one, all from near it, in its frame.

        Of a sparse sensor those after it too, where there are any: they are wanted for their walls.
        """
        config = self._config
        here = SE2.from_array(poses[scan]).inverse()
        way_m = _ways_m(poses, scan)
        if self._is_sparse(keyframes[scan].beams):
            chosen = np.flatnonzero(way_m < config.sparse_query_way_m).tolist()
        else:
            first = max(0, scan - config.n_query + 1)
            chosen = [k for k in range(first, scan + 1) if way_m[k] < _QUERY_WAY_M]
        parts = [keyframes[k].beams.transformed(here @ SE2.from_array(poses[k])) for k in chosen]
        return joined_walls(parts)[0] if self._is_sparse(keyframes[scan].beams) else joined(parts)

    def _build(
        self, middle: int, scan: int, keyframes: Sequence[Keyframe], poses: FloatArray
    ) -> None:
        """The place about `middle`, in its frame, without the scans near the one to be matched."""
        self._place.clear()
        is_apart = self._is_apart(poses, scan)
        here = SE2.from_array(poses[middle]).inverse()
        if self._is_sparse(keyframes[middle].beams):
            is_near = _ways_m(poses, middle) < self._config.sparse_way_m
            parts = [
                keyframes[k].beams.transformed(here @ SE2.from_array(poses[k]))
                for k in np.flatnonzero(is_near & is_apart).tolist()
            ]
            self._place.add(joined_walls(parts)[1], SE2.identity())
            return
        n_chain = self._config.n_chain
        for k in range(max(0, middle - n_chain), min(len(poses), middle + n_chain + 1)):
            if is_apart[k]:
                self._place.add(keyframes[k].beams, here @ SE2.from_array(poses[k]))

    def _is_sparse(self, beams: Beams) -> bool:
        return len(beams) < self._config.sparse_hits

    def _is_apart(self, poses: FloatArray, scan: int) -> np.ndarray:
        """Which scans were taken a way before or after one, shape (N,)."""
        return np.asarray(_ways_m(poses, scan) > self._config.way_apart_m)

    def _reach_m(self, variance_m2: FloatArray) -> FloatArray:
        config = self._config
        return np.minimum(3.0 * np.sqrt(variance_m2) + config.reach_floor_m, config.reach_max_m)


def path_covariance(paths: PathCovariance, middle: int, scan: int) -> FloatArray:
    """Of `scan` as seen from `middle`, wide where the graph knows nothing, (3, 3)."""
    covariance = paths.between(middle, scan)
    return covariance if np.isfinite(covariance).all() else np.diag([100.0, 100.0, 10.0])


def _ways_m(poses: FloatArray, scan: int) -> FloatArray:
    """How far each scan is from one by the way that was driven, turns included, shape (N,)."""
    step = np.diff(poses, axis=0)
    turn = _TURN_COSTS_M * np.abs(wrap_angles(step[:, 2]))
    way_m = np.concatenate(([0.0], np.cumsum(np.hypot(step[:, 0], step[:, 1]) + turn)))
    return np.asarray(np.abs(way_m - way_m[scan]))


def _apart(poses: FloatArray, pose: FloatArray) -> FloatArray:
    """Distances that count turns too, shape (N,)."""
    away_m = np.linalg.norm(poses[:, :2] - pose[:2], axis=1)
    turn = np.abs(wrap_angles(poses[:, 2] - pose[2]))
    return np.asarray(away_m + _TURN_COSTS_M * turn)


def _best_apart(cost: FloatArray, allowed: np.ndarray, n_most: int, n_apart: int) -> list[int]:
    """Indices of least cost, none within `n_apart` of another."""
    cost = np.where(allowed, cost, np.inf)
    found: list[int] = []
    while len(found) < n_most and len(cost):
        best = int(np.argmin(cost))
        if not np.isfinite(cost[best]):
            break
        found.append(best)
        cost[max(0, best - n_apart) : best + n_apart + 1] = np.inf
    return found
