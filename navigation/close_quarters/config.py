"""Settings of the search in tight places."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class CloseQuartersConfig(Settings):
    """What the search keeps clear of, and what the motions cost."""

    period_s: float = Field(default=4.0, gt=0.0, le=60.0, description="between two searches")
    least_clearance_m: float = Field(
        default=0.01, ge=0.0, le=0.2, description="poses nearer to something are shut"
    )
    margin_m: float = Field(default=0.03, gt=0.0, le=0.2, description="to be kept if possible")
    margin_price: float = Field(
        default=25.0, ge=0.0, le=1000.0, description="on the time, where the margin is used up"
    )
    comfort_clearance_m: float = Field(default=0.10, gt=0.0, le=0.5)
    narrow_price: float = Field(default=3.0, ge=0.0, le=50.0, description="on the time, likewise")
    unknown_price: float = Field(default=3.0, ge=0.0, le=50.0, description="on the time")
    reverse_price: float = Field(default=1.0, ge=0.0, le=20.0, description="on the time")
    speed_m_s: float = Field(default=0.5, gt=0.0, le=2.0)
    turn_rad_s: float = Field(default=1.2, gt=0.0, le=5.0)
    further_s: float = Field(
        default=6.0, ge=1.0, le=60.0, description="the search ends so long behind the robot"
    )
