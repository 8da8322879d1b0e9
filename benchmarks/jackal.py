"""The Jackal of the BARN challenge as a configured body, and the two settings it is tried in.

Footprint 0.42 x 0.33 m, 2 m/s, 3 rad/s, 2 m/s2, 4 rad/s2; a lidar of 270 degrees with 720 beams at
40 Hz, 10 m. `fair` and `stressed` differ in noise, odometry drift, delay and what of the yaw rate
is lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.body_config import BodyConfig, LimitsConfig
from app.config import BrainConfig, HomebodyConfig, load_config
from behaviours.config import LostConfig
from drivers.simulation.config import DelayConfig, SimulationConfig, WheelConfig
from navigation.local_planner.config import HazardConfig, LocalPlannerConfig, SpaceConfig
from navigation.movers.config import MoversConfig
from navigation.reactive_config import ReactiveConfig

TRACK_M = 0.376
LIMITS = LimitsConfig(
    speed_max_m_s=2.0,
    reverse_speed_max_m_s=0.5,
    accel_max_m_s2=2.0,
    jerk_max_m_s3=10.0,
    emergency_decel_m_s2=2.0,
    yaw_rate_max_rad_s=3.0,
    yaw_accel_max_rad_s2=4.0,
    yaw_jerk_max_rad_s3=40.0,
)
_VALUE_S = 5.0  # what being unharmed is worth: about what is left of a run of 5 to 10 s
# A random slip of this share of the drift bends a straight way of 10 m by the drift; see the
# docstring of `_wheels`.
_SLIP_PER_DRIFT = 0.1
_QUICK_MOVERS = MoversConfig(
    is_on=True,
    range_m=10.0,
    n_free=2,
    gate_m=0.6,
    start_speed_sigma_m_s=1.5,
    window_s=0.3,
    travel_min_m=0.15,
    n_hits_min=3,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """How well the robot sees, and how well it does what it is told."""

    name: str
    noise_std_m: float
    drift: float
    delay_s: float
    jitter_s: float = 0.0
    yaw_loss_max: float = 0.0


CONDITIONS = (
    Conditions("fair", noise_std_m=0.01, drift=0.01, delay_s=0.05),
    Conditions(
        "stressed", noise_std_m=0.03, drift=0.02, delay_s=0.2, jitter_s=0.15, yaw_loss_max=0.4
    ),
)


def jackal(conditions: Conditions, seed: int) -> HomebodyConfig:
    """The whole robot's configuration; the seed says which way its odometry drifts."""
    base = load_config()
    return base.model_copy(
        update={
            "body": _body(conditions),
            "reactive": ReactiveConfig(sensor_delay_s=_sensor_delay_s(conditions)),
            "brain": _brain(base.brain),
            "simulation": SimulationConfig(
                mass_kg=17.0, delay=_delay(conditions), wheels=_wheels(conditions, seed)
            ),
        }
    )


def by_odometry(config: HomebodyConfig) -> HomebodyConfig:
    """The same robot where nothing that stands still can be seen: it goes by its odometry.

    Scans are neither matched nor mapped, a scan that the map does not explain is no reason to
    search or to stop, and what was hit is forgotten at once, for it moves on. What moves is looked
    for as far as the lidar sees and believed in sooner, for it is as fast as the robot.
    """
    brain = config.brain
    slam = brain.slam.model_copy(
        update={
            "match": brain.slam.match.model_copy(update={"inflation": 1000.0, "noise_m": 0.5}),
            "quality_poor": 0.0,
            "quality_good": 1.0,
        }
    )
    lost = LostConfig(lost_below=0.0, found_above=0.0)
    parts = {
        "slam": slam,
        "movers": _QUICK_MOVERS,
        "tree": brain.tree.model_copy(update={"lost": lost}),
        "local_map": brain.local_map.model_copy(
            update={"memory_s": 0.1, "see_through_range_m": 10.0}
        ),
    }
    return config.model_copy(update={"brain": brain.model_copy(update=parts)})


def _body(conditions: Conditions) -> BodyConfig:
    return BodyConfig(
        length_m=0.42,
        width_m=0.33,
        limits=LIMITS,
        has_depth=False,
        has_person_camera=False,
        has_cliff_sensors=False,
        lidar_beams=720,
        lidar_packets=1,
        lidar_rate_hz=40.0,
        lidar_fov_rad=1.5 * math.pi,
        lidar_range_max_m=10.0,
        lidar_noise_std_m=conditions.noise_std_m,
    )


def _brain(brain: BrainConfig) -> BrainConfig:
    space = SpaceConfig(
        yaw_rate_comfort_rad_s=LIMITS.yaw_rate_max_rad_s,
        yaw_accel_comfort_rad_s2=LIMITS.yaw_accel_max_rad_s2,
        yaw_jerk_comfort_rad_s3=LIMITS.yaw_jerk_max_rad_s3,
    )
    planner = LocalPlannerConfig(space=space, hazard=HazardConfig(value_s=_VALUE_S))
    return brain.model_copy(update={"local_planner": planner})


def _sensor_delay_s(conditions: Conditions) -> float:
    return conditions.delay_s + conditions.jitter_s + 0.04


def _delay(conditions: Conditions) -> DelayConfig:
    """What the robot steers by comes late; contacts and the battery do not matter here."""
    late_s = conditions.delay_s
    return DelayConfig(
        odometry_s=late_s, lidar_s=late_s, jitter_share=0.0, jitter_s=conditions.jitter_s
    )


def _wheels(conditions: Conditions, seed: int) -> WheelConfig:
    """Drift: the way is counted wrongly by that share, and bent by it over 10 m.

    Slip of standard deviation s turns the robot by v s sqrt(2) / track, correlated over 0.47 s;
    twice integrated over 5 s at 2 m/s that is 94 s metres aside, so a tenth of the drift gives it.
    """
    sign = 1.0 if np.random.default_rng([seed, 7]).random() < 0.5 else -1.0
    return WheelConfig(
        track_m=TRACK_M,
        slip_std=_SLIP_PER_DRIFT * conditions.drift,
        encoder_scale_error=sign * conditions.drift,
        yaw_loss_max=conditions.yaw_loss_max,
    )
