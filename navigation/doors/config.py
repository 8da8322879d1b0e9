"""Settings of the doors' history: what is believed before anything was seen, and how it fades."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class DoorConfig(Settings):
    """Weights are counted in independent sightings."""

    prior_open: float = Field(default=0.8, gt=0.0, lt=1.0, description="of a door never seen")
    prior_weight: float = Field(default=2.0, gt=0.0, le=100.0)
    hour_weight: float = Field(
        default=4.0, gt=0.0, le=100.0, description="of the whole day's share, at each time of day"
    )
    forget_s: float = Field(
        default=1.8e6, gt=60.0, le=1e9, description="what was seen this long ago counts 1 / e"
    )
    shortest_s: float = Field(
        default=10.0, gt=0.1, le=1e6, description="a door keeps its state at least about so long"
    )
    longest_s: float = Field(default=2.6e5, gt=1.0, le=1e8, description="and at most so long")
    error_share: float = Field(
        default=0.01, ge=1e-6, le=0.2, description="of sightings that are wrong"
    )
    shut_below: float = Field(
        default=0.2, ge=0.0, le=0.9, description="less likely open, a door is not tried"
    )
    sure_above: float = Field(
        default=0.97, gt=0.5, le=1.0, description="more likely open, a door costs nothing"
    )
    no_way_round_s: float = Field(
        default=180.0,
        gt=0.0,
        le=3600.0,
        description="most that a shut door can cost: somebody will have to open it",
    )
    wait_max_s: float = Field(default=20.0, ge=0.0, le=600.0, description="longest wait at a door")
    see_range_m: float = Field(default=6.0, gt=0.2, le=30.0)
    confirm_s: float = Field(
        default=0.4, ge=0.0, le=5.0, description="a change must be seen for so long"
    )
