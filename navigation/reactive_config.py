"""The reactive layer's numbers and the stopping bound that they imply.

At speed v the robot stands within ``v t + v^2 / (2 a)``, with t the whole delay from a sight to
braking and a the emergency deceleration. The window of ranges that are kept reaches that far at the
body's top speed, and the speed is capped where a configured window does not.
"""

from __future__ import annotations

import math

from pydantic import Field

from homebody.messages import BodyDescription
from homebody.settings import Settings

_WINDOW_MIN_M = 1.0


class ReactiveConfig(Settings):
    """Margins, delays and memories; the defaults fit the default body."""

    margin_m: float = Field(default=0.02, ge=0.0, le=0.2)
    stop_margin_m: float = Field(default=0.02, ge=0.0, le=0.3)
    reaction_delay_s: float = Field(
        default=0.10, ge=0.0, le=1.0, description="from a verdict to the wheels' answer"
    )
    sensor_delay_s: float = Field(
        default=0.18, ge=0.0, le=1.0, description="from an appearance to the verdict, at worst"
    )
    slow_down_decel_m_s2: float = Field(default=1.5, gt=0.0, le=10.0)
    slow_down_yaw_decel_rad_s2: float = Field(default=4.0, gt=0.0, le=50.0)
    window_half_m: float | None = Field(
        default=None, ge=0.5, le=5.0, description="from the stopping bound unless set"
    )
    resolution_m: float = Field(default=0.025, ge=0.01, le=0.1)
    lidar_memory_s: float = Field(default=0.5, ge=0.1, le=5.0)
    depth_memory_s: float = Field(default=1.5, ge=0.1, le=30.0)
    contact_memory_s: float = Field(default=4.0, ge=0.1, le=60.0)
    standing_memory_rate: float = Field(
        default=0.3, gt=0.0, le=1.0, description="how fast memory fades while the robot stands"
    )
    obstacle_low_m: float = Field(default=0.03, ge=0.01, le=0.2)
    drop_depth_m: float = Field(default=0.05, ge=0.02, le=0.5)
    silent_after_s: float = Field(default=0.5, ge=0.1, le=5.0)
    careful_speed_m_s: float = Field(
        default=0.3, ge=0.0, le=2.0, description="with the lidar or the depth camera silent"
    )
    blind_speed_m_s: float = Field(
        default=0.1, ge=0.0, le=1.0, description="where no range sensor looks"
    )
    blind_yaw_rate_rad_s: float = Field(default=0.5, ge=0.0, le=5.0)
    escape_yaw_rate_rad_s: float = Field(default=0.6, ge=0.0, le=5.0)


def stopping_distance_m(speed_m_s: float, delay_s: float, decel_m_s2: float) -> float:
    """Way from a sight to standstill: ``v t + v^2 / (2 a)``."""
    return speed_m_s * delay_s + speed_m_s**2 / (2.0 * decel_m_s2)


def speed_within_m_s(distance_m: float, delay_s: float, decel_m_s2: float) -> float:
    """The speed whose stopping distance is `distance_m`; 0 where there is none."""
    if distance_m <= 0.0:
        return 0.0
    reach = decel_m_s2 * delay_s
    return math.sqrt(reach * reach + 2.0 * decel_m_s2 * distance_m) - reach


def window_half_m(body: BodyDescription, config: ReactiveConfig) -> float:
    """Half the side of the window: set, or what the top speed needs for either way to brake."""
    if config.window_half_m is not None:
        return config.window_half_m
    top = body.limits.speed_max_m_s
    hard = stopping_distance_m(top, _whole_delay_s(config), body.limits.emergency_decel_m_s2)
    soft = stopping_distance_m(top, config.reaction_delay_s, config.slow_down_decel_m_s2)
    return max(_WINDOW_MIN_M, max(hard, soft) + _margins_m(body, config))


def speed_cap_m_s(body: BodyDescription, config: ReactiveConfig) -> float:
    """The highest speed at which the robot stops within the window."""
    way = window_half_m(body, config) - _margins_m(body, config)
    return speed_within_m_s(way, _whole_delay_s(config), body.limits.emergency_decel_m_s2)


def _whole_delay_s(config: ReactiveConfig) -> float:
    return config.sensor_delay_s + config.reaction_delay_s


def _margins_m(body: BodyDescription, config: ReactiveConfig) -> float:
    return body.circumscribed_radius_m + config.margin_m + config.stop_margin_m
