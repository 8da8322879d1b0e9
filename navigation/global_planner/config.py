"""Settings of the global planner: what fits, and what narrow and unseen places cost."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class GlobalPlannerConfig(Settings):
    """Prices are factors on the time that open space takes."""

    margin_m: float = Field(
        default=0.01, ge=0.0, le=0.2, description="room left beside the inscribed circle"
    )
    comfort_clearance_m: float = Field(
        default=0.35,
        gt=0.0,
        le=2.0,
        description="nothing is gained by keeping further away than this",
    )
    narrow_price: float = Field(
        default=4.0, ge=1.0, le=50.0, description="in a place that just fits"
    )
    unknown_price: float = Field(
        default=4.0, ge=1.0, le=50.0, description="where nothing was seen yet"
    )
    fringe_m: float = Field(
        default=0.15,
        ge=0.0,
        le=0.5,
        description="unseen specks this near to free space are passable",
    )
    map_margin_m: float = Field(
        default=1.0, ge=0.1, le=10.0, description="unseen border round the map"
    )
    outward_price: float = Field(
        default=6.0, ge=1.0, le=100.0, description="steepness of the field within the shut zone"
    )
    start_snap_m: float = Field(
        default=0.5, ge=0.0, le=2.0, description="how far the robot may stand from where it fits"
    )
    shortcut_slack: float = Field(
        default=0.02, ge=0.0, le=0.5, description="extra time a straight piece of path may take"
    )
