"""A scan against the map to sub-cell: point to line, robust, with odometry as the prior.

Gauss-Newton on ``sum rho(|e_i|) + (x - prior)' P^-1 (x - prior)``, e_i the distance of hit i to the
line through the surfaces near it (`OccupancyMap.surface_fits`); Geman-McClure rho, its width
reduced as it converges. The Hessian without the prior is the scan's own information: a direction
that no surface fixes, such as along a corridor, has none and stays where odometry says.
Cost: 0.4 ms for 180 beams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.mapping.beams import Beams
from navigation.slam.config import MatchConfig
from navigation.slam.kernels import newton_step, normal_equations

_STEP_DONE = np.array([2e-4, 2e-4, 1e-4])
_STEP_MAX = np.array([0.1, 0.1, 0.1])


class Surfaces(Protocol):
    """What scans are matched to: a map, or a part of one."""

    def surface_fits(self, points_m: FloatArray, normals: FloatArray) -> FloatArray:
        """The surface near each point (N, 2) that faces along its normal (N, 2), shape (N, 7)."""
        ...


@dataclass(frozen=True, slots=True)
class Match:
    """Where a scan fits best.

    Attributes:
        information: Of (x, y, yaw) from the scan alone, shape (3, 3).
        covariance: With the prior, shape (3, 3).
        n_found: Hits with a surface within reach.
    """

    T_map_robot: SE2
    information: FloatArray
    covariance: FloatArray
    n_found: int


class ScanMatcher:
    """Refines a pose that is right to within about 15 cm and 5 degrees."""

    def __init__(self, config: MatchConfig) -> None:
        self._config = config
        self._kernels_m: list[float] = np.geomspace(
            config.kernel_first_m, config.kernel_last_m, config.n_iterations
        ).tolist()

    def step(
        self,
        beams_robot: Beams,
        T_map_prior: SE2,
        prior_covariance: FloatArray,
        surfaces: Surfaces,
        T_map_start: SE2 | None = None,
    ) -> Match:
        """Fuse the prior with the hits of a scan in the robot frame; begin at the prior or near."""
        config = self._config
        beams = beams_robot.select(beams_robot.is_hit)
        beams = beams.select(slice(None, None, max(1, len(beams) // config.n_beams)))
        prior_information = np.linalg.inv(prior_covariance)
        prior = T_map_prior.as_array()
        pose = prior if T_map_start is None else T_map_start.as_array()
        information, n_found = np.zeros((3, 3)), 0
        for kernel_m in self._kernels_m:
            information, gradient, n_found = self._linearise(beams, pose, kernel_m, surfaces)
            hessian = information + prior_information
            pull = gradient + prior_information @ (prior - pose)
            step = newton_step(hessian, pull, _STEP_MAX)
            pose = pose + step
            if (np.abs(step) < _STEP_DONE).all() and kernel_m < 2.0 * config.kernel_last_m:
                break
        covariance = np.linalg.inv(information + prior_information)
        return Match(SE2.from_array(pose), information, covariance, n_found)

    def _linearise(
        self, beams: Beams, pose: FloatArray, kernel_m: float, surfaces: Surfaces
    ) -> tuple[FloatArray, FloatArray, int]:
        """Information (3, 3) and gradient (3,) at a pose."""
        rotation = SE2.from_array(pose).rotation().T
        turned = beams.ends_m @ rotation
        fits = surfaces.surface_fits(turned + pose[:2], beams.normals @ rotation)
        scale = 1.0 / (self._config.noise_m**2 * self._config.inflation)
        return normal_equations(turned, fits, kernel_m, scale)
