"""Settings of the map: how much one look counts, and how far it reaches."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class MappingConfig(Settings):
    """The occupancy map. Evidence is counted in small whole numbers, positive for occupied.

    A cell at the top of its evidence is cleared by ``evidence_max / miss`` contradicting scans.
    """

    resolution_m: float = Field(0.05, ge=0.01, le=0.2)
    free_range_m: float = Field(5.0, gt=0.5, le=50.0, description="rays free cells up to here")
    hit_range_m: float = Field(8.0, gt=0.5, le=100.0, description="hits are marked up to here")
    hit: int = Field(9, ge=1, le=100)
    miss: int = Field(4, ge=1, le=100)
    evidence_max: int = Field(40, ge=1, le=1000)
    evidence_min: int = Field(-20, ge=-1000, le=-1)
    person_radius_m: float = Field(0.35, ge=0.0, le=2.0)
    surface_memory: float = Field(
        4000.0, ge=1.0, le=1e6, description="hits that a surface's place is averaged over"
    )
    depth_range_m: float = Field(2.5, gt=0.2, le=20.0)
    low_obstacle_height_m: float = Field(0.03, gt=0.0, le=0.3)
    drop_depth_m: float = Field(0.05, gt=0.0, le=0.5)


class LocalMapConfig(Settings):
    """The window around the robot."""

    n_cells: int = Field(240, ge=40, le=1000)
    resolution_m: float = Field(0.025, ge=0.005, le=0.2)
    exact_m: float = Field(
        1.5, ge=0.0, le=20.0, description="near things are measured to the point within this"
    )
    memory_s: float = Field(1.0, ge=0.0, le=10.0, description="how long single hits are kept")
    see_through_range_m: float = Field(2.0, ge=0.0, le=10.0)
    see_through_margin_m: float = Field(0.15, gt=0.0, le=1.0)
    bump_radius_m: float = Field(0.06, gt=0.0, le=0.5)
    person_radius_m: float = Field(0.45, ge=0.0, le=2.0)
