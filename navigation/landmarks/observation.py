"""What one frame says of landmarks: points before the camera, how sure, and their descriptors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE3, FloatArray
from navigation.landmarks.config import PointNoiseConfig
from navigation.landmarks.descriptors import UInt64Array, packed


class Band(Enum):
    """The light in which a descriptor was taken: they look alike within one band only."""

    VISIBLE = 0
    INFRARED = 1


@dataclass(frozen=True, slots=True)
class Sighting:
    """Landmarks of one frame.

    Attributes:
        points_m: In the sensor's frame, shape (N, 3).
        covariance: Of them there, shape (N, 3, 3) [m^2].
        words: Packed descriptors, shape (N, 4).
        band: The light they were taken in.
    """

    points_m: FloatArray
    covariance: FloatArray
    words: UInt64Array
    band: Band = Band.VISIBLE

    @classmethod
    def of(
        cls,
        points_m: FloatArray,
        descriptors: NDArray[np.uint8],
        noise: PointNoiseConfig,
        band: Band = Band.VISIBLE,
    ) -> Sighting:
        """From points (N, 3) and descriptors (N, 32) of a camera; those not finite are dropped."""
        points = np.asarray(points_m, dtype=np.float64).reshape(-1, 3)
        range_m = np.linalg.norm(points, axis=1)
        is_good = np.isfinite(points).all(axis=1) & (range_m > _NEAREST_M)
        points = points[is_good]
        return cls(points, point_covariance(points, noise), packed(descriptors)[is_good], band)

    def __len__(self) -> int:
        return len(self.points_m)

    def moved(self, T_to_sensor: SE3) -> Sighting:
        """The same landmarks in another frame, such as the robot's."""
        turn = T_to_sensor.rotation
        return Sighting(
            T_to_sensor.apply(self.points_m), turn @ self.covariance @ turn.T, self.words, self.band
        )

    def select(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Sighting:
        """Some of the landmarks."""
        return Sighting(self.points_m[index], self.covariance[index], self.words[index], self.band)


_NEAREST_M = 0.05


def point_covariance(points_m: FloatArray, noise: PointNoiseConfig) -> FloatArray:
    """Covariances (N, 3, 3) of points (N, 3) in the frame of the camera.

    ``sigma_r^2 u u' + (r sigma_b)^2 (I - u u')`` with u the direction and r the range.
    """
    range_m = np.linalg.norm(points_m, axis=1)
    direction = points_m / range_m[:, None]
    along = direction[:, :, None] * direction[:, None, :]
    variance_along = (noise.range_floor_m + noise.range_per_m * range_m**2) ** 2
    variance_across = (noise.bearing_rad * range_m) ** 2
    return np.asarray(
        variance_along[:, None, None] * along + variance_across[:, None, None] * (np.eye(3) - along)
    )
