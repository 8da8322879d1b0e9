"""A camera in a map of landmarks that it makes: expect, match, align, remember.

Per frame: predict the pose, match what should be in view near where it should be, refine by robust
alignment; look wider, then everywhere, where too little fits. A keyframe updates the map. Bundle
adjustment of the last keyframes is a job beside it, whose result arrives later (`adopt`).
Cost: 5 to 12 ms per frame beside finding the keypoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE3, FloatArray
from navigation.landmarks.alignment import Alignment, Pairs, align, refine
from navigation.landmarks.config import TrackerConfig
from navigation.landmarks.descriptors import match
from navigation.landmarks.landmark_map import Expected, IndexArray, LandmarkMap
from navigation.landmarks.observation import Sighting

_MANY = 60  # inliers for which nothing more is asked
_Found = tuple[Alignment | None, IndexArray]  # with the pairs sighting, map, (P, 2)


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A frame that made the map.

    Attributes:
        frame: Its number.
        landmarks: Ids of what it saw, shape (n,).
        points_m: Those in its camera's frame, shape (n, 3).
    """

    frame: int
    landmarks: NDArray[np.int64]
    points_m: FloatArray


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where a frame was taken.

    Attributes:
        covariance: Of a small motion in the camera's frame, (6, 6).
        quality: 0 to 1: how many landmarks agree, of as many as would do.
        is_lost: Nothing agreed; the pose is a guess.
    """

    T_map_camera: SE3
    covariance: FloatArray
    quality: float
    is_keyframe: bool
    is_lost: bool


class LandmarkTracker:
    """See `step`.

    Args:
        rng: Draws the hypotheses of the searches.
    """

    def __init__(self, config: TrackerConfig, rng: np.random.Generator) -> None:
        self._config, self._rng = config, rng
        self.map = LandmarkMap(config.life)
        self.keyframes: list[Keyframe] = []
        self.keyframe_poses: list[SE3] = []
        self._hangs_on: list[tuple[int, SE3]] = []
        self._T_map_camera = SE3.identity()
        self._last_step = SE3.identity()
        self._n_optimised = 0
        self._last: Sighting | None = None  # where a camera is lost, None
        self._last_keyframe: Sighting | None = None
        self._last_ids = np.zeros(0, dtype=np.int64)

    # --- what is known ------------------------------------------------------------------------

    def trajectory(self) -> list[SE3]:
        """Of all frames, as believed now."""
        return [self.keyframe_poses[k] @ T_keyframe_frame for k, T_keyframe_frame in self._hangs_on]

    # --- a frame ------------------------------------------------------------------------------

    def step(self, sighting: Sighting, moved: SE3 | None = None) -> Tracked:
        """Take in a frame.

        Args:
            moved: Pose of this frame in the one before by other senses; None goes on as before.
        """
        if not self.keyframes:
            return self._begin(sighting)
        before = self._T_map_camera
        guess = before @ (moved or self._last_step)
        found, pairs = self._find(sighting, guess)
        if found is None:
            self._last_step = SE3.identity()
            self._T_map_camera = before @ moved if moved else before
            self._last = None
            return self._remember(sighting, None, pairs)
        self._T_map_camera = found.T_known_sensor
        self._last_step = before.inverse() @ self._T_map_camera
        self._last = sighting
        pairs = pairs[found.is_inlier] if len(pairs) else pairs
        return self._remember(sighting, found, pairs)

    def _begin(self, sighting: Sighting) -> Tracked:
        self._make_keyframe(sighting, np.zeros((0, 2), dtype=np.intp))
        self._hangs_on.append((0, SE3.identity()))
        return Tracked(self._T_map_camera, 1e-6 * np.eye(6), 1.0, True, False)

    def _find(self, sighting: Sighting, guess: SE3) -> _Found:
        """The alignment that most landmarks agree with: near the guess, else by all other ways."""
        view = self._config.view
        near = self._near(sighting, guess, view.window)
        if self._is_sure(near):
            return self._again(sighting, near)
        onward = self._from_last(sighting)
        tries = [near, self._near(sighting, guess, view.window_wide)]
        if onward is not None:
            tries.append(self._near(sighting, onward.T_known_sensor, view.window / 2.0))
        found = max((self._again(sighting, one) for one in tries), key=_n_inliers)
        if _n_inliers(found) >= self._config.n_few:
            return found
        if onward is not None and onward.n_inliers > 2 * _n_inliers(found):
            return onward, np.zeros((0, 2), dtype=np.intp)  # new ground
        return max((found, self.find_anywhere(sighting)), key=_n_inliers)

    def _is_sure(self, found: _Found) -> bool:
        """Whether most of many matches agree."""
        alignment, pairs = found
        n = _n_inliers(found)
        return alignment is not None and n >= max(_MANY, self._config.sure_share * len(pairs))

    def _again(self, sighting: Sighting, found: _Found) -> _Found:
        """Match once more, close about where the camera now is thought to be."""
        if found[0] is None:
            return found
        again = self._near(sighting, found[0].T_known_sensor, self._config.view.window / 3.0)
        return again if again[0] is not None else found

    def _near(self, sighting: Sighting, guess: SE3, reach: float) -> _Found:
        """Matches about where landmarks are expected."""
        expected = self.map.expected(guess, self._config.view, sighting.band)
        pairs = match(
            sighting.words, self.map.words[expected.index], self._config.matching,
            at_a=tangents(sighting.points_m), at_b=expected.tangents, reach=reach,
            places_b_m=self.map.points_m[expected.index],
        )  # fmt: skip
        pairs = np.column_stack((pairs[:, 0], expected.index[pairs[:, 1]]))
        together = self._pairs(sighting, pairs)
        config = self._config.alignment
        if reach > self._config.view.window:
            return align(together, config, self._rng), pairs
        return refine(together, guess, config), pairs

    def _from_last(self, sighting: Sighting) -> Alignment | None:
        """By the frame before, for new ground."""
        if self._last is None or self._last.band is not sighting.band:
            return None
        pairs = match(sighting.words, self._last.words, self._config.matching)
        together = _between(sighting, self._last, pairs, self._T_map_camera)
        return align(together, self._config.alignment, self._rng)

    def find_anywhere(self, sighting: Sighting) -> _Found:
        """The camera by all landmarks that are believed, with no idea where it is."""
        usable = self.map.usable(sighting.band)
        pairs = match(
            sighting.words, self.map.words[usable], self._config.matching,
            places_b_m=self.map.points_m[usable],
        )  # fmt: skip
        pairs = np.column_stack((pairs[:, 0], usable[pairs[:, 1]]))
        return align(self._pairs(sighting, pairs), self._config.alignment, self._rng), pairs

    def _pairs(self, sighting: Sighting, pairs: IndexArray) -> Pairs:
        seen, known = pairs[:, 0], pairs[:, 1]
        return Pairs(
            sighting.points_m[seen], sighting.covariance[seen], self.map.points_m[known],
            self.map.variance_m2[known],
        )  # fmt: skip

    # --- the map ------------------------------------------------------------------------------

    def _remember(self, sighting: Sighting, found: Alignment | None, pairs: IndexArray) -> Tracked:
        is_keyframe = found is not None and self._wants_keyframe(sighting, len(pairs))
        if is_keyframe:
            self._make_keyframe(sighting, pairs)
        k = len(self.keyframes) - 1
        self._hangs_on.append((k, self.keyframe_poses[k].inverse() @ self._T_map_camera))
        if found is None:
            return Tracked(self._T_map_camera, np.eye(6), 0.0, False, True)
        quality = min(1.0, found.n_inliers / _MANY)
        return Tracked(self._T_map_camera, found.covariance, quality, is_keyframe, False)

    def _wants_keyframe(self, sighting: Sighting, n_found: int) -> bool:
        config = self._config
        way = self.keyframe_poses[-1].inverse() @ self._T_map_camera
        turn_rad = np.arccos(np.clip((np.trace(way.rotation) - 1.0) / 2.0, -1.0, 1.0))
        is_moved = np.linalg.norm(way.translation_m) > config.keyframe_m
        is_turned = turn_rad > config.keyframe_rad
        is_new = n_found < config.keyframe_share * len(sighting)
        return bool(is_moved or is_turned or (is_new and turn_rad > 0.3 * config.keyframe_rad))

    def _make_keyframe(self, sighting: Sighting, pairs: IndexArray) -> None:
        config, pose = self._config, self._T_map_camera
        expected = self.map.expected(pose, config.view, sighting.band)
        self.map.update(pose, sighting, pairs)
        known_ids, seen = self.map.ids[pairs[:, 1]], pairs[:, 0]
        linked_seen, linked_ids = self._links(sighting, known_ids)
        doubles = _doubles(seen, known_ids, linked_seen, linked_ids)
        is_single = ~np.isin(linked_seen, seen)
        linked_seen, linked_ids = linked_seen[is_single], linked_ids[is_single]
        self.map.judge(pairs[:, 1], _missed(expected, pairs[:, 1]))
        is_free = np.ones(len(sighting), dtype=bool)
        is_free[seen] = is_free[linked_seen] = False
        chosen = np.flatnonzero(is_free)[: config.new_per_keyframe]
        rows = self.map.add(pose, sighting.select(chosen))
        ids = np.concatenate((known_ids, linked_ids, self.map.ids[rows]))
        saw = np.concatenate((seen, linked_seen, chosen))
        self.keyframes.append(Keyframe(len(self._hangs_on), ids, sighting.points_m[saw]))
        self.keyframe_poses.append(pose)
        self._last_keyframe, self._last_ids = sighting.select(saw), ids
        self._rename(self.map.merge(doubles))
        self.map.trim()

    def _rename(self, merged: Mapping[int, int]) -> None:
        """Have keyframes call landmarks that were made one by the name of that one."""
        if not merged:
            return
        gone, stays = np.array(sorted(merged.items())).T
        for k, keyframe in enumerate(self.keyframes):
            at = np.minimum(np.searchsorted(gone, keyframe.landmarks), len(gone) - 1)
            is_gone = gone[at] == keyframe.landmarks
            if is_gone.any():
                ids, first = np.unique(
                    np.where(is_gone, stays[at], keyframe.landmarks), return_index=True
                )
                self.keyframes[k] = Keyframe(keyframe.frame, ids, keyframe.points_m[first])
        at = np.minimum(np.searchsorted(gone, self._last_ids), len(gone) - 1)
        self._last_ids = np.where(gone[at] == self._last_ids, stays[at], self._last_ids)

    def _links(
        self, sighting: Sighting, known_ids: NDArray[np.int64]
    ) -> tuple[IndexArray, NDArray[np.int64]]:
        """What the keyframe before saw too: rows of the sighting, and ids, where few are shared.

        A camera that finds an old place again sees its old landmarks; without these links nothing
        would tie the old place to the way that led there, and no loop would close.
        """
        none = np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64)
        last = self._last_keyframe
        if last is None or last.band is not sighting.band:
            return none
        last_ids = self._last_ids
        if len(np.intersect1d(known_ids, last_ids)) >= self._config.n_few:
            return none
        pairs = match(sighting.words, last.words, self._config.matching)
        found = align(
            _between(sighting, last, pairs, SE3.identity()), self._config.alignment, self._rng
        )
        if found is None:
            return none
        pairs = pairs[found.is_inlier]
        is_new = ~np.isin(last_ids[pairs[:, 1]], known_ids)
        return pairs[is_new, 0], last_ids[pairs[is_new, 1]]

    # --- the back end -------------------------------------------------------------------------

    def wants_adjustment(self) -> bool:
        """Whether enough is new for a bundle adjustment."""
        return len(self.keyframes) - self._n_optimised >= self._config.optimise_every

    def window(self) -> range:
        """Keyframes to be optimised, the first of which hold still."""
        self._n_optimised = len(self.keyframes)
        return range(max(0, len(self.keyframes) - self._config.n_window), len(self.keyframes))

    def adopt(
        self, first: int, poses: list[SE3], ids: NDArray[np.int64], points_m: FloatArray
    ) -> None:
        """Take over optimised keyframes from number `first` on, and landmarks by id (n, 3)."""
        last = first + len(poses) - 1
        correction = poses[-1] @ self.keyframe_poses[last].inverse()
        self.keyframe_poses[first : last + 1] = poses
        for k in range(last + 1, len(self.keyframes)):
            self.keyframe_poses[k] = correction @ self.keyframe_poses[k]
        self._T_map_camera = correction @ self._T_map_camera
        self.map.move(ids, points_m)


def _n_inliers(found: _Found) -> int:
    return found[0].n_inliers if found[0] is not None else 0


def _between(sighting: Sighting, last: Sighting, pairs: IndexArray, T_map_last: SE3) -> Pairs:
    """Pairs of two frames, the points of the earlier being what is known."""
    seen, known = pairs[:, 0], pairs[:, 1]
    variance_m2 = np.trace(last.covariance[known], axis1=1, axis2=2) / 3.0
    return Pairs(
        sighting.points_m[seen], sighting.covariance[seen],
        T_map_last.apply(last.points_m[known]), np.asarray(variance_m2),
    )  # fmt: skip


def _doubles(
    seen: IndexArray, ids: NDArray[np.int64], linked: IndexArray, linked_ids: NDArray[np.int64]
) -> dict[int, int]:
    """Landmarks that one seen point turned out to be, the younger to the older."""
    id_of = dict(zip(seen.tolist(), ids.tolist(), strict=True))
    both = [
        (id_of[row], other)
        for row, other in zip(linked.tolist(), linked_ids.tolist(), strict=True)
        if row in id_of
    ]
    return {max(pair): min(pair) for pair in both}


def tangents(points_m: FloatArray) -> FloatArray:
    """(x / z, y / z) of points (N, 3) before a camera, (N, 2)."""
    return np.asarray(points_m[:, :2] / np.maximum(points_m[:, 2:], 1e-6))


def _missed(expected: Expected, seen: IndexArray) -> IndexArray:
    """Rows that should have been seen and were not."""
    rows = expected.index[expected.should_be_seen]
    return np.asarray(np.setdiff1d(rows, seen), dtype=np.intp)
