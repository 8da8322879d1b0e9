"""The reactive layer's numbers; what they imply for speed and window: `navigation.stopping`."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class ReactiveConfig(Settings):
    """Margins, delays and memories; the defaults fit the default body."""

    margin_m: float = Field(default=0.02, ge=0.0, le=0.2)
    stop_margin_m: float = Field(default=0.02, ge=0.0, le=0.3)
    sensor_delay_s: float | None = Field(
        default=None,
        ge=0.0,
        le=2.0,
        description="from an appearance to the verdict, at worst; from the delays below unless set",
    )
    sensor_latency_s: float = Field(
        default=0.04, ge=0.0, le=1.0, description="from a range's capture to its arrival, at worst"
    )
    cliff_latency_s: float = Field(
        default=0.03, ge=0.0, le=1.0, description="from a drop under a sensor to its arrival"
    )
    loop_delay_s: float = Field(
        default=0.025, ge=0.0, le=0.5, description="from an arrival to the verdict, at worst"
    )
    reaction_delay_s: float = Field(
        default=0.10, ge=0.0, le=1.0, description="from a verdict to the wheels' answer, at worst"
    )
    slow_down_decel_m_s2: float | None = Field(
        default=None, gt=0.0, le=10.0, description="half more than in comfort unless set"
    )
    slow_down_yaw_decel_rad_s2: float = Field(default=4.0, gt=0.0, le=50.0)
    window_half_m: float | None = Field(
        default=None, ge=0.5, le=5.0, description="from the stopping bound unless set"
    )
    resolution_m: float = Field(default=0.025, ge=0.01, le=0.1)
    lidar_memory_s: float = Field(default=0.5, ge=0.1, le=5.0)
    depth_memory_s: float = Field(default=1.5, ge=0.1, le=30.0)
    blind_memory_s: float = Field(
        default=10.0, ge=0.1, le=60.0, description="of what went into the lidar's blind sector"
    )
    contact_memory_s: float = Field(default=4.0, ge=0.1, le=60.0)
    standing_memory_rate: float = Field(
        default=0.3, gt=0.0, le=1.0, description="how fast memory fades while the robot stands"
    )
    obstacle_low_m: float = Field(default=0.03, ge=0.01, le=0.2)
    drop_depth_m: float = Field(default=0.05, ge=0.02, le=0.5)
    wheel_radius_m: float = Field(
        default=0.05, ge=0.0, le=0.3, description="how far before its axle a wheel meets a step"
    )
    silent_after_s: float = Field(default=0.5, ge=0.1, le=5.0)
    careful_speed_m_s: float = Field(
        default=0.3, ge=0.0, le=2.0, description="with the lidar or the depth camera silent"
    )
    blind_speed_m_s: float = Field(
        default=0.1, ge=0.0, le=1.0, description="where no range sensor looks"
    )
    blind_yaw_rate_rad_s: float = Field(default=0.5, ge=0.0, le=5.0)
    escape_yaw_rate_rad_s: float = Field(default=0.6, ge=0.0, le=5.0)
