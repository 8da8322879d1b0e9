"""The on-camera person detector on the head: field of view, range, occlusion, noise and misses.

A person is seen when a ray from the camera to the chest meets nothing solid before it. Errors are
Gaussian in range and bearing, and the covariance given is the one they are drawn from.
Cost: 10 us per person and frame.
"""

from __future__ import annotations

import math

import mujoco
import numpy as np

from drivers.simulation.config import PersonDetectorConfig
from drivers.simulation.model import (
    GROUP_DOOR,
    GROUP_HIDDEN,
    GROUP_OBJECT,
    GROUP_STATIC,
    N_GROUPS,
)
from drivers.simulation.people import PersonState
from homebody.geometry import SE2, FloatArray, wrap_angle
from homebody.messages import Detection, PersonCameraDescription, PersonDetections

_CHEST_HEIGHT_M = 1.1
_BODY_RADIUS_M = 0.2
_NEAREST_M = 0.3


class PersonCamera:
    """Detects people from the robot's pose and the pan of its head."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        description: PersonCameraDescription,
        config: PersonDetectorConfig,
        rng: np.random.Generator,
    ) -> None:
        self._model, self._data = model, data
        self._description = description
        self._config = config
        self._rng = rng
        self._groups = np.zeros(N_GROUPS, dtype=np.uint8)
        self._groups[[GROUP_STATIC, GROUP_HIDDEN, GROUP_DOOR, GROUP_OBJECT]] = 1
        self._geom = np.zeros(1, dtype=np.int32)

    def capture(
        self, time_s: float, pose: SE2, pan_rad: float, people: tuple[PersonState, ...]
    ) -> PersonDetections:
        """Everybody the detector reports in one frame."""
        seen = []
        for person in people:
            # Drawn for everybody in every frame: who is hidden must not change others' noise.
            noise = self._rng.standard_normal(3)
            is_missed = self._rng.random() < self._config.miss_share
            if not is_missed and self._is_visible(pose, pan_rad, person):
                seen.append(self._detection(pose, person, noise))
        return PersonDetections(time_s, tuple(seen))

    def _is_visible(self, pose: SE2, pan_rad: float, person: PersonState) -> bool:
        dx, dy = person.x_m - pose.x_m, person.y_m - pose.y_m
        distance = math.hypot(dx, dy)
        if not _NEAREST_M < distance <= self._description.range_max_m:
            return False
        bearing = wrap_angle(math.atan2(dy, dx) - pose.yaw_rad - pan_rad)
        if abs(bearing) > self._description.horizontal_fov_rad / 2.0:
            return False
        rise = _CHEST_HEIGHT_M - self._description.height_m
        origin = np.array([pose.x_m, pose.y_m, self._description.height_m])
        # The ray's length is 1 in units of its vector, so a hit before the chest is below 1.
        met = mujoco.mj_ray(
            self._model,
            self._data,
            origin,
            np.array([dx, dy, rise]),
            self._groups,
            1,
            -1,
            self._geom,
        )
        return bool(met < 0.0 or met * distance > distance - _BODY_RADIUS_M)

    def _detection(self, pose: SE2, person: PersonState, noise: FloatArray) -> Detection:
        config = self._config
        local = pose.inverse().apply((person.x_m, person.y_m))
        distance = float(np.hypot(local[0], local[1]))
        radial = config.radial_std_m + config.radial_std_share * distance
        across = max(config.tangential_std_rad * distance, 0.005)
        ahead = local / distance
        axes = np.array([[ahead[0], -ahead[1]], [ahead[1], ahead[0]]])
        position = local + axes @ (noise[:2] * (radial, across))
        covariance = axes @ np.diag([radial**2, across**2]) @ axes.T
        facing = None
        if distance <= config.facing_range_m:
            error = config.facing_std_rad * float(noise[2])
            facing = wrap_angle(person.yaw_rad - pose.yaw_rad + error)
        return Detection(position, covariance, facing)
