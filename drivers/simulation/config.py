"""How the simulated world differs from an ideal one: noise, slip, delays, forces; all bounded.

What a sensor is (range, rate, field of view) stands in the body's description, not here.
"""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class DelayConfig(Settings):
    """Time from the capture of a measurement to its arrival, per sensor."""

    odometry_s: float = Field(default=0.005, ge=0.0, le=2.0)
    lidar_s: float = Field(default=0.010, ge=0.0, le=2.0)
    depth_s: float = Field(default=0.030, ge=0.0, le=2.0)
    people_s: float = Field(default=0.080, ge=0.0, le=2.0)
    bump_s: float = Field(default=0.005, ge=0.0, le=2.0)
    cliff_s: float = Field(default=0.005, ge=0.0, le=2.0)
    battery_s: float = Field(default=0.020, ge=0.0, le=2.0)
    dock_s: float = Field(default=0.020, ge=0.0, le=2.0)
    head_s: float = Field(default=0.005, ge=0.0, le=2.0)
    landmarks_s: float = Field(default=0.060, ge=0.0, le=2.0)
    button_s: float = Field(default=0.005, ge=0.0, le=2.0)
    jitter_share: float = Field(
        default=0.2, ge=0.0, le=0.9, description="a delay varies by up to this share of itself"
    )
    jitter_s: float = Field(
        default=0.0, ge=0.0, le=2.0, description="a delay is longer by up to this"
    )


class WheelConfig(Settings):
    """The drive between motor and floor."""

    track_m: float = Field(default=0.20, gt=0.02, le=2.0)
    motor_lag_s: float = Field(default=0.03, gt=0.0, le=0.5)
    friction: float = Field(default=0.8, gt=0.05, le=2.0)
    traction_n_s_m: float = Field(
        default=800.0, ge=50.0, le=5000.0, description="wheel force per speed of creep"
    )
    slip_std: float = Field(default=0.01, ge=0.0, le=0.3)
    slip_correlation_s: float = Field(default=0.5, gt=0.01, le=60.0)
    encoder_noise_std_m: float = Field(default=2e-5, ge=0.0, le=0.01)
    encoder_scale_error: float = Field(
        default=0.0, ge=-0.2, le=0.2, description="share of the way that is counted too much"
    )
    yaw_loss_max: float = Field(
        default=0.0, ge=0.0, le=0.9, description="up to this share of the yaw rate is lost"
    )
    yaw_loss_period_s: float = Field(
        default=1.0, ge=0.05, le=60.0, description="between two draws of what is lost"
    )


class PersonDetectorConfig(Settings):
    """Errors of the on-camera person detector."""

    radial_std_m: float = Field(default=0.03, ge=0.001, le=1.0)
    radial_std_share: float = Field(default=0.03, ge=0.0, le=0.5)
    tangential_std_rad: float = Field(default=0.015, ge=0.0001, le=0.5)
    facing_std_rad: float = Field(default=0.2, ge=0.0, le=3.0)
    facing_range_m: float = Field(default=4.0, ge=0.0, le=20.0)
    miss_share: float = Field(default=0.05, ge=0.0, le=1.0)


class LandmarkCameraConfig(Settings):
    """Errors of the smart camera, and what there is to see."""

    per_m2: float = Field(default=4.0, ge=0.0, le=100.0, description="landmarks on upright faces")
    height_max_m: float = Field(default=2.2, gt=0.0, le=10.0, description="none are higher")
    bearing_std_rad: float = Field(default=0.002, ge=0.0, le=0.1)
    range_std_m: float = Field(default=0.005, ge=0.0, le=1.0)
    range_std_per_m: float = Field(default=0.003, ge=0.0, le=0.5, description="times range squared")
    bit_noise: float = Field(default=0.05, ge=0.0, le=0.5, description="share of bits that flip")
    miss_share: float = Field(default=0.2, ge=0.0, le=1.0)
    wrong_share: float = Field(default=0.03, ge=0.0, le=1.0, description="look like another one")
    is_dark: bool = Field(default=False, description="the camera takes infrared light instead")


class BatteryConfig(Settings):
    """A battery's charge goes from 1 (full) to 0."""

    drain_per_hour: float = Field(default=0.25, ge=0.0, le=100.0)
    drain_per_metre: float = Field(default=0.00005, ge=0.0, le=1.0)
    charge_per_hour: float = Field(default=0.6, ge=0.0, le=1000.0)


class SimulationConfig(Settings):
    """Everything about the world that is neither the home, the body nor the scenario."""

    physics_rate_hz: int = Field(default=200, ge=100, le=1000)
    mass_kg: float = Field(default=9.0, gt=0.1, le=200.0)
    range_dropout_share: float = Field(default=0.005, ge=0.0, le=1.0)
    door_speed_rad_s: float = Field(default=0.8, gt=0.05, le=5.0)
    door_torque_max_n_m: float = Field(default=8.0, gt=0.1, le=200.0)
    delay: DelayConfig = DelayConfig()
    wheels: WheelConfig = WheelConfig()
    detector: PersonDetectorConfig = PersonDetectorConfig()
    landmarks: LandmarkCameraConfig = LandmarkCameraConfig()
    battery: BatteryConfig = BatteryConfig()
