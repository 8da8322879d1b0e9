"""Settings of people tracking."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class PeopleConfig(Settings):
    """How people move, and how soon a track is believed and given up."""

    accel_sigma_m_s2: float = Field(0.5, gt=0.0, le=20.0)
    start_speed_sigma_m_s: float = Field(1.0, gt=0.0, le=5.0)
    position_sigma_min_m: float = Field(0.03, gt=0.0, le=1.0, description="of one detection")
    gate_mahalanobis: float = Field(3.7, gt=0.0, le=20.0)
    gate_max_m: float = Field(1.5, gt=0.0, le=10.0, description="however uncertain a track is")
    n_hits_confirmed: int = Field(3, ge=1, le=20)
    life_unseen_s: float = Field(3.0, gt=0.0, le=60.0)
    life_tentative_s: float = Field(0.5, gt=0.0, le=10.0)
    facing_memory: float = Field(0.6, ge=0.0, lt=1.0, description="share of the old facing kept")
