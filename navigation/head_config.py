"""Settings of the head."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class HeadConfig(Settings):
    """How the head moves."""

    lead_s: float = Field(
        default=0.9, ge=0.0, le=3.0, description="looks where the plan faces then"
    )
    look_ahead_s: float = Field(default=0.2, ge=0.0, le=1.0, description="the same for a point")
    dead_band_rad: float = Field(default=0.05, ge=0.0, le=0.5)
    softness: float = Field(default=0.6, gt=0.0, le=1.0, description="share of the limits used")
    tilt_rest_rad: float = Field(default=0.0, ge=-1.5, le=1.5)
    height_m: float = Field(default=0.42, gt=0.0, le=3.0, description="of the head's camera")
