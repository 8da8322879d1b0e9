"""All that the cost terms look at in one cycle, and what is worked out once per batch for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.local_planner.facing import FacingPoint
from navigation.local_planner.fields import Field
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.guidance import Guidance
from navigation.local_planner.occlusions import Occlusions
from navigation.local_planner.people import Forecast, gap_m
from navigation.local_planner.trajectory_space import Rollout
from navigation.types import Float32Array


@dataclass(frozen=True, slots=True)
class Scene:
    """The surroundings in one cycle, placed relative to the start position.

    Attributes:
        unknown: Share of unknown cells nearby, 0 to 1; None where all is known.
        last_speed, last_yaw_rate: What the last plan said for these times, (T + 1,); None: no last.
        pose_std_m: Uncertainty of the pose relative to the map, common to a whole trajectory.
        is_stuck_inside: The footprint overlaps an obstacle, or nearly, at the start.
    """

    distance: Field
    guidance: Guidance
    footprint: Footprint
    unknown: Field | None = None
    people: Forecast | None = None
    facing: FacingPoint | None = None
    occlusions: Occlusions | None = None
    last_speed: FloatArray | None = None
    last_yaw_rate: FloatArray | None = None
    pose_std_m: float = 0.0
    is_stuck_inside: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """A rollout with what several terms need: clearance (K, T + 1) and gaps (M, K, T + 1)."""

    rollout: Rollout
    clearance_m: Float32Array
    edge_speed: Float32Array
    people_gap_m: Float32Array | None


def prepare(rollout: Rollout, scene: Scene) -> Batch:
    """Work out what the terms share."""
    gap = None
    if scene.people is not None:
        gap = gap_m(rollout, scene.people, scene.footprint)
    edge_speed = np.empty_like(rollout.speed)
    radius = np.float32(scene.footprint.radius_m)
    fill_edge_speed(rollout.speed.ravel(), rollout.yaw_rate.ravel(), radius, edge_speed.ravel())
    clearance = scene.footprint.clearance_m(rollout, scene.distance)
    return Batch(rollout, clearance, edge_speed, gap)


@compiled
def fill_edge_speed(
    speed: Float32Array, yaw_rate: Float32Array, radius_m: np.float32, edge_speed: Float32Array
) -> None:
    """Speed of the body's edge, flat."""
    for i in range(len(speed)):
        edge_speed[i] = abs(speed[i]) + radius_m * abs(yaw_rate[i])
