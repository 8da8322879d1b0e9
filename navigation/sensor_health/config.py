"""When a sensor is no longer believed; the defaults fit the sensors of the default body."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class SensorHealthConfig(Settings):
    """How long a sensor may be silent, and how strange its messages may be."""

    silent_after_s: float = Field(
        default=0.3, ge=0.1, le=5.0, description="odometry, lidar, depth, bumper, cliff sensors"
    )
    silent_slow_after_s: float = Field(
        default=0.6, ge=0.1, le=10.0, description="person camera, head, dock contact, button"
    )
    silent_battery_after_s: float = Field(
        default=0.6, ge=0.1, le=600.0, description="for a gauge that speaks four times a second"
    )
    silent_periods: float = Field(
        default=4.0, ge=2.0, le=20.0, description="never sooner than so many periods of a sensor"
    )
    late_after_s: float = Field(
        default=0.3, ge=0.1, le=5.0, description="older than this on arrival is not used"
    )
    lost_share_max: float = Field(
        default=0.2, ge=0.02, le=0.9, description="of beams or messages, before it is told"
    )
    blind_hit_share: float = Field(
        default=0.25, ge=0.05, le=1.0, description="of beams that hit, before none does any more"
    )
    stuck_s: float = Field(
        default=0.15, ge=0.05, le=1.0, description="memory for commanded and measured motion"
    )
    stuck_hold_s: float = Field(
        default=2.0, ge=0.5, le=60.0, description="before wheels that do not move are tried again"
    )
    good_after_s: float = Field(
        default=0.4, ge=0.0, le=10.0, description="so long without a complaint and it is believed"
    )
