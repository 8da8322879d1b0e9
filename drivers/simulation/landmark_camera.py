"""The smart camera: landmarks on walls and furniture as points with descriptors, with its errors.

Landmarks are strewn over the upright faces of the home's boxes and go where those go; each has one
look by visible and another by infrared light. What is in view, faces the camera and is met first by
a ray is reported. They depend on the home alone, so that a home looks the same in every run.
Cost: 0.4 ms per frame among 2,000 landmarks.
"""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.config import LandmarkCameraConfig
from drivers.simulation.model import (
    GROUP_DOOR,
    GROUP_HIDDEN,
    GROUP_OBJECT,
    GROUP_PERSON,
    GROUP_STATIC,
    N_GROUPS,
)
from homebody.geometry import SE2, SE3, FloatArray
from homebody.messages import LandmarkCameraDescription, Landmarks

_NEAREST_M = 0.3
_LOOK_SEED = 20_26
_SLACK_M = 0.02  # by which a ray may fall short of the face that it should meet
_FACING_MIN = 0.2  # cosine to the face's normal


class LandmarkCamera:
    """Reports landmarks from the robot's pose and the head's angles."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        description: LandmarkCameraDescription,
        config: LandmarkCameraConfig,
        rng: np.random.Generator,
    ) -> None:
        self._model, self._data = model, data
        self._description, self._config, self._rng = description, config, rng
        looks = np.random.default_rng(_LOOK_SEED)
        self._geom, self._local_m, self._normal = _strewn(model, config, looks)
        n = len(self._geom)
        self._bits = looks.integers(0, 256, (2, n, 32), dtype=np.uint8)
        self._groups = np.zeros(N_GROUPS, dtype=np.uint8)
        solid = [GROUP_STATIC, GROUP_HIDDEN, GROUP_DOOR, GROUP_OBJECT, GROUP_PERSON]
        self._groups[solid] = 1

    def capture(self, time_s: float, pose: SE2, pan_rad: float, tilt_rad: float) -> Landmarks:
        """Everything the camera reports in one frame."""
        T_robot_camera = self._description.T_robot_camera(pan_rad, tilt_rad)
        T_world_camera = SE3.from_se2(pose) @ T_robot_camera
        points, seen = self._in_sight(T_world_camera)
        is_kept = self._rng.random(len(seen)) >= self._config.miss_share
        points, seen = points[is_kept], seen[is_kept]
        if len(seen) > self._description.n_most:
            some = np.sort(self._rng.permutation(len(seen))[: self._description.n_most])
            points, seen = points[some], seen[some]
        return Landmarks(
            time_s, self._with_noise(points), self._descriptors(seen), self._config.is_dark
        )

    def _in_sight(self, T_world_camera: SE3) -> tuple[FloatArray, NDArray[np.intp]]:
        """Points in the camera's frame (n, 3), and which landmarks they are, (n,)."""
        turns = self._data.geom_xmat[self._geom].reshape(-1, 3, 3)
        world = np.einsum("nij,nj->ni", turns, self._local_m) + self._data.geom_xpos[self._geom]
        normal = np.einsum("nij,nj->ni", turns, self._normal)
        points = T_world_camera.inverse().apply(world)
        range_m = np.linalg.norm(points, axis=1)
        across = np.tan(0.5 * self._description.horizontal_fov_rad)
        upward = np.tan(0.5 * self._description.vertical_fov_rad)
        ahead = points[:, 0]
        may = (range_m > _NEAREST_M) & (range_m < self._description.range_max_m) & (ahead > 0.0)
        may &= (np.abs(points[:, 1]) < across * ahead) & (np.abs(points[:, 2]) < upward * ahead)
        to_camera = T_world_camera.translation_m - world
        may &= (to_camera * normal).sum(axis=1) > _FACING_MIN * range_m
        index = np.flatnonzero(may)
        is_met = self._is_met(T_world_camera.translation_m, -to_camera[index], range_m[index])
        return points[index[is_met]], index[is_met]

    def _is_met(
        self, origin_m: FloatArray, rays_m: FloatArray, range_m: FloatArray
    ) -> NDArray[np.bool_]:
        """Whether nothing solid is before the ends of rays (n, 3)."""
        n = len(rays_m)
        if n == 0:
            return np.zeros(0, dtype=bool)
        met_m, geom = np.empty(n), np.empty(n, dtype=np.int32)
        directions = np.ascontiguousarray(rays_m / range_m[:, None])
        mujoco.mj_multiRay(
            self._model, self._data, np.array(origin_m), directions.ravel(), self._groups, 1, -1,
            geom, met_m, None, n, self._description.range_max_m + 1.0,
        )  # fmt: skip
        return np.asarray((met_m < 0.0) | (met_m > range_m - _SLACK_M))

    def _with_noise(self, points_m: FloatArray) -> FloatArray:
        """Points (n, 3) as the camera measures them."""
        config = self._config
        range_m = np.linalg.norm(points_m, axis=1, keepdims=True)
        ahead = points_m / np.maximum(range_m, 1e-9)
        off = self._rng.standard_normal(points_m.shape) * config.bearing_std_rad * range_m
        off -= (off * ahead).sum(axis=1, keepdims=True) * ahead
        sigma = config.range_std_m + config.range_std_per_m * range_m**2
        along = ahead * sigma * self._rng.standard_normal(range_m.shape)
        return np.asarray(points_m + off + along)

    def _descriptors(self, seen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """How landmarks (n,) look in this frame, (n, 32)."""
        config = self._config
        is_wrong = self._rng.random(len(seen)) < config.wrong_share
        other = self._rng.integers(0, max(len(self._geom), 1), len(seen))
        looks = self._bits[int(config.is_dark), np.where(is_wrong, other, seen)]
        flips = self._rng.random((len(seen), 256)) < config.bit_noise
        return np.asarray(looks ^ np.packbits(flips, axis=1), dtype=np.uint8)


def _strewn(
    model: mujoco.MjModel, config: LandmarkCameraConfig, rng: np.random.Generator
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Geom (n,), place and normal in its frame (n, 3) of landmarks on upright faces of boxes."""
    geoms, places, normals = [], [], []
    groups = (GROUP_STATIC, GROUP_DOOR, GROUP_OBJECT)
    for geom in range(model.ngeom):
        is_box = model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_BOX
        if not is_box or model.geom_group[geom] not in groups:
            continue
        half = model.geom_size[geom]
        height_m = min(2.0 * half[2], config.height_max_m)
        for axis, other in ((0, 1), (1, 0)):
            for sign in (-1.0, 1.0):
                n = rng.poisson(config.per_m2 * 2.0 * half[other] * height_m)
                at, normal = np.zeros((n, 3)), np.zeros((n, 3))
                at[:, axis], normal[:, axis] = sign * half[axis], sign
                at[:, other] = half[other] * rng.uniform(-1.0, 1.0, n)
                at[:, 2] = -half[2] + height_m * rng.random(n)
                geoms.append(np.full(n, geom))
                places.append(at)
                normals.append(normal)
    if not geoms:
        return np.zeros(0, dtype=np.intp), np.zeros((0, 3)), np.zeros((0, 3))
    return np.concatenate(geoms).astype(np.intp), np.concatenate(places), np.concatenate(normals)
