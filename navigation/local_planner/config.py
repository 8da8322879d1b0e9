"""Settings of the local planner. Weights are in seconds of travel time, the unit of progress."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class SpaceConfig(Settings):
    """The trajectories that may be chosen."""

    horizon_s: float = Field(default=3.0, ge=1.0, le=6.0)
    step_s: float = Field(default=0.1, ge=0.02, le=0.25)
    yaw_rate_comfort_rad_s: float = Field(default=1.8, gt=0.0, le=10.0)
    yaw_accel_comfort_rad_s2: float = Field(default=3.0, gt=0.0, le=50.0)
    yaw_jerk_comfort_rad_s3: float = Field(default=12.0, gt=0.0, le=500.0)
    emergency_jerk_m_s3: float = Field(default=30.0, gt=0.0, le=500.0)


class HazardConfig(Settings):
    """How likely harm is, and what being unharmed is worth."""

    value_s: float = Field(default=10.0, gt=0.0, le=1000.0)
    patience_s: float = Field(default=6.0, gt=0.0, le=1000.0)
    obstacle_per_m: float = Field(default=1.0, ge=0.0, le=1000.0)
    contact_per_m: float = Field(default=200.0, ge=0.0, le=1e5)
    contact_margin_m: float = Field(default=0.03, gt=0.0, le=0.5)
    map_std_m: float = Field(default=0.02, gt=0.0, le=0.5)
    tracking_std_s: float = Field(
        default=0.04, ge=0.0, le=1.0, description="grows with the speed of the body's edge"
    )
    clearance_far_m: float = Field(default=0.35, gt=0.05, le=2.0)
    unknown_per_m: float = Field(default=0.15, ge=0.0, le=100.0)
    person_per_s: float = Field(default=1.5, ge=0.0, le=100.0)
    person_radius_m: float = Field(default=0.25, ge=0.0, le=1.0)
    person_wander_m_s: float = Field(default=0.1, ge=0.0, le=2.0)
    person_std_max_m: float = Field(default=0.5, gt=0.0, le=3.0)
    person_margin_m: float = Field(default=0.10, gt=0.0, le=1.0)


class BlindConfig(Settings):
    """Edges behind which somebody may be hidden; `per_s` 0: they count nothing."""

    per_s: float = Field(
        default=0.0, ge=0.0, le=100.0, description="at 1 m/s, right beside an edge"
    )
    walking_m_s: float = Field(default=1.0, ge=0.0, le=5.0, description="of who steps out")
    reaction_s: float = Field(default=0.2, ge=0.0, le=2.0)
    sight_m: float = Field(default=2.8, gt=0.2, le=10.0, description="how far edges are looked for")
    depth_m: float = Field(
        default=0.8, gt=0.05, le=5.0, description="jump in depth from which somebody may be hidden"
    )
    cover_m: float = Field(default=0.5, ge=0.0, le=3.0, description="width that hides a person")
    person_room_m: float = Field(default=0.25, gt=0.01, le=1.0)
    sees_in_m: float = Field(
        default=0.5, gt=0.01, le=3.0, description="width over which the view behind an edge opens"
    )
    n_edges: int = Field(default=6, ge=1, le=64)


class CostConfig(Settings):
    """What else makes a motion better or worse."""

    arrival: float = Field(
        default=1.0, ge=0.0, le=10.0, description="what each second at the goal is worth"
    )
    accel: float = Field(default=0.02, ge=0.0, le=10.0)
    yaw_accel: float = Field(default=0.012, ge=0.0, le=10.0)
    jerk: float = Field(default=0.003, ge=0.0, le=10.0)
    yaw_jerk: float = Field(default=0.0003, ge=0.0, le=10.0)
    turning_per_rad: float = Field(default=0.03, ge=0.0, le=10.0)
    yaw_rate: float = Field(default=0.015, ge=0.0, le=10.0)
    lateral_accel: float = Field(default=0.12, ge=0.0, le=10.0)
    consistency: float = Field(default=0.25, ge=0.0, le=10.0)
    reverse_per_m: float = Field(default=0.8, ge=0.0, le=100.0)
    comfort_speed: float = Field(default=4.0, ge=0.0, le=100.0)
    comfort_speed_m_s: float = Field(default=0.6, gt=0.0, le=5.0)
    comfort_distance_m: float = Field(default=1.2, gt=0.0, le=10.0)
    personal_space: float = Field(default=0.5, ge=0.0, le=100.0)
    personal_distance_m: float = Field(default=0.6, gt=0.0, le=5.0)
    facing: float = Field(
        default=0.6, ge=0.0, le=10.0, description="of looking straight away, each second"
    )
    facing_distance_m: float = Field(
        default=0.6, gt=0.0, le=5.0, description="from the place, where facing begins to count"
    )
    escape_per_m: float = Field(default=20.0, ge=0.0, le=1000.0)


class OptimizerConfig(Settings):
    """How many candidates each stage tries."""

    n_broad: int = Field(default=256, ge=96, le=20000)
    n_refine: int = Field(default=176, ge=16, le=20000)
    n_elites: int = Field(default=12, ge=2, le=200)
    emergency_cost_s: float = Field(
        default=0.3, ge=0.0, le=100.0, description="what an emergency stop must be better by"
    )
    n_shown: int = Field(default=40, ge=0, le=500)


class LocalPlannerConfig(Settings):
    """All of the local planner's settings."""

    space: SpaceConfig = SpaceConfig()
    hazard: HazardConfig = HazardConfig()
    blind: BlindConfig = BlindConfig()
    costs: CostConfig = CostConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    plan_step_s: float = Field(
        default=0.05, ge=0.01, le=0.25, description="time between the samples of a plan given out"
    )
    ranges_age_max_s: float = Field(
        default=0.6, gt=0.0, le=10.0, description="with older ranges it brakes"
    )
    footprint_spacing_m: float = Field(default=0.07, gt=0.005, le=0.5)
    keep_speed_m_s: float = Field(
        default=0.15, ge=0.0, le=1.0, description="within this the last plan's own speed goes on"
    )
    keep_yaw_rate_rad_s: float = Field(default=0.4, ge=0.0, le=5.0)
