"""Settings of the navigator."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class NavigatorConfig(Settings):
    """When to plan again and when to give up."""

    replan_period_s: float = Field(default=3.0, gt=0.0, le=60.0)
    blocked_check_period_s: float = Field(default=0.5, gt=0.0, le=10.0)
    look_closer_after_s: float = Field(
        default=2.5, gt=0.0, le=60.0, description="without progress, before poses are searched"
    )
    stuck_after_s: float = Field(default=6.0, gt=0.0, le=120.0)
    progress_step: float = Field(default=0.15, gt=0.0, le=2.0)
    near_enough_m: float = Field(
        default=0.15, ge=0.0, le=1.0, description="beyond a point's tolerance, where it stands"
    )
    near_enough_after_s: float = Field(default=1.5, ge=0.0, le=60.0)
    no_way_retries: int = Field(default=3, ge=0, le=20)
    provisional_s: float = Field(
        default=0.5,
        ge=0.0,
        le=5.0,
        description="a clear straight line serves until then",
    )
    passer_after_s: float = Field(
        default=1.0,
        gt=0.0,
        le=60.0,
        description="held up for so long, it looks whether somebody stands in the way",
    )
    passer_typical_s: float = Field(
        default=4.0, gt=0.0, le=60.0, description="half of those who stand in the way stay longer"
    )
    person_radius_m: float = Field(default=0.25, ge=0.0, le=1.0)
    target_replan_period_s: float = Field(default=0.2, gt=0.0, le=10.0)
    target_lost_after_s: float = Field(
        default=4.0, gt=0.0, le=120.0, description="out of sight, before it is said"
    )
