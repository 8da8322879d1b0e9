"""Settings of mapping a whole building: one set for every robot, but for what its sensor says."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings
from navigation.slam.config import MatchConfig, OdometryNoiseConfig


class FrontEndConfig(Settings):
    """One scan after the other, against the place around the robot."""

    odometry: OdometryNoiseConfig = OdometryNoiseConfig(
        floor_m=0.005, floor_rad=0.003, m_per_m=0.08, m_per_rad=0.03, rad_per_m=0.05,
        rad_per_rad=0.10,
    )  # fmt: skip
    match: MatchConfig = MatchConfig(n_beams=180, n_iterations=8, kernel_first_m=0.12)
    range_max_m: float = Field(20.0, gt=1.0, le=60.0, description="farther hits are left out")
    n_points_min: int = Field(60, ge=8, le=1000, description="fewer: scans help one another")
    n_recent_hits: int = Field(800, ge=0, le=10_000, description="that sparse scans are seen with")
    search_sigmas: float = Field(3.0, gt=0.0, le=10.0)
    search_m: float = Field(0.15, gt=0.0, le=5.0, description="at least; wheels slip")
    search_rad: float = Field(0.10, gt=0.0, le=3.2)
    search_max_m: float = Field(3.0, gt=0.0, le=10.0)
    search_max_rad: float = Field(1.6, gt=0.0, le=3.2)
    n_search_points: int = Field(90, ge=10, le=1000)
    prior_drop: float = Field(0.10, ge=0.0, le=1.0, description="of the score at 3 sigma")
    good: float = Field(0.6, gt=0.0, le=1.0, description="share explained of a match")
    better: float = Field(0.06, ge=0.0, le=1.0, description="to leave odometry's own match")
    keyframe_m: float = Field(0.15, gt=0.0, le=5.0)
    keyframe_rad: float = Field(0.15, gt=0.0, le=3.2)
    n_place_scans: int = Field(30, ge=2, le=500, description="of the place that is matched to")
    blind_step_m: float = Field(0.7, gt=0.0, le=5.0, description="sigma, without odometry")
    blind_step_rad: float = Field(0.5, gt=0.0, le=3.2)


class ClosureConfig(Settings):
    """Where an earlier place may have been reached again, and when that is believed."""

    way_apart_m: float = Field(6.0, gt=0.0, le=1000.0, description="driven in between, at least")
    n_chain: int = Field(6, ge=1, le=50, description="scans of a place each way from its middle")
    n_query: int = Field(5, ge=1, le=50, description="newest scans that are searched for together")
    sparse_hits: int = Field(60, ge=8, le=1000, description="fewer in a scan: many are joined")
    sparse_way_m: float = Field(4.0, gt=0.0, le=20.0, description="way each way that is joined")
    sparse_query_way_m: float = Field(2.5, gt=0.0, le=20.0)
    sparse_variance: float = Field(4.0, ge=1.0, le=100.0, description="joined scans err together")
    near_m: float = Field(3.0, gt=0.0, le=20.0, description="places linked to without a search")
    near_sigma_m: float = Field(0.12, gt=0.0, le=5.0, description="when known as well as that")
    n_near: int = Field(3, ge=0, le=50, description="places linked to per scan")
    reach_max_m: float = Field(12.0, gt=0.0, le=100.0)
    reach_floor_m: float = Field(1.0, gt=0.0, le=10.0)
    reach_floor_rad: float = Field(0.25, gt=0.0, le=3.2)
    every_scans: int = Field(4, ge=1, le=1000)
    n_searched: int = Field(3, ge=1, le=50, description="places per search")
    score_min: float = Field(0.45, gt=0.0, le=1.0, description="mean likelihood")
    explained_min: float = Field(0.70, gt=0.0, le=1.0)
    judged_min: float = Field(0.45, gt=0.0, le=1.0, description="share of the beams")
    rival_margin: float = Field(0.08, ge=0.0, le=1.0, description="of score, over a second place")
    near_explained_min: float = Field(0.65, gt=0.0, le=1.0)
    n_agree: int = Field(2, ge=1, le=20, description="closures that must agree to be believed")


class GraphSlamConfig(Settings):
    """All of it."""

    front_end: FrontEndConfig = FrontEndConfig()
    closure: ClosureConfig = ClosureConfig()
    optimise_every: int = Field(60, ge=1, le=10_000, description="scans in the graph")
    n_sweeps: int = Field(2, ge=0, le=10, description="of linking all again, at the end")
