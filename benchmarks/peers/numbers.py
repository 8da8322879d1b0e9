"""The constants of the local planner's objective, gathered from its settings and its maths.

For those who compute the same costs by other means; equation numbers are those of
docs/maths/local_planner.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from homebody.messages import BodyDescription
from navigation.local_planner.config import LocalPlannerConfig

PER_YAW_SHARE = 0.25  # (22)
CONSISTENCY_SATURATION = 0.05
CONSISTENCY_FADING_S = 1.0
EASING_M_S_PER_M = 0.8  # (24)
STANDING_SHARE_M_S = 0.4  # (19)
STD_MIN_M = 0.05
PERSON_DEEP = 4.0
STEEPNESS = 1.702  # L(z)
Z_MAX = 12.0
ARRIVAL_S = 0.4  # (27)
VALUE_MIN_S = 0.5
TURN_ABOUT_S = 1.5  # (12)
ASTRAY_STEEPNESS = 1.5
LOOK_AHEAD_M = 0.35
LOOK_AHEAD_MIN_M = 1e-3
EAGERNESS = 10.0  # (18)


@dataclass(frozen=True, slots=True)
class Reach:
    """Distances about the goal in equations (10) and (12)."""

    near_m: float
    dead_m: float
    face_m: float

    @classmethod
    def of(cls, tolerance_m: float) -> Reach:
        return cls(max(0.4, 2.0 * tolerance_m), 0.3 * tolerance_m, max(0.15, tolerance_m))


def smoothness_weights(config: LocalPlannerConfig, step_s: float) -> tuple[float, ...]:
    """Of squared accelerations, squared jerks, and three rates, per step. Equation (21)."""
    c = config.costs
    return (
        c.accel / step_s,
        c.yaw_accel / step_s,
        c.jerk / step_s**3,
        c.yaw_jerk / step_s**3,
        c.lateral_accel * step_s,
        c.yaw_rate * step_s,
        c.turning_per_rad * step_s,
    )


def seconds_per_metre(body: BodyDescription) -> float:
    """At top speed."""
    return 1.0 / body.limits.speed_max_m_s
