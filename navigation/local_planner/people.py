"""People and other movers as discs: where they will be along the horizon and how sure that is.

Each walks on at its velocity; its covariance grows with that of the velocity and with a random
walk. Equations (14) and (15) of docs/maths/local_planner.md. Cost: 0.05 ms for 200 candidates and
one person.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.local_planner.config import HazardConfig
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.trajectory_space import Rollout
from navigation.types import Float32Array, Mover, TrackedPerson

_HORIZON_REACH_M = 3.5
_NOWHERE = np.float32(-np.inf)


@dataclass(frozen=True, slots=True)
class Forecast:
    """M discs over T + 1 times, relative to the origin: (M, T + 1) float32 each; people first.

    Attributes:
        radius_m: Of each, shape (M,).
        pace_m_s: The pace at which the robot may walk beside a person without being hasty, (M,):
            that of whom it serves, 0 of everybody else.
        n_people: How many of them are people.
    """

    x: Float32Array
    y: Float32Array
    std_m: Float32Array
    radius_m: Float32Array
    pace_m_s: Float32Array
    n_people: int


def forecast(
    people: tuple[TrackedPerson, ...],
    start_time_s: float,
    time_s: FloatArray,
    origin_m: FloatArray,
    config: HazardConfig,
    movers: tuple[Mover, ...] = (),
    serving: int | None = None,
) -> Forecast | None:
    """Predicted places of all who could matter; None if there is nobody. Equation (14).

    Args:
        serving: The identity of the person whom the robot follows or approaches.
    """
    is_near_one = _Near(start_time_s, float(time_s[-1]), origin_m)
    persons = [p for p in people if is_near_one(p)]
    things = [m for m in movers if is_near_one(m)]
    known: list[TrackedPerson | Mover] = [*persons, *things]
    if not known:
        return None
    position = np.array([k.position_map_m for k in known]) - origin_m
    velocity = np.array([k.velocity_map_m_s for k in known])
    covariance = np.array([k.covariance for k in known])
    late_s = np.maximum(start_time_s - np.array([k.time_s for k in known]), 0.0)
    t = late_s[:, None] + time_s[None, :]
    variance = 0.5 * np.maximum(covariance[:, 0, 0] + covariance[:, 1, 1], 0.0)
    speed_variance = 0.5 * np.maximum(covariance[:, 2, 2] + covariance[:, 3, 3], 0.0)
    std = np.sqrt(
        variance[:, None] + speed_variance[:, None] * t**2 + config.person_wander_m_s**2 * t
    )
    pace = [_speed(p) if p.identity == serving else 0.0 for p in persons]
    radius = [config.person_radius_m] * len(persons) + [m.radius_m for m in things]
    return Forecast(
        (position[:, :1] + velocity[:, :1] * t).astype(np.float32),
        (position[:, 1:] + velocity[:, 1:] * t).astype(np.float32),
        np.minimum(std, config.person_std_max_m).astype(np.float32),
        np.array(radius, dtype=np.float32),
        np.array(pace, dtype=np.float32),
        len(persons),
    )


def gap_m(rollout: Rollout, people: Forecast, footprint: Footprint) -> Float32Array:
    """Distance from the footprint to each one's outline, shape (M, K, T + 1). Equation (15).

    Exact beside the edges, a lower bound off the corners, negative in contact.
    """
    edges = np.column_stack([footprint.normals, footprint.offsets_m])
    gap = np.empty((len(people.x), *rollout.x.shape), np.float32)
    r, half_planes = rollout, edges.astype(np.float32)
    fill_gaps(people.x, people.y, people.radius_m, r.x, r.y, r.cos, r.sin, half_planes, gap)
    return gap


@compiled
def fill_gaps(
    people_x: Float32Array,
    people_y: Float32Array,
    radius_m: Float32Array,
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
                gap[m, k, i] = largest - radius_m[m]


@dataclass(frozen=True, slots=True)
class _Near:
    """Who is known in finite numbers and could come within reach until the horizon."""

    start_time_s: float
    horizon_s: float
    origin_m: FloatArray

    def __call__(self, one: TrackedPerson | Mover) -> bool:
        numbers = (one.position_map_m, one.velocity_map_m_s, one.covariance)
        if not (math.isfinite(one.time_s) and all(np.isfinite(n).all() for n in numbers)):
            return False
        late_s = max(self.start_time_s - one.time_s, 0.0)
        reach_m = _HORIZON_REACH_M + _speed(one) * (self.horizon_s + late_s)
        return float(np.linalg.norm(one.position_map_m - self.origin_m)) < reach_m


def _speed(one: TrackedPerson | Mover) -> float:
    return float(np.linalg.norm(one.velocity_map_m_s))
