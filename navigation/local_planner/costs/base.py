"""The two kinds of terms: hazards, which shorten what can be hoped for, and plain costs."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array


class HazardTerm(Protocol):
    """Something that may do harm."""

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array | None:
        """Hazard rate [1/s], shape (K, T + 1); None where there is none.

        Args:
            shift_m: The robot is this much nearer to the map's obstacles than it believes.
        """
        ...


class CostTerm(Protocol):
    """Something that is disliked."""

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost in seconds of travel time, shape (K,); None where there is none."""
        ...


def time_integral(values: Float32Array, step_s: float) -> Float32Array:
    """Trapezoid rule over the last axis: (K, T + 1) to (K,)."""
    total: Float32Array = np.float32(step_s) * (
        values.sum(axis=-1) - np.float32(0.5) * (values[..., 0] + values[..., -1])
    )
    return total


def falling(z: Float32Array) -> Float32Array:
    """A smooth step from 1 to 0 around z = 0, close to the normal distribution's upper tail."""
    z = np.clip(z, -12.0, 12.0)
    step: Float32Array = 1.0 / (1.0 + np.exp(np.float32(1.702) * z))
    return step
