"""The body's shape, limits and sensors in the configuration; the defaults are the design's body."""

from __future__ import annotations

import dataclasses

import numpy as np
from pydantic import Field, model_validator

from homebody.messages import (
    FULL_CIRCLE_RAD,
    BodyDescription,
    CliffDescription,
    MotionLimits,
    default_body,
    rectangle_footprint,
)
from homebody.settings import Settings


class LimitsConfig(Settings):
    """Limits of motion, in comfort and in an emergency stop."""

    speed_max_m_s: float = Field(default=1.0, gt=0.05, le=3.0)
    reverse_speed_max_m_s: float = Field(default=0.3, gt=0.0, le=3.0)
    accel_max_m_s2: float = Field(default=1.0, gt=0.05, le=10.0)
    jerk_max_m_s3: float = Field(default=3.0, gt=0.1, le=100.0)
    emergency_decel_m_s2: float = Field(default=3.0, gt=0.1, le=20.0)
    yaw_rate_max_rad_s: float = Field(default=2.5, gt=0.1, le=10.0)
    yaw_accel_max_rad_s2: float = Field(default=5.0, gt=0.1, le=50.0)
    yaw_jerk_max_rad_s3: float = Field(default=30.0, gt=1.0, le=500.0)


class BodyConfig(Settings):
    """A rectangular body that turns about its centre."""

    length_m: float = Field(default=0.42, gt=0.05, le=2.0)
    width_m: float = Field(default=0.25, gt=0.05, le=2.0)
    height_m: float = Field(default=0.44, gt=0.05, le=2.0)
    limits: LimitsConfig = LimitsConfig()
    has_depth: bool = True
    has_person_camera: bool = True
    has_cliff_sensors: bool = True
    lidar_beams: int = Field(default=360, ge=90, le=3600, multiple_of=10)
    lidar_packets: int = Field(
        default=10, ge=1, le=100, description="of a turn; with 1 all beams are taken at once"
    )
    lidar_rate_hz: float = Field(default=10.0, ge=1.0, le=100.0)
    lidar_fov_rad: float = Field(default=FULL_CIRCLE_RAD, ge=0.5, le=FULL_CIRCLE_RAD)
    lidar_range_max_m: float = Field(default=8.0, gt=1.0, le=100.0)
    lidar_noise_std_m: float = Field(default=0.01, ge=0.0, le=0.5)
    depth_range_max_m: float = Field(default=4.0, gt=0.5, le=20.0)

    @model_validator(mode="after")
    def _packets_are_alike(self) -> BodyConfig:
        if self.lidar_beams % self.lidar_packets:
            raise ValueError("lidar_packets a divisor of lidar_beams")
        return self

    def description(self) -> BodyDescription:
        """The body that the brain, the reactive layer and the simulation know."""
        default = default_body()
        assert default.lidar is not None
        assert default.depth is not None
        depth = dataclasses.replace(default.depth, range_max_m=self.depth_range_max_m)
        return dataclasses.replace(
            default,
            footprint_m=rectangle_footprint(self.length_m, self.width_m),
            height_m=self.height_m,
            limits=MotionLimits(**self.limits.model_dump()),
            lidar=dataclasses.replace(
                default.lidar,
                n_beams=self.lidar_beams,
                n_packets=self.lidar_packets,
                rate_hz=self.lidar_rate_hz,
                fov_rad=self.lidar_fov_rad,
                range_max_m=self.lidar_range_max_m,
                noise_std_m=self.lidar_noise_std_m,
            ),
            depth=depth if self.has_depth else None,
            person_camera=default.person_camera if self.has_person_camera else None,
            cliff=self._cliff_sensors() if self.has_cliff_sensors else None,
        )

    def _cliff_sensors(self) -> CliffDescription:
        """Three at the front edge and three at the back."""
        x, y = self.length_m / 2.0, 0.8 * self.width_m / 2.0
        front = np.array([[x, y], [x, 0.0], [x, -y]])
        return CliffDescription(np.vstack([front, front * (-1.0, 1.0)]))


class BodyLoopConfig(Settings):
    """How the body follows commands."""

    period_s: float = Field(default=0.02, ge=0.005, le=0.1)
    command_age_max_s: float = Field(default=0.3, ge=0.1, le=2.0)
    actuation_delay_s: float = Field(
        default=0.03, ge=0.0, le=0.5, description="from a command to the wheels' answer"
    )
    stop_deaf_s: float = Field(
        default=0.25, ge=0.0, le=2.0, description="commands issued so soon after a stop are ignored"
    )
