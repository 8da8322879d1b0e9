"""People as moving discs: where they will be along the horizon and how sure that is.

Each walks on at its velocity; its covariance grows with that of the velocity and with a random
walk. Equations (14) and (15) of docs/maths/local_planner.md. Cost: 0.05 ms for 200 candidates and
one person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.local_planner.config import HazardConfig
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.trajectory_space import Rollout
from navigation.types import Float32Array, TrackedPerson

_HORIZON_REACH_M = 3.5
_NOWHERE = np.float32(-np.inf)


@dataclass(frozen=True, slots=True)
class Forecast:
    """M people over T + 1 times, relative to the origin: (M, T + 1) float32 each."""

    x: Float32Array
    y: Float32Array
    std_m: Float32Array


def forecast(
    people: tuple[TrackedPerson, ...],
    start_time_s: float,
    time_s: FloatArray,
    origin_m: FloatArray,
    config: HazardConfig,
) -> Forecast | None:
    """Predicted places of the people who could matter; None if there is nobody. Equation (14)."""
    known = [p for p in people if _is_finite(p)]
    if not known:
        return None
    position = np.array([p.position_map_m for p in known]) - origin_m
    velocity = np.array([p.velocity_map_m_s for p in known])
    covariance = np.array([p.covariance for p in known])
    late_s = np.maximum(start_time_s - np.array([p.time_s for p in known]), 0.0)
    reach = _HORIZON_REACH_M + np.linalg.norm(velocity, axis=1) * (time_s[-1] + late_s)
    is_near = np.linalg.norm(position, axis=1) < reach
    if not is_near.any():
        return None
    position, velocity, covariance = position[is_near], velocity[is_near], covariance[is_near]
    t = late_s[is_near, None] + time_s[None, :]
    variance = 0.5 * np.maximum(covariance[:, 0, 0] + covariance[:, 1, 1], 0.0)
    speed_variance = 0.5 * np.maximum(covariance[:, 2, 2] + covariance[:, 3, 3], 0.0)
    std = np.sqrt(
        variance[:, None] + speed_variance[:, None] * t**2 + config.person_wander_m_s**2 * t
    )
    return Forecast(
        (position[:, :1] + velocity[:, :1] * t).astype(np.float32),
        (position[:, 1:] + velocity[:, 1:] * t).astype(np.float32),
        np.minimum(std, config.person_std_max_m).astype(np.float32),
    )


def gap_m(
    rollout: Rollout, people: Forecast, footprint: Footprint, radius_m: float
) -> Float32Array:
    """Distance from the footprint to each person's outline, shape (M, K, T + 1). Equation (15).

    Exact beside the edges, a lower bound off the corners, negative in contact.
    """
    edges = np.column_stack([footprint.normals, footprint.offsets_m + radius_m])
    gap = np.empty((len(people.x), *rollout.x.shape), np.float32)
    r, half_planes = rollout, edges.astype(np.float32)
    fill_gaps(people.x, people.y, r.x, r.y, r.cos, r.sin, half_planes, gap)
    return gap


@compiled
def fill_gaps(
    people_x: Float32Array,
    people_y: Float32Array,
    x: Float32Array,
    y: Float32Array,
    cos: Float32Array,
    sin: Float32Array,
    half_planes: Float32Array,
    gap: Float32Array,
) -> None:
    """Largest distance (M, K, T + 1) beyond half planes (P, 3): normal and offset each."""
    n_people, n_samples, n_times = gap.shape
    for m in range(n_people):
        for k in range(n_samples):
            for i in range(n_times):
                dx, dy = people_x[m, i] - x[k, i], people_y[m, i] - y[k, i]
                ahead = dx * cos[k, i] + dy * sin[k, i]
                aside = dy * cos[k, i] - dx * sin[k, i]
                largest = _NOWHERE
                for e in range(len(half_planes)):
                    beyond = ahead * half_planes[e, 0] + aside * half_planes[e, 1]
                    largest = max(largest, beyond - half_planes[e, 2])
                gap[m, k, i] = largest


def _is_finite(person: TrackedPerson) -> bool:
    return bool(
        np.isfinite(person.time_s)
        and np.isfinite(person.position_map_m).all()
        and np.isfinite(person.velocity_map_m_s).all()
        and np.isfinite(person.covariance).all()
    )
