"""Where in a known map of landmarks the robot is, from what one frame shows, or why not.

All that the map believes is matched at once; a place is believed if enough landmarks agree, a robot
can stand there, and nothing else in the map agrees nearly as well once these are left out.
Cost: 15 ms for 100 landmarks in a map of 5,000; a job.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from navigation.landmarks.alignment import Alignment, Pairs, align
from navigation.landmarks.config import PlaceFinderConfig
from navigation.landmarks.descriptors import match
from navigation.landmarks.landmark_map import LandmarkMap
from navigation.landmarks.observation import Sighting
from navigation.landmarks.planar import planar_covariance, stands_on_floor


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place in the map.

    Attributes:
        covariance: Of (x, y, yaw) in the robot's frame, shape (3, 3).
        n_agree: Landmarks that agree.
        reason: Why it is not to be believed, in plain words; empty when it is.
    """

    T_map_robot: SE2
    covariance: FloatArray
    n_agree: int
    reason: str

    @property
    def is_believed(self) -> bool:
        return not self.reason


_NOWHERE = (SE2.identity(), np.diag([1e4, 1e4, 10.0]), 0)


def find_place(
    known: LandmarkMap,
    sighting_robot: Sighting,
    config: PlaceFinderConfig,
    rng: np.random.Generator,
) -> PlaceFound:
    """Find the robot by landmarks in its own frame."""
    rows = known.usable(sighting_robot.band)
    found, used = _search(known, sighting_robot, rows, config, rng)
    if found is None:
        return PlaceFound(*_NOWHERE, "no landmarks that are known are in sight")
    pose = found.T_known_sensor
    covariance = planar_covariance(found, config.variance_times)
    reason = ""
    if not stands_on_floor(pose, config.height_max_m, config.tilt_max_rad):
        reason = "where the landmarks fit, a robot cannot stand"
    else:
        rival, _ = _search(known, sighting_robot, np.setdiff1d(rows, used), config, rng)
        if rival is not None and rival.n_inliers > config.rival_share * found.n_inliers:
            away = pose.inverse() @ rival.T_known_sensor
            if np.linalg.norm(away.translation_m) > config.apart_m:
                reason = "two places have the same landmarks"
    return PlaceFound(pose.to_se2().wrapped(), covariance, found.n_inliers, reason)


def _search(
    known: LandmarkMap,
    sighting: Sighting,
    rows: NDArray[np.intp],
    config: PlaceFinderConfig,
    rng: np.random.Generator,
) -> tuple[Alignment | None, NDArray[np.intp]]:
    """The best alignment with some of the map's rows, and which of them agree with it.

    A look-alike far away would spoil the ratio test of both, so only the bits count here.
    """
    matching = config.matching.model_copy(update={"ratio": 1.0})
    pairs = match(sighting.words, known.words[rows], matching)
    seen, at = pairs[:, 0], rows[pairs[:, 1]]
    together = Pairs(
        sighting.points_m[seen], sighting.covariance[seen], known.points_m[at],
        known.variance_m2[at],
    )  # fmt: skip
    found = align(together, config.alignment, rng)
    return found, at[found.is_inlier] if found is not None else at[:0]
