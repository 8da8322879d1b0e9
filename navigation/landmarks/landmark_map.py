"""A map of landmarks: where they are, how sure, how they look, and whether they still are there.

Each is a candidate, confirmed, faded or removed by the log odds of its being there: up with each
keyframe that finds it, down with each that should have (after Rosen et al., "Towards lifelong
feature-based mapping", 2016, with the camera's misses as the only model). Where it is comes from
an information filter. Arrays of all landmarks, one row each. Cost: 0.2 ms per frame for 5,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE3, FloatArray
from navigation.landmarks.config import LifeConfig, ViewConfig
from navigation.landmarks.descriptors import UInt64Array
from navigation.landmarks.observation import Band, Sighting

IndexArray = NDArray[np.intp]
_NEAREST_M = 0.1
_MARGIN = 1.1  # of the field of view
_INSIDE = 0.85  # of it, where a landmark should have been found
_REVIVED = 0.5


class Life(IntEnum):
    """How far a landmark is believed."""

    CANDIDATE = 0
    CONFIRMED = 1
    FADED = 2


@dataclass(frozen=True, slots=True)
class Expected:
    """Landmarks that a camera may see from a pose.

    Attributes:
        index: Their rows, shape (n,).
        tangents: (x / z, y / z) in the camera's frame, shape (n, 2).
        should_be_seen: Whether they are well inside the view, shape (n,).
    """

    index: IndexArray
    tangents: FloatArray
    should_be_seen: NDArray[np.bool_]


class LandmarkMap:
    """See the module; rows keep their number (`ids`) while landmarks come and go."""

    def __init__(self, config: LifeConfig) -> None:
        self._config = config
        self.points_m = np.zeros((0, 3))
        self.information = np.zeros((0, 3, 3))
        self.words: UInt64Array = np.zeros((0, 4), dtype=np.uint64)
        self.bands = np.zeros(0, dtype=np.uint8)
        self.lives = np.zeros(0, dtype=np.uint8)
        self.ids = np.zeros(0, dtype=np.int64)
        self._odds = np.zeros(0)
        self._seen_from = np.zeros((0, 3))  # unit vectors to where it was seen from first
        self._n_ever = 0

    def __len__(self) -> int:
        return len(self.points_m)

    @property
    def variance_m2(self) -> FloatArray:
        """Mean over the directions, (N,)."""
        return np.asarray(3.0 / np.trace(self.information, axis1=1, axis2=2))

    def expected(self, T_map_camera: SE3, view: ViewConfig, band: Band) -> Expected:
        """What may be seen from a pose; faded ones too, they may have come back."""
        at = T_map_camera.inverse().apply(self.points_m)
        depth = np.maximum(at[:, 2], _NEAREST_M)
        tangents = at[:, :2] / depth[:, None]
        share = np.abs(tangents) / (view.tangent_x, view.tangent_y)
        to_camera = T_map_camera.translation_m - self.points_m
        range_m = np.linalg.norm(to_camera, axis=1)
        facing = (to_camera * self._seen_from).sum(axis=1)
        may = (at[:, 2] > _NEAREST_M) & (share < _MARGIN).all(axis=1)
        may &= (range_m < view.range_max_m) & (self.bands == band.value)
        may &= facing > np.cos(view.turn_max_rad) * range_m
        should = (share < _INSIDE).all(axis=1) & (range_m < _INSIDE * view.range_max_m)
        should &= facing > np.cos(_INSIDE * view.turn_max_rad) * range_m
        index = np.flatnonzero(may)
        return Expected(index, tangents[index], should[index])

    def usable(self, band: Band) -> IndexArray:
        """Rows of what is believed enough to find a place by, (n,)."""
        is_there = (self.lives != Life.FADED) & (self.bands == band.value)
        return np.asarray(np.flatnonzero(is_there), dtype=np.intp)

    def update(self, T_map_camera: SE3, sighting: Sighting, pairs: IndexArray) -> None:
        """Move landmarks to where a keyframe sees them.

        Args:
            pairs: Columns sighting's row and map's row, shape (P, 2), each row at most once.
        """
        seen, known = pairs[:, 0], pairs[:, 1]
        turn = T_map_camera.rotation
        found = T_map_camera.apply(sighting.points_m[seen])
        weight = np.linalg.inv(turn @ sighting.covariance[seen] @ turn.T)
        covariance = np.linalg.inv(self.information[known]) + self._config.drift_m**2 * np.eye(3)
        before = np.linalg.inv(covariance)
        total = before + weight
        moved = np.linalg.solve(
            total, np.einsum("nij,nj->ni", weight, found - self.points_m[known])[:, :, None]
        )
        self.points_m[known] += moved[:, :, 0]
        self.information[known] = total
        self.words[known] = sighting.words[seen]

    def judge(self, seen: IndexArray, missed: IndexArray) -> None:
        """Believe more what a keyframe found, less what it should have; forget what is gone."""
        config = self._config
        self._odds[seen] = np.minimum(self._odds[seen] + config.seen, config.most)
        returned = seen[self.lives[seen] == Life.FADED]
        self._odds[returned] = np.maximum(self._odds[returned], _REVIVED * config.confirmed)
        self._odds[missed] -= config.missed
        self.lives[self._odds >= config.confirmed] = Life.CONFIRMED
        was_believed = self.lives == Life.CONFIRMED
        self.lives[was_believed & (self._odds < config.faded)] = Life.FADED
        self.lives[returned] = Life.CANDIDATE
        gone = np.where(self.lives == Life.CANDIDATE, config.faded, config.removed)
        self._keep(self._odds >= gone)

    def add(self, T_map_camera: SE3, sighting: Sighting) -> IndexArray:
        """Candidates at what a keyframe saw; their rows, (n,)."""
        n = len(sighting)
        points = T_map_camera.apply(sighting.points_m)
        turn = T_map_camera.rotation
        weight = np.linalg.inv(turn @ sighting.covariance @ turn.T)
        away = T_map_camera.translation_m - points
        away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
        first = len(self)
        self.points_m = np.concatenate((self.points_m, points))
        self.information = np.concatenate((self.information, weight))
        self.words = np.concatenate((self.words, sighting.words))
        self.bands = np.append(self.bands, np.full(n, sighting.band.value, dtype=np.uint8))
        self.lives = np.append(self.lives, np.full(n, Life.CANDIDATE, dtype=np.uint8))
        self.ids = np.append(self.ids, self._n_ever + np.arange(n))
        self._odds = np.append(self._odds, np.full(n, self._config.start))
        self._seen_from = np.concatenate((self._seen_from, away))
        self._n_ever += n
        return np.arange(first, first + n)

    def merge(self, doubles: Mapping[int, int]) -> dict[int, int]:
        """Forget the first id of each pair for the second where both are here; what was done."""
        here = {*self.ids.tolist()}
        done = {a: b for a, b in doubles.items() if a in here and b in here and b not in doubles}
        self._keep(~np.isin(self.ids, np.array([*done], dtype=np.int64)))
        return done

    def trim(self) -> None:
        """Forget the least believed where there are too many."""
        excess = len(self) - self._config.n_most
        if excess > 0:
            keep = np.ones(len(self), dtype=bool)
            keep[np.argsort(self._odds, kind="stable")[:excess]] = False
            self._keep(keep)

    def move(self, ids: NDArray[np.int64], points_m: FloatArray) -> None:
        """Put landmarks, by id, where an optimisation has found them; (n,) and (n, 3)."""
        order = np.argsort(self.ids)
        at = np.minimum(np.searchsorted(self.ids[order], ids), max(len(self) - 1, 0))
        if not len(self):
            return
        rows = order[at]
        is_here = self.ids[rows] == ids
        self.points_m[rows[is_here]] = points_m[is_here]

    def _keep(self, is_kept: NDArray[np.bool_]) -> None:
        if is_kept.all():
            return
        for name in _COLUMNS:
            setattr(self, name, getattr(self, name)[is_kept])


_COLUMNS = (
    "points_m", "information", "words", "bands", "lives", "ids", "_odds", "_seen_from",
)  # fmt: skip
