"""Settings of the detection of movers."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class MoversConfig(Settings):
    """What counts as moving, and how movers are tracked."""

    is_on: bool = Field(default=False, description="in homes it still sees movers where none are")
    cell_m: float = Field(default=0.08, ge=0.02, le=0.5)
    range_m: float = Field(default=5.0, ge=1.0, le=30.0, description="further away nothing is said")
    before_hit_m: float = Field(
        default=0.16, ge=0.0, le=1.0, description="the end of a beam that says nothing of freedom"
    )
    new_s: float = Field(
        default=0.8, gt=0.05, le=10.0, description="hits stand somewhere new for so long"
    )
    n_free: int = Field(default=5, ge=1, le=50, description="looks in a row that free a cell")
    gap_m: float = Field(
        default=0.2, gt=0.01, le=1.0, description="between neighbours of a cluster"
    )
    n_points_min: int = Field(default=3, ge=1, le=100)
    width_max_m: float = Field(default=1.4, gt=0.1, le=5.0)
    radius_min_m: float = Field(default=0.08, gt=0.0, le=1.0)
    position_sigma_m: float = Field(default=0.05, gt=0.0, le=1.0)
    accel_sigma_m_s2: float = Field(default=0.6, gt=0.0, le=20.0)
    start_speed_sigma_m_s: float = Field(default=0.8, gt=0.0, le=5.0)
    gate_m: float = Field(default=0.35, gt=0.0, le=3.0)
    speed_min_m_s: float = Field(default=0.15, gt=0.0, le=2.0)
    window_s: float = Field(default=0.7, gt=0.1, le=5.0, description="over which motion is judged")
    speed_max_m_s: float = Field(default=2.5, gt=0.1, le=20.0, description="none is faster")
    travel_min_m: float = Field(default=0.2, gt=0.0, le=2.0, description="before it is believed")
    n_hits_min: int = Field(default=6, ge=2, le=50)
    life_unseen_s: float = Field(default=0.6, gt=0.0, le=10.0)
    person_m: float = Field(default=0.6, ge=0.0, le=3.0, description="nearer to people it is them")
