"""Where in a known map the robot can be, from nothing but a few scans.

Branch and bound over the whole map and all headings finds the best places, apart from one another;
each is refined to sub-cell and judged by what the map explains of the scans. One is believed only
if it explains them well, stands in free space, and nothing elsewhere does nearly as well: a robot
that does not know where it is does less harm than one that is sure and wrong.
Cost: 0.1 to 0.6 s for a home of 100 to 250 m2; a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.place import block_maxima
from navigation.graph_slam.scans import joined, thinned
from navigation.graph_slam.search import SearchField, Window, search
from navigation.mapping.beams import Beams
from navigation.mapping.occupancy import OccupancyMap
from navigation.slam.config import MatchConfig
from navigation.slam.explanation import Explanation, explain
from navigation.slam.scan_match import ScanMatcher
from navigation.types import FREE, OCCUPIED, MapSnapshot

_HIT_SIGMA_M = 0.08
_N_LEVELS = 6
_N_POINTS = 220
_N_HITS_MIN = 60
_N_CANDIDATES = 4
_SCORE_MIN = 0.30
_RIVAL_SHARE = 0.7  # of the best score; lower ones are not worth refining
_APART = (0.6, 0.5)  # [m, rad] between candidates
_LOOSE = np.diag([0.10**2, 0.10**2, 0.06**2])
_SHARE_MIN = 0.75
_SEEN_MIN = 0.5  # of all beams looked at
_CLEARLY = 0.10
_FREE_WITHIN_M = 0.10


@dataclass(frozen=True, slots=True)
class PosedScan:
    """A deskewed scan in the robot frame, and where dead reckoning says it was taken."""

    beams: Beams
    T_odom_robot: SE2


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where the robot may be, as of the newest scan.

    Attributes:
        score: Mean likelihood of the hits, 0 to 1.
        covariance: Of (x, y, yaw) in the map frame, shape (3, 3).
    """

    T_map_robot: SE2
    score: float
    found: Explanation
    covariance: FloatArray
    stands_free: bool


@dataclass(frozen=True, slots=True)
class Relocalization:
    """Candidates, the one that explains most first, and whether that one is to be believed.

    Attributes:
        reason: Why not, in plain words; empty when it is.
    """

    candidates: tuple[Candidate, ...]
    reason: str

    @property
    def is_believed(self) -> bool:
        return not self.reason


def relocalize(
    snapshot: MapSnapshot, scans: Sequence[PosedScan], match: MatchConfig | None = None
) -> Relocalization:
    """Find the robot in a map.

    Args:
        scans: From some way or turn, oldest first; dead reckoning joins them.
    """
    if not scans or not (snapshot.cells == OCCUPIED).any():
        return Relocalization((), "there is no map, or nothing has been seen yet")
    beams = _gathered(scans)
    if len(beams) < _N_HITS_MIN:
        return Relocalization((), "too little is within reach to tell one place from another")
    match = match or MatchConfig()
    occupancy = OccupancyMap.from_snapshot(snapshot)
    matcher = ScanMatcher(match)
    found = [
        _judged(pose, score, beams, occupancy, matcher, match)
        for pose, score in _search(snapshot, thinned(beams.ends_m, _N_POINTS))
    ]
    candidates = tuple(sorted(found, key=lambda c: (not c.stands_free, -c.found.share)))
    return Relocalization(candidates, _doubt(candidates))


def _gathered(scans: Sequence[PosedScan]) -> Beams:
    """The hits of all scans in the newest robot frame."""
    T_now_odom = scans[-1].T_odom_robot.inverse()
    return joined(
        [
            scan.beams.select(scan.beams.is_hit).transformed(T_now_odom @ scan.T_odom_robot)
            for scan in scans
        ]
    )


def _search(snapshot: MapSnapshot, points_m: FloatArray) -> list[tuple[SE2, float]]:
    """The best poses of the whole map by likelihood alone, with their scores."""
    spec = snapshot.spec
    pad = 1 << (_N_LEVELS - 1)
    field = np.pad(_likelihood(snapshot), ((pad, 0), (pad, 0)))
    origin_m = np.array([spec.origin_x_m, spec.origin_y_m]) - pad * spec.resolution_m
    levels = SearchField(block_maxima(field, _N_LEVELS), origin_m, spec.resolution_m)
    free = spec.centres_m(np.argwhere(snapshot.cells == FREE))
    if not len(free):
        return []
    low, high = free.min(axis=0), free.max(axis=0)
    centre = SE2.from_array([*(0.5 * (low + high)), 0.0])
    window = Window(centre, float((high - low).max()) / 2.0, np.pi)
    found: list[tuple[SE2, float]] = []
    least = _SCORE_MIN
    while len(found) < _N_CANDIDATES:
        others = [pose for pose, _ in found]
        best = search(
            points_m, levels, window, score_min=least, elsewhere_than=others, apart=_APART
        )
        if best is None:
            break
        found.append((best.pose, best.score))
        least = max(least, _RIVAL_SHARE * best.score)
    return found


def _likelihood(snapshot: MapSnapshot) -> np.ndarray:
    """Of a hit at each cell, uint8."""
    is_free = (snapshot.cells != OCCUPIED).astype(np.uint8)
    distance = cv2.distanceTransform(is_free, cv2.DIST_L2, 5) * snapshot.spec.resolution_m
    return np.asarray(255.0 * np.exp(-0.5 * (distance / _HIT_SIGMA_M) ** 2)).astype(np.uint8)


def _judged(
    pose: SE2,
    score: float,
    beams: Beams,
    occupancy: OccupancyMap,
    matcher: ScanMatcher,
    match: MatchConfig,
) -> Candidate:
    refined = matcher.step(beams, pose, _LOOSE, occupancy)
    here = refined.T_map_robot.wrapped()
    found = explain(beams, here, occupancy, match.explained_m)
    near = here.translation() + _FREE_WITHIN_M * _AROUND
    stands_free = bool((occupancy.classes_at(near) == FREE).any())
    return Candidate(here, score, found, refined.covariance, stands_free)


def _doubt(candidates: Sequence[Candidate]) -> str:
    """Why the first candidate is not believed; empty when it is."""
    if not candidates:
        return "nothing in the map looks like this"
    best = candidates[0]
    if not best.stands_free:
        return "what looks like this is not a place where a robot can stand"
    if best.found.share < _SHARE_MIN or best.found.n_explained < _SEEN_MIN * best.found.n_beams:
        return "no place in the map explains what is seen"
    rivals = [
        c
        for c in candidates[1:]
        if c.stands_free and c.found.share > best.found.share - _CLEARLY and _is_apart(c, best)
    ]
    return "several places look alike" if rivals else ""


def _is_apart(one: Candidate, other: Candidate) -> bool:
    between = one.T_map_robot.inverse() @ other.T_map_robot
    way_m = np.hypot(between.x_m, between.y_m)
    return bool(way_m > _APART[0] / 2 or abs(between.wrapped().yaw_rad) > _APART[1] / 2)


_AROUND = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
